#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the commands of aljibe with those of the virsh that is installed: run_parity.py PROGRAM.

Both are asked for help. Every command of virsh's storage and secret groups and of its shell, and what of its host group a storage server can
answer, must be there, with every option of that name, of the same kind (flag, number, text), as necessary, in the same positional
order. What aljibe has besides is not looked at. Skipped where there is no virsh.
"""
import os
import re
import shutil
import subprocess
import sys

GROUPS = ("pool", "volume", "secret", "virsh")
OTHERS = ("capabilities", "hostname", "uri", "version")
OPTION = re.compile(r"^    (?:\[--(?P<needed>[\w-]+)\] <(?P<kind>\w+)>|--(?P<name>[\w-]+)(?: <(?P<value>\w+)>)?|<(?P<rest>\w+)>)  ", re.M)
SKIP = 77


def ask(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"LC_ALL": "C"}).stdout


def commands_of(group):
    return re.findall(r"^    ([a-z-]+) ", ask("virsh", "help", group), re.M)


def options_of(program, command):
    """(name, kind, is needed) of each option, in the order of the help, which is the positional one."""
    text = ask(program, "-q", "help", command).partition("\n  OPTIONS\n")[2]
    return [(o["needed"] or o["name"] or o["rest"], o["kind"] or o["value"] or ("rest" if o["rest"] else "flag"), bool(o["needed"]))
            for o in OPTION.finditer(text)]


def compare(program, command):
    if f"    {command} - " not in ask(program, "-q", "help", command):
        return [f"{command}: missing"]
    theirs, ours = options_of("virsh", command), options_of(program, command)
    problems = [f"{command}: no option like {option}" for option in theirs if option not in ours]
    order = [[name for name, kind, _ in options if kind != "flag" and name in dict((o[0], o) for o in theirs)] for options in (theirs, ours)]
    if not problems and order[0] != order[1]:
        problems.append(f"{command}: positional order is {order[1]}, not {order[0]}")
    return problems


def main():
    program = os.path.abspath(sys.argv[1])
    if not shutil.which("virsh"):
        print("no virsh to compare with")
        return SKIP
    groups = {group: commands_of(group) for group in GROUPS}
    problems = [f"virsh has no commands in group {group}" for group, names in groups.items() if not names]
    names = [name for group in groups.values() for name in group] + list(OTHERS)
    problems += [problem for name in names for problem in compare(program, name)]
    print(f"{len(names)} commands compared", *problems, sep="\n")
    return bool(problems)


sys.exit(main())
