"""`report.md`: the class in a text that people read anywhere."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from checker.exporters.markdown import MARKS, table
from checker.exporters.overview import Overview
from checker.exporters.text import markdown
from checker.files import replacing
from checker.grading.model import Graded, Grades
from checker.grading.view import plural
from checker.results import Status

FILE = "report.md"


def export(grades: Grades, folder: Path) -> None:
    """Write `report.md`."""
    with replacing(folder / FILE) as file:
        file.writelines(f"{line}\n" for line in report(grades))


def report(grades: Grades) -> Iterator[str]:
    """The lines of the report: the class, what was missed most, every submission."""
    yield from overview_lines(Overview.of(grades), grades)
    steps = [suite.step for suite in grades.suites]
    yield "\n## Submissions\n"
    yield from table(
        ["submission", "points", *map(markdown, steps), "first problem", "notes"],
        (row(graded, steps) for graded in grades),
    )
    if grades.refused:
        yield "\n## Not graded\n"
        yield from table(
            ["name", "reason"],
            ([markdown(refusal.name), markdown(refusal.reason)] for refusal in grades.refused),
        )


def overview_lines(overview: Overview, grades: Grades) -> Iterator[str]:
    """The class at a glance."""
    count = overview.submissions
    head = grades.head
    yield f"# Grades: {markdown(head.kata)}\n"
    yield (
        f"{count} {plural('submission', count)}, "
        f"{overview.statuses[Status.PASSED]} passed every step. "
        f"Mean {overview.mean:.1f}, median {overview.median:g} of {overview.max_score} points. "
        f"{len(grades.refused)} not graded. Isolation {head.isolation}, seed {head.seed}.\n"
    )
    yield from table(
        ["step", "", "passed"],
        (
            [
                markdown(suite.step),
                markdown(suite.title),
                f"{overview.passed[suite.step]} of {count}",
            ]
            for suite in grades.suites
        ),
    )
    yield from counted("Scores", ["points", "submissions"], overview.bands)
    heads = ["step", "check", "submissions"]
    missed, mistakes = overview.failed.more, overview.mistakes.more
    yield from counted("Checks missed most", heads, overview.checks_missed, missed)
    heads = ["step", "first problem", "submissions"]
    yield from counted("Mistakes made most", heads, overview.mistakes_made, mistakes)


def counted(
    title: str, heads: list[str], rows: Sequence[tuple[str | int, ...]], more: int = 0
) -> Iterator[str]:
    """A section with a table, and how many more there are, unless there is nothing to count."""
    if rows:
        yield f"\n## {title}\n"
        yield from table(heads, ([markdown(str(cell)) for cell in row] for row in rows))
    if more:
        yield f"\nAnd {more} more."


def row(graded: Graded, steps: list[str]) -> list[str]:
    """One submission: its points, its steps, the first problem with its place, the notes."""
    result = graded.result
    by_name = {step.step: step for step in result.steps}
    marks = [
        f"{MARKS[by_name[step].status]} {by_name[step].score}" if step in by_name else ""
        for step in steps
    ]
    return [
        markdown(result.submission),
        f"{result.score}",
        *marks,
        markdown(first_problem(graded)),
        markdown(" ".join(graded.notes)),
    ]


def first_problem(graded: Graded) -> str:
    """What is wrong first, with the step and the line; empty if everything passed."""
    for step in graded.result.steps:
        if problem := step.first_problem:
            line = f", line {problem.location.line}" if problem.location else ""
            return f"{step.step}{line}: {problem.problem}"
    return ""
