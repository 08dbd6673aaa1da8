"""What grading hands to the exporters: the grades of a class, read one submission at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from checker.results import Head, SubmissionResult


@dataclass(frozen=True)
class SuiteCheck:
    """A check that every submission had to pass; a `hidden` one never reaches a student's eyes."""

    id: str
    title: str
    max_score: int
    hidden: bool = False


@dataclass(frozen=True)
class Suite:
    """The checks of one step, in teaching order."""

    step: str
    title: str
    max_score: int
    checks: tuple[SuiteCheck, ...]


@dataclass(frozen=True)
class Refusal:
    """Something that could not be taken in: its name, and the reason as a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class Lateness:
    """What it cost to be so many days late: a percentage, which is so many of all points."""

    days: int
    percent: int
    lost: int
    score: int

    @property
    def without_points(self) -> str:
        """The sentence for those to whom no points may be told."""
        return f"{self.days} {'day' if self.days == 1 else 'days'} late: {self.percent} % less."

    @property
    def told(self) -> str:
        """The sentence about it."""
        points = f", which is {self.lost} of {self.score} points."
        return self.without_points.removesuffix(".") + points


@dataclass(frozen=True)
class Graded:
    """One submission with all that a report may show.

    `sources` holds, by step name, the `main.py` that was judged; a step that was not handed in
    has none. `remarks` are sentences of intake: renamed, marked as late, files left aside.
    """

    result: SubmissionResult
    sources: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()
    late: Lateness | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """All sentences about it."""
        return (*self.remarks, self.late.told) if self.late else self.remarks


class Grades(Protocol):
    """The grades of a class; iterating reads them in order of the submissions' names.

    It may be iterated again, and holds no more than one submission in memory.
    """

    @property
    def head(self) -> Head:
        """What the reports say about the run as a whole; points are those of all submissions."""

    @property
    def suites(self) -> tuple[Suite, ...]:
        """The steps with their checks, in order."""

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """What intake could not take, in order of names."""

    def __iter__(self) -> Iterator[Graded]:
        """Every submission."""
