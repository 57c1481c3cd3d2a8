# SPDX-License-Identifier: LGPL-2.1-or-later
"""What suites of the lab are written with: a daemon of this checkout to command, break and restart, scenarios compared with
libvirtd, tools that fail at the N-th call, and TAP.

A suite is a Python file with functions test_*(lab), which main() runs in the order they stand in. It runs in a guest or in
namespaces of its own (scripts/lab), never directly on a machine: it takes the places of libvirt's files for itself.
README.md beside this file shows how to write one.
"""
import contextlib
import ctypes
import hashlib
import itertools
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/differential"))
import compare              # noqa: E402  (of the differential suite, whose language the lab's scenarios are written in)
import scenario as language # noqa: E402
import world                # noqa: E402

PAIRS = (("virsh", "libvirtd"), ("virsh", "aljibed"), ("aljibe", "aljibed"))
WAIT_SECONDS = 60       # for anything that should take a moment: guests are slow, and two run at once
CLIENT_SECONDS = 200    # for a command of a client: the daemon has limits of its own
PACE_SECONDS = 0.05
MNT_DETACH = 2  # of sys/mount.h
TRAPS = pathlib.Path("/run/lab-traps")
IS_QUICK = bool(os.environ.get("LAB_QUICK"))
MEET = os.environ.get("LAB_MEET")   # a directory both guests of a pair write to
AGAIN = pathlib.Path(MEET or "/nonexistent", "again")   # is there when the second guest ends and is to start again
ADDRESSES = {"a": "10.9.0.1", "b": "10.9.0.2"}  # of the guests of a pair on the wire between them


class Skip(Exception):
    """The test cannot run here; the text says why."""


class Done:
    """How a program ended: .code, .out and .err."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code = argv, code
        self.out, self.err = out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace")

    def __str__(self):
        return f"{shlex.join(self.argv)}\nexit {self.code}\n{self.out}{self.err}".rstrip()


def run(*argv, code=0, limit=WAIT_SECONDS, **popen):
    """Runs a program and insists on its exit status @code (None: any). One word with blanks is taken apart as a shell would."""
    argv = [str(word) for word in (shlex.split(argv[0]) if len(argv) == 1 else argv)]
    if "input" not in popen:
        popen.setdefault("stdin", subprocess.DEVNULL)
    ended = subprocess.run(argv, capture_output=True, timeout=limit, check=False, **popen)
    done = Done(argv, ended.returncode, ended.stdout, ended.stderr)
    assert code is None or done.code == code, f"expected exit {code} of {done}"
    return done


def start(*argv, log):
    """Starts a server in the background; what it says goes to the file @log. It ends with the guest, or the namespaces."""
    with open(log, "ab") as output:
        return subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def wait(condition, what, seconds=WAIT_SECONDS):
    """Waits until @condition() is true, and returns what it returned; fails saying @what was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(PACE_SECONDS)
    return answer


def sha256(path, length=None):
    """The checksum of a file or device, of its first @length bytes if given."""
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while length is None or length > 0:
            block = source.read(1 << 20 if length is None else min(length, 1 << 20))
            if not block:
                break
            digest.update(block)
            length = None if length is None else length - len(block)
    return digest.hexdigest()


def random_file(path, size):
    """Makes a file of @size random bytes and returns its checksum."""
    with open(path, "wb") as out:
        for at in range(0, size, 1 << 20):
            out.write(os.urandom(min(1 << 20, size - at)))
    return sha256(path)


def slow(test):
    """Marks a test that ./dev test leaves out; ./dev lab runs it."""
    test.is_slow = True
    return test


def modprobe(*modules):
    for module in modules:
        run("modprobe", module)


def program(name):
    """The path of aljibed, of the sanitized build, or of aljibe, which starts often and so may be of another build."""
    build = pathlib.Path(os.environ["LAB_BUILD" if name == "aljibed" else "LAB_CLIENT_BUILD"])
    found = sorted(build.glob(f"src/*/{name}"))
    if not found:
        raise RuntimeError(f"no {name} in {build}: build it first")
    return str(found[0])


