# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of tests/mission.txt, the tests that name them, and what a run of the tests has shown of them."""
import collections
import fnmatch
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests/mission.txt"
IDS = r"((?: A\d+-\d\d)+)"
TITLE_COMMENT = re.compile(rf"^# mission:{IDS}$", re.MULTILINE)
C_COMMENT = re.compile(rf"^/\* mission:{IDS} \*/\nstatic void\n(\w+)\(", re.MULTILINE)
PYTHON_COMMENT = re.compile(rf"^ *# mission:{IDS}\n *def (test_\w+)\(", re.MULTILINE)
PAGE_COMMENT = re.compile(rf"^<!-- mission:{IDS} -->$", re.MULTILINE)
ANY_COMMENT = re.compile(r"^ *(?:#|/\*|<!--) mission:.*", re.MULTILINE)

Row = collections.namedtuple("Row", "id waits title")
Test = collections.namedtuple("Test", "label pattern")      # of the names that scripts/run-tests gives its results


class MissionError(Exception):
    """The table, or a comment that names its rows, is not well formed."""


def rows():
    found = [Row(*line.split(maxsplit=2)) for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    if twice := [id for id, times in collections.Counter(row.id for row in found).items() if times > 1]:
        raise MissionError(f"{TABLE.name}: {', '.join(twice)} stands twice")
    return found


def _scenario_tests(path, text):
    for ids in TITLE_COMMENT.findall(text):
        yield ids, Test(path.stem, f"differential: {path.stem} (*")


def _c_tests(path, text):
    for ids, function in C_COMMENT.findall(text):
        added = re.search(rf'"([^"\n]+)"[^\n]*\b{function}\b', text)
        if not added:
            raise MissionError(f"{path.name}: {function} is nowhere added as a test")
        yield ids, Test(f"{path.parent.name}/{path.stem} {added[1]}", f"*{path.parent.name}-*: *{added[1]}")


def _python_tests(path, text):
    for ids, function in PYTHON_COMMENT.findall(text):
        yield ids, Test(f"{path.stem} {function}", f"*: *{function}")


def _lab_tests(path, text):
    """Functions, and in the header what the whole suite shows."""
    for ids in TITLE_COMMENT.findall(text.partition('"""')[0]):
        yield ids, Test(f"lab/{path.stem}", f"lab: {path.stem} *")
    for ids, function in PYTHON_COMMENT.findall(text):
        yield ids, Test(f"lab/{path.stem} {function}", f"lab: {path.stem} {function}")


def _page_tests(path, text):
    """A page whose commands a test follows."""
    for ids in PAGE_COMMENT.findall(text):
        yield ids, Test(f"docs/{path.name}", f"cli-{path.stem}")


def tests_by_id():
    """All tests that name a row, by the row's id."""
    found = collections.defaultdict(list)
    for folder, kind, reader in (("tests/differential/scenarios", "*.txt", _scenario_tests), ("tests/unit", "*.c", _c_tests),
                                 ("tests/integration", "*.py", _python_tests), ("tests/lab", "*.py", _lab_tests),
                                 ("docs", "guide*.md", _page_tests)):
        for path in sorted((ROOT / folder).rglob(kind)):
            text = path.read_text()
            tests = list(reader(path, text))
            if len(tests) != len(ANY_COMMENT.findall(text)):
                raise MissionError(f"{path.name}: a comment 'mission:' is not as tests/mission.txt says")
            for ids, test in tests:
                for id in ids.split():
                    found[id].append(test)
    return found


def complaints():
    """What the table and the tests do not agree on, as lines."""
    known, tests = {row.id: row for row in rows()}, tests_by_id()
    lines = [f"{id}: named by {tests[id][0].label}, and no row of {TABLE.name}" for id in tests if id not in known]
    return lines + [f"{row.id}: no test shows it ({row.title})" for row in known.values() if row.waits == "-" and not tests[row.id]]


def table(results):
    """The table as lines, and how many rows fail: each row with what @results, with .name and .outcome, say of its tests."""
    tests, lines, count = tests_by_id(), [], collections.Counter()
    for row in rows():
        mine = [result.outcome for result in results for test in tests[row.id] if fnmatch.fnmatchcase(result.name, test.pattern)]
        is_shown = "passed" in mine and "failed" not in mine
        verdict = "later" if row.waits != "-" else "pass" if is_shown else "fail"
        count[verdict] += 1
        lines.append(f"{row.id:6} {verdict:5} {row.title}" + (f" (waits for: {row.waits})" if verdict == "later" else ""))
        if tests[row.id]:
            lines.append(" " * 13 + ", ".join(test.label for test in tests[row.id]))
        if verdict == "later" and is_shown:
            lines.append(" " * 13 + "tests show it: it need not wait any more")
    return lines + [f"mission: {count['pass']} pass, {count['fail']} fail, {count['later']} later"], count["fail"]
