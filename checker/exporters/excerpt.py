"""The part of a learner's file that a report shows."""

from dataclasses import dataclass

from checker.exporters.text import LONGEST_LINE
from checker.render import printable
from checker.results import Location
from checker.source import Source


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file, the first of which has the number `first`; `marked` is the line to edit."""

    first: int
    lines: tuple[str, ...]
    marked: int | None

    @classmethod
    def around(cls, source: bytes, place: Location | None, before: int, after: int) -> "Excerpt":
        """The lines around a place, or the first ones if there is none; too long ones are cut."""
        lines = Source(source).lines
        line = min(place.line, len(lines)) if place else 1
        first = max(1, line - before)
        shown = lines[first - 1 : line + after]
        cut = tuple(printable(line[:LONGEST_LINE])[:LONGEST_LINE] for line in shown)
        return cls(first, cut, place.line if place else None)

    @property
    def text(self) -> list[str]:
        """The lines with their numbers, the marked one behind a sign."""
        width = len(str(self.first + len(self.lines)))
        return [
            f"{'>' if number == self.marked else ' '} {number:>{width}} | {line}".rstrip()
            for number, line in enumerate(self.lines, start=self.first)
        ]
