#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The aljibe command against a private aljibed: layouts, order of error lines, exit codes, transfers, events, the shell, completion."""
import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

import support

ALJIBE = os.environ.get("ALJIBE", "aljibe")
UUID = "11111111-1111-4111-8111-111111111111"


class Cli(unittest.TestCase):
    """Each test begins with pool p, active, with volumes v (raw, 1 MiB) and q (qcow2)."""
    maxDiff = None

    def setUp(self):
        self.daemon = support.Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.dir = self.daemon.root
        self.target = self.daemon.target("p")
        document = self.dir / "p.xml"
        document.write_text(support.pool_xml("p", self.target, UUID))
        self.ok(f"pool-define {document}; pool-start p; vol-create-as p v 1M; vol-create-as p q 1M --format qcow2")

    def environment(self, **more):
        return {**os.environ, "LC_ALL": "C", "HOME": str(self.dir), "XDG_STATE_HOME": str(self.dir / "state"),
                "ALJIBE_URI": self.daemon.uri(), **more}

    def run_cli(self, *words, stdin="", **more):
        return subprocess.run([ALJIBE, *map(str, words)], input=stdin, env=self.environment(**more), capture_output=True, text=True,
                              timeout=60)

    def ok(self, *words, **more):
        done = self.run_cli(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def fails(self, *words, out="\n", **more):
        done = self.run_cli(*words, **more)
        self.assertEqual((done.returncode, done.stdout), (1, out))
        return done.stderr

    def start(self, *words, **more):
        process = subprocess.Popen([ALJIBE, *map(str, words)], env=self.environment(), text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **more)
        self.addCleanup(process.communicate)
        return process

    def test_embedded_errors(self):
        place = self.dir / "embedded"
        self.assertEqual(self.fails("-c", f"embed://{place}", "pool-info", "nosuch"),
                         "error: failed to get pool 'nosuch'\n"
                         "error: Storage pool not found: no storage pool with matching name 'nosuch'\n")

    def interrupt(self, process):
        """Sends SIGINT as soon as @process waits for it."""
        def is_ready():
            with open(f"/proc/{process.pid}/status") as status:
                return int(re.search(r"SigCgt:\s*(\w+)", status.read())[1], 16) >> (signal.SIGINT - 1) & 1
        self.assertTrue(support.wait_until(is_ready))
        process.send_signal(signal.SIGINT)

    # --- layouts ---

    def test_pool_list(self):
        self.assertEqual(self.ok("pool-list"), " Name   State    Autostart\n----------------------------\n p      active   no\n\n")
        self.assertEqual(self.ok("-q", "pool-list", "--all"), " p   active   no\n")
        self.assertEqual(self.ok("pool-list", "--inactive"), " Name   State   Autostart\n---------------------------\n\n")
        self.assertEqual(self.ok("pool-list", "--uuid", "--name"), f"{UUID} p{' ' * 19}\n\n")
        size = r"[0-9.]+ [KMGTP]iB"
        self.assertRegex(self.ok("-q", "pool-list", "--details"), rf"^ p   running   no   yes   {size}   {size}   {size}\n$")

    def test_pool_info(self):
        lines = self.ok("pool-info", UUID).splitlines()
        self.assertEqual(lines[:5], ["Name:           p", f"UUID:           {UUID}", "State:          running",
                                     "Persistent:     yes", "Autostart:      no"])
        self.assertRegex("\n".join(lines[5:]), r"^Capacity:       [\d.]+ .iB\nAllocation:     [\d.]+ .iB\nAvailable:      [\d.]+ .iB\n$")
        self.assertRegex(self.ok("pool-info", "p", "--bytes"), r"\nCapacity:       \d+\nAllocation:     \d+\nAvailable:      \d+\n\n$")
        self.ok("pool-destroy", "p")
        self.assertEqual(len(self.ok("pool-info", "p").splitlines()), 6)

    def test_vol_list_and_info(self):
        self.assertEqual(self.ok("-q", "vol-list", "p"), f" q   {self.target}/q\n v   {self.target}/v\n")
        self.assertIn(f" v      {self.target}/v   file   1.00 MiB   1.00 MiB\n", self.ok("vol-list", "p", "--details"))
        self.assertEqual(self.ok("vol-info", "v", "p", "--bytes"), "Name:           v\nType:           file\n"
                         "Capacity:       1048576 bytes\nAllocation:     1048576 bytes\n\n")
        self.assertEqual(self.ok("-q", "vol-info", self.target / "v", "--physical"),
                         "Name:           v\nType:           file\nCapacity:       1.00 MiB\nPhysical:       1.00 MiB\n")
        self.assertEqual(self.ok("vol-pool --uuid " + str(self.target / "v")), UUID + "\n\n")

    def test_unprintable_name(self):
        (self.target / "a\\xb").write_bytes(b"")
        self.ok("pool-refresh", "p")
        self.assertIn(r" a\x5cxb   ", self.ok("vol-list", "p"))

    def test_spanish(self):
        if subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.find("es_ES.utf8") < 0:
            self.skipTest("no Spanish locale is installed")
        spanish = {"LC_ALL": "es_ES.UTF-8", "LANGUAGE": ""}
        self.assertEqual(self.ok("pool-list", **spanish),
                         " Nombre   Estado   Autoinicio\n-------------------------------\n p        activo   no\n\n")
        self.assertEqual(self.ok("vol-info", "v", "p", **spanish), "Nombre:         v\nTipo:           fichero\n"
                         "Capacidad:      1,00 MiB\nAsignación:     1,00 MiB\n\n")
        self.assertEqual(self.ok("pool-destroy", "p", **spanish), "Pool p parado\n\n")
        self.assertEqual(self.fails("pool-destroy", "p", **spanish), "error: No se puede parar el pool p\n"
                         "error: Requested operation is not valid: storage pool 'p' is not active\n")
        self.assertEqual(self.fails("pool-list", "--bogus", out="", **spanish),
                         "error: la orden 'pool-list' no admite la opción --bogus\n")
        self.assertEqual(self.ok("pool-list", **{**spanish, "LC_ALL": "", "LC_NUMERIC": "es_ES.UTF-8", "LANG": "C"}),
                         " Name   State   Autostart\n---------------------------\n\n")

    # --- errors ---

    def test_error_lines(self):
        self.assertEqual(self.fails("pool-start", "p"), "error: Failed to start pool p\n"
                         "error: Requested operation is not valid: storage pool 'p' is already active\n")
        self.assertEqual(self.fails("pool-info", "x"), "error: failed to get pool 'x'\n"
                         "error: Storage pool not found: no storage pool with matching name 'x'\n")
        self.assertEqual(self.fails("vol-info", "x"), "error: failed to get vol 'x', specifying --pool might help\n"
                         "error: Storage volume not found: no storage vol with matching path 'x'\n")
        self.assertEqual(self.fails("vol-name", "x"), "error: failed to get vol 'x'\n"
                         "error: Storage volume not found: no storage vol with matching path 'x'\n")
        self.assertEqual(self.fails("pool-name", "p"), "error: failed to get pool 'p'\n")
        self.assertEqual(self.fails("vol-create-as", "p", "n", "1Mi"), "error: Malformed size 1Mi\n"
                         "error: invalid argument: unknown suffix 'Mi'\n")
        self.assertEqual(self.fails("vol-create-as", "p", "n", "9" * 30), f"error: Malformed size {'9' * 30}\n")
        self.assertEqual(self.fails("vol-create-as", "p", "n", ""), "error: Failed to get option 'capacity': Option argument is empty\n")
        self.assertEqual(self.fails("vol-create-as", "x", "n", ""), "error: failed to get pool 'x'\n"
                         "error: Storage pool not found: no storage pool with matching name 'x'\n")
        self.assertEqual(self.fails("vol-resize", "v", "-1M", "p"), "error: negative size requires --shrink\n")
        self.assertEqual(self.fails("vol-wipe", "v", "p", "x"), "error: Unsupported algorithm 'x'\n")
        self.assertEqual(self.fails("vol-dumpxml", "v", "p", "--xpath", "count(//*)"),
                         "error: internal error: Incorrect xpath 'count(//*)'\n")

    def test_pool_of_a_volume(self):
        self.ok("pool-create-as", "other", "dir", "--target", self.daemon.target("o"))
        self.assertEqual(self.fails("vol-info", self.target / "v", "other"),
                         f"error: Requested volume '{self.target}/v' is not in pool 'other'\n")
        self.ok("pool-destroy", "p")
        self.assertEqual(self.fails("vol-info", "v", "p"), "error: pool 'p' is not active\n")

    def test_readonly(self):
        self.assertEqual(self.fails("-r", "vol-delete", "v", "p"), "error: Failed to delete vol v\n"
                         "error: operation forbidden: read only access prevents virStorageVolDelete\n")

    def test_batch_status(self):
        self.assertEqual(self.run_cli("pool-info x; pool-list").returncode, 0)
        self.assertEqual(self.run_cli("pool-list; pool-info x").returncode, 1)

    def test_full_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([ALJIBE, "pool-list"], env=self.environment(), stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, "error: cannot write to standard output\n"))

    # --- documents ---

    def test_names_are_escaped(self):
        self.assertEqual(self.ok("vol-create-as", "p", "a&b<c>", "1M"), "Vol a&b<c> created\n\n")
        self.assertEqual(self.ok("vol-clone", "v", "d&e", "p"), "Vol d&e cloned from v\n\n")
        self.assertEqual(sorted(path.name for path in self.target.iterdir()), ["a&b<c>", "d&e", "q", "v"])

    def test_xpath(self):
        self.assertEqual(self.ok("pool-dumpxml", "p", "--xpath", "//target/path"), f"<path>{self.target}</path>\n\n")
        self.assertEqual(self.ok("vol-dumpxml", "q", "p", "--xpath", "//format", "--wrap"),
                         '<nodes>\n  <format type="qcow2"/>\n</nodes>\n\n')

    def test_edit(self):
        self.assertEqual(self.ok("pool-edit", "p", EDITOR="true"), "Pool p XML configuration not changed.\n\n")
        change = "sed -i s,/pools/p,/pools/other,"
        self.assertEqual(self.ok("pool-edit", "p", VISUAL=change), "Pool p XML configuration edited.\n\n")
        self.assertIn("/pools/other</path>", self.ok("pool-dumpxml", "p", "--inactive"))
        self.assertEqual(self.fails("pool-edit", "p", VISUAL="sed -i s/dir/x/"),
                         "error: XML error: Invalid value for attribute 'type' in element 'pool': 'x'.\n")
        for editor, command, end in [
            ("false", "false FILE", "exit status 1"),
            ("exit 3;", "sh -c 'exit 3; FILE'", "exit status 3"),
            ("kill -9 $$;", "sh -c 'kill -9 $$; FILE'", "fatal signal 9"),
        ]:
            error = self.fails("pool-edit", "p", VISUAL=editor)
            self.assertEqual(re.sub(r"/\S+/aljibe-\w{6}\.xml", "FILE", error),
                             f"error: internal error: Child process ({command}) unexpected {end}\n")
        for editor in ["", "/nonexistent/editor"]:
            self.assertEqual(self.fails("pool-edit", "p", VISUAL=editor, EDITOR="true"),
                             f"error: Cannot find '{editor}' in path: No such file or directory\n")

    # --- data ---

    def test_transfer(self):
        data = os.urandom(300_000)
        source, back = self.dir / "source", self.dir / "back"
        source.write_bytes(data)
        self.assertEqual(self.ok("vol-upload", "v", source, "p", "4096"), "\n")
        self.assertEqual(self.ok("vol-download", "v", back, "p", "4096", len(data)), "\n")
        self.assertEqual(back.read_bytes(), data)
        self.assertEqual(self.fails("vol-upload", "v", "/nonexistent", "p"), "error: cannot read /nonexistent\n")
        self.assertEqual(self.fails("vol-download", "v", "/nonexistent/x", "p"), "error: cannot create /nonexistent/x\n")
        self.assertEqual(self.fails("vol-upload", "v", "/", "p"), "error: cannot send data to volume v\n"
                         "error: send handler failed: Is a directory\n")

    def test_sparse(self):
        source, back = self.dir / "source", self.dir / "back"
        with open(source, "wb") as file:
            file.truncate(8 << 20)
            file.seek(3 << 20)
            file.write(b"x" * 5000)
        self.ok("vol-create-as", "p", "s", "8M", "--allocation", "0")
        self.ok("vol-upload", "s", source, "p", "--sparse")
        self.ok("vol-download", "s", back, "p", "--sparse")
        self.assertEqual(back.read_bytes(), source.read_bytes())
        self.assertLess(back.stat().st_blocks * 512, 1 << 20)
        piped = subprocess.run([ALJIBE, "-q", "vol-download", "s", "/dev/stdout", "p", "--sparse"], env=self.environment(),
                               capture_output=True, timeout=60)
        self.assertEqual(piped.stdout, source.read_bytes())

    def test_interrupted_upload(self):
        os.mkfifo(self.dir / "fifo")
        process = self.start("vol-upload", "v", self.dir / "fifo", "p")
        with open(self.dir / "fifo", "wb") as fifo:
            fifo.write(b"x")
            fifo.flush()
            self.interrupt(process)
            out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, out, err), (1, "\n", "error: cannot send data to volume v\nerror: interrupted\n"))

    # --- events ---

    def test_event(self):
        process = self.start("pool-event", "--event", "lifecycle", "--timeout", "20")
        while process.poll() is None:
            self.ok("pool-define", self.dir / "p.xml")  # until the other one listens
        out, err = process.communicate()
        self.assertEqual((process.returncode, out, err), (0, "event 'lifecycle' for storage pool p: Defined\nevents received: 1\n\n", ""))

    def test_event_ends(self):
        self.assertEqual(self.fails("pool-event", "p", "refresh", "--timeout", "1",
                                    out="event loop timed out\nevents received: 0\n\n"), "")
        self.assertIn("failed to get pool 'x'", self.fails("pool-event", "x", "refresh"))
        process = self.start("pool-event", "--event", "refresh", "--loop")
        self.interrupt(process)
        self.assertEqual(process.communicate(timeout=20)[0], "event loop interrupted\nevents received: 0\n\n")

    # --- the shell ---

    def test_lines_from_a_pipe(self):
        done = self.run_cli(stdin="pool-uuid p\nbogus\n\n# nothing\n-bad\npool-name " + UUID + "; quit\npool-uuid p\n")
        self.assertEqual((done.returncode, done.stdout), (0, f"{UUID}\n\np\n\n"))
        self.assertEqual(done.stderr, "error: unknown command: 'bogus'\nerror: unknown command: '-bad'\n")

    def open_shell(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(ALJIBE, [ALJIBE], self.environment(TERM="vt100"))
        self.addCleanup(os.close, terminal)
        self.assertIn("Welcome to aljibe", self.talk(terminal, "", "aljibe # "))
        return pid, terminal

    def test_control_c_drops_the_line(self):
        pid, terminal = self.open_shell()
        for line in "bogus\x03", "\x03", "bogus\x01more\x03":
            self.assertNotIn("error", self.talk(terminal, line, "\naljibe # ", lines=1))
        self.assertIn(UUID, self.talk(terminal, "pool-uuid p\n", "aljibe # "))
        os.write(terminal, b"\x04")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_prompt_is_idle(self):
        def cpu_ticks():
            with open(f"/proc/{pid}/stat") as stat:
                return sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))
        pid, terminal = self.open_shell()
        self.talk(terminal, "pool-uuid p\n", "aljibe # ")
        before = cpu_ticks()
        time.sleep(1)
        self.assertLess(cpu_ticks() - before, os.sysconf("SC_CLK_TCK") // 5)
        os.write(terminal, b"quit\n")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_terminal(self):
        pid, terminal = self.open_shell()
        self.assertIn("State:          running", self.talk(terminal, "pool-inf\tp\n", "aljibe # "))
        self.daemon.restart()
        self.assertIn(UUID, self.talk(terminal, "pool-uuid p\n", "aljibe # "))
        os.write(terminal, b"quit\n")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.assertIn("pool-uuid", (self.dir / "state/aljibe/history").read_text())

    def test_shell_completes_and_remembers(self):
        document = self.dir / "odd name.xml"
        document.write_text(support.pool_xml("made", self.dir / "made"))
        os.mkdir(self.dir / "pleasant")
        pid, terminal = self.open_shell()
        self.talk(terminal, f"cd {self.dir}\n", "aljibe # ")
        self.assertIn(f"\n{self.dir}", self.talk(terminal, "pwd\n", "aljibe # ").replace("\r", ""))
        self.assertIn(UUID, self.talk(terminal, "pool-uu\t\t\n", "aljibe # "))  # p is the only pool
        self.assertIn("command 'pool-info' requires", self.talk(terminal, "pool-info p\x15pool-info\n", "aljibe # "))
        self.assertIn("failed to get pool 'pl'", self.talk(terminal, "pool-info pl\t\n", "aljibe # "))  # no file in place of a pool
        self.assertIn("Failed to read file 'pleasant", self.talk(terminal, "pool-define ple\t\n", "aljibe # "))
        self.assertIn("Pool made defined", self.talk(terminal, "pool-define 'odd name.xml'\n", "aljibe # "))
        self.assertIn("pool 'made' already exists", self.talk(terminal, "\x10\n", "aljibe # "))  # the line before, again
        os.write(terminal, b"exit\n")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_read_only_prompt(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(ALJIBE, [ALJIBE, "-r", "-q"], self.environment(TERM="vt100"))
        self.addCleanup(os.close, terminal)
        self.assertNotIn("Welcome", self.talk(terminal, "", "aljibe > "))
        self.assertIn("read only access prevents", self.talk(terminal, "pool-refresh p\n", "aljibe > "))
        os.write(terminal, b"\x04")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def talk(self, terminal, line, prompt, lines=2):
        """Types @line and returns what is shown until the @prompt that follows its answer."""
        os.write(terminal, line.encode())
        text, end = "", time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                text += os.read(terminal, 4096).decode(errors="replace")
            elif text.endswith(prompt) and (not line or text.count("\n") >= lines):
                return text
        self.fail(f"no prompt in {text!r}")

    def test_complete(self):
        self.ok("pool-define-as", "idle", "dir", "--target", "/nonexistent")
        self.assertEqual(self.ok("complete", "--", "pool-refresh", ""), "p\n")
        self.assertEqual(self.ok("complete", "--", "pool-start", ""), "idle\n")
        self.assertEqual(sorted(self.ok("complete", "--", "vol-info", "--pool", "p", "").split()), ["q", "v"])
        self.assertEqual(self.ok("complete", "--", "vol-info", f"{self.target}/v"), f"{self.target}/v\n")
        self.assertEqual(self.ok("complete", "--", "pool-info", "--pool=i"), "--pool=idle\n")

    # --- all else that succeeds ---

    def test_sentences(self):
        other = self.daemon.target("n")
        other.rmdir()
        document = self.dir / "vol.xml"
        document.write_text(support.vol_xml("made"))
        copy = self.dir / "copy.xml"
        copy.write_text(support.vol_xml("copied"))
        for line, sentence in [
            (f"pool-define-as n dir - - - - {other}", "Pool n defined"),
            ("pool-build n", "Pool n built"),
            ("pool-start n", "Pool n started"),
            ("pool-autostart n", "Pool n marked as autostarted"),
            ("pool-autostart n --disable", "Pool n unmarked as autostarted"),
            ("pool-refresh n", "Pool n refreshed"),
            (f"vol-create n {document}", f"Vol made created from {document}"),
            (f"vol-create-from n {copy} v p", "Vol copied created from input vol v"),
            ("vol-resize made 2M n", "Size of volume 'made' successfully changed to 2M"),
            ("vol-resize made 1M n --delta", "Size of volume 'made' successfully changed by 1M"),
            ("vol-wipe made n", "Vol made wiped"),
            ("vol-delete made n", "Vol made deleted"),
            (f"vol-delete {other}/copied", f"Vol {other}/copied deleted"),
            ("pool-destroy n", "Pool n destroyed"),
            ("pool-delete n", "Pool n deleted"),
            ("pool-undefine n", "Pool n has been undefined"),
        ]:
            with self.subTest(line):
                self.assertEqual(self.ok(line), sentence + "\n\n")

    def test_shown(self):
        self.assertEqual(self.ok("-q", "pool-uuid", "p"), UUID + "\n")
        self.assertEqual(self.ok("-q", "vol-key", "v", "p"), f"{self.target}/v\n")
        self.assertTrue(self.ok("pool-capabilities").startswith("<storagepoolCapabilities>\n"))
        number = r"\d+\.\d+\.\d+"
        lines = (f"Compiled against library: aljibe {number}\nUsing library: aljibe {number}\nUsing API: storage 9.0.0\n"
                 f"Running hypervisor: storage {number}\n")
        self.assertRegex(self.ok("version"), f"^{lines}\n$")
        self.assertRegex(self.ok("version", "--daemon"), f"^{lines}Running against daemon: {number}\n\n$")
        self.assertTrue(re.search(r"\(Time: \d+\.\d{3} ms\)\n\n$", self.ok("-t", "pool-uuid", "p")))


if __name__ == "__main__":
    support.main()
