"""Shows what is watched line by line, as a log, a pipe or a screen reader wants it."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from checker.render import Glyphs, printable
from checker.watch.pages import (
    Material,
    head_view,
    hints_view,
    keys_view,
    page_view,
    verdict_blocks,
)
from checker.watch.state import Page, State


class Transcript:
    """Prints what is new, block by block, and nothing twice."""

    def __init__(self, console: Console, glyphs: Glyphs) -> None:
        self._console = console
        self._glyphs = glyphs
        self._before: State | None = None

    def open(self) -> None:
        """There is nothing to do before."""

    def show(self, state: State, material: Material) -> int:
        """Print what is new since the last time, if anything is; nothing can be scrolled."""
        if self._before is None:
            self._console.print(Text(f" Watching {printable(material.file)}, until Ctrl-C."))
        before = self._before or State(state.steps)
        for part in news(before, state, material, self._glyphs):
            self._console.print(part)
        if state.keys and asks_for_a_key(before, state):
            self._console.print(keys_view(state, self._console.width))
        self._console.file.flush()
        self._before = state
        return 0

    def close(self) -> None:
        """There is nothing to do after."""


def asks_for_a_key(before: State, state: State) -> bool:
    """Whether it is the user's turn again: there is a verdict, a page, or no way to have one."""
    seen = (before.verdict, before.page, before.trouble, before.open_hints)
    return not state.checking and seen != (
        state.verdict,
        state.page,
        state.trouble,
        state.open_hints,
    )


def news(
    before: State, state: State, material: Material, glyphs: Glyphs
) -> Iterator[RenderableType]:
    """What is new in a state: blocks, or nothing at all."""
    if state.verdict and state.verdict is not before.verdict:
        yield Text()
        yield head_view(state, material, glyphs)
        for block in verdict_blocks(state, material, glyphs):
            if block.longest:
                yield block.longest
                yield Text()
    elif state.page is not before.page and state.page is not Page.VERDICT:
        yield page_view(state, material, glyphs)
    elif len(state.open_hints) > len(before.open_hints):
        yield hints_view(state, last=True)
    if state.trouble != before.trouble and state.trouble:
        yield Text(printable(state.trouble))
    if state.notice != before.notice and state.notice:
        yield Text(printable(state.notice))
