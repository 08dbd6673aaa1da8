"""A page for each student, in Markdown, fit to hand back: nothing of hidden checks is in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.exporters.markdown import step_sections, steps_table
from checker.exporters.student import for_student
from checker.exporters.text import markdown
from checker.files import file_name, replacing
from checker.grading.model import Grades
from checker.results import SubmissionResult

FOLDER = "feedback"


def export(grades: Grades, folder: Path) -> None:
    """Write a page for each submission."""
    (folder / FOLDER).mkdir(exist_ok=True)
    for graded in grades:
        result = for_student(graded.result, grades.suites)
        path = folder / FOLDER / f"{file_name(result.submission)}.md"
        with replacing(path) as file:
            lines = page(result, graded.sources, graded.notes)
            file.writelines(f"{line}\n" for line in lines)


def page(
    result: SubmissionResult, sources: Mapping[str, bytes], notes: tuple[str, ...]
) -> Iterator[str]:
    """The lines of a page."""
    yield f"# {markdown(result.submission)}: {result.score} of {result.max_score} points\n"
    for note in notes:
        yield f"{markdown(note)}\n"
    yield from steps_table(result.steps)
    yield from step_sections(result.steps, sources)
