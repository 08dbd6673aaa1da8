"""What the commands share: one call of the command line, with its options and terminal."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType

from checker.commands.learner import command_in
from checker.errors import ExitStatus
from checker.examiner import Assignment, examine
from checker.kata import Step, load_steps
from checker.render import Glyphs
from checker.results import Isolation, Report, Status, StepResult
from checker.sandbox import Limits
from checker.terminal import Terminal
from checker.workers import Workers
from checker.workspace import NotAFile, NotHandedIn, Workspace


@dataclass(frozen=True)
class Options:
    """What the user asked for, apart from the command itself."""

    workspace: Path
    json: bool
    isolation: Isolation
    cold: bool
    seed: int
    limits: Limits
    junit: Path | None = None


class Session:
    """One call of the command line: the kata, the options, the workers and the terminal."""

    def __init__(self, options: Options, workers: Workers, console: Terminal) -> None:
        self.options = options
        self.workers = workers
        self.console = console
        self.glyphs = Glyphs.of(console)
        self.steps = load_steps()

    def show(self, *renderables: RenderableType) -> None:
        """Print for a person, which is not done when JSON was asked for."""
        if self.options.json:
            return
        with taken_for_text(self.console):
            for renderable in renderables:
                self.console.print(renderable)

    def judge(self, assignments: Sequence[Assignment]) -> Report:
        """The report on assignments; a worker is always loading ahead."""
        results: list[StepResult] = []
        judged = {assignment.step.name: assignment.step for assignment in assignments}
        self.workers.demand(self.options.isolation, cold=self.options.cold)
        self.workers.expected = sum(not assignment.missing for assignment in assignments)
        with self.waiting(f"Checking {', '.join(judged)} ..."):
            examine(
                assignments,
                judged.values(),
                self.workers.take,
                self.options.limits,
                self.options.seed,
                results.append,
            )
        return Report.of(tuple(results), self.options.isolation, self.options.seed)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Say what is happening if it takes longer than half a second."""
        if self.options.json or not self.console.is_interactive:
            yield
            return
        status = self.console.status(what)
        timer = threading.Timer(0.5, status.start)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            status.stop()

    def command(self, *words: str) -> str:
        """What to type for a command in the same workspace."""
        return command_in(self.options.workspace, *words)

    def finish(self, report: Report) -> ExitStatus:
        """The exit status for a report, which is printed if JSON was asked for."""
        if self.options.json:
            from checker.exporters.text import json_text

            sys.stdout.write(json_text(report.to_json(), indent=1) + "\n")
        return exit_status(report.status)


def on_github() -> bool:
    """Whether GitHub Actions runs this, and reads what it prints."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def taken_for_text(console: Terminal) -> AbstractContextManager[None]:
    """Keep GitHub Actions, if it runs this, from obeying what is printed meanwhile."""
    if not on_github():
        return nullcontext()
    from checker.exporters.github import commands_stopped

    return commands_stopped(console.file.write)


def exit_status(status: Status) -> ExitStatus:
    """The exit status that stands for the status of a whole report."""
    return {
        Status.PASSED: ExitStatus.PASSED,
        Status.ERROR: ExitStatus.CHECKER_FAULT,
    }.get(status, ExitStatus.FAILED)


def assignment_for(workspace: Workspace, step: Step, *, missing_is_failure: bool) -> Assignment:
    """The learner's file for a step; raises `NotHandedIn` unless that is a failure."""
    try:
        return Assignment(step, workspace.read(step))
    except NotAFile as error:
        return Assignment(step, missing=error)
    except NotHandedIn as error:
        if not missing_is_failure:
            raise
        return Assignment(step, missing=error)
