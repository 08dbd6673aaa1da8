"""Compares two gradebooks: whose score changed, from what to what, and which checks did it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.grading.model import Graded
from checker.results import CheckResult, SubmissionResult


@dataclass(frozen=True)
class CheckChange:
    """A check that gives other points than before; `None` where there was or is no such check."""

    id: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Change:
    """A submission whose score or checks changed; `None` for the side on which it is missing."""

    name: str
    before: int | None
    after: int | None
    checks: tuple[CheckChange, ...] = ()


def changes(before: Iterable[Graded], after: Iterable[Graded]) -> Iterator[Change]:
    """What changed, in order of names; both sides come in that order, and one at a time."""
    for old, new in side_by_side(iter(before), iter(after)):
        checks = tuple(changed_checks(old, new)) if old and new else ()
        scores = (old.score if old else None, new.score if new else None)
        if scores[0] != scores[1] or checks:
            name = new.submission if new else old.submission if old else ""
            yield Change(name, *scores, checks)


Pair = tuple[SubmissionResult | None, SubmissionResult | None]


def side_by_side(before: Iterator[Graded], after: Iterator[Graded]) -> Iterator[Pair]:
    """The results of both sides, paired by name."""
    old, new = next(before, None), next(after, None)
    while old or new:
        # Names are in the order of their code points, in SQLite as in Python.
        if new is None or (old and old.result.submission < new.result.submission):
            yield (old.result if old else None), None
            old = next(before, None)
        elif old is None or new.result.submission < old.result.submission:
            yield None, new.result
            new = next(after, None)
        else:
            yield old.result, new.result
            old, new = next(before, None), next(after, None)


def changed_checks(old: SubmissionResult, new: SubmissionResult) -> Iterator[CheckChange]:
    """The checks that give other points than before."""
    before, after = checks_of(old), checks_of(new)
    for name in {**before, **after}:
        points = tuple(
            check.score if check else None for check in (before.get(name), after.get(name))
        )
        if points[0] != points[1]:
            yield CheckChange(name, *points)


def checks_of(result: SubmissionResult) -> dict[str, CheckResult]:
    """The checks of a submission by their ids."""
    return {check.id: check for step in result.steps for check in step.checks}
