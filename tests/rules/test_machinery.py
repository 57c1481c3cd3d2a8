#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the machinery of the tests sees what it should: a judge who nods at everything would pass every scenario."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path += [str(ROOT / folder) for folder in ("scripts", "tests/differential", "tests/integration")]
import compare          # noqa: E402
import mission          # noqa: E402
import scenario         # noqa: E402
import support          # noqa: E402


def load_program(path):
    loader = importlib.machinery.SourceFileLoader(path.name.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


run_tests = load_program(ROOT / "scripts/run-tests")
OUT = {"exit": 0, "out": ["a", ""], "err": [""]}
OTHER = {"exit": 0, "out": ["b", ""], "err": [""]}


def played(*steps, loops=(), complaint=""):
    return {"scenario": "s", "steps": list(steps), "loops": list(loops), "complaint": complaint}


class Judge(unittest.TestCase):
    def judge(self, step, theirs, ours, daemon="aljibed"):
        told = scenario.Scenario("s", "title", steps=[step])
        return compare.judge(told, "virsh", daemon, theirs, ours)

    def test_same(self):
        self.assertEqual(self.judge(scenario.Step("run", "x"), played(OUT), played(OUT)), [])

    def test_other(self):
        step = scenario.Step("run", "x")
        for ours in (played(OTHER), played(), played(OUT, complaint="leaked"), played(OUT | {"exit": 1}), played(OUT | {"err": ["e", ""]})):
            self.assertNotEqual(self.judge(step, played(OUT), ours), [])
        self.assertNotEqual(self.judge(step, played(OUT, complaint="did not start"), played(OUT)), [])

    def test_expected(self):
        step = scenario.Step("run", "x", differs={"daemon": ["N-01"]}, ours="^out. b$|b")
        self.assertEqual(self.judge(step, played(OUT), played(OTHER)), [])
        self.assertNotEqual(self.judge(step, played(OUT), played(OUT)), [])
        self.assertNotEqual(self.judge(step, played(OUT), played(OUT | {"out": ["c"]})), [])
        self.assertNotEqual(self.judge(step, played(OUT), played(OTHER), daemon="libvirtd"), [])

    def test_evened(self):
        one = {"exit": 0, "out": ["/dev/loop123p1 /dev/loop1234", "11111111-1111-4111-8111-111111111111"]}
        two = {"exit": 0, "out": ["/dev/loop456p1 /dev/loop1234", "22222222-1111-4111-8111-111111111111"]}
        step = scenario.Step("run", "x")
        self.assertEqual(self.judge(step, played(one, loops=[123]), played(two, loops=[456])), [])
        self.assertNotEqual(self.judge(step, played(one), played(two, loops=[456])), [])
        named = scenario.Scenario("s", "title", steps=[step], source=one["out"][1])
        self.assertNotEqual(compare.judge(named, "virsh", "aljibed", played(one, loops=[123]), played(two, loops=[456])), [])


class Results(unittest.TestCase):
    def test_tap(self):
        told = run_tests.tap_results("t", "1..3\nok 1 a\nnot ok 2 b\n# why\nok 3 - c # SKIP no disk\n")
        self.assertEqual([result.outcome for result in told], ["passed", "failed", "skipped"])
        self.assertEqual((told[1].detail, told[2].detail), ("# why\n", "no disk"))
        self.assertEqual(run_tests.tap_results("t", "Bail out! x")[0].outcome, "failed")

    def test_died(self):
        entry = {"name": "p", "stdout": "TAP version 13\nok 1 a\n", "result": "FAIL", "returncode": -11}
        self.assertIn("failed", [result.outcome for result in run_tests.program_results("", entry)])

    def test_silent_skip(self):
        told = list(run_tests.without_silent_skips([run_tests.Result("new-test: /x", "skipped", "no tool")]))
        self.assertEqual(told[0].outcome, "failed")


class Mission(unittest.TestCase):
    def verdicts(self, outcome):
        rows = {row.id: row for row in mission.rows()}
        name = next(id for id, tests in mission.tests_by_id().items() if len(tests) == 1 and rows[id].waits == "-")
        result = run_tests.Result(mission.tests_by_id()[name][0].pattern.replace("*", ""), outcome, "")
        return next(line for line in mission.table([result])[0] if line.startswith(name)).split()[1]

    def test_verdicts(self):
        self.assertEqual([self.verdicts(outcome) for outcome in ("passed", "failed", "skipped")], ["pass", "fail", "fail"])

    def test_nothing_ran(self):
        lines, failed = mission.table([])
        self.assertEqual((" pass " in "\n".join(lines), failed), (False, sum(row.waits == "-" for row in mission.rows())))


if __name__ == "__main__":
    support.main()
