"""Checking and grading from Python, with typed results: `from checker import check, grade`."""

import secrets
import warnings
from collections.abc import Iterable
from contextlib import closing
from os import PathLike
from pathlib import Path

from checker.commands.grade import Wishes, write_reports
from checker.commands.session import assignment_for
from checker.examiner import examine
from checker.exporters import grades_csv
from checker.grading.gradebook import Gradebook
from checker.grading.grader import Order, grade_class
from checker.kata import find_step, load_steps
from checker.results import Isolation, Report, StepResult
from checker.sandbox import Limits
from checker.workers import Workers
from checker.workspace import Workspace

AnyPath = str | PathLike[str]


def check(
    workspace: AnyPath = ".",
    step: str = "all",
    *,
    isolation: Isolation | str = Isolation.PROCESS,
    seed: int | None = None,
    limits: Limits | None = None,
) -> Report:
    """The report on one step, or on all, of the workspace in a folder; nothing is written there.

    Raises `UnusableInput` for a folder without steps, `CheckerError` if the checker is at fault.
    """
    steps = load_steps()
    judged = steps if step == "all" else (find_step(step, steps),)
    found = Workspace.find(Path(workspace))
    assignments = [assignment_for(found, one, missing_is_failure=True) for one in judged]
    drawn = secrets.randbelow(2**31) if seed is None else seed
    results: list[StepResult] = []
    with closing(Workers(Isolation(isolation))) as workers:
        examine(assignments, judged, workers.take, limits or Limits(), drawn, results.append)
    return Report.of(tuple(results), Isolation(isolation), drawn)


def grade(
    paths: AnyPath | Iterable[AnyPath],
    out: AnyPath,
    *,
    isolation: Isolation | str = Isolation.STRONG,
    seed: int | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    suite: AnyPath | None = None,
    rules: AnyPath | None = None,
    again: bool = False,
    feedback: bool = False,
    limits: Limits | None = None,
) -> Gradebook:
    """Grade a class as the command `grade` does, with its reports in the folder `out`.

    What comes back is to be closed: use it in a `with` statement. Iterating gives a `Graded` for
    each submission. Raises `UnusableInput` and `CheckerError`, as the command would say, and warns
    of what it would say meanwhile.
    """
    several = [paths] if isinstance(paths, str | PathLike) else paths
    order = Order(
        paths=tuple(map(Path, several)),
        out=Path(out),
        isolation=Isolation(isolation),
        limits=limits or Limits(),
        seed=seed,
        jobs=jobs,
        cluster=cluster,
        suite=Path(suite) if suite else None,
        rules=Path(rules) if rules else None,
        again=again,
    )
    gradebook = grade_class(
        order, lambda _progress, _statuses: None, warnings.warn, grades_csv.cell
    )
    try:
        write_reports(gradebook, order.out, Wishes(feedback=feedback), warnings.warn)
    except BaseException:
        gradebook.close()
        raise
    return gradebook
