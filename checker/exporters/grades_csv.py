"""`grades.csv`: one row a submission, one column a step, for spreadsheets and mark books."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from checker.exporters.text import one_line
from checker.files import replacing
from checker.grading.model import Graded, Grades

FILE = "grades.csv"
# Spreadsheets take both forms of a sign, and where a comma is part of numbers, some part cells at
# semicolons: quotes then keep only the first cell of a line together.
FORMULA = re.compile('(^|;[\\s"]*)(?=[=+@＝＋－＠-])')  # noqa: RUF001


def export(grades: Grades, folder: Path) -> None:
    """Write `grades.csv`; what was refused stands at its end, without points."""
    steps = [suite.step for suite in grades.suites]
    with replacing(folder / FILE) as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
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
    return FORMULA.sub(r"\1'", one_line(text))
