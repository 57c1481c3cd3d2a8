# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what a scenario gave in two worlds: removes what may differ by nature, then judges step by step."""
import difflib
import json
import re

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
                  r"|\b[0-9a-z]{6}(?:-[0-9a-z]{4}){5}-[0-9a-z]{6}\b", re.IGNORECASE)  # the second is LVM's
LOOP_LETTERS = "NMLKJIHG"
BY_NATURE = (
    (re.compile(r"<([amc]time)>\d+(?:\.\d{9})?</"), r"<\1>TIME</"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: "), "TIMESTAMP: "),
    (re.compile(r"/tmp/(?:virsh|aljibe[-.]?)\w{6}\.xml"), "TEMPORARY.xml"),
    (re.compile(r"(/\w+\.\w+\.secret)\.\w{6}\b"), r"\1.RANDOM"),
    # virsh races with its own event thread at the end of pool-event
    (re.compile(r'"error: One or more references were leaked after disconnect from the hypervisor", '), ""),
)


def normalise(answer, source):
    """The steps of one world's @answer with made-up values replaced. UUIDs that the scenario itself names stay."""
    text = json.dumps(answer["steps"])
    for pattern, replacement in BY_NATURE:
        text = pattern.sub(replacement, text)
    for number, letter in zip(answer["loops"], LOOP_LETTERS):
        text = re.sub(rf"loop{number}(?!\d)", f"loop{letter}", text)
    numbers = {}

    def uuid_name(found):
        value = found[0].lower()
        return found[0] if value in source.lower() else numbers.setdefault(value, f"<uuid {len(numbers) + 1}>")

    return json.loads(UUID.sub(uuid_name, text))


def result_text(result):
    """A step's result as lines to read and to compare."""
    lines = []
    for key in ("exit", "out", "err", "config", "tree", "mounts", "loops"):
        value = result.get(key)
        if isinstance(value, list):
            if value and value[-1] == "":
                value = value[:-1]
            lines += [f"{key}| {line}" for line in value]
        elif value is not None:
            lines.append(f"{key}: {value}")
    return lines


def judge_step(step, theirs, ours, expected):
    """Why @ours is not what it should be beside @theirs, as lines; none when all is well. @expected: ids of differences."""
    theirs, ours = result_text(theirs), result_text(ours)
    if expected:
        if theirs == ours:
            return [f"{', '.join(expected)} should show here and does not"] + ours
        if step.ours and not re.search(step.ours, "\n".join(ours)):
            return [f"differs, but not as /{step.ours}/"] + ours
        return []
    if theirs == ours:
        return []
    return list(difflib.unified_diff(theirs, ours, "reference", "this pair", lineterm="", n=2))


def judge(scenario, client, daemon, theirs, ours):
    """All complaints about the pair @client, @daemon in @scenario, as lines; none when it passes."""
    complaints = []
    if ours["complaint"]:
        complaints += ours["complaint"].splitlines()
    if theirs["complaint"]:
        complaints += ["reference: " + line for line in theirs["complaint"].splitlines()]
    left, right = normalise(theirs, scenario.source), normalise(ours, scenario.source)
    if len(left) != len(scenario.steps) or len(right) != len(scenario.steps):
        return complaints or ["not all steps were played"]
    for step, a, b in zip(scenario.steps, left, right):
        expected = (step.differs.get("daemon", []) if daemon == "aljibed" else []) \
            + (step.differs.get("client", []) if client == "aljibe" else [])
        found = judge_step(step, a, b, expected)
        if found:
            complaints += [f"{scenario.name}:{step.line}: {step.text}"] + ["  " + line for line in found]
    return complaints
