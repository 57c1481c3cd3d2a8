#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program: command line, two on one directory, signals, restart, stale and inherited sockets, hostile directories."""
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

import support
import wire_client as w


def run(*arguments):
    return subprocess.run([support.ALJIBED, *arguments], capture_output=True, text=True, timeout=30)


class CommandLine(unittest.TestCase):
    def test_help(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for option in ("--socket", "--config-dir", "--state-dir", "--profile", "--session", "--config", "--dump-config", "--version"):
            self.assertIn(option, done.stdout)

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^aljibed \(aljibe\) \d+\.\d+\.\d+\n$")

    def test_mistakes(self):
        for arguments, text in ((["--nonsense"], "Unknown option --nonsense"), (["word"], "unexpected argument 'word'")):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(text, done.stderr)
            self.assertIn("Try 'aljibed --help'.", done.stderr)
        self.assertIn("--socket needs --config-dir and --state-dir", run("--socket", "/tmp/x").stderr)
        self.assertIn("unknown profile 'xen'", run("--profile", "xen").stderr)

    def test_dump_config(self):
        done = run("--socket", "/tmp/x", "--config-dir", "/tmp/x", "--state-dir", "/tmp/x", "--dump-config")
        self.assertEqual(done.returncode, 0)
        self.assertIn("max_clients = 8192\n", done.stdout)

    def test_bad_config(self):
        daemon = support.Daemon(settings="colour = blue\n")
        done = subprocess.run(daemon.argv(), capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("aljibed.conf:1: unknown setting 'colour'", done.stderr)
        shutil.rmtree(daemon.root)


class Trace(unittest.TestCase):
    def test_calls_with_their_arguments(self):
        with support.Daemon(settings="log = wire\n") as daemon:
            client = w.Client(daemon.socket).open()
            client.call(281, w.u32(1) + w.u32(3))
            client.close()
            self.assertRegex(daemon.log.read_text(), r"debug: wire: CONNECT_LIST_ALL_STORAGE_POOLS\{need_results=1 flags=3\}, serial \d+, uid \d+\n")


class Life(unittest.TestCase):
    def client(self, daemon):
        client = w.Client(daemon.socket).open()
        self.addCleanup(client.close)
        return client

    def names(self, daemon, flags):
        reader = self.client(daemon).call(281, w.u32(1) + w.u32(flags))
        return sorted(reader.pool()[0] for _ in range(reader.u32()))

    def test_two_on_one_directory(self):
        with support.Daemon() as first:
            second = support.Daemon(root=first.root)
            second.socket = str(first.root / "other-sock")
            done = subprocess.run(second.argv(), capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 1)
            self.assertIn("resource busy", done.stderr)
            self.assertFalse(os.path.exists(second.socket))
            second.socket = first.socket
            self.assertEqual(subprocess.run(second.argv(), capture_output=True, timeout=30).returncode, 1)
            self.assertEqual(self.client(first).call(71).u32(), 0)    # its socket is where it was
            second.socket, second.state_dir = str(first.root / "other-sock"), first.root / "other-run"
            done = subprocess.run(second.argv(), capture_output=True, text=True, timeout=30)    # the definitions are taken
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"resource busy: '{first.config_dir}' is in use by another daemon", done.stderr)
            self.assertFalse(os.path.exists(second.socket))

    def test_end_by_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = support.Daemon().start()
            client = self.client(daemon)
            handle = client.running_pool("p", daemon.target("p"))
            client.create_vol(handle, support.vol_xml("v"))
            client.reply(client.send(208, w.vol("p", "v") + bytes(20)))    # an upload that sends nothing
            silent = w.Client(daemon.socket)
            status, seconds = daemon.stop(number)
            self.assertEqual(status, 0)
            self.assertLess(seconds, 5)
            self.assertTrue(client.is_closed() and silent.is_closed())
            self.assertFalse(os.path.exists(daemon.socket) or os.path.exists(daemon.socket + "-ro"))
            silent.close()
            daemon.__exit__(None, None, None)

    def test_end_at_once(self):
        for _ in range(10):
            daemon = support.Daemon()
            with open(daemon.log, "ab") as log, subprocess.Popen(daemon.argv(), stderr=log) as daemon.process:
                while not os.path.exists(daemon.socket):    # no sleep: what counts is the moment after
                    self.assertIsNone(daemon.process.poll())
                self.assertEqual(daemon.stop()[0], 0)
            daemon.__exit__(None, None, None)

    def test_stale_socket_and_kill(self):
        daemon = support.Daemon().start()
        daemon.stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(daemon.socket))
        with daemon:
            self.assertEqual(self.client(daemon).call(71).u32(), 0)

    def test_restart_brings_back_what_was(self):
        with support.Daemon() as daemon:
            client = self.client(daemon)
            handles = {name: client.running_pool(name, daemon.target(name)) for name in ("on", "off", "auto")}
            client.call(76, w.text(support.pool_xml("transient", daemon.target("transient"))) + w.u32(0))
            client.call(80, handles["off"])
            client.call(80, handles["auto"])
            client.call(90, handles["auto"] + w.u32(5))
            client.create_vol(handles["on"], support.vol_xml("v", 12345))
            for _ in range(2):
                daemon.restart()
                self.assertTrue(support.wait_until(lambda: self.names(daemon, 2) == ["on", "transient"]), self.names(daemon, 2))
                self.assertEqual(self.names(daemon, 1), ["auto", "off"])
                self.assertEqual(self.names(daemon, 8), ["transient"])
                self.assertEqual(self.names(daemon, 0x10), ["auto"])
                self.assertEqual(self.client(daemon).call(95, handles["on"] + w.text("v")).vol()[1], "v")

    def test_deleted_base_is_told(self):
        """D-33: libvirt says nothing at all."""
        with support.Daemon() as daemon:
            client = self.client(daemon)
            handle = client.running_pool("p", daemon.target("p"))
            for base in ("base", "alone"):
                client.create_vol(handle, support.vol_xml(base, kind="qcow2"))
            path = daemon.target("p") / "base"
            client.create_vol(handle, "<volume><name>top</name><capacity>1048576</capacity><target><format type='qcow2'/></target>"
                              f"<backingStore><path>{path}</path><format type='qcow2'/></backingStore></volume>")
            client.call(83, handle + w.u32(0))
            for base in ("alone", "base"):
                client.call(94, w.vol("p", base, str(daemon.target("p") / base)) + w.u32(0))
            self.assertFalse(path.exists())
            told = [line for line in daemon.log.read_text().splitlines() if "loses its backing store" in line]
            self.assertEqual(len(told), 1)
            self.assertIn("volume 'top' of pool 'p' loses its backing store", told[0])
            self.assertIn("VOLUME=base", told[0])

    def test_autostart_in_a_new_boot(self):
        with support.Daemon() as daemon:
            client = self.client(daemon)
            handle = w.pool(*client.define(support.pool_xml("auto", daemon.target("auto"))))
            client.call(90, handle + w.u32(1))
            self.assertTrue(os.path.islink(daemon.config_dir / "autostart/auto.xml"))
            daemon.stop()
            shutil.rmtree(daemon.state_dir)    # what a boot does
            daemon.start()
            self.assertTrue(support.wait_until(lambda: self.names(daemon, 2) == ["auto"]))

    def test_hangup_reads_again(self):
        with support.Daemon(settings="max_clients = 100\n") as daemon:
            self.client(daemon).define(support.pool_xml("kept", "/nowhere/kept"))
            text = (daemon.config_dir / "kept.xml").read_text()
            (daemon.config_dir / "new.xml").write_text(
                text.replace("kept", "new").replace(text.partition("<uuid>")[2][:36], w.int_uuid(99)))
            (daemon.root / "aljibed.conf").write_text("max_clients = nonsense\n")    # reported, the old one holds
            daemon.process.send_signal(signal.SIGHUP)
            self.assertTrue(support.wait_until(lambda: self.names(daemon, 0) == ["kept", "new"]))
            self.assertIn("bad value for 'max_clients'", daemon.log.read_text())

    def test_foreign_file_at_the_socket(self):
        daemon = support.Daemon()
        open(daemon.socket, "w").close()
        done = subprocess.run(daemon.argv(), capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there and is no socket", done.stderr)
        self.assertTrue(os.path.isfile(daemon.socket))
        shutil.rmtree(daemon.root)

    def test_rubbish_in_its_directories(self):
        daemon = support.Daemon()
        for place in (daemon.config_dir, daemon.state_dir):
            place.mkdir()
            (place / "empty.xml").touch()
            (place / "binary.xml").write_bytes(os.urandom(4096))
            (place / "huge.xml").write_bytes(b"<pool>" * 100000)
            (place / "dir.xml").mkdir()
            os.mkfifo(place / "fifo.xml")
            os.symlink("/dev/zero", place / "zero.xml")
            os.symlink("loop.xml", place / "loop.xml")
        with daemon:
            self.assertEqual(self.names(daemon, 0), [])
            self.client(daemon).define(support.pool_xml("good", "/nowhere/good"))

    def test_signals_that_must_not_kill(self):
        with support.Daemon() as daemon:
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                daemon.process.send_signal(number)
            self.assertEqual(self.client(daemon).call(71).u32(), 0)

    def test_idle_daemon_sleeps(self):
        with support.Daemon() as daemon:
            with w.Client(daemon.socket) as client:
                client.open()
                time.sleep(0.5)

                def switches():
                    text = open(f"/proc/{daemon.process.pid}/status").read()
                    return int(text.partition("\nvoluntary_ctxt_switches:")[2].split()[0])

                before = switches()
                time.sleep(4)
                self.assertLessEqual(switches() - before, 1)

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "no systemd-socket-activate")
    def test_socket_activation(self):
        daemon = support.Daemon()
        paths = [str(daemon.root / name) for name in ("act-sock", "act-sock-ro")]
        wrapper = ["systemd-socket-activate", "--fdname=aljibed:aljibed-ro"]
        for path in paths:
            wrapper += ["-l", path]
        for name in ("ALJIBE_MODULE_DIR", "ALJIBE_SCHEMA_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                wrapper += ["-E", name]
        with open(daemon.log, "ab") as log:
            daemon.process = subprocess.Popen([*wrapper, *daemon.argv()], stderr=log)
        try:
            daemon.wait_ready(paths[0])
            with w.Client(paths[0]) as client:
                client.open().define(support.pool_xml("p", "/nowhere"))
            with w.Client(paths[1]) as client:
                self.assertEqual(client.open().failure(77, b"").code, 29)
            self.assertFalse(os.path.exists(daemon.socket))
            daemon.stop()
            self.assertTrue(os.path.exists(paths[0]))    # not ours to remove
        finally:
            daemon.__exit__(None, None, None)

    def test_notify(self):
        daemon = support.Daemon()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(daemon.root / "notify"))
            manager.settimeout(20)
            daemon.start(env={**os.environ, "NOTIFY_SOCKET": str(daemon.root / "notify"), "WATCHDOG_USEC": "400000"})
            said = manager.recv(4096)
            self.assertIn(b"READY=1", said)
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            daemon.stop()
            said = b""
            while b"STOPPING=1" not in said:
                said = manager.recv(4096)
        daemon.__exit__(None, None, None)


if __name__ == "__main__":
    support.main()
