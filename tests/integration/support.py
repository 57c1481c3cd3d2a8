# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private aljibed in a temporary directory, and a runner that prints TAP for unittest classes. No root needed."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ALJIBED = os.environ.get("ALJIBED", "aljibed")
SKIP = 77


class Daemon:
    """One aljibed with its own directories. As a context manager: started, and ended and removed at the end."""

    def __init__(self, *, settings=None, root=None):
        self.is_mine = root is None
        self.root = pathlib.Path(root or tempfile.mkdtemp(prefix="aljibe-it-"))
        self.socket = str(self.root / "sock")
        self.config_dir, self.state_dir = self.root / "etc", self.root / "run"
        self.pool_dir = self.root / "pools"
        self.pool_dir.mkdir(exist_ok=True)
        self.settings = settings
        self.process = None
        self.log = self.root / "log"

    def argv(self):
        argv = [ALJIBED, "--socket", self.socket, "--config-dir", str(self.config_dir), "--state-dir", str(self.state_dir)]
        if self.settings is not None:
            (self.root / "aljibed.conf").write_text(self.settings)
            argv += ["--config", str(self.root / "aljibed.conf")]
        return argv

    def start(self, wrapper=(), **options):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*wrapper, *self.argv()], stderr=log, **options)
        self.wait_ready()
        return self

    def wait_ready(self, path=None, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"aljibed ended with {self.process.returncode}:\n{self.log.read_text()}")
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(path or self.socket)
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"aljibed was not ready after {seconds} s:\n{self.log.read_text()}")

    def stop(self, number=signal.SIGTERM, seconds=10):
        """Ends the daemon. Returns its exit status and how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(seconds)
        return status, time.monotonic() - began

    def restart(self):
        self.stop()
        return self.start()

    def uri(self, scheme="storage", path="/system"):
        return f"{scheme}+unix://{path}?socket={self.socket}"

    def target(self, name):
        path = self.pool_dir / name
        path.mkdir(exist_ok=True)
        return path

    def __enter__(self):
        return self.start()

    def __exit__(self, *what):
        status = 0
        if self.process and self.process.poll() is None:
            status, _ = self.stop()
        text = self.log.read_text(errors="replace")
        if self.is_mine:
            shutil.rmtree(self.root, ignore_errors=True)
        if what[0] is None and (status != 0 or "Sanitizer" in text or "runtime error" in text):
            raise AssertionError(f"aljibed ended with {status}:\n{text[-20000:]}")


def wait_until(condition, seconds=10):
    """Waits for @condition to become true; False if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def pool_xml(name, path, uuid=None):
    given = f"<uuid>{uuid}</uuid>" if uuid else ""
    return f"<pool type='dir'><name>{name}</name>{given}<target><path>{path}</path></target></pool>"


def vol_xml(name, capacity=1 << 20, allocation=0, kind="raw"):
    return (f"<volume><name>{name}</name><capacity>{capacity}</capacity><allocation>{allocation}</allocation>"
            f"<target><format type='{kind}'/></target></volume>")


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0

    def say(self, test, good, directive="", detail=""):
        self.number += 1
        name = test.id().removeprefix("__main__.")
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}{directive}", flush=True)
        for line in detail.splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, False, detail=self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, False, detail=self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, True, f" # SKIP {reason}")


def main():
    """Runs all tests of the calling script (or those whose names contain an argument) and prints TAP."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    tests = [test for group in suite for test in group if not sys.argv[1:] or any(w in test.id() for w in sys.argv[1:])]
    result = TapResult()
    print(f"1..{len(tests)}", flush=True)
    unittest.TestSuite(tests).run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
