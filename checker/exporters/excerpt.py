"""The part of a learner's file that a report shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from checker.exporters.text import LONGEST_LINE
from checker.render import printable
from checker.results import Location
from checker.source import Source


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file, the first of which has the number `first`; `marked` are those to edit."""

    first: int
    lines: tuple[str, ...]
    marked: tuple[int, ...]

    @classmethod
    def around(
        cls, source: bytes, places: Sequence[Location], before: int, after: int
    ) -> "Excerpt":
        """The lines around the first of some places, or of the file; too long ones are cut."""
        lines = Source(source).lines
        line = min(places[0].line, len(lines)) if places else 1
        first = max(1, line - before)
        shown = lines[first - 1 : line + after]
        cut = tuple(printable(line[:LONGEST_LINE])[:LONGEST_LINE] for line in shown)
        return cls(first, cut, tuple(place.line for place in places))

    @property
    def text(self) -> list[str]:
        """The lines with their numbers, the marked ones behind a sign."""
        width = len(str(self.first + len(self.lines)))
        return [
            f"{'>' if number in self.marked else ' '} {number:>{width}} | {line}".rstrip()
            for number, line in enumerate(self.lines, start=self.first)
        ]
