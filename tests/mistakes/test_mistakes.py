"""The corpus: every right variant passes, every mistake fails first at its check."""

import tomllib
from pathlib import Path

import pytest

from checker.examiner import Assignment, examine
from checker.kata import SOLUTIONS, load_steps
from checker.results import Status
from checker.sandbox import Limits
from checker.workers import Workers
from checker.workspace import FILE

STEPS = {step.name: step for step in load_steps()}


def table(step):
    """The corpus of a step."""
    return tomllib.loads(Path(__file__).with_name(f"{step}.toml").read_text("utf-8"))


def cases(kind):
    """All cases of a kind, as (step, case) pairs with readable ids."""
    return [
        pytest.param(step, case, id=f"{step}: {case['name']}")
        for step in STEPS
        for case in table(step).get(kind, ())
    ]


def program_of(step, case):
    """The program of a case, as bytes."""
    if "program" in case:
        return case["program"].encode()
    if "base" in case:
        base = next(right for right in table(step)["right"] if right["name"] == case["base"])
        text = program_of(step, base).decode()
    else:
        text = (SOLUTIONS / STEPS[step].folder.name / FILE).read_text("utf-8")
    for old, new in case["edit"]:
        assert old in text, f"{old!r} does not occur in the program"
        text = text.replace(old, new)
    return text.encode(case.get("encoding", "utf-8"))


@pytest.fixture(scope="module")
def judge():
    """Judges a program; a worker is always loading ahead."""
    workers = Workers()
    workers.expected = 10_000

    def judged(step, source):
        results = []
        steps = [STEPS[step]]
        examine([Assignment(steps[0], source)], steps, workers.take, Limits(), 7, results.append)
        return results[0]

    yield judged
    workers.close()


@pytest.mark.parametrize(("step", "case"), cases("right"))
def test_right_variant_passes(judge, step, case):
    """A right program passes, however it is written."""
    result = judge(step, program_of(step, case))
    problem = result.first_problem
    assert problem is None, f"{problem.id}: {problem.problem}"


@pytest.mark.parametrize(("step", "case"), cases("mistake"))
def test_mistake_fails_at_its_check(judge, step, case):
    """A wrong program fails first at its check, and the words and the line are right."""
    result = judge(step, program_of(step, case))
    problem = result.first_problem
    assert problem is not None
    assert problem.id == f"{step}.{case['check']}"
    assert problem.status is Status.FAILED
    for word in case.get("words", ()):
        assert word in f"{problem.problem} {problem.fix}"
    if "line" in case:
        assert problem.location is not None
        assert problem.location.line == case["line"]


@pytest.mark.parametrize("step", STEPS)
def test_every_check_has_a_mistake(judge, step):
    """For each check there is a wrong program that this check is the first to fail."""
    result = judge(step, (SOLUTIONS / STEPS[step].folder.name / FILE).read_bytes())
    assert {check.id for check in result.checks} == {
        f"{step}.{case['check']}" for case in table(step)["mistake"]
    }