class Trap:
    """Stands in the place of a program the daemon runs (a bind mount over it) and counts its calls. At one of them it acts:

    kill-before  the daemon is killed and the program not run        kill-after  it is run, then the daemon is killed
    hang         it never ends                                       fail        it is not run, exit 5
    delay        it is run once release() was called, whoever waits for it by then
    first        what first() was given is done in that moment, then it is run
    """

    SCRIPT = """#!/bin/bash
# Every call is a line of "calls"; "plan" says at which call what happens.
cd {home} || exit 126
exec {{log}}>>calls; flock $log     # a number that no file has which the daemon passes on
echo "$(basename "$0") $*" >&$log; number=$(wc -l <calls)
exec {{log}}>&-
real() {{ (cd {back} && exec -a "$0" {home}/real "$@"); }}
end_daemon() {{ kill -KILL "$(cat daemon)"; sleep 60; }}
read -r at action <plan
[ "$number" = "$at" ] || [[ $at != [0-9]* && " $* " = *" $at "* ]] || action=
case $action in
kill-before) end_daemon ;;
kill-after) real "$@"; end_daemon ;;
hang) exec sleep 1000000 ;;
delay) until [ -e released ]; do sleep 0.05; done; real "$@" ;;
fail) echo "trapped: $0" >&2; exit 5 ;;
first) bash ./first >&2; real "$@" ;;
*) cd {back} || exit 126; exec -a "$0" {home}/real "$@" ;;
esac
"""

    def __init__(self, lab, name):
        self.lab = lab
        found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if not found:
            raise RuntimeError(f"no program {name}")
        self.path = os.path.realpath(found)     # /usr/sbin/lvm for lvcreate: then all of its names are trapped
        self.home = TRAPS / pathlib.Path(self.path).name

    def __enter__(self):
        self.home.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.path, self.home / "real")
        script = self.home / "script"
        script.write_text(self.SCRIPT.format(home=shlex.quote(str(self.home)), back="/"))
        script.chmod(0o755)
        self.plan(0, "")
        run("mount", "--bind", script, self.path)
        return self

    def __exit__(self, *_):
        ctypes.CDLL(None).umount2(os.fsencode(self.path), MNT_DETACH)   # by no program: that may be what is trapped

    def plan(self, number, action):
        """From now on counts from 1 again, and at call @number does @action (0: at none), or at those with this word."""
        (self.home / "daemon").write_text(str(self.lab.daemon.process.pid if self.lab.daemon.process else 0))
        (self.home / "plan").write_text(f"{number} {action}\n")
        (self.home / "calls").write_text("")
        (self.home / "released").unlink(missing_ok=True)

    def release(self):
        (self.home / "released").touch()

    def first(self, number, commands):
        """plan(@number, "first"): somebody else does @commands (of bash) right before that call."""
        (self.home / "first").write_text(commands)
        self.plan(number, "first")

    def calls(self):
        """The command lines since the last plan()."""
        return (self.home / "calls").read_text().splitlines()


