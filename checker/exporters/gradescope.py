"""Gradescope's `results.json`, field for field as its specification says.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
Students never see tests whose visibility is `hidden`; where there are any, Gradescope does not
show them their total either.
"""

from itertools import islice
from pathlib import Path
from typing import Any

from checker.errors import UnusableInput
from checker.exporters import handouts
from checker.exporters.student import for_student, hidden_checks
from checker.exporters.text import json_text, some_lines
from checker.files import file_name, replacing
from checker.grading.model import Graded, Grades, Refusal, Suite
from checker.render import printable
from checker.results import CheckResult, Status, StepResult

FOLDER = "gradescope"


def export(grades: Grades, folder: Path) -> list[Path]:
    """Write a file for each submission; returns those that somebody changed, which stay."""
    kept = []
    with handouts.writing(folder / FOLDER) as write:
        for graded in grades:
            name = f"{file_name(graded.result.submission)}.json"
            if not write(name, [text(document(graded, grades.suites))]):
                kept.append(folder / FOLDER / name)
    return kept


def text(result: dict[str, Any]) -> str:
    """A result as the text of its file."""
    return json_text(result) + "\n"


def write_only(grades: Grades, path: Path) -> None:
    """Write the one submission of some grades to a file; one that was refused gets no points.

    Raises `UnusableInput` unless there is exactly one.
    """
    handed_in = [*grades.refused, *islice(grades, 2)]
    match handed_in:
        case [Graded() as graded]:
            result = document(graded, grades.suites)
        case [Refusal() as refusal]:
            result = refused(refusal)
        case _:
            raise UnusableInput(
                f"Gradescope wants the result of one submission, and here are {len(handed_in)}: "
                "name one PATH that holds just one."
            )
    with replacing(path) as file:
        file.write(text(result))


def refused(refusal: Refusal) -> dict[str, Any]:
    """What Gradescope shows of a submission that could not be taken in."""
    output = f"It could not be graded: {printable(refusal.reason)}"
    return {"score": 0, "output": output, "output_format": "text", "stdout_visibility": "hidden"}


def document(graded: Graded, suites: tuple[Suite, ...]) -> dict[str, Any]:
    """The result of one submission in Gradescope's form; times are in seconds."""
    result, shown = graded.result, for_student(graded.result, suites)
    hidden = hidden_checks(suites)
    points, notes = [f"{result.score} of {result.max_score} points."], graded.notes
    if hidden:  # then Gradescope does not show the total, and no text of ours may
        points, notes = [], graded.remarks
        notes += (graded.late.without_points,) if graded.late else ()
    return {
        "score": result.score,
        "execution_time": round(sum(step.duration for step in result.steps)),
        "output": "\n".join([*points, *map(printable, notes)]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": [
            test(whole if check.id in hidden else step, place, number, check.id in hidden)
            for number, (step, whole) in enumerate(
                zip(shown.steps, result.steps, strict=True), start=1
            )
            for place, check in enumerate(whole.checks)
        ],
    }


def test(step: StepResult, place: int, number: int, hidden: bool) -> dict[str, Any]:
    """One check of a step; a hidden one says all, because only instructors see it."""
    check = step.checks[place]
    output = step.output if check is step.first_problem else ""
    return {
        "score": check.score,
        "max_score": check.max_score,
        "status": "passed" if check.status is Status.PASSED else "failed",
        "name": printable(f"{step.step}: {check.title}"),
        "number": f"{number}.{place + 1}",
        "output": told(check, output),
        "visibility": "hidden" if hidden else "visible",
    }


def told(check: CheckResult, output: str) -> str:
    """What a check has to say, and what the code printed; nothing for one that passed."""
    if check.status is Status.PASSED:
        return ""
    where = f"{check.location.file}, line {check.location.line}:" if check.location else ""
    parts = [where, check.problem, check.fix and f"Fix: {check.fix}"]
    parts.append(check.detail and f"Seen: {check.detail}")
    if output.strip():
        parts.append("\n".join(["", "The file printed:", *some_lines(output)]))
    return "\n".join(printable(part) for part in parts if part)
