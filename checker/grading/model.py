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
class Graded:
    """One submission with all that a report may show.

    `sources` holds, by step name, the `main.py` that was judged; a step that was not handed in
    has none. `notes` are sentences of intake and grading: renamed, late, files left aside.
    """

    result: SubmissionResult
    sources: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


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
