"""`grades.csv`: one row a submission, one column a step, for spreadsheets and mark books."""

import csv
from collections.abc import Iterable
from pathlib import Path

from checker.exporters.text import one_line
from checker.files import replacing
from checker.grading.model import Graded, Grades

FILE = "grades.csv"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  # spreadsheets take both


def export(grades: Grades, folder: Path) -> None:
    """Write `grades.csv`; what was refused stands at its end, without points."""
    steps = [suite.step for suite in grades.suites]
    with replacing(folder / FILE) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["submission", "status", "score", "max_score", *steps, "notes"])
        writer.writerows(row(graded, steps) for graded in grades)
        writer.writerows(
            [cell(refusal.name), "refused", "", "", *("" for _ in steps), cell(refusal.reason)]
            for refusal in grades.refused
        )


def row(graded: Graded, steps: Iterable[str]) -> list[str | int]:
    """One submission; the column of a step that was not judged is empty."""
    result = graded.result
    scores = {step.step: step.score for step in result.steps}
    return [
        cell(result.submission),
        result.status,
        result.score,
        result.max_score,
        *(scores.get(step, "") for step in steps),
        cell(" ".join(graded.notes)),
    ]


def cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula: an apostrophe goes in front.

    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line
