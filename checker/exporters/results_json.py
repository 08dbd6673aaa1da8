"""`results.json`: everything, for programs. Its form is `checker/results-schema.json`."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checker.exporters.student import hidden_checks
from checker.exporters.text import json_text
from checker.files import replacing
from checker.grading.model import Graded, Grades, Refusal
from checker.results import CheckResult, Head, StepResult, SubmissionResult, as_json

FILE = "results.json"


@dataclass(frozen=True)
class Check(CheckResult):
    """What became of one check. The texts are `None` where there is nothing to say.

    Students do not see the texts of a `hidden` one.
    """

    hidden: bool = False


@dataclass(frozen=True)
class Step(StepResult):
    """What became of one step; its checks stand in teaching order. `duration` is in seconds."""

    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Submission(SubmissionResult):
    """The result of one submission, with what intake and grading had to say."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Results(Head):
    """The results of a class; `score` and `max_score` are those of all submissions together."""

    submissions: tuple[Submission, ...]
    refused: tuple[Refusal, ...]


def export(grades: Grades, folder: Path) -> None:
    """Write `results.json`, one submission a line."""
    with replacing(folder / FILE) as file:
        file.write(json_text(asdict(grades.head)).removesuffix("}"))
        file.write(', "submissions": [\n')
        hidden = hidden_checks(grades.suites)
        file.writelines(separated(document(graded, hidden) for graded in grades))
        refused = [asdict(refusal) for refusal in grades.refused]
        file.write(f'\n], "refused": {json_text(refused)}}}\n')


def document(graded: Graded, hidden: frozenset[str]) -> dict[str, Any]:
    """One submission as it stands in the file."""
    result = as_json(graded.result)
    for step in result["steps"]:
        for check in step["checks"]:
            check["hidden"] = check["id"] in hidden
    return {**result, "notes": graded.notes}


def separated(documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Documents as the members of a JSON array."""
    for number, item in enumerate(documents):
        yield (",\n" if number else "") + json_text(item)
