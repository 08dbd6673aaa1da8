"""Text from submissions, made harmless for the format that it is to stand in."""

import json
import re
from typing import Any

from checker.render import escape, printable

LONGEST_LINE = 500
MOST_LINES = 40
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# An underscore within a word and a colon that begins no address and no emoji mean themselves, and
# so does a dot, but for that of `www.`, of which GitHub makes a link.
MARKDOWN = re.compile(
    r"([\\`*\[\]<>|~&@$#]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:)|(?<=[wW]{3})\.)"
)


def json_text(document: Any, indent: int | None = None) -> str:
    """A document as JSON in ASCII that every parser takes.

    Lone surrogates, which strict parsers refuse, are written out. So is the sign that begins a
    command in the log of GitHub Actions anywhere in a line; it means the same to a JSON parser.
    """
    text = json.dumps(document, indent=indent)
    if "\\ud" in text:  # there may be some: that is quick to tell
        text = json.dumps(well_formed(document), indent=indent)
    return text.replace("##[", "\\u0023#[")


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


def readable(text: str) -> str:
    """A text on one line that reads the same in an editor as it does when Markdown is shown.

    One in which Markdown would see more than text becomes code. It must neither begin a line nor
    stand in a table.
    """
    line = one_line(text)
    return code_span(line) if MARKDOWN.search(line) else line


def code_span(line: str) -> str:
    """A line as code in Markdown."""
    fence = "`" * (longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def code_block(lines: list[str]) -> str:
    """Lines as a block of code in Markdown."""
    text = "\n".join(lines)
    fence = "`" * max(3, longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def longest_run(text: str) -> int:
    """How many backticks stand in a row at most; code is fenced with more than that."""
    return max((len(run) for run in re.findall("`+", text)), default=0)
