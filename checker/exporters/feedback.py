"""A page for each student, in Markdown, fit to hand back: nothing of hidden checks is in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.exporters import handouts
from checker.exporters.markdown import step_sections, steps_table
from checker.exporters.student import for_student
from checker.exporters.text import readable
from checker.files import file_name
from checker.grading.model import Grades
from checker.results import SubmissionResult

FOLDER = "feedback"


def export(grades: Grades, folder: Path) -> list[Path]:
    """Write a page for each submission; returns those that somebody changed, which stay."""
    kept = []
    with handouts.writing(folder / FOLDER) as write:
        for graded in grades:
            result = for_student(graded.result, grades.suites)
            lines = page(result, graded.sources, graded.notes)
            name = f"{file_name(result.submission)}.md"
            if not write(name, (f"{line}\n" for line in lines)):
                kept.append(folder / FOLDER / name)
    return kept


def remove(folder: Path) -> None:
    """Remove the pages of an earlier time, which may tell other points than the reports do."""
    handouts.remove(folder / FOLDER)


def page(
    result: SubmissionResult, sources: Mapping[str, bytes], notes: tuple[str, ...]
) -> Iterator[str]:
    """The lines of a page."""
    name = readable(result.submission)
    yield f"# {name}: {result.score} of {result.max_score} points\n"
    for note in notes:
        yield f"Note: {readable(note)}\n"
    yield from steps_table(result.steps)
    yield from step_sections(result.steps, sources)
