"""Grade a class."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from checker import render
from checker.commands.publish import append
from checker.commands.session import on_github, taken_for_text
from checker.errors import ExitStatus
from checker.exporters import (
    every,
    feedback,
    github,
    grades_csv,
    gradescope,
    report_html,
    report_md,
    results_json,
)
from checker.grading import view
from checker.grading.compare import changes
from checker.grading.gradebook import Gradebook, Progress
from checker.grading.grader import Order, Watch, grade_class
from checker.render import Glyphs
from checker.results import Status
from checker.terminal import Terminal

TO_READ = (report_html.FILE, grades_csv.FILE)


@dataclass(frozen=True)
class Wishes:
    """What is wanted of the grades, besides the reports that each class gets.

    `compare` is a folder with other grades to tell the changes since, `feedback` asks for a page
    for each student, `gradescope` is where an autograder's one result goes, and `json` has the
    report for programs printed instead of a summary.
    """

    compare: Path | None = None
    feedback: bool = False
    gradescope: Path | None = None
    json: bool = False


def grade(order: Order, wishes: Wishes, console: Terminal) -> ExitStatus:
    """Grade a class, write the reports, and tell how it came out."""
    before = Gradebook.read(wishes.compare) if wishes.compare else None
    with progress_shown(moving=not console.plain) as watch:
        gradebook = grade_class(order, watch)
    with gradebook:
        write_reports(gradebook, order.out, wishes)
        if wishes.json:
            print_document(order.out / results_json.FILE)
        else:
            with taken_for_text(console):
                show_summary(gradebook, console)
                if before:
                    show_changes(before, gradebook, console)
                console.print(render.next_lines(*(f"open  {order.out / name}" for name in TO_READ)))
        return exit_status(gradebook)


def write_reports(gradebook: Gradebook, folder: Path, wishes: Wishes) -> None:
    """Write every report that is wanted."""
    every.export(gradebook, folder)
    if wishes.feedback:
        feedback.export(gradebook, folder)
    if wishes.gradescope:
        gradescope.write_only(gradebook, wishes.gradescope)
    if on_github():
        append(
            "GITHUB_STEP_SUMMARY",
            lambda path: github.write_summary(report_md.report(gradebook), path),
        )


@contextmanager
def progress_shown(*, moving: bool) -> Iterator[Watch]:
    """A bar on standard error that tells how far grading is, if somebody can see it there."""
    console = Console(stderr=True)
    bar = Bar(
        TextColumn("  Grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[passed]} passed, {task.fields[failed]} failed"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not (moving and console.is_terminal),
    )
    counts: Counter[Status] = Counter()
    with bar:
        task = bar.add_task("", total=None, passed=0, failed=0, rate="")

        def watch(progress: Progress, status: Status | None) -> None:
            if status is None:  # what was graded before is no sign of how fast it goes
                bar.reset(task, total=progress.submissions, completed=progress.graded)
            counts.update([status] if status else [])
            speed = bar.tasks[0].speed
            bar.update(
                task,
                total=progress.submissions,
                completed=progress.graded,
                passed=counts[Status.PASSED],
                failed=counts[Status.FAILED],
                rate=f"{speed:.1f}/s" if speed else "",
            )

        yield watch


def show_summary(gradebook: Gradebook, console: Console) -> None:
    """Tell how the class came out."""
    counts: Counter[Status] = Counter()
    faults = set()
    for graded in gradebook:
        counts[graded.result.status] += 1
        for step in graded.result.steps:
            for check in step.checks:
                if check.status is Status.ERROR:
                    faults.add((check.id, check.problem or ""))
    glyphs = Glyphs.of(console)
    console.print(view.summary(gradebook.head, counts, faults, gradebook.refused, glyphs))


def show_changes(before: Gradebook, gradebook: Gradebook, console: Console) -> None:
    """Tell whose score changed since another gradebook."""
    with before:
        found = changes(before, gradebook)
        shown = list(islice(found, view.MOST_SHOWN))
        console.print(view.changes_view(shown, len(shown) + sum(1 for _ in found)))


def print_document(path: Path) -> None:
    """Print the report that programs read."""
    with path.open(encoding="utf-8") as file:
        shutil.copyfileobj(file, sys.stdout)


def exit_status(gradebook: Gradebook) -> ExitStatus:
    """Whether every submission was graded, whatever the grades."""
    submissions, graded = gradebook.progress
    sound = graded == submissions and gradebook.head.status is not Status.ERROR
    return ExitStatus.PASSED if sound else ExitStatus.CHECKER_FAULT
