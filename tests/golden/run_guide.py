#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Follows a guide as its reader would: run_guide.py PROGRAM LOCALE PAGE.

Every "$ line" of its console blocks is run in one shell, in that locale and with a directory of its own in place of /tmp/try, and must
print what the page shows below it. UUIDs may be others, and so may sizes of the file system and the widths of columns.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIP = 77
MARK = "@@ end of a step @@\n"
OTHERS = ((re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"), (re.compile(r" {2,}"), "  "), (re.compile(r"-{9,}"), "-" * 9),
          (re.compile(r"^((?:Capacity|Allocation|Available|Capacidad|Asignación|Disponible): +).*", re.M), r"\1SIZE"))


def evened(text):
    for pattern, replacement in OTHERS:
        text = pattern.sub(replacement, text)
    return text.splitlines()


def is_installed(locale):
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.lower()
    return locale.lower().replace("-", "") in listed.split()


def follow(program, locale, lines):
    """What each of @lines prints."""
    with tempfile.TemporaryDirectory(prefix="aljibe-guide-") as place:
        (pathlib.Path(place) / "bin").mkdir()
        (pathlib.Path(place) / "bin/aljibe").symlink_to(program)
        script = "".join(f"{line}\necho -n '{MARK}'\n" for line in lines).replace("/tmp/try", f"{place}/try")
        done = subprocess.run(["bash"], input="exec 2>&1\n" + script, capture_output=True, text=True, timeout=120, check=False,
                              env=os.environ | {"LC_ALL": locale, "LANGUAGE": "", "PATH": f"{place}/bin:{os.environ['PATH']}"})
        return done.stdout.replace(f"{place}/try", "/tmp/try").split(MARK)


def main():
    program, locale, page = os.path.abspath(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    if not is_installed(locale):
        print(f"locale {locale} is not installed")
        return SKIP
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), re.M | re.S)
    steps = [step.split("\n", 1) for block in blocks for step in re.split(r"^\$ ", block, flags=re.M)[1:]]
    answers = follow(program, locale, [line for line, _ in steps])
    problems = 0
    for (line, shown), answer in zip(steps, answers, strict=False):
        differences = list(difflib.unified_diff(evened(shown), evened(answer), "the page", "now", lineterm=""))
        if differences:
            print(f"$ {line}", *differences, sep="\n")
            problems += 1
    if len(answers) != len(steps) + 1:
        print(f"{len(steps)} steps, {len(answers) - 1} answers")
    return bool(problems or len(answers) != len(steps) + 1 or not steps)


sys.exit(main())
