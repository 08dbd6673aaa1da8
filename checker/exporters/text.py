"""Text from submissions, made harmless for the format that it is to stand in."""

import json
import re
from typing import Any

from checker.render import escape, printable

LONGEST_LINE = 500
MOST_LINES = 40
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# An underscore within a word and a colon that begins no address and no emoji mean themselves.
MARKDOWN = re.compile(r"([\\`*\[\]<>|~&@$#]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:))")


def json_text(document: Any, indent: int | None = None) -> str:
    """A document as JSON in ASCII that every parser takes.

    Lone surrogates, which strict parsers refuse, are written out. So is the sign that begins a
    command in the log of GitHub Actions anywhere in a line; it means the same to a JSON parser.
    """
    return json.dumps(well_formed(document), indent=indent).replace("##[", "\\u0023#[")


def well_formed(value: Any) -> Any:
    """A JSON value whose texts can be encoded."""
    match value:
        case str():
            return LONE_SURROGATE.sub(lambda found: escape(found[0]), value)
        case dict():
            return {well_formed(key): well_formed(item) for key, item in value.items()}
        case list() | tuple():
            return [well_formed(item) for item in value]
    return value


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """A text on one line, cut where it is too long, with nothing in it that steers anything."""
    line = " ".join(printable(text[: 2 * longest]).split())
    return line if len(line) <= longest else f"{line[: longest - 4]} ..."


def some_lines(text: str) -> list[str]:
    """The first lines of a text, each cut where it is too long, and how many more there are."""
    lines = printable(text.rstrip("\n")).split("\n")
    shown = [
        line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
        for line in lines[:MOST_LINES]
    ]
    more = len(lines) - len(shown)
    return [*shown, f"and {more} more lines"] if more else shown


def markdown(text: str) -> str:
    """A text on one line that Markdown shows as it is, in a cell of a table, too."""
    return MARKDOWN.sub(r"\\\1", one_line(text))


def code_block(lines: list[str]) -> str:
    """Lines as a block of code in Markdown, fenced with more backticks than they hold in a row."""
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
