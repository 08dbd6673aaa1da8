"""Standard output as a console: fit for a terminal, a file, a pipe, and for being read aloud."""

import os
import re
import sys
import textwrap
from typing import TextIO

from rich.console import Console
from rich.theme import Theme

SIGNS = str.maketrans(
    {"→": "->", "←": "<-", "•": "*", "·": "-", "…": "...", "—": "-", "▌": "|"}
    | dict.fromkeys("“”„", '"')
    | dict.fromkeys("─━═", "-")
    | dict.fromkeys("│┃║", "|")
    | {"\N{EN DASH}": "-", "\N{LEFT SINGLE QUOTATION MARK}": "'"}
    | {"\N{RIGHT SINGLE QUOTATION MARK}": "'"}
)
"""What stands for signs that an encoding does not have."""


class Terminal(Console):
    """A console on standard output whose reader may leave early without changing the exit status.

    With `plain` it is for readers who hear what is shown: renderers use words instead of signs.
    """

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain
        super().__init__(
            file=Paper(sys.stdout),  # type: ignore[arg-type]  # all of a file that rich uses
            highlight=False,
            theme=Theme({"markdown.code": "bold cyan"}),  # without a dark patch on light terminals
            # FORCE_COLOR asks for colours in a file, too, but never for a picture that moves.
            force_interactive=None if sys.stdout.isatty() and not plain else False,
        )

    def on_broken_pipe(self) -> None:
        """Throw the rest away."""
        discard_stdout()


class Paper:
    """A text stream that is written without blanks at line ends, in signs that it can draw."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._trim = not stream.isatty()
        self._translate = not (stream.encoding or "").lower().startswith("utf")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        if self._trim:
            text = re.sub(r" +((?:\x1b\[[\d;]*m)*)(?=\n)", r"\1", text)
        if self._translate:
            text = text.translate(SIGNS)
        return self._stream.write(text)


def wrapped(text: str, columns: int) -> str:
    """A text in lines of at most so many columns, cut between words, as far in as it begins."""
    indent = " " * (len(text) - len(text.lstrip(" ")))
    return textwrap.fill(text, max(columns, 20), subsequent_indent=indent, break_on_hyphens=False)


def discard_stdout() -> None:
    """Send what is still to be printed nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
