# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads scenario files: a title, then one step per line. README.md beside this file describes the language."""
import dataclasses
import pathlib
import re

DIFFERENCES = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/differences.md"
DAEMON_WORDS = ("restart", "kill", "reboot", "reload")
PLAIN_WORDS = DAEMON_WORDS + ("settle", "unwatch", "show")
LOOP = re.compile(r"[a-z_]\w* \d+[KMG]?( \d+)?")


class ScenarioError(Exception):
    """The file does not follow the language; the text names file and line."""


@dataclasses.dataclass
class Step:
    """One step: what to do, and which known difference is expected to show in its result."""
    kind: str               # "run", "file", "loop", "watch", or one of PLAIN_WORDS
    text: str               # the command line, the name of the file, or what follows "loop"
    body: str = ""          # content, for "file"
    line: int = 0
    differs: dict = dataclasses.field(default_factory=dict)     # who ("daemon", "client") → ids of docs/differences.md
    ours: str = ""          # regular expression that our answer must match where it differs


@dataclasses.dataclass
class Scenario:
    name: str
    title: str = ""
    needs: list = dataclasses.field(default_factory=list)   # e.g. "locale es_ES.UTF-8", "program scrub"
    steps: list = dataclasses.field(default_factory=list)
    source: str = ""

    def uses(self, kind):
        return any(step.kind == kind for step in self.steps)


def _parse_comment(scenario, text, pending, where):
    """A comment is the title, a need, or says what the next step differs in; anything else is for the reader."""
    if found := re.fullmatch(r"needs: (.+)", text):
        scenario.needs.append(found[1])
    elif found := re.fullmatch(r"differs( in the client)?: ((?:[A-Z]-\w+(?:, )?)+)(?:\s.*)?", text):
        pending.setdefault("differs", {})["client" if found[1] else "daemon"] = found[2].split(", ")
    elif text.startswith("differs"):
        raise ScenarioError(f"{where}: say '# differs: D-14 why' or '# differs in the client: D-20 why'")
    elif found := re.fullmatch(r"ours: (.+)", text):
        pending["ours"] = found[1]
    elif not scenario.title:
        scenario.title = text


def parse(path):
    """The scenario in the file @path."""
    path = pathlib.Path(path)
    scenario = Scenario(path.stem, source=path.read_text())
    pending = {}
    lines = scenario.source.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        where = f"{path.name}:{at + 1}"
        at += 1
        if not line.strip():
            continue
        if line.startswith("#"):
            _parse_comment(scenario, line[1:].strip(), pending, where)
            continue
        word, _, rest = line.partition(" ")
        step = Step("run", line, line=at, **pending)
        pending = {}
        if word == "file":
            body = []
            while at < len(lines) and lines[at].startswith("    "):
                body.append(lines[at][4:])
                at += 1
            step.kind, step.text, step.body = "file", rest, "".join(part + "\n" for part in body)
        elif word == "loop":
            if not LOOP.fullmatch(rest):
                raise ScenarioError(f"{where}: say 'loop NAME SIZE' or 'loop NAME SIZE SECTORSIZE'")
            step.kind, step.text = "loop", rest
        elif word == "watch":
            step.kind, step.text = "watch", rest
        elif line in PLAIN_WORDS:
            step.kind = line
        elif line.startswith(" "):
            raise ScenarioError(f"{where}: an indented line belongs to 'file'")
        scenario.steps.append(step)
    if not scenario.title:
        raise ScenarioError(f"{path.name}: no title comment")
    if not scenario.steps or scenario.steps[-1].kind != "show":
        scenario.steps.append(Step("show", "show", line=len(lines), **pending))
    return scenario


def known_differences():
    """The ids of the rows of docs/differences.md."""
    names = re.findall(r"^\| *([A-Z]-\w+) *\|", DIFFERENCES.read_text(), re.MULTILINE)
    if twice := {name for name in names if names.count(name) > 1}:
        raise ScenarioError(f"{DIFFERENCES.name}: {', '.join(sorted(twice))} stands twice")
    return set(names)


def check_differences(scenarios):
    """Raises ScenarioError if a step of @scenarios names a difference that is not known."""
    known = known_differences()
    for scenario in scenarios:
        for step in scenario.steps:
            if missing := {name for names in step.differs.values() for name in names} - known:
                raise ScenarioError(f"{scenario.name}:{step.line}: {', '.join(missing)} not in docs/{DIFFERENCES.name}")
