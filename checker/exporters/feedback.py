"""A page for each student, in Markdown, fit to hand back: nothing of hidden checks is in it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker.exporters import handouts
from checker.exporters.markdown import step_sections, steps_table
from checker.exporters.student import for_student
from checker.exporters.text import readable
from checker.files import file_name
from checker.grading.model import Grades, Refusal
from checker.results import SubmissionResult

FOLDER = "feedback"


def export(grades: Grades, folder: Path) -> list[Path]:
    """Write a page for each hand-in; returns those that somebody changed, which stay."""
    kept = []
    with handouts.writing(folder / FOLDER) as write:
        for name, lines in pages(grades):
            if not write(name, (f"{line}\n" for line in lines)):
                kept.append(folder / FOLDER / name)
    return kept


def pages(grades: Grades) -> Iterator[tuple[str, Iterator[str]]]:
    """The page for each submission, and for what was not taken in, with the name of its file."""
    taken = set()
    counts: Counter[str] = Counter()
    for graded in grades:
        result = for_student(graded.result, grades.suites)
        name = file_name(result.submission)
        taken.add(handouts.spelling(name))
        yield f"{name}.md", page(result, graded.sources, graded.notes)
    for refusal in grades.refused:
        name = first = file_name(refusal.name)
        while handouts.spelling(name) in taken:
            counts[first] += 1
            # A number, because a name that grows with each namesake is soon too long for a file.
            more = f" {counts[first]}" if counts[first] > 1 else ""
            name = f"{first} (not graded{more})"
        taken.add(handouts.spelling(name))
        yield f"{name}.md", refused_page(refusal)


def remove(folder: Path) -> None:
    """Remove the pages of an earlier time, which may tell other points than the reports do."""
    handouts.remove(folder / FOLDER)


def refused_page(refusal: Refusal) -> Iterator[str]:
    """The lines of the page for something that was not taken in."""
    yield f"# {readable(refusal.name)}: not graded\n"
    yield f"It could not be taken in: {readable(refusal.reason)}"


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
