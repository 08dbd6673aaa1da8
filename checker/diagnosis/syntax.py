"""Why Python cannot read a file, in words for a beginner, the same on every Python version.

The rules look at the text, not at Python's message, which differs from version to version. They
stand in order: the first that knows an answer gives it.
"""

import ast
import keyword
import re
import unicodedata
from collections.abc import Callable
from difflib import get_close_matches
from itertools import pairwise

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.slips import (
    BLOCKS,
    COPIED,
    INFIX,
    KEYWORDS,
    LONGEST_LINE,
    SLIPS,
    Unreadable,
)
from checker.diagnosis.text import CLOSERS, PAIRS
from checker.results import Location
from checker.source import Source
from checker.worker import Raised
from checker.workspace import FILE

CURLY_QUOTES = "“”„‟‘’‚‛«»`´"


def diagnose_syntax(raised: Raised, source: Source) -> Diagnosis:
    """The diagnosis of a file that Python cannot read."""
    file = Unreadable(raised, source)
    return next(filter(None, (rule(file) for rule in RULES)), None) or in_pythons_words(file)


def in_pythons_words(file: Unreadable) -> Diagnosis:
    """What Python says, where no rule knows better."""
    said = file.message.partition(" (")[0].rstrip(".")
    return file.found(
        f"Python cannot read line {file.line}: {said}.",
        "Correct the line that is marked, or the end of the one before it.",
    )


def no_text(file: Unreadable) -> Diagnosis | None:
    """Bytes that are no text."""
    data = file.source.data
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return file.found(
            f"Line {line} holds zero bytes, so this is no text file.",
            "Save the file as plain text in UTF-8.",
            line,
        )
    return None


def unknown_encoding(file: Unreadable) -> Diagnosis | None:
    """An encoding cookie that names nothing, or something else than the file is in."""
    if not names_encoding(file.source):
        return None
    said = ("unknown encoding", "encoding problem", "codec")
    if not any(text in file.message for text in said):
        return None
    return file.found(
        "The comment at the top names an encoding that Python cannot read this file with.",
        "Remove the coding comment and save the file in UTF-8.",
        1,
    )


def names_encoding(source: Source) -> bool:
    """Whether one of the first two lines names an encoding."""
    return any(re.search(rb"coding[:=]", line) for line in source.data.split(b"\n")[:2])


def not_utf8(file: Unreadable) -> Diagnosis | None:
    """Bytes in another encoding."""
    try:
        file.source.data.decode("utf-8")
    except UnicodeDecodeError as error:
        if names_encoding(file.source):
            return None
        line = file.source.data[: error.start].count(b"\n") + 1
        return file.found(
            f"Line {line} holds a character that is not stored in UTF-8.",
            "Save the file in UTF-8; your editor's save dialog offers it.",
            line,
        )
    return None


def odd_character(file: Unreadable) -> Diagnosis | None:
    """Characters that only look like the ones Python knows."""
    for number, line in enumerate(file.text.lines, start=1):
        for column, sign in enumerate(line, start=1):
            named = name_of_odd(sign)
            if named and not (number == column == 1 and sign == "\ufeff"):
                what, instead = named
                return file.found(
                    f"Line {number} holds {what} (U+{ord(sign):04X}) that Python does not know.",
                    f"{instead} Deleting the sign and typing it anew helps.",
                    Location(FILE, number, column),
                )
    return None


def name_of_odd(sign: str) -> tuple[str, str] | None:
    """What a character is and what to write instead, if Python does not know it."""
    if sign == "`":
        return "a backtick", "Use straight quotes, \" or '."
    if sign in CURLY_QUOTES:
        return f"the curly quote {sign}", "Use straight quotes, \" or '."
    if sign.isascii():
        return None
    category = unicodedata.category(sign)
    if category in ("Cf", "Zs", "Zl", "Zp", "Cc"):
        return "an invisible character", "Replace it by a plain space, or remove it."
    plain = unicodedata.normalize("NFKC", sign)
    if category[0] in "PS":
        instead = f"Write {plain} instead." if plain.isascii() else "Write the plain sign instead."
        return f"the sign {sign}", instead
    return None


