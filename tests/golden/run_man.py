#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the manual page with the tables of commands, in both directions: run_man.py PROGRAM PAGE.

Every command of `help` has a section in the page that begins with what `help --format=rst COMMAND` prints, up to a comment "end of the
reference"; prose and examples follow it. ALJIBE_TEST_UPDATE=1 writes these parts anew.
"""
import os
import pathlib
import re
import subprocess
import sys

END = "\n.. end of the reference\n"


def ask(program, *words):
    return subprocess.run([program, "-q", *words], capture_output=True, text=True, check=True, timeout=60,
                          env=os.environ | {"LC_ALL": "C"}).stdout


def main():
    program, path = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    page = path.read_text()
    parts = {name: start for start, name in ((m.start(), m[1]) for m in re.finditer(r"^([a-z][a-z-]+)\n-+\n", page, re.M))}
    commands = re.findall(r"^    ([a-z-]+) ", ask(program, "help"), re.M)
    problems = [f"no section for {name}" for name in commands if name not in parts]
    problems += [f"section for {name}, which is no command" for name in parts if name not in commands]
    for name in sorted(set(commands) & set(parts)):
        start = page.index(f"\n{name}\n{'-' * len(name)}\n") + 1
        now = ask(program, "help", "--format=rst", name)
        if page[start:page.index(END, start)] != now:
            problems.append(f"{name}: differs from its table")
            page = page[:start] + now + page[page.index(END, start):]
    if os.environ.get("ALJIBE_TEST_UPDATE") == "1":
        path.write_text(page)
    print("\n".join(problems))
    return bool(problems)


sys.exit(main())