class Lab:
    """One daemon of this checkout on the private places, and what suites do with it."""

    def __init__(self, reset):
        self.daemon = world.Daemon("aljibed", program("aljibed"))
        self.state = world.STATE
        self.reset = reset

    # The daemon. It starts with the first command.

    def is_running(self):
        return self.daemon.process is not None and self.daemon.process.poll() is None

    def start(self):
        """Starts the daemon, and waits until it has read the pools it found active."""
        self.daemon.start()
        for state in sorted(self.state.glob("*.xml")):
            wait(lambda pool=state.stem: "it is being read" not in self.aljibe("vol-list", pool, code=None).err, f"pool {state.stem}")

    def stop(self):
        self.daemon.signal(signal.SIGTERM)

    def kill(self):
        self.daemon.signal(signal.SIGKILL)

    def restart(self):
        self.stop()
        self.start()

    def crash(self):
        """Kills the daemon, if something else did not, and starts it again."""
        self.kill()
        self.start()

    def log(self):
        """What the daemons of this test have said so far."""
        return self.daemon.log.read_text(errors="replace")

    # Its clients.

    def virsh(self, *argv, code=0, limit=CLIENT_SECONDS):
        return self._client("/usr/bin/virsh", argv, code, limit)

    def aljibe(self, *argv, code=0, limit=CLIENT_SECONDS):
        return self._client(program("aljibe"), argv, code, limit)

    def each(self, commands):
        """Runs aljibe commands that are divided by semicolons, which must all work."""
        for command in commands.split(";"):
            self.aljibe(command)

    def _client(self, client, argv, code, limit):
        words = shlex.split(argv[0]) if len(argv) == 1 else argv
        self._ensure_daemon()
        kind = "secret" if words[0].startswith("secret-") else "storage"
        return run(client, "-q", "-c", self.daemon.uri(kind), *words, code=code, limit=limit)

    def begin(self, *argv):
        """Starts an aljibe command and does not wait for it: a subprocess.Popen."""
        self._ensure_daemon()
        words = shlex.split(argv[0]) if len(argv) == 1 else argv
        return subprocess.Popen([program("aljibe"), "-c", self.daemon.uri("storage"), *words], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _ensure_daemon(self):
        if self.daemon.process is None:
            self.start()

    def xml(self, *argv):
        """The document that an aljibe command prints, as an element."""
        return xml.etree.ElementTree.fromstring(self.aljibe(*argv).out)

    def volumes(self, pool):
        """The names of the pool's volumes."""
        return sorted(line.split()[0] for line in self.aljibe("vol-list", pool).out.splitlines() if line.strip())

    def define(self, document):
        """Defines a pool from XML text."""
        path = world.LAB / "definition.xml"
        path.write_text(document)
        return self.aljibe("pool-define", path)

    def set_secret(self, document, value):
        """Defines a secret from XML text with a <uuid>, gives it its value (bytes) and returns the UUID."""
        path = world.LAB / "secret.xml"
        path.write_text(document)
        self.aljibe("secret-define", path)
        uuid = xml.etree.ElementTree.fromstring(document).findtext("uuid").strip()
        path.write_bytes(value)
        self.aljibe("secret-set-value", uuid, "--file", path, "--plain")
        path.unlink()
        return uuid

    def upload(self, pool, volume, size):
        """Fills the first @size bytes of a volume at random through the daemon, reads them back, and returns their checksum."""
        source, back = world.LAB / "upload", world.LAB / "download"
        digest = random_file(source, size)
        self.aljibe("vol-upload", volume, source, "--pool", pool)
        self.aljibe("vol-download", volume, back, "--pool", pool, "--length", size)
        assert sha256(back) == digest, f"{pool}/{volume} does not hold what was uploaded"
        return digest

    def checksum(self, pool, volume, size):
        """The checksum of the first @size bytes of a volume as the daemon reads them."""
        back = world.LAB / "download"
        self.aljibe("vol-download", volume, back, "--pool", pool, "--length", size)
        return sha256(back)

    # Faults.

    def trap(self, tool):
        """A Trap in the place of @tool, to be used with `with`."""
        return Trap(self, tool)

    def crash_everywhere(self, tool, prepare, act, check):
        """Kills the daemon before and after each call of @tool that @act makes, starts it again, and lets @check look.

        @prepare() makes the state @act starts from, each time; @act() is the command, whose end does not count; @check() asserts
        what must be true whenever it was interrupted. Returns how many crashes there were.
        """
        crashes = 0
        for action in ("kill-before", "kill-after"):
            number = 0
            while True:
                number += 1
                self._fresh()
                prepare()
                with self.trap(tool) as trap:
                    trap.plan(number, action)
                    act()
                    reached = len(trap.calls()) >= number
                    if reached:
                        self.daemon.process.wait(WAIT_SECONDS)
                if not reached:
                    break
                crashes += 1
                self.start()
                try:
                    check()
                except AssertionError as error:
                    raise AssertionError(f"{action} call {number} ({trap.calls()[number - 1]}): {error}") from error
        assert crashes, f"{tool} was never called"
        return crashes

    # Comparison.

    def compare(self, name, before=None, pairs=PAIRS[:2] if IS_QUICK else PAIRS):
        """Plays scenarios/NAME.txt with each client and daemon of @pairs and compares them with the first, which is virsh on
        libvirtd unless the reference has no such pools. Each world has private places as in tests/differential, but the
        machine is the same: @before() or the scenario's own first steps make it new each time."""
        path = HERE / "scenarios" / f"{name}.txt"
        scenario = language.parse(path)
        language.check_differences([scenario])
        self.end()
        answers = {}
        for pair in pairs:
            self.reset()
            if before:
                before()
            answers[pair] = self._play(path, *pair)
        complaints = []
        for client, daemon in pairs[1:]:
            found = compare.judge(scenario, client, daemon, answers[pairs[0]], answers[client, daemon])
            complaints += [f"{client} on {daemon}:"] + found if found else []
        assert not complaints, "\n".join(complaints)

    @staticmethod
    def _play(path, client, daemon):
        programs = {"virsh": "/usr/bin/virsh", "libvirtd": "/usr/sbin/libvirtd"}
        clock = pathlib.Path(os.environ["LAB_BUILD"]) / "tests/differential/quick-clock.so"
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                   ROOT / "tests/differential/world.py", programs.get(client) or program(client), daemon,
                   programs.get(daemon) or program(daemon), "--quick-clock", clock]
        played = subprocess.run([str(word) for word in command], input=f"{path}\n", capture_output=True, text=True, check=False)
        answers = [told for told in map(json.loads, played.stdout.splitlines()) if "loop" not in told]
        assert answers, f"the world of {client} on {daemon} ended: {played.stderr}"
        return answers[0]

    # Between tests.

    def end(self):
        """Ends the daemon; why it was not healthy, or nothing."""
        complaint = ""
        if self.daemon.process is not None and not self.daemon.process.returncode == -signal.SIGKILL:
            complaint = self.daemon.complaint()
        self.daemon.process = None
        return complaint

    def _fresh(self):
        complaint = self.end()
        assert not complaint, complaint
        self.reset()
        for place in ("/etc/libvirt", "/run/libvirt", "/var/log/libvirt", world.LAB):
            world.empty(place)

    def one(self, test):
        """Runs one test from a clean state. What is wrong, or nothing."""
        try:
            self._fresh()
            test(self)
            return self.end()
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError, language.ScenarioError) as error:
            place = traceback.extract_tb(error.__traceback__)
            mine = [frame for frame in place if not frame.filename.startswith(str(HERE / "lab.py"))] or place
            said = self.log() if self.daemon.log.exists() else ""
            complaint = self.end()
            return "\n".join(filter(None, [f"{mine[-1].filename}:{mine[-1].lineno}: {type(error).__name__}: {error}", complaint,
                                           f"the daemon said: {said[-3000:]}" if said else ""]))