def open_string(file: Unreadable) -> Diagnosis | None:
    """A string without its closing quote."""
    string = file.text.open_string
    if string is None:
        return None
    rest = file.source.lines[string.line - 1][string.column :].rstrip()
    other = "'" if string.sign == '"' else '"'
    if len(string.sign) == 1 and rest.rstrip(")]},: ").endswith(other):
        return file.found(
            f"The text in line {string.line} begins with {string.sign} but ends with {other}.",
            f"Write {string.sign} at both ends of the text.",
            Location(FILE, string.line, string.column),
        )
    before = file.source.lines[string.line - 1][: string.column - 1]
    if before.endswith(string.sign) and not rest.strip(")]},: "):
        return file.found(
            f"Line {string.line} has one quote too many.",
            f"Remove one of the {string.sign} at the end of the text.",
            Location(FILE, string.line, string.column),
        )
    return file.found(
        f"The text that begins in line {string.line} has no closing quote.",
        f"Write {string.sign} where the text ends.",
        Location(FILE, string.line, string.column),
    )


def misspelt_keyword(file: Unreadable) -> Diagnosis | None:
    """A word of the language with a letter wrong."""
    for number, line in enumerate(file.text.lines, start=1):
        for match in re.finditer(r"\b([A-Za-z_]\w*)[ \t]+(?=([A-Za-z_]\w*))", line[:LONGEST_LINE]):
            word, following = match[1], match[2]
            if keyword.iskeyword(word) or following in set(INFIX) - {"from", "async"}:
                continue
            near = [key for key in KEYWORDS if key == word.lower()]
            near += get_close_matches(word.lower(), KEYWORDS, 1, cutoff=0.6)
            if near:
                return file.found(
                    f"Python does not know the word {word} in line {number}.",
                    f"Write {near[0]} instead of {word}.",
                    Location(FILE, number, match.start() + 1),
                )
    return None


def bracket(file: Unreadable) -> Diagnosis | None:
    """Brackets that do not match."""
    wrong, unclosed = file.text.unopened, file.text.unclosed
    if wrong and unclosed:
        opened = unclosed[-1]
        return file.found(
            f"The {wrong.sign} in line {wrong.line} does not match the {opened.sign} "
            f"in line {opened.line}.",
            f"Close {opened.sign} with {CLOSERS[opened.sign]} first.",
            Location(FILE, wrong.line, wrong.column),
        )
    if wrong:
        return file.found(
            f"The {wrong.sign} in line {wrong.line} closes nothing.",
            f"Remove one {wrong.sign}, or add the {PAIRS[wrong.sign]} that belongs to it.",
            Location(FILE, wrong.line, wrong.column),
        )
    if unclosed:
        opened = unclosed[-1]
        return file.found(
            f"The {opened.sign} that is opened in line {opened.line} is never closed.",
            f"Add the {CLOSERS[opened.sign]} that belongs to it.",
            Location(FILE, opened.line, opened.column),
        )
    return None


def missing_colon(file: Unreadable) -> Diagnosis | None:
    """A line that opens a block and lacks its colon."""
    for number, match in file.matches(rf"^\s*({BLOCKS})\b"):
        line = file.text.lines[number - 1].rstrip()
        if file.text.depths[number - 1] or file.text.depths[number] or line.endswith("\\"):
            continue
        if ":" not in without_brackets(line):
            return file.found(
                f"Line {number} has no colon at its end.",
                f"Write : at the end of the line that begins with {' '.join(match[1].split())}.",
                Location(FILE, number, len(line) + 1),
            )
    return None


def without_brackets(line: str) -> str:
    """A line of code without its brackets and what stands in them."""
    depth, kept = 0, []
    for sign in line:
        depth += (sign in CLOSERS) - (sign in PAIRS)
        if depth <= 0 and sign not in PAIRS:
            kept.append(sign)
    return "".join(kept)


def beginnings(file: Unreadable) -> list[int]:
    """The lines at which a statement begins, none inside brackets."""
    lines = enumerate(file.text.lines, start=1)
    return [n for n, line in lines if line.strip() and not file.text.depths[n - 1]]


def too_far_left(file: Unreadable) -> int | None:
    """The line above an unexpected indent, if it alone left the block that goes on below it."""
    code = [(n, file.text.lines[n - 1]) for n in beginnings(file) if n <= file.line]
    above = [(n, len(line) - len(line.lstrip())) for n, line in code[-3:]]
    match above:
        case [(_, before), (number, left), (_, after)] if before == after > left:
            return number
    return None


def unexpected_indent(file: Unreadable) -> Diagnosis:
    """A line that begins further right than the one above it."""
    if left := too_far_left(file):
        return file.found(
            f"Line {left} stands further left than the lines around it.",
            f"Indent line {left} like the line below it.",
            left,
        )
    above = max((n for n in beginnings(file) if n < file.line), default=1)
    for number in range(above + 1, file.line):
        if re.match(r"\s*#+\s*(async\s+)?def\b", file.source.lines[number - 1]):
            return file.found(
                f"Line {number} is a comment, so it does not open the block below it.",
                "Remove the # at the beginning of the line.",
                number,
            )
    return file.found(
        f"Line {file.line} is indented, but nothing above it opens a block.",
        f"Begin it exactly below the beginning of line {above}."
        if file.source.lines[above - 1].startswith((" ", "\t"))
        else "Remove the spaces at the beginning of the line.",
    )


