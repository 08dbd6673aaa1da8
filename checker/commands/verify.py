"""For maintainers: check the kata itself."""

import json
import sys

from checker import render
from checker.commands.learner import LESSON
from checker.commands.session import Session
from checker.corpus import load_cases
from checker.errors import ExitStatus
from checker.examiner import Assignment
from checker.kata import CLOSING, Step
from checker.quiz import read_questions
from checker.source import Source
from checker.workspace import FILE, read_source


def verify(session: Session) -> ExitStatus:
    """For maintainers: check the kata itself, and list every problem."""
    problems = [problem for step in session.steps for problem in missing_parts(step)]
    problems += [] if CLOSING.is_file() else [f"{CLOSING} is missing"]
    questions, faults = read_questions()
    problems += faults
    if not problems:
        problems += starter_problems(session) + solution_problems(session)
        problems += corpus_problems(session)
    passed = not problems
    if session.options.json:
        document = {"schema": 1, "status": "passed" if passed else "failed", "problems": problems}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    elif passed:
        count = len(session.steps)
        cases = sum(len(load_cases(step)) for step in session.steps)
        session.show(
            f"{count} starters fail where they should, {count} solutions pass, "
            f"{cases} programs of the corpus come out as they must, "
            f"{len(questions)} questions of the quiz are sound."
        )
    else:
        session.show(render.problems_view(problems, session.glyphs))
    return ExitStatus.PASSED if passed else ExitStatus.FAILED


def missing_parts(step: Step) -> list[str]:
    """The files that a step should have and has not."""
    parts = (
        step.folder / FILE,
        step.folder / LESSON,
        step.suite,
        step.solution,
    )
    return [f"{step.name}: {part} is missing" for part in parts if not part.is_file()]


def starter_problems(session: Session) -> list[str]:
    """What is wrong with the starters: each fails at its gap, and is worth the step's points."""
    problems = []
    report = session.judge([Assignment(step, step.starter) for step in session.steps])
    for step, result in zip(session.steps, report.steps, strict=True):
        gap = Source(step.starter).gap
        if read_source(step.folder / FILE) != step.starter:
            problems.append(
                f"{step.name}: main.py is not the solution before it and the gap of step.toml "
                "(somebody has worked on it)"
            )
        if gap is None:
            problems.append(f"{step.name}: the gap has no line that begins with # TODO")
        first = result.first_problem
        if first is None:
            problems.append(f"{step.name}: the starter passes")
        elif first.location != gap:
            problems.append(f"{step.name}: the starter's first problem is {first.problem!r}")
        if result.max_score != step.points:
            problems.append(
                f"{step.name}: the checks are worth {result.max_score} points, "
                f"step.toml says {step.points}"
            )
    return problems


def solution_problems(session: Session) -> list[str]:
    """The solutions that do not pass, with their first problem."""
    report = session.judge([Assignment(step, read_source(step.solution)) for step in session.steps])
    return [
        f"{result.step}: the solution fails at {problem.id}: {problem.problem}"
        for result in report.steps
        if (problem := result.first_problem)
    ]


def corpus_problems(session: Session) -> list[str]:
    """The programs of the corpus that did not come out as they must."""
    cases = [case for step in session.steps for case in load_cases(step)]
    if not cases:
        return []
    report = session.judge([Assignment(case.step, case.source) for case in cases])
    return [
        f"{case.step.name}, case {case.name!r}: {deviation}"
        for case, result in zip(cases, report.steps, strict=True)
        for deviation in case.deviations(result)
    ]
