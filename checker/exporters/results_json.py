"""`results.json`: everything, for programs. Its form is `checker/results-schema.json`."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checker.exporters.text import json_text
from checker.files import replacing
from checker.grading.model import Graded, Grades, Refusal
from checker.results import Head, SubmissionResult

FILE = "results.json"


@dataclass(frozen=True)
class Submission(SubmissionResult):
    """The result of one submission, with what intake and grading had to say."""

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
        file.writelines(separated(map(document, grades)))
        refused = [asdict(refusal) for refusal in grades.refused]
        file.write(f'\n], "refused": {json_text(refused)}}}\n')


def document(graded: Graded) -> dict[str, Any]:
    """One submission as it stands in the file."""
    return {**asdict(graded.result), "notes": graded.notes}


def separated(documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Documents as the members of a JSON array."""
    for number, item in enumerate(documents):
        yield (",\n" if number else "") + json_text(item)
