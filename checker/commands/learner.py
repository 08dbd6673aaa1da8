"""What the learner's commands share: who is at work, where, and what they type next."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import RenderableType

from checker import render
from checker.errors import CheckerError, UnusableInput
from checker.invocation import COMMAND
from checker.kata import SOLUTIONS, Step, find_step, load_steps
from checker.progress import Progress, State
from checker.terminal import Terminal, wrapped
from checker.workspace import Workspace

LESSON = "lesson.md"


class Learner:
    """A learner at work: the kata's steps, their workspace, and what they have done so far."""

    def __init__(self, where: Path, console: Terminal) -> None:
        self.where = where
        self.console = console
        self.glyphs = render.Glyphs.of(console)
        self.steps = load_steps()
        self.workspace = Workspace.around(where)
        # The solutions are nobody's progress.
        self.is_own = self.workspace.steps.resolve() != SOLUTIONS
        names = (step.name for step in self.steps)
        self.progress = Progress(self.workspace.path, names, save=self.is_own)

    def current(self, word: str | None) -> Step:
        """The step that `word` names; without one the step that the learner is at."""
        return find_step(word or self.progress.current, self.steps)

    def latest(self, word: str | None) -> Step:
        """The step that `word` names; without one the one checked or reset last."""
        return find_step(word or self.progress.latest or self.progress.current, self.steps)

    def command(self, *words: str) -> str:
        """What to type for a command in this workspace."""
        return command_in(self.where, *words)

    def show(self, *renderables: RenderableType) -> None:
        """Print, after what there is to say about the progress file."""
        if self.progress.remark:
            self.console.print(render.remark_view(self.progress.remark))
        for renderable in renderables:
            self.console.print(renderable)

    def may_see_solution(self, step: Step, *, reveal: bool) -> bool:
        """Whether the solution may be shown: the step passed once, or the learner insists."""
        if reveal or self.progress.of(step.name).state is not State.OPEN:
            return True
        return self.agrees(
            f"{step.name} has not passed yet. See its solution all the same?",
            f"{step.name} has not passed yet: pass it first, or add --reveal to see its solution.",
        )

    def agrees(self, question: str, refusal: str) -> bool:
        """Ask at a terminal; where nobody can answer, raise `UnusableInput` with `refusal`."""
        if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
            raise UnusableInput(refusal)
        # What is asked stands on the last line, with the room that the answers take.
        return typer.confirm(wrapped(f"  {question}", self.console.width - len(" [y/N]: y")))


def command_in(where: Path, *words: str) -> str:
    """What to type for a command in the workspace that the user calls `where`."""
    option = [] if where == Path() else ["--workspace", str(where)]
    return " ".join([COMMAND, *map(shlex.quote, [*words, *option])])


def to_do_lines(step: Step, path: Path, command: Callable[..., str]) -> list[str]:
    """What to do next with a step that is not done: read, edit, run."""
    if not os.path.lexists(path):
        return [f"bring {short_path(path)} back  {command('reset', step.name)}"]
    return [
        f"read  {command('lesson', step.name)}",
        f"edit  {short_path(path)}",
        f"run   {command(step.name)}",
    ]


def short_path(path: Path, top: Path | None = None) -> str:
    """A path from the current folder, or from another one, where that is shorter."""
    try:
        return str((path.parent.resolve() / path.name).relative_to((top or Path.cwd()).resolve()))
    except (OSError, ValueError):
        return str(path)


def read_page(path: Path) -> str:
    """A text of the kata itself; raises `CheckerError` if it is not there."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise CheckerError(f"The kata is damaged: {path} cannot be read. Install it again.") from (
            error
        )
