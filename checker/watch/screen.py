"""Shows what is watched on a screen that is rebuilt in place."""

import os
from contextlib import suppress

from rich.console import Console, ConsoleDimensions
from rich.segment import SegmentLines

from checker.render import Glyphs
from checker.watch.pages import Lines, Material, Paper, draw
from checker.watch.state import State

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
# A terminal that knows these shows all that comes between at once; others ignore them.
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"


class Screen:
    """The terminal's second screen, of which only rows that changed are written anew.

    No row is ever blank before it is rewritten, and each change is one write: nothing flickers.
    """

    def __init__(self, console: Console, glyphs: Glyphs) -> None:
        self._console = console
        self._glyphs = glyphs
        self._size: ConsoleDimensions | None = None
        self._shown: list[str] = []

    def open(self) -> None:
        """Go over to the second screen."""
        self._shown = []
        self._write(ENTER)

    def close(self) -> None:
        """Give the terminal back as it was."""
        with suppress(OSError):
            self._write(LEAVE)

    def show(self, state: State, material: Material) -> int:
        """Show how things are now, in the size that the terminal has now."""
        size = size_of_terminal(self._console)
        if size != self._size:
            # Whatever the terminal made of its rows, each is written anew.
            self._size = self._console.size = size
            self._shown = []
        sheet = draw(state, material, Paper(self._console, self._glyphs))
        rows = self._as_text(sheet.lines)
        changed = (
            f"\x1b[{number}H{row}"
            for number, row in enumerate(rows, start=1)
            if not self._shown or row != self._shown[number - 1]
        )
        if text := "".join(changed):
            self._write(BEGIN + text + END)
        self._shown = rows
        return sheet.bottom

    def _as_text(self, lines: Lines) -> list[str]:
        with self._console.capture() as captured:
            self._console.print(SegmentLines(lines, new_lines=True), end="", crop=False)
        return captured.get().split("\n")[: len(lines)]

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()


def size_of_terminal(console: Console) -> ConsoleDimensions:
    """Columns and rows of the terminal as it is now."""
    try:
        columns, rows = os.get_terminal_size(console.file.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    return ConsoleDimensions(columns or 80, rows or 24)
