# SPDX-License-Identifier: LGPL-2.1-or-later
"""One world: a client and a daemon in a mount and PID namespace of their own, where both see the same paths in every world.

Runs as the first process of its namespaces (see run). Reads scenario paths from stdin, one a line, and answers each with one
line of JSON on stdout: the result of every step. Each scenario gets a fresh daemon and empty directories. A loop device is told
on a line of its own before it is used: it outlives the world, and run removes it if the world could not.
"""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import loopdev
import picture
import scenario as language

LAB = pathlib.Path("/lab")
HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE / "tools"
QUICK_QEMU_IMG = HERE / "quick-qemu-img"
CONFIG = pathlib.Path("/etc/libvirt/storage")
SECRETS = pathlib.Path("/etc/libvirt/secrets")
STATE = pathlib.Path("/run/libvirt/storage")
SOCKET = pathlib.Path("/run/libvirt/libvirt-sock")
HIDDEN = ("/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", str(LAB))
DRIVERS = pathlib.Path("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver")
CLIENTS = HERE.parent / "clients"
STEP_SECONDS = 60
QUIET_SECONDS = 0.1     # processes that all slept for so long have nothing more to do; less than the tick of src/host/run.c
SANITIZER_WORDS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")


class LabDirectory:
    """/lab exists while at least one run uses it; whoever is last removes it."""

    def __enter__(self):
        LAB.mkdir(exist_ok=True)
        self.lock = os.open(LAB, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self.lock, fcntl.LOCK_SH)

    def __exit__(self, *_):
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            LAB.rmdir()
        except OSError:
            pass
        os.close(self.lock)


