"""A small class to export: ordinary results, hostile ones, and what real programs come to."""

import itertools
from dataclasses import dataclass, replace

import pytest

from checker.corpus import load_cases
from checker.examiner import Assignment, examine
from checker.grading.model import Graded, Refusal, Suite, SuiteCheck
from checker.kata import load_steps
from checker.results import (
    SCHEMA,
    Advice,
    CheckResult,
    Head,
    Isolation,
    Limit,
    Location,
    Status,
    StepResult,
    SubmissionResult,
)
from checker.sandbox import Limits
from checker.workers import Workers

P, F, S, E = Status.PASSED, Status.FAILED, Status.SKIPPED, Status.ERROR
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \x1b[31m \x00 \u202e \ud800 "
    "::set-env name=X::y ##[error]z ]]> `````` | [a](http://x) **b** {{ 7*7 }} @all"
)
SECRET = "the secret edge case"
SOURCE = b'import databases\n\nasync def fetch_users():\n    return database.fetch_all("x")\n'
SUITES = (
    Suite("step1", "Set up the URL", 10, (SuiteCheck("step1.runs", "the file runs", 10),)),
    Suite(
        "step2",
        "Fetch every user",
        30,
        (
            SuiteCheck("step2.is_async", "fetch_users is async", 10),
            SuiteCheck("step2.secret", SECRET, 15, hidden=True),
            SuiteCheck("step2.rows", "it returns every row", 5),
        ),
    ),
)


@dataclass(frozen=True)
class Sample:
    """Grades that lie in memory."""

    head: Head
    suites: tuple[Suite, ...]
    refused: tuple[Refusal, ...]
    graded: tuple[Graded, ...]

    def __iter__(self):
        return iter(self.graded)


def step(suite, *statuses, said=None, output="", advice=(), limit=None):
    """A step's result with these statuses of its checks; the first not passed says something."""
    checks = []
    for check, status in zip(suite.checks, statuses, strict=True):
        fresh = status is not P and all(other.status is P for other in checks)
        about = {} if not fresh else dict(said or {})
        if status is S:
            about = {"problem": f"Waits for: {checks[-1].title}."}
        score = check.max_score if status is P else 0
        checks.append(CheckResult(check.id, check.title, status, score, check.max_score, **about))
    return StepResult(
        suite.step,
        suite.title,
        E if E in statuses else P if set(statuses) == {P} else F,
        sum(check.score for check in checks),
        suite.max_score,
        0.25,
        limit,
        output,
        tuple(checks),
        advice,
    )


def graded(name, *steps, notes=()):
    """A graded submission with these steps."""
    return Graded(
        SubmissionResult.of(name, steps), {step.step: SOURCE for step in steps}, tuple(notes)
    )


def head_of(submissions, isolation=Isolation.STRONG):
    """The head of a class."""
    return Head(
        SCHEMA,
        "fastapi-databases",
        isolation,
        7,
        F,
        sum(one.result.score for one in submissions),
        sum(one.result.max_score for one in submissions),
    )


AWAIT = {
    "problem": "fetch_users handed back a coroutine, so the query never ran.",
    "fix": "Put await in front of database.fetch_all(query).",
    "location": Location("main.py", 4, 12),
    "detail": "expected 14 rows, got a coroutine",
}
ONE, TWO = SUITES
SUBMISSIONS = (
    graded(
        '=HYPERLINK("http://x")',
        step(ONE, F, said={"problem": HOSTILE, "fix": HOSTILE, "detail": HOSTILE}, output=HOSTILE),
        step(TWO, P, P, P, output=f"{SECRET} = 3"),
        notes=[HOSTILE],
    ),
    graded(
        "ann",
        step(ONE, P),
        step(TWO, P, P, P, advice=(Advice("Use lifespan.", Location("main.py", 2)),)),
    ),
    graded(
        "ben",
        step(ONE, P, output="hello\n"),
        step(TWO, P, F, S, said=AWAIT, output="args\n"),
        notes=["Handed in 2 days late."],
    ),
    graded("cleo", step(ONE, F, said=AWAIT, output="hi\n", limit=Limit.WALL_TIME)),
    graded("dan", step(ONE, P), step(TWO, P, E, P, said={"problem": "The suite failed itself."})),
    graded("x/../</script>\u202e", step(ONE, P), step(TWO, F, P, P, said=AWAIT)),
)
SEVERAL = graded(
    "fay",
    replace(
        step(TWO, F, F, F),
        output="args\n",
        checks=tuple(
            CheckResult(check.id, check.title, F, 0, check.max_score, **AWAIT | about)
            for check, about in zip(
                TWO.checks,
                (
                    {"problem": "sqlite:///./test.db is no `await`.", "detail": HOSTILE},
                    {"problem": "SELECT * FROM users", "location": Location("main.py", 3)},
                    {"problem": "One row is missing."},
                ),
                strict=True,
            )
        ),
    ),
)
REFUSED = (Refusal("bomb.zip", "It grows to 9 GB."), Refusal(f"@{HOSTILE}", HOSTILE))


@pytest.fixture
def sample():
    """A class of six with hostile names and texts, a hidden check, and two refusals."""
    return Sample(head_of(SUBMISSIONS), SUITES, REFUSED, SUBMISSIONS)


@pytest.fixture
def several():
    """A class of one with several failed checks in a step, one of them hidden."""
    return Sample(head_of([SEVERAL]), SUITES, (), (SEVERAL,))


@pytest.fixture(scope="session")
def judged():
    """What real programs come to: for each step its solution and its first mistakes."""
    steps = load_steps()
    cases = {step.name: [case for case in load_cases(step) if case.check][:4] for step in steps}
    programs = [[step.solution.read_bytes() for step in steps]]
    programs += [[cases[step.name][n].source for step in steps] for n in range(4)]
    results = []
    workers = Workers()
    try:
        workers.demand(Isolation.PROCESS, cold=False)
        assignments = [
            Assignment(step, source)
            for sources in programs
            for step, source in zip(steps, sources, strict=True)
        ]
        examine(assignments, steps, workers.take, Limits(), 7, results.append)
    finally:
        workers.close()
    solution = results[: len(steps)]
    suites = tuple(
        Suite(
            result.step,
            result.title,
            result.max_score,
            tuple(SuiteCheck(check.id, check.title, check.max_score) for check in result.checks),
        )
        for result in solution
    )
    submissions = tuple(
        Graded(
            SubmissionResult.of(name, tuple(part)),
            {step.name: source for step, source in zip(steps, sources, strict=True)},
        )
        for name, part, sources in zip(
            ("ann", "ben", "cleo", "dan", "eve"),
            [results[n : n + len(steps)] for n in range(0, len(results), len(steps))],
            programs,
            strict=True,
        )
    )
    return Sample(head_of(submissions, Isolation.PROCESS), suites, (), submissions)


@pytest.fixture(scope="session")
def crowd(judged):
    """A function that makes a class of any size out of real results."""

    def crowd(count):
        many = tuple(
            Graded(replace(one.result, submission=f"student {number:05}"), one.sources, one.notes)
            for number, one in zip(range(count), itertools.cycle(judged.graded), strict=False)
        )
        return replace(judged, head=head_of(many, Isolation.PROCESS), graded=many)

    return crowd
