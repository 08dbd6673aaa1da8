"""The text of a file that may not parse: what is code in it, and which brackets lack a partner."""

from dataclasses import dataclass
from functools import cached_property

PAIRS = {")": "(", "]": "[", "}": "{"}
CLOSERS = {opener: closer for closer, opener in PAIRS.items()}


@dataclass(frozen=True)
class Opening:
    """A bracket or a quote that was opened at a place (counted from 1)."""

    sign: str
    line: int
    column: int


class Text:
    """A text with its strings and comments blanked, and its brackets and quotes matched.

    `unclosed` and `unopened` are brackets without a partner, `open_string` is the first string
    without an end, `depths` tells for each line how many brackets are open where it begins.
    """

    def __init__(self, text: str) -> None:
        self.unclosed: list[Opening] = []
        self.unopened: Opening | None = None
        self.open_string: Opening | None = None
        self.depths = [0]
        self._blanked: list[str] = []
        self._scan(text)
        self.depths.append(len(self.unclosed))

    @cached_property
    def lines(self) -> list[str]:
        """The lines, with blanks for what stands in strings and comments."""
        return "".join(self._blanked).split("\n")

    def _scan(self, text: str) -> None:
        line = column = 1
        string: Opening | None = None
        index = 0
        while index < len(text):
            step = 1
            sign = text[index]
            if string:
                if sign == "\\" and text[index + 1 : index + 2] not in ("", "\n"):
                    step = 2
                elif text.startswith(string.sign, index):
                    step = len(string.sign)
                    string = None
                elif sign == "\n" and len(string.sign) == 1 and text[index - 1] != "\\":
                    self.open_string = self.open_string or string
                    string = None
                kept = sign if step != 2 and (sign == "\n" or string is None) else " "
                self._blanked.append(kept * step if kept != "\n" else "\n")
            elif sign in "\"'":
                triple = text[index : index + 3] == sign * 3
                string = Opening(sign * (3 if triple else 1), line, column)
                step = len(string.sign)
                self._blanked.append(string.sign)
            elif sign == "#":
                end = text.find("\n", index)
                step = (len(text) if end < 0 else end) - index
                self._blanked.append(" " * step)
            else:
                self._match(sign, line, column)
                self._blanked.append(sign)
            for passed in text[index : index + step]:
                line, column = (line + 1, 1) if passed == "\n" else (line, column + 1)
                if passed == "\n":
                    self.depths.append(len(self.unclosed))
            index += step
        self.open_string = self.open_string or string

    def _match(self, sign: str, line: int, column: int) -> None:
        if sign in CLOSERS:
            self.unclosed.append(Opening(sign, line, column))
        elif sign in PAIRS and self.unopened is None:
            if self.unclosed and self.unclosed[-1].sign == PAIRS[sign]:
                self.unclosed.pop()
            else:
                self.unopened = Opening(sign, line, column)
