"""Show a step's lesson, or the page that closes the kata."""

import os
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from checker import render, render_pages
from checker.commands.learner import LESSON, Learner, read_page, short_path
from checker.errors import ExitStatus
from checker.kata import CLOSING, Step
from checker.terminal import Terminal


def lesson(learner: Learner, word: str | None) -> ExitStatus:
    """Show the lesson of a step; the word closing shows the page after the last one."""
    if word == CLOSING.stem:
        show_page(learner, CLOSING, render.next_lines(learner.command("quiz")))
        return ExitStatus.PASSED
    step = learner.current(word)
    show_page(learner, step.folder / LESSON, next_after(learner, step))
    return ExitStatus.PASSED


def next_after(learner: Learner, step: Step) -> RenderableType:
    """What to do after reading."""
    return render.next_lines(
        f"edit  {short_path(learner.workspace.file(step))}",
        f"run   {learner.command(step.name)}",
    )


def show_page(learner: Learner, path: Path, after: RenderableType) -> None:
    """Show a text of the kata, page by page where it is longer than the screen."""
    text, console = read_page(path), learner.console
    page = render_pages.LessonView(text)
    if learner.glyphs.plain:
        # A terminal would break the lines in the middle of words; elsewhere nobody has to.
        said = Text(f"\n{render_pages.spoken(text)}")
        console.print(said, soft_wrap=not console.is_terminal)
    # Without a terminal a text is clearer with its marks than without colours.
    elif not console.is_terminal:
        console.print(Text(f"\n{text.strip()}"), soft_wrap=True)
    elif is_longer_than_screen(page, console):
        # The usual pager shows colours, ends after one screen and leaves the text, if told to.
        os.environ.setdefault("LESS", "-FRX")
        with console.pager(styles=True):
            console.print(page)
    else:
        console.print(page)
    learner.show(after)


def is_longer_than_screen(page: RenderableType, console: Terminal) -> bool:
    """Whether a page does not fit the terminal; what is no terminal has no end."""
    if not console.is_interactive or console.is_dumb_terminal:
        return False
    return len(console.render_lines(page)) > console.height - 4