def only_a_comment(file: Unreadable, opened: int) -> Diagnosis | None:
    """A block that holds no code, only comments, of which the last is marked."""
    found = None
    for number in range(opened + 1, len(file.source.lines) + 1):
        if file.text.lines[number - 1].strip():
            break
        if re.match(r"[ \t]+#", file.source.lines[number - 1]):
            found = number
    if found is None:
        return None
    return file.found(
        f"Line {opened} opens a block that holds only a comment, and a comment does nothing.",
        f"Write the code that belongs to it below line {found}, indented like the comment.",
        found,
    )


def indentation(file: Unreadable) -> Diagnosis | None:
    """Lines that begin too far to the left or to the right."""
    if file.kind == "TabError":
        return file.found(
            f"Line {file.line} mixes tabs and spaces.", "Indent with four spaces everywhere."
        )
    if file.kind != "IndentationError":
        return None
    said = file.message
    if "unexpected indent" in said:
        return unexpected_indent(file)
    if "unindent" in said:
        indents = {file.source.lines[n - 1][0] for n in beginnings(file) if n <= file.line}
        if {" ", "\t"} <= indents:
            return file.found(
                f"Line {file.line} and the lines above it mix tabs and spaces.",
                "Indent with four spaces everywhere.",
            )
        return file.found(
            f"The indentation of line {file.line} fits no line above it.",
            "Begin the line exactly below the line that it belongs with.",
        )
    after = re.search(r"on line (\d+)", said)
    opened = int(after[1]) if after else file.line - 1
    return only_a_comment(file, opened) or file.found(
        f"Line {opened} opens a block, but no indented line follows.",
        "Indent the lines that belong to it by four spaces.",
        min(file.line, len(file.source.lines)),
    )


def await_in_ordinary_function(file: Unreadable) -> Diagnosis | None:
    """`await` where Python does not allow it."""
    for node in file.source.nodes:
        if isinstance(node, ast.FunctionDef) and awaits(node):
            return file.found(
                f"The function {node.name} uses await, but begins with def.",
                f"Write  async def {node.name}  in line {node.lineno}.",
                Location(FILE, node.lineno, node.col_offset + 1),
            )
    outside = "outside" in file.message
    if outside and ("await" in file.message or "async" in file.message):
        if re.search(r"\bawait\s+(\w+\.)?(Database|FastAPI)\(", file.source.lines[file.line - 1]):
            return file.found(
                f"Line {file.line} awaits a call that only makes an object, and waits for nothing.",
                "Remove await.",
            )
        return file.found(
            f"In line {file.line} await stands outside of any function.",
            "Move it into an async function, or remove it.",
        )
    for word in ("return", "yield"):
        if outside and word in file.message:
            return file.found(
                f"In line {file.line} {word} stands outside of any function.",
                "Indent the line so that it belongs to the function above it.",
            )
    return None


def awaits(function: ast.FunctionDef) -> bool:
    """Whether a function itself awaits, and not a function inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Await, ast.AsyncWith, ast.AsyncFor)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return False


def decorated_nothing(file: Unreadable) -> Diagnosis | None:
    """A decorator that no function follows."""
    filled = [(number, line) for number, line in enumerate(file.text.lines, 1) if line.strip()]
    for (number, line), (_, following) in pairwise([*filled, (0, "")]):
        decorates = re.match(r"\s*@(\w.*[)'\"]|[\w.]+)\s*$", line[:LONGEST_LINE])
        if decorates and not re.match(r"\s*(@|def\b|async\b|class\b)", following):
            return file.found(
                f"No function follows the decorator in line {number}.",
                "Write the function directly below the line with @.",
                number,
            )
    return None


def too_deep(file: Unreadable) -> Diagnosis | None:
    """More nesting than Python can hold."""
    if "too many nested" in file.message or file.kind in (
        "RecursionError",
        "MemoryError",
    ):
        return file.found(
            "The file nests its brackets too deeply for Python.",
            "A step needs a few plain lines only: write it anew.",
        )
    return None


RULES: tuple[Callable[[Unreadable], Diagnosis | None], ...] = (
    no_text,
    unknown_encoding,
    not_utf8,
    too_deep,
    *COPIED,
    odd_character,
    open_string,
    *SLIPS,
    misspelt_keyword,
    bracket,
    decorated_nothing,
    missing_colon,
    indentation,
    await_in_ordinary_function,
)