# The two guests of a pair are two hosts, and meet in a directory that both write to.

def _become_host(side):
    """Gives this guest of a pair what tells it from the other one: a name, a machine-id and an address on the wire."""
    run("hostname", f"host-{side}")
    pathlib.Path("/etc/machine-id").write_text(hashlib.md5(side.encode()).hexdigest() + "\n")
    run("ip", "addr", "add", f"{ADDRESSES[side]}/24", "dev", "eth0")
    run("ip", "link", "set", "eth0", "up")



def tell(what, text=""):
    """Lets the other guest's hear(@what) go on, with @text."""
    path = pathlib.Path(MEET) / what
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def hear(what, seconds=WAIT_SECONDS * 2):
    """Waits for the other guest's tell(@what) and returns its text."""
    path = pathlib.Path(MEET) / what
    wait(path.exists, f"the other guest to tell {what}", seconds)
    return path.read_text()


class OtherHost:
    """The other guest of a pair, as the first one commands it: methods are those of its own `on`, and lab.run().

    What they return must be JSON or a Done; begin() returns a number, and finish(number) how that command has ended.
    """

    def die(self):
        """Ends it as a loss of power would. It then starts again, and obeys again."""
        self.later("die")()
        wait(lambda: not AGAIN.exists(), "the other host to be gone")

    def __getattr__(self, method):
        return lambda *words, **more: self.later(method, *words, **more)()

    @staticmethod
    def later(method, *words, **more):
        """Has it begin, and returns a function that waits for what came of it."""
        number = len(list(pathlib.Path(MEET).glob("do-*")))
        tell(f"do-{number}", json.dumps([method, words, more], default=str))

        def answer():
            done, gone = (pathlib.Path(MEET, name) for name in (f"done-{number}", "gone"))
            wait(lambda: done.exists() or gone.exists(), f"the other host to do {method} {words}", CLIENT_SECONDS)
            assert done.exists(), f"the other host ended at {method} {words}"
            told = json.loads(done.read_text())
            assert "failed" not in told, f"on the other host: {told['failed']}"
            if "done" not in told:
                return told["value"]
            argv, code, out, err = told["done"]
            return Done(argv, code, out.encode(), err.encode())
        return answer


