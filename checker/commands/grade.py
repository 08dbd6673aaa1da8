"""Grade a class."""

import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from checker import render
from checker.commands.publish import append
from checker.commands.session import on_github, taken_for_text
from checker.errors import ExitStatus, Interrupted, UnusableInput
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
from checker.files import real
from checker.grading import view
from checker.grading.compare import changes
from checker.grading.gradebook import FILE, Gradebook, Progress
from checker.grading.grader import Order, Say, grade_class
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
    refuse_contradictions(order, wishes)
    before = Gradebook.read(wishes.compare) if wishes.compare else None
    with ProgressShown(moving=not console.plain) as shown:
        try:
            gradebook = grade_class(order, shown.watch, shown.say, grades_csv.cell)
        except KeyboardInterrupt as error:
            if shown.latest is None:
                raise
            raise Interrupted(
                f"Interrupted. {shown.latest.graded} of {shown.latest.submissions} submissions "
                "are graded, and the same command goes on with the others."
            ) from error
    with gradebook:
        write_reports(gradebook, order.out, wishes, shown.say)
        if wishes.json:
            print_document(order.out / results_json.FILE)
        else:
            with taken_for_text(console):
                show_summary(gradebook, shown.earlier, console)
                if before:
                    show_changes(before, gradebook, console)
                console.print(render.next_lines(*(f"open  {order.out / name}" for name in TO_READ)))
        return exit_status(gradebook)


def refuse_contradictions(order: Order, wishes: Wishes) -> None:
    """Raise `UnusableInput` for wishes that cannot be met together."""
    if wishes.compare and wishes.json:
        raise UnusableInput(
            "--compare tells people what changed, and --json prints one document for programs: "
            "leave one of them out."
        )
    if wishes.compare and real(wishes.compare) in (real(order.out), real(order.out / FILE)):
        raise UnusableInput(
            "--compare names the folder of --out, whose results this run replaces: "
            "keep a copy of it, and name the copy."
        )


def write_reports(gradebook: Gradebook, folder: Path, wishes: Wishes, say: Say) -> None:
    """Write every report that is wanted, and say which files stay because somebody changed them."""
    kept = every.export(gradebook, folder)
    if wishes.feedback:
        kept += feedback.export(gradebook, folder)
    else:
        feedback.remove(folder)
    if kept:
        say(kept_as_they_are(kept))
    if wishes.gradescope:
        gradescope.write_only(gradebook, wishes.gradescope)
    if on_github():
        append(
            "GITHUB_STEP_SUMMARY",
            lambda path: github.write_summary(report_md.report(gradebook), path),
        )


def kept_as_they_are(kept: Sequence[Path]) -> str:
    """The sentence about files that were changed since they were written."""
    names = ", ".join(map(str, kept[: view.MOST_SHOWN]))
    more = f" and {len(kept) - view.MOST_SHOWN} more" if len(kept) > view.MOST_SHOWN else ""
    return (
        f"Changed since they were written, and so kept as they are: {names}{more}. "
        "Remove such a file to have it written anew."
    )


class Pace(ProgressColumn):
    """How many submissions were graded a second until now, and how long the others may take.

    Of the whole run, not of the last moments: what many handed in alike comes all at once.
    """

    def render(self, task: Task) -> Text:
        """The rate and the minutes and seconds left; nothing as long as none is graded."""
        done = task.completed - task.fields["earlier"]
        if not (done and task.total and task.elapsed):
            return Text()
        rate = done / task.elapsed
        minutes, seconds = divmod(round((task.total - task.completed) / rate), 60)
        return Text(f"{rate:.1f}/s, {minutes}:{seconds:02} left")


class ProgressShown:
    """A bar on standard error that tells how far grading is, if somebody can see it there.

    `earlier` is for how many submissions nothing was left to judge, `latest` how far grading is.
    """

    def __init__(self, *, moving: bool) -> None:
        console = Console(stderr=True)
        self.earlier = 0
        self.latest: Progress | None = None
        self._bar = Bar(
            TextColumn("  Grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[passed]} passed, {task.fields[failed]} failed"),
            Pace(),
            console=console,
            transient=True,
            disable=not (moving and console.is_terminal),
        )

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task("", total=None, passed=0, failed=0, earlier=0)
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()

    def watch(self, progress: Progress, statuses: Mapping[Status, int]) -> None:
        """Show how far grading is."""
        if self.latest is None:  # what was graded before is no sign of how fast it goes
            self.earlier = progress.graded
            self._bar.reset(self._task, passed=0, failed=0, earlier=progress.graded)
        self.latest = progress
        self._bar.update(
            self._task,
            total=progress.submissions,
            completed=progress.graded,
            passed=statuses.get(Status.PASSED, 0),
            failed=statuses.get(Status.FAILED, 0),
        )

    def say(self, sentence: str) -> None:
        """Say a sentence on standard error, above the bar if there is one."""
        self._bar.console.print(Text(view.in_one_line(sentence)), soft_wrap=True)


def show_summary(gradebook: Gradebook, earlier: int, console: Console) -> None:
    """Tell how the class came out, and for how many of it nothing had to be judged."""
    counts: Counter[Status] = Counter()
    faults = set()
    for graded in gradebook:
        counts[graded.result.status] += 1
        for step in graded.result.steps:
            for check in step.checks:
                if check.status is Status.ERROR:
                    faults.add((check.id, check.problem or ""))
    glyphs = Glyphs.of(console)
    console.print(view.summary(gradebook.head, counts, earlier, faults, gradebook.refused, glyphs))


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
