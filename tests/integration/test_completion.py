#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The completion for bash (data/completion/aljibe) against a private aljibed: what is proposed, how it is fitted into the line, and that
nothing is said when there is no server."""
import os
import pathlib
import pty
import re
import select
import subprocess
import time
import unittest

import support

ALJIBE = os.environ.get("ALJIBE", "aljibe")
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "data/completion/aljibe"
# how bash splits a line: quotes stay, '=' and ':' are words
WORD = re.compile(r"""(?:[^\s=:'"\\]|\\.|'[^']*'?|"(?:[^"\\]|\\.)*"?)+|[=:]""")


class Completion(unittest.TestCase):
    """Pool p is active with volumes v, 'with blank' and it's; pool 'two words' is active and empty; pool idle is inactive."""
    maxDiff = None

    def setUp(self):
        self.daemon = support.Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.dir = self.daemon.root
        (self.dir / "bin").mkdir()
        (self.dir / "bin/aljibe").symlink_to(os.path.abspath(ALJIBE))
        (self.dir / "home").mkdir()
        (self.dir / "home/a file.xml").touch()
        (self.dir / "home/folder").mkdir()
        self.uri = self.daemon.uri()
        self.target = self.daemon.target("p")
        self.cli("pool-define-as", "p", "dir", "--target", self.target)
        self.cli("pool-create-as", "two words", "dir", "--target", self.daemon.target("two"))
        self.cli("pool-define-as", "idle", "dir", "--target", self.dir / "idle")
        self.cli("pool-start", "p")
        for name in "v", "with blank", "it's":
            self.cli("vol-create-as", "p", name, "4K")

    def environment(self):
        return {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self.dir / "home"), "ALJIBE_URI": self.uri, "TERM": "dumb",
                "PATH": f"{self.dir}/bin:{os.environ['PATH']}"}

    def cli(self, *words):
        subprocess.run([ALJIBE, *map(str, words)], env=self.environment(), check=True, capture_output=True, timeout=60)

    def proposals(self, line):
        """COMPREPLY with the cursor at the end of @line."""
        words = WORD.findall(line) + ([""] if line[-1].isspace() else [])
        done = subprocess.run(["bash", "--norc", "-c", f"""
            source '{SCRIPT}'
            COMP_WORDS=("${{@:2}}") COMP_CWORD=$(($# - 2)) COMP_LINE=$1 COMP_POINT=${{#1}}
            _aljibe && printf '%s\\n' "${{COMPREPLY[@]}}" """, "bash", line, *words],
            env=self.environment(), cwd=self.dir / "home", capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(done.stderr, "")
        return sorted(done.stdout.splitlines()) if done.stdout != "\n" else []

    def test_commands_and_options(self):
        self.assertEqual(self.proposals("aljibe pool-und"), ["pool-undefine"])
        self.assertEqual(self.proposals("aljibe -q pool-und"), ["pool-undefine"])
        self.assertIn("vol-wipe", self.proposals("aljibe "))
        self.assertEqual(self.proposals("aljibe --re"), ["--readonly"])
        self.assertEqual(self.proposals("aljibe vol-list p --"), ["--details", "--help"])
        self.assertEqual(self.proposals("aljibe vol-list --details p --"), ["--help"])
        self.assertEqual(self.proposals("aljibe nosuch "), [])
        self.assertEqual(self.proposals("aljibe help vol-w"), ["vol-wipe"])
        self.assertEqual(self.proposals("aljibe pool-list # "), [])

    def test_pools_by_state(self):
        for command, pools in [("pool-info", ["idle", "p", r"two\ words"]), ("pool-refresh", ["p", r"two\ words"]),
                               ("pool-start", ["idle"]), ("pool-build", ["idle"]), ("pool-destroy", ["p", r"two\ words"]),
                               ("pool-undefine", ["idle"]), ("vol-list", ["p", r"two\ words"]), ("vol-info v --pool", ["p", r"two\ words"]),
                               ("pool-event", ["idle", "p", r"two\ words"])]:
            with self.subTest(command):
                self.assertEqual(self.proposals(f"aljibe {command} "), pools)

    def test_volumes(self):
        names = [r"it\'s", "v", r"with\ blank"]
        paths = [rf"{self.target}/{name}" for name in names]
        self.assertEqual(self.proposals("aljibe vol-info --pool p "), names)
        self.assertEqual(self.proposals("aljibe vol-resize --pool=p "), names)
        self.assertEqual(self.proposals("aljibe vol-list --pool 'two words' --details "), [])
        self.assertEqual(self.proposals("aljibe vol-info "), paths)
        self.assertEqual(self.proposals("aljibe vol-pool "), paths)
        self.assertEqual(self.proposals("aljibe vol-name "), paths)
        self.assertEqual(self.proposals("aljibe vol-create-as p new 1M --backing-vol "), names)
        self.assertEqual(self.proposals("aljibe vol-create-from 'two words' x.xml --inputpool p "), names)

    def test_words(self):
        self.assertEqual(self.proposals("aljibe pool-list --type iscsi"), ["iscsi", "iscsi-direct"])
        self.assertEqual(self.proposals("aljibe pool-list --type dir,zf"), ["dir,zfs"])
        self.assertEqual(self.proposals("aljibe pool-list --type=dir,zf"), ["dir,zfs"])
        self.assertEqual(self.proposals("aljibe pool-define-as x net"), ["netfs"])
        self.assertEqual(self.proposals("aljibe pool-define-as x fs --source-format x"), ["xfs"])
        self.assertEqual(self.proposals("aljibe vol-create-as p n 1M --format qc"), ["qcow", "qcow2"])
        self.assertEqual(self.proposals("aljibe vol-wipe v p pf"), ["pfitzner33", "pfitzner7"])
        self.assertEqual(self.proposals("aljibe pool-event --event "), ["lifecycle", "refresh"])

    def test_files(self):
        self.assertEqual(self.proposals("aljibe pool-define "), ["a file.xml", "folder"])
        self.assertEqual(self.proposals("aljibe vol-upload v --file a"), ["a file.xml"])
        self.assertEqual(self.proposals("aljibe vol-upload v --file=a"), ["a file.xml"])
        self.assertEqual(self.proposals("aljibe pool-define-as x dir --target "), ["folder"])
        self.assertEqual(self.proposals("aljibe pool-info p --bytes "), [])

    def test_quotes(self):
        self.assertEqual(self.proposals(r"aljibe vol-info --pool p with\ b"), [r"with\ blank"])
        self.assertEqual(self.proposals("aljibe vol-info --pool p 'with b"), ["'with blank"[1:]])
        self.assertEqual(self.proposals('aljibe vol-info --pool p "it\'s'), ["it's"])
        self.assertEqual(self.proposals(r"aljibe vol-info --pool p 'it"), [r"it'\''s"])
        self.assertEqual(self.proposals("aljibe pool-info --pool=two"), [r"two\ words"])

    def test_without_a_server(self):
        self.uri = f"storage+unix:///system?socket={self.dir}/nothing"
        self.assertEqual(self.proposals("aljibe pool-info "), [])
        self.assertEqual(self.proposals("aljibe pool-inf"), ["pool-info"])
        self.assertEqual(self.proposals("aljibe vol-wipe v p ze"), ["zero"])

    def test_embedded_server_is_not_made(self):
        self.uri = f"embed://{self.dir}/unused"
        self.assertEqual(self.proposals("aljibe pool-info "), [])
        self.assertFalse((self.dir / "unused").exists())

    def test_server_of_the_line(self):
        other = f"storage+unix:///system?socket={self.dir}/nothing"
        self.assertEqual(self.proposals(f"aljibe -c '{other}' pool-start "), [])
        self.uri, real = other, self.uri
        self.assertEqual(self.proposals(f"aljibe --connect '{real}' pool-start "), ["idle"])

    # --- a terminal ---

    def typed(self, terminal, line):
        """What a real bash makes of @line and a tab."""
        os.write(terminal, b"\x15" + line.encode() + b"\t\x18p")
        return self.read_until(terminal, r"<<(.*)>>")

    def read_until(self, terminal, pattern):
        text, end = "", time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                text += os.read(terminal, 4096).decode(errors="replace")
            elif found := re.search(pattern, text):
                return found[1]
        self.fail(f"no answer in {text!r}")

    def test_terminal(self):
        rc = self.dir / "rc"
        rc.write_text(f"source '{SCRIPT}'\nstty cols 500\nPS1='ready> '\n"
                      "shown() { printf '<<%s>>\\n' \"$READLINE_LINE\"; }\nbind -x '\"\\C-xp\": shown'\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir / "home")
            os.execvpe("bash", ["bash", "--rcfile", str(rc), "-i"], self.environment())
        self.addCleanup(os.close, terminal)
        self.read_until(terminal, r"(ready> )")
        for line, now in [("aljibe pool-sta", "aljibe pool-start "), ("aljibe pool-start ", "aljibe pool-start idle "),
                          ("aljibe pool-info tw", r"aljibe pool-info two\ words "),
                          ("aljibe pool-info 'tw", "aljibe pool-info 'two words' "),
                          ("aljibe pool-info --pool=tw", r"aljibe pool-info --pool=two\ words "),
                          ("aljibe pool-define a", r"aljibe pool-define a\ file.xml "),
                          ("aljibe pool-define-as x dir --target f", "aljibe pool-define-as x dir --target folder/"),
                          ("aljibe vol-info --pool p \"it", "aljibe vol-info --pool p \"it's\" ")]:
            with self.subTest(line):
                self.assertEqual(self.typed(terminal, line), now)
        os.write(terminal, b"\x15exit\n")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)


if __name__ == "__main__":
    support.main()