class _Obedience:
    """What the second guest does for an OtherHost."""

    def __init__(self, on):
        self.on, self.begun = on, []

    def begin(self, *words):
        self.begun.append(self.on.begin(*words))
        return len(self.begun) - 1

    def finish(self, number):
        """How what was begun has ended."""
        process = self.begun[number]
        out, err = process.communicate(timeout=CLIENT_SECONDS)
        return Done(process.args, process.returncode, out, err)

    def obey(self, method, words, more):
        """The answer to one command."""
        own = {"begin": self.begin, "finish": self.finish, "run": run, "fresh": self.on._fresh}
        does = own.get(method) or getattr(self.on, method)
        try:
            value = does(*words, **more)
        except Exception as error:  # whatever it is: the test, which asked for it, fails with it
            return {"failed": f"{method} {words}: {type(error).__name__}: {error}"}
        return {"done": [value.argv, value.code, value.out, value.err]} if isinstance(value, Done) else {"value": value}


def _second_guest(suite):
    """The life of the second guest: the suite's other_host(), or what an OtherHost tells it, until the end of the first."""
    if "other_host" in suite:
        suite["other_host"]()
        hear("end", 10 * WAIT_SECONDS)
        return
    world.make_private_places()
    host = _Obedience(Lab(suite.get("reset_other", lambda: None)))
    meet = pathlib.Path(MEET)
    for number in itertools.count(len(list(meet.glob("done-*")))):
        wait(lambda: (meet / f"do-{number}").exists() or (meet / "end").exists(), "a command", 10 * WAIT_SECONDS)
        if not (meet / f"do-{number}").exists():
            assert not (complaint := host.on._end_daemon()), complaint
            return
        command = json.loads(hear(f"do-{number}"))
        if command[0] == "die":
            AGAIN.touch()
            tell(f"done-{number}", json.dumps({"value": None}))
            pathlib.Path("/proc/sysrq-trigger").write_text("b")
        tell(f"done-{number}", json.dumps(host.obey(*command)))


def main(suite):
    """Runs the tests of @suite, globals() of the file that calls, and prints TAP. Arguments: words of the tests to run."""
    if os.environ.get("LAB_PLACE") not in ("guest", "host"):
        sys.exit(f"run me by: tests/lab/run {pathlib.Path(suite['__file__']).stem}")
    if MEET:
        _become_host(os.environ["LAB_SIDE"])
    if os.environ.get("LAB_SIDE") == "b":
        _second_guest(suite)
        return
    tests = [value for name, value in suite.items() if name.startswith("test_")]
    tests = [test for test in tests if not (IS_QUICK and hasattr(test, "is_slow"))]
    if wanted := sys.argv[1:]:
        tests = [test for test in tests if any(word in test.__name__ for word in wanted)]
    print(f"1..{len(tests)}", flush=True)
    world.make_private_places()
    if "setup" in suite:
        suite["setup"]()
    lab = Lab(suite.get("reset", lambda: None))
    failed = 0
    for number, test in enumerate(tests, 1):
        begun = time.monotonic()
        try:
            wrong = lab.one(test)
        except Skip as skip:
            print(f"ok {number} {test.__name__} # SKIP {skip}", flush=True)
            continue
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} {test.__name__}")
        print("".join(f"# {line}\n" for line in wrong.splitlines()), end="")
        print(f"# {time.monotonic() - begun:.1f} s", flush=True)
    if MEET:
        tell("end")
    sys.exit(1 if failed else 0)
