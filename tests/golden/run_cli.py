#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of a golden file and compares what they print: run_cli.py PROGRAM FILE.

A file is blocks of one command and its answer:
    $ aljibe pool-list --bogus        shell words, no expansion
    | a line of standard output
    ! a line of standard error
    = 1                               exit status, if it is not 0
A last line without its end is followed by "\\ no line end". Lines that begin with # are comments. ALJIBE_TEST_UPDATE=1 writes the
file anew. No server is there: the commands of these files must not need one.
"""
import difflib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

NO_SERVER = "storage+unix:///system?socket=/nonexistent/aljibe-sock"


def marked(mark, text):
    if not text:
        return []
    lines = [f"{mark} {line}".rstrip(" ") if not line else f"{mark} {line}" for line in text.removesuffix("\n").split("\n")]
    return lines if text.endswith("\n") else lines + ["\\ no line end"]


def answer(program, words, directory):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": directory, "ALJIBE_URI": NO_SERVER}
    environment |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS") or name == "LD_LIBRARY_PATH"}
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=directory,
                          env=environment, timeout=60)
    lines = marked("|", done.stdout) + marked("!", done.stderr)
    return lines + ([f"= {done.returncode}"] if done.returncode else [])


def run(program, golden):
    lines = []
    with tempfile.TemporaryDirectory() as directory:
        for line in golden.splitlines():
            if line.startswith("$ "):
                name, *words = shlex.split(line[2:])
                assert name == "aljibe", line
                lines += [line, *answer(program, words, directory)]
            elif line.startswith("#") or not line:
                lines.append(line)
    return "\n".join(lines) + "\n"


def main():
    program, path = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    golden = path.read_text()
    now = run(program, golden)
    if os.environ.get("ALJIBE_TEST_UPDATE") == "1":
        path.write_text(now)
        return 0
    sys.stdout.writelines(difflib.unified_diff(golden.splitlines(True), now.splitlines(True), str(path), "now"))
    return golden != now


sys.exit(main())
