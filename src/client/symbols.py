#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the version script of libaljibe: each public function under the release its comment says it came with.

usage: symbols.py HEADER... > SCRIPT. Fails for a function without a comment that names it and says "Since: X.Y"."""
import re
import sys

FUNCTION = re.compile(r"/\*\*((?:[^*]|\*(?!/))*)\*/\s*ALJIBE_API\s[^;]*?\b(aljibe_\w+)\(")
since = {}
for header in sys.argv[1:]:
    text = open(header, encoding="utf-8").read()
    documented = {name: comment for comment, name in FUNCTION.findall(text)}
    for name in re.findall(r"^ALJIBE_API\s[^;(]*?\b(aljibe_\w+)\(", text, re.M):
        release = re.search(r"Since: (\d+\.\d+)", documented.get(name, ""))
        if not release or f"{name}:" not in documented[name]:
            sys.exit(f"{header}: {name} has no comment that names it and says since when it is there")
        since.setdefault(tuple(map(int, release.group(1).split("."))), []).append(name)

before = ""
for release in sorted(since):
    node = "ALJIBE_%d.%d" % release
    print(f"{node} {{\nglobal:")
    for name in sorted(since[release]):
        print(f"    {name};")
    print(f"{'' if before else 'local:' + chr(10) + '    *;' + chr(10)}}}{before};")
    before = f" {node}"
