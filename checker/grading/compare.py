"""Compares two gradebooks: whose score changed, from what to what, and what did it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.grading.model import Graded
from checker.results import SubmissionResult

LATENESS = "lateness"


@dataclass(frozen=True)
class Cause:
    """A check that gives other points than before; `None` where there was or is no such check.

    What lateness costs counts as one, of points below 0.
    """

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Change:
    """A submission whose score changed; `None` for the side on which it is missing."""

    name: str
    before: int | None
    after: int | None
    causes: tuple[Cause, ...] = ()


def changes(before: Iterable[Graded], after: Iterable[Graded]) -> Iterator[Change]:
    """What changed, in order of names; both sides come in that order, and one at a time."""
    for old, new in side_by_side(iter(before), iter(after)):
        scores = (old.score if old else None, new.score if new else None)
        if scores[0] != scores[1]:
            name = new.submission if new else old.submission if old else ""
            yield Change(name, *scores, tuple(causes(old, new)) if old and new else ())


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


def causes(old: SubmissionResult, new: SubmissionResult) -> Iterator[Cause]:
    """The checks that give other points than before, and lateness if it costs others."""
    before, after = points_of(old), points_of(new)
    for name in {**before, **after}:
        # One that is new and gives nothing changed no score.
        if (before.get(name) or 0) != (after.get(name) or 0):
            yield Cause(name, before.get(name), after.get(name))


def points_of(result: SubmissionResult) -> dict[str, int]:
    """The points of a submission by the ids of its checks, and those that lateness takes."""
    points = {check.id: check.score for step in result.steps for check in step.checks}
    return {**points, LATENESS: result.score - sum(step.score for step in result.steps)}
