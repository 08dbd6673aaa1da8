"""The result of a run, as plain frozen data.

These classes are the single definition of report schema 1. `checker/schema.json` is made
from them (`.ci/schema.py`), and `--json` prints them field for field.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

SCHEMA = 1
KATA = "fastapi-databases"


class Status(StrEnum):
    """How a check, a step or a whole report ended.

    `SKIPPED` is for checks only: the check it builds on did not pass.
    `ERROR` means that the checker is at fault, never the learner.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class Limit(StrEnum):
    """A limit that the learner's code broke."""

    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    PROCESSES = "processes"
    FILE_SIZE = "file_size"
    OUTPUT = "output"


class Isolation(StrEnum):
    """How a worker was confined."""

    PROCESS = "process"
    STRONG = "strong"


@dataclass(frozen=True)
class Location:
    """A place in the learner's file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int = 1


@dataclass(frozen=True)
class Advice:
    """A remark on code that passes; it never changes a verdict."""

    text: str
    location: Location | None = None

    @property
    def told(self) -> str:
        """The remark behind its line."""
        return f"Line {self.location.line}: {self.text}" if self.location else self.text


@dataclass(frozen=True)
class CheckResult:
    """What became of one check. The texts are `None` where there is nothing to say."""

    id: str
    title: str
    status: Status
    score: int
    max_score: int
    problem: str | None = None
    fix: str | None = None
    location: Location | None = None
    detail: str | None = None

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "CheckResult":
        """The result that `as_json` made this document of."""
        parts = {"status": Status(document["status"]), "location": location_from(document)}
        return cls(**document | parts)


@dataclass(frozen=True)
class StepResult:
    """What became of one step; its checks stand in teaching order. `duration` is in seconds."""

    step: str
    title: str
    status: Literal[Status.PASSED, Status.FAILED, Status.ERROR]
    score: int
    max_score: int
    duration: float
    limit: Limit | None
    output: str
    checks: tuple[CheckResult, ...]
    advice: tuple[Advice, ...] = ()

    @classmethod
    def from_json(
        cls,
        document: dict[str, Any],
        check_from: Callable[[dict[str, Any]], CheckResult] = CheckResult.from_json,
    ) -> "StepResult":
        """The result that `as_json` made this document of; `check_from` makes its checks."""
        advice = tuple(
            Advice(**remark | {"location": location_from(remark)}) for remark in document["advice"]
        )
        checks = tuple(map(check_from, document["checks"]))
        parts = {
            "status": Status(document["status"]),
            "limit": Limit(document["limit"]) if document["limit"] else None,
            "checks": checks,
            "advice": advice,
        }
        return cls(**document | parts)

    @property
    def first_problem(self) -> CheckResult | None:
        """The check to read first: the first in teaching order that did not pass."""
        return next((check for check in self.checks if check.status is not Status.PASSED), None)

    @property
    def problems(self) -> tuple[CheckResult, ...]:
        """The checks that have a problem to tell; a skipped one only waits for another."""
        told = (Status.FAILED, Status.ERROR)
        return tuple(check for check in self.checks if check.status in told)


def location_from(document: dict[str, Any]) -> Location | None:
    """The location in the document of a check or of advice."""
    return Location(**document["location"]) if document["location"] else None


@dataclass(frozen=True)
class Head:
    """What a report says about the run as a whole."""

    schema: Annotated[int, Literal[1]]
    kata: str
    isolation: Isolation
    seed: int
    status: Literal[Status.PASSED, Status.FAILED, Status.ERROR]
    score: int
    max_score: int


@dataclass(frozen=True)
class Report(Head):
    """The result of a run over the steps of one workspace."""

    steps: tuple[StepResult, ...]

    @classmethod
    def of(cls, steps: tuple[StepResult, ...], isolation: Isolation, seed: int) -> "Report":
        """The report on `steps`, its status and score drawn from theirs."""
        return cls(
            schema=SCHEMA,
            kata=KATA,
            isolation=isolation,
            seed=seed,
            status=worst(step.status for step in steps),
            score=sum(step.score for step in steps),
            max_score=sum(step.max_score for step in steps),
            steps=steps,
        )

    def to_json(self) -> dict[str, Any]:
        """The report as the JSON document of schema 1."""
        document: dict[str, Any] = as_json(self)
        return document


@dataclass(frozen=True)
class SubmissionResult:
    """The result of one submission among many."""

    submission: str
    status: Literal[Status.PASSED, Status.FAILED, Status.ERROR]
    score: int
    max_score: int
    steps: tuple[StepResult, ...]

    @classmethod
    def of(cls, submission: str, steps: tuple[StepResult, ...]) -> "SubmissionResult":
        """The result of the submission with that name, drawn from those of its steps."""
        return cls(
            submission=submission,
            status=worst(step.status for step in steps),
            score=sum(step.score for step in steps),
            max_score=sum(step.max_score for step in steps),
            steps=steps,
        )


def as_json(result: Any) -> Any:
    """A result, or a part of one, as a JSON document.

    Like `dataclasses.asdict`, which takes most of its time to copy what nobody can change.
    """
    if isinstance(result, tuple):
        return [as_json(part) for part in result]
    if hasattr(result, "__dataclass_fields__"):
        return {name: as_json(part) for name, part in vars(result).items()}
    return result


def worst(statuses: Iterable[Status]) -> Literal[Status.PASSED, Status.FAILED, Status.ERROR]:
    """The status of a whole made of parts: passed needs at least one part, and all passed."""
    seen = set(statuses)
    if Status.ERROR in seen:
        return Status.ERROR
    return Status.PASSED if seen == {Status.PASSED} else Status.FAILED
