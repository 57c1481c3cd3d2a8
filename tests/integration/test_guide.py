#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Follows docs/guide.md and docs/guide.es.md as their readers would.

Every "$ line" of the console blocks is run in one shell, in the page's language and with a directory of its own in place of /tmp/try, and
must print what the page shows below it. UUIDs may be others, and so may sizes of the file system and the widths of columns.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import support

ALJIBE = os.environ.get("ALJIBE", "aljibe")
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
MARK = "@@ end of a step @@\n"
OTHERS = ((re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"), (re.compile(r" {2,}"), "  "), (re.compile(r"-{9,}"), "-" * 9),
          (re.compile(r"^((?:Capacity|Allocation|Available|Capacidad|Asignación|Disponible): +).*", re.M), r"\1SIZE"))


def evened(text):
    for pattern, replacement in OTHERS:
        text = pattern.sub(replacement, text)
    return text.splitlines()


def steps_of(page):
    """(line typed, what is shown below it) of all console blocks."""
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), re.M | re.S)
    return [tuple(step.split("\n", 1)) for block in blocks for step in re.split(r"^\$ ", block, flags=re.M)[1:]]


class Guide(unittest.TestCase):
    maxDiff = None

    def follow(self, page, locale):
        steps = steps_of(DOCS / page)
        with tempfile.TemporaryDirectory(prefix="aljibe-guide-") as place:
            (pathlib.Path(place) / "bin").mkdir()
            (pathlib.Path(place) / "bin/aljibe").symlink_to(os.path.abspath(ALJIBE))
            script = "".join(f"{line}\necho -n '{MARK}'\n" for line, _ in steps).replace("/tmp/try", f"{place}/try")
            done = subprocess.run(["bash"], input="exec 2>&1\n" + script, capture_output=True, text=True, timeout=120, check=False,
                                  env=os.environ | {"LC_ALL": locale, "LANGUAGE": "", "PATH": f"{place}/bin:{os.environ['PATH']}"})
            *answers, _ = done.stdout.replace(f"{place}/try", "/tmp/try").split(MARK)
        self.assertEqual(len(answers), len(steps))
        for (line, shown), answer in zip(steps, answers):
            with self.subTest(line):
                self.assertEqual(evened(answer), evened(shown))

    def test_english(self):
        self.follow("guide.md", "C.UTF-8")

    # mission: A1-15
    def test_spanish(self):
        if "es_ES.utf8" not in subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split():
            self.skipTest("no Spanish locale is installed")
        self.follow("guide.es.md", "es_ES.UTF-8")

    def test_same_commands(self):
        self.assertEqual([line for line, _ in steps_of(DOCS / "guide.md")], [line for line, _ in steps_of(DOCS / "guide.es.md")])


if __name__ == "__main__":
    support.main()
