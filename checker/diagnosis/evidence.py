"""What goes into a diagnosis, and what comes out of it."""

from dataclasses import dataclass, field
from typing import Any

from checker.program import MISSING, Call
from checker.results import Location


@dataclass(frozen=True)
class Comparison:
    """The two sides of the comparison that failed in the suite."""

    got: Any
    wanted: Any


@dataclass(frozen=True)
class Evidence:
    """What the suite saw when a check failed.

    `error` is what ended the check; `about` the name the check is about; `fix` what the suite
    says to do; `seen` the value that the program last gave, or `MISSING`; `queries` the database
    calls of the last function call; `warnings` what Python warned of, as the worker noted it.
    """

    error: BaseException
    about: str | None = None
    fix: str | None = None
    comparison: Comparison | None = None
    seen: Any = MISSING
    queries: list[Call] = field(default_factory=list)
    warnings: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Diagnosis:
    """What a learner reads about a failed check."""

    problem: str
    fix: str | None = None
    location: Location | None = None
    detail: str | None = None