def make_private_places():
    """Hides the host's libvirt directories and gives the world a small file system of a known size."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for place in HIDDEN:
        os.makedirs(place, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g,mode=0755", "world", place], check=True)


def make_qemu_img_quick(quick_clock):
    """Puts a quick qemu-img in the place of the real one, in private places."""
    program = shutil.which("qemu-img", path="/usr/bin")
    if not program:
        return
    libraries = pathlib.Path("/var/lib/libvirt")
    shutil.copy(quick_clock, libraries / "quick-clock.so")
    shutil.copy(QUICK_QEMU_IMG, libraries / "qemu-img")     # a copy, for daemons run root's programs only
    shutil.copy(program, libraries / "real-qemu-img")
    subprocess.run(["mount", "--bind", str(libraries / "qemu-img"), program], check=True)


def empty(place):
    for entry in pathlib.Path(place).iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def mounts():
    """The mount points of this world by the ids of their mounts, the oldest first."""
    rows = [line.split() for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    return {row[0]: row[4].encode().decode("unicode_escape") for row in rows}


def activity():
    """How often the threads of this world were switched so far, or nothing while one of them is not asleep."""
    switches = 0
    try:
        for status in pathlib.Path("/proc").glob("[0-9]*/task/*/status"):
            if status.parts[2] == "1":      # that is us
                continue
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if facts["State"].split()[0] not in ("S", "Z"):
                return None
            switches += int(facts["voluntary_ctxt_switches"]) + int(facts["nonvoluntary_ctxt_switches"])
    except (FileNotFoundError, ProcessLookupError):     # one ended, which the search itself may be the first to see
        return None
    return switches


def settle():
    """Waits until all processes of this world wait for something to happen. Two looks must agree: one may be taken long after another,
    for we share the processors with what we wait for."""
    last, since = None, time.monotonic()
    deadline = since + STEP_SECONDS
    while time.monotonic() < deadline:
        now, when = activity(), time.monotonic()
        if now is None or now != last:
            last, since = now, when
        elif when - since >= QUIET_SECONDS:
            return
        time.sleep(0.01)
    raise RuntimeError(f"the processes did not come to rest in {STEP_SECONDS} s")


class Devices:
    """The loop devices of one scenario: their paths by name, and how they end."""

    def __init__(self):
        self.numbers = {}

    def add(self, name, size, sector_size=512):
        number = loopdev.reserve()
        print(json.dumps({"loop": number}), flush=True)
        self.numbers[name] = number
        image = LAB / f"{name}.img"
        subprocess.run(["truncate", "--size", size, image], check=True)
        loopdev.attach(number, image, sector_size)

    def paths(self):
        return {name: loopdev.path_of(number) for name, number in self.numbers.items()}

    def images(self):
        return {str(LAB / f"{name}.img"): path for name, path in self.paths().items()}

    def remove(self):
        """Why a device could not be removed, or nothing."""
        try:
            for number in self.numbers.values():
                loopdev.remove(number)
        except OSError as error:
            return str(error)
        finally:
            self.numbers = {}
        return ""


class Daemon:
    """The daemon of this world: libvirtd with its storage driver only, or aljibed at the same places."""

    socket = SOCKET

    def __init__(self, kind, program):
        self.is_reference = kind == "libvirtd"
        self.program = program
        self.process = None
        self.log = pathlib.Path("/var/log/libvirt/daemon.log")

    def uri(self, driver):
        """For calls to its driver "storage" or "secret"."""
        return f"{driver}+unix:///system?socket={self.socket}"

    def _command(self):
        if not self.is_reference:
            return [self.program, "--socket", str(SOCKET), "--config-dir", str(CONFIG), "--secret-dir", str(SECRETS),
                    "--state-dir", str(STATE)], {}
        drivers = pathlib.Path("/var/lib/libvirt/drivers")
        drivers.mkdir(exist_ok=True)
        for name in ("libvirt_driver_storage.so", "libvirt_driver_secret.so"):
            if not (drivers / name).is_symlink():
                (drivers / name).symlink_to(DRIVERS / name)
        settings = pathlib.Path("/etc/libvirt/libvirtd.conf")
        settings.write_text('auth_unix_rw = "none"\nunix_sock_group = "root"\n')
        return [self.program, "-f", str(settings), "-p", "/run/libvirt/libvirtd.pid"], {"LIBVIRT_DRIVER_DIR": str(drivers)}

    def start(self):
        command, extra = self._command()
        self.socket.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **extra})
        deadline = time.monotonic() + STEP_SECONDS
        while not self._accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the daemon did not start: " + self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.01)

    def _accepts(self):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True

    def signal(self, number):
        self.process.send_signal(number)
        if number != signal.SIGHUP:
            self.process.wait(STEP_SECONDS)

    def complaint(self):
        """Ends the daemon; why it is not healthy, or nothing. The reference is not asked."""
        if self.is_reference:
            self.process.kill()
            self.process.wait()
            return ""
        died = self.process.poll()
        if died is None:
            self.process.terminate()
            try:
                died = self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return "the daemon did not end within 20 s of SIGTERM"
        text = self.log.read_text(errors="replace")
        if died != 0 or any(word in text for word in SANITIZER_WORDS):
            return f"the daemon ended with {died}: {text[-6000:]}"
        return ""


class World:
    def __init__(self, client, daemon):
        self.daemon = daemon
        self.watchers = []  # the last one that began is the first to end
        self.devices = Devices()
        self.mounted_before = mounts()
        tools = pathlib.Path("/var/lib/libvirt/tools")
        tools.mkdir()
        wrapper = tools / "virsh"
        # libvirtd has a driver of its own for secrets, which only connections to it reach
        wrapper.write_text(f"#!/bin/sh\ncase \" $*\" in *' secret-'*) uri='{daemon.uri('secret')}' ;; *) uri='{daemon.uri('storage')}' ;; esac\n"
                           f"exec {client} -c \"$uri\" \"$@\"\n")
        wrapper.chmod(0o755)
        self.env = {"PATH": f"{tools}:{TOOLS}:/usr/sbin:/usr/bin:/sbin:/bin", "URI": daemon.uri("storage"), "CLIENTS": str(CLIENTS),
                    "HOME": "/var/lib/libvirt/home", "TZ": "UTC", "LC_ALL": "C.UTF-8", "VISUAL": "true",
                    # half of a short command's time is the check for leaks: the same client is checked on aljibed
                    "ASAN_OPTIONS": "detect_leaks=0" if daemon.is_reference else os.environ.get("ASAN_OPTIONS", ""),
                    "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}
        pathlib.Path(self.env["HOME"]).mkdir()

    def play(self, scenario):
        """Every step's result, and what went wrong besides. Leaves no process, mount or device."""
        answer = {"scenario": scenario.name, "steps": [], "loops": [], "complaint": ""}
        for place in (LAB, "/etc/libvirt", "/run/libvirt", "/var/log/libvirt", self.env["HOME"]):
            empty(place)
        try:
            self.daemon.start()
            for step in scenario.steps:
                answer["steps"].append(self._step(step))
            complaints = [self.daemon.complaint()]
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            complaints = [f"the scenario could not be played: {error}"]
        answer["loops"] = list(self.devices.numbers.values())
        complaints += [self._clean_up()]
        answer["complaint"] = "\n".join(filter(None, complaints))
        return answer

    def _clean_up(self):
        """Ends what a scenario left running, unmounts what it left mounted, removes its devices. Why it could not, or nothing."""
        self.watchers.clear()
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)     # in this PID namespace, all but us
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        places = [place for number, place in mounts().items() if number not in self.mounted_before]
        failed = [place for place in reversed(places) if subprocess.run(["umount", place], check=False).returncode]
        return f"cannot unmount {', '.join(failed)}" if failed else self.devices.remove()

    def _step(self, step):
        if step.kind == "run":
            return self._run(step.text)
        if step.kind == "file":
            (LAB / step.text).write_text(self._with_devices(step.body))
        elif step.kind == "loop":
            self.devices.add(*step.text.split())
        elif step.kind == "watch":
            self._watch(step.text)
        elif step.kind == "settle":
            settle()
        elif step.kind == "unwatch":
            return self._unwatch()
        elif step.kind == "show":
            return {"config": picture.of_config(CONFIG), "tree": picture.of_tree(LAB, self.devices.images()),
                    "mounts": picture.of_mounts(LAB),
                    "loops": [line for path in self.devices.paths().values() for line in picture.of_loop(path)]}
        else:
            self._daemon_step(step.kind)
        return {}

    def _with_devices(self, text):
        """@text, where $NAME or ${NAME} of a loop device stands for its path, as in a shell."""
        paths = self.devices.paths()
        return re.sub(r"\$\{?(\w+)\}?", lambda found: paths.get(found[1], found[0]), text)

    def _run(self, line):
        try:
            done = subprocess.run(["sh", "-c", line], cwd=LAB, env={**self.env, **self.devices.paths()}, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=STEP_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return {"exit": "timeout"}
        return self._answer(done.returncode, done.stdout, done.stderr)

    @staticmethod
    def _answer(code, out, err):
        return {"exit": code, "out": out.decode("utf-8", "backslashreplace").split("\n"),
                "err": err.decode("utf-8", "backslashreplace").split("\n")}

    def _watch(self, line):
        self.watchers.append(subprocess.Popen(["sh", "-c", "exec " + line], cwd=LAB, env={**self.env, **self.devices.paths()},
                                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        settle()

    def _unwatch(self):
        settle()
        watcher = self.watchers.pop()
        watcher.send_signal(signal.SIGINT)
        out, err = watcher.communicate(timeout=STEP_SECONDS)
        return self._answer(watcher.returncode, out, err)

    def _daemon_step(self, kind):
        if kind == "reload":
            self.daemon.signal(signal.SIGHUP)
        else:
            self.daemon.signal(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
            if kind == "reboot":
                empty("/run/libvirt")
            self.daemon.start()
        settle()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("client")
    options.add_argument("daemon_kind", choices=("libvirtd", "aljibed"))
    options.add_argument("daemon")
    options.add_argument("--quick-clock", required=True, help="tests/differential/quick-clock.so, built")
    given = options.parse_args()
    make_private_places()
    make_qemu_img_quick(given.quick_clock)
    world = World(given.client, Daemon(given.daemon_kind, given.daemon))
    for line in sys.stdin:
        print(json.dumps(world.play(language.parse(line.strip()))), flush=True)


if __name__ == "__main__":
    main()
