"""Why Python cannot read a file, in words for a beginner, the same on every Python version.

The rules look at the text, not at Python's message, which differs from version to version. They
stand in order: the first that knows an answer gives it.
"""

import ast
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise

from checker.diagnosis.evidence import Diagnosis
from checker.results import Location
from checker.source import Source
from checker.worker import Raised
from checker.workspace import FILE

KEYWORDS = ("import", "from", "async", "def", "await", "return", "class", "with", "yield")
INFIX = {"in", "is", "and", "or", "if", "else", "for", "as", "import", "not", "async", "from"}
FOREIGN = ("const", "let", "var", "new", "function", "string", "String", "public", "final", "auto")
BLOCKS = r"(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally)"
PAIRS = {")": "(", "]": "[", "}": "{"}
CLOSERS = {opener: closer for closer, opener in PAIRS.items()}
# No line that a person writes is longer; a hostile one must not make a pattern run away.
LONGEST_LINE = 500
CURLY_QUOTES = "“”„‟‘’‚‛«»`´"


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


class Unreadable:
    """A file that Python cannot read, and what it said about that."""

    def __init__(self, raised: Raised, source: Source) -> None:
        assert raised.unreadable_at is not None
        self.raised = raised
        self.source = source
        self.line = raised.unreadable_at[0]
        self.text = Text(source.text)

    def found(
        self, line: int, problem: str, fix: str, column: int = 1, detail: str | None = None
    ) -> Diagnosis:
        """The diagnosis of something in a line."""
        said = detail or f"{self.raised.type}: {self.raised.message}"
        return Diagnosis(problem, fix, Location(FILE, line, column), said)

    def matches(self, pattern: str) -> Iterator[tuple[int, "re.Match[str]"]]:
        """The lines of code in which a pattern occurs, with their numbers."""
        for number, line in enumerate(self.text.lines, start=1):
            if match := re.search(pattern, line[:LONGEST_LINE]):
                yield number, match


def diagnose_syntax(raised: Raised, source: Source) -> Diagnosis:
    """The diagnosis of a file that Python cannot read."""
    file = Unreadable(raised, source)
    return next(filter(None, (rule(file) for rule in RULES)), None) or in_pythons_words(file)


def in_pythons_words(file: Unreadable) -> Diagnosis:
    """What Python says, where no rule knows better."""
    said = file.raised.message.partition(" (")[0].rstrip(".")
    return file.found(
        file.line,
        f"Python cannot read line {file.line}: {said}.",
        "Correct the line that is marked, or the end of the one before it.",
    )


def no_text(file: Unreadable) -> Diagnosis | None:
    """Bytes that are no text."""
    data = file.source.data
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return file.found(
            line,
            f"Line {line} holds zero bytes, so this is no text file.",
            "Save the file as plain text in UTF-8.",
        )
    return None


def unknown_encoding(file: Unreadable) -> Diagnosis | None:
    """An encoding cookie that names nothing, or something else than the file is in."""
    if not names_encoding(file.source):
        return None
    said = ("unknown encoding", "encoding problem", "codec")
    if not any(text in file.raised.message for text in said):
        return None
    return file.found(
        1,
        "The comment at the top names an encoding that Python cannot read this file with.",
        "Remove the coding comment and save the file in UTF-8.",
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
            line,
            f"Line {line} holds a character that is not stored in UTF-8.",
            "Save the file in UTF-8; your editor's save dialog offers it.",
        )
    return None


def merge_conflict(file: Unreadable) -> Diagnosis | None:
    """Markers that git left in the file."""
    for number, match in file.matches(r"^(<{7}|={7}|>{7})(?!\S)"):
        return file.found(
            number,
            f"Line {number} holds a merge-conflict marker, {match[1]}.",
            "Keep one of the two versions, and delete the lines with <<<<<<<, ======= and >>>>>>>.",
        )
    return None


def copied_along(file: Unreadable) -> Diagnosis | None:
    """Prompts and fences copied along with code."""
    for number, match in file.matches(r"^\s*(>>>|\$|```\w*|%%?\w+)(?=\s|$)"):
        return file.found(
            number,
            f"Line {number} begins with {match[1]}, which is not part of the code.",
            f"Remove {match[1]} from the line; it was copied along.",
        )
    for number, match in file.matches(r"^(```\w*)"):
        return file.found(
            number,
            f"Line {number} begins with {match[1]}, which is not part of the code.",
            "Remove the line; it was copied along.",
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
                    number,
                    f"Line {number} holds {what} (U+{ord(sign):04X}) that Python does not know.",
                    f"{instead} Deleting the sign and typing it anew helps.",
                    column,
                )
    return None


def name_of_odd(sign: str) -> tuple[str, str] | None:
    """What a character is and what to write instead, if Python does not know it."""
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
            string.line,
            f"The text in line {string.line} begins with {string.sign} but ends with {other}.",
            f"Write {string.sign} at both ends of the text.",
            string.column,
        )
    return file.found(
        string.line,
        f"The text that begins in line {string.line} has no closing quote.",
        f"Write {string.sign} where the text ends.",
        string.column,
    )


def python_2(file: Unreadable) -> Diagnosis | None:
    """Statements that Python 3 no longer has."""
    for number, _ in file.matches(r"^\s*print\s+[^\s(=.]"):
        return file.found(
            number,
            f"In line {number} print has no parentheses, as in Python 2.",
            "Write print(...) with parentheses.",
        )
    for number, _ in file.matches(r"^\s*except\s+[\w.]+\s*,\s*\w+\s*:"):
        return file.found(
            number,
            f"Line {number} catches an exception as Python 2 did.",
            "Write  except SomeError as error:",
        )
    return None


def foreign_word(file: Unreadable) -> Diagnosis | None:
    """Habits from other languages."""
    for number, match in file.matches(r"^[ \t]*import[ \t]+[^ \t].*[ \t]from\b"):
        return file.found(
            number,
            f"Line {number} imports in the order of another language.",
            "Write  from MODULE import NAME  with the module first.",
            match.start() + 1,
        )
    for number, match in file.matches(rf"\b({'|'.join(FOREIGN)})\s+(?=\w)"):
        return file.found(
            number,
            f"Python has no word {match[1]}, which stands in line {number}.",
            "Write  def  instead." if match[1] == "function" else f"Remove {match[1]}.",
            match.start() + 1,
        )
    for number, _ in file.matches(r"^\s*//"):
        return file.found(
            number, f"Line {number} begins with //.", "Begin a comment with # instead of //."
        )
    for number, _ in file.matches(rf"^\s*{BLOCKS}\b.*\{{\s*$"):
        return file.found(
            number,
            f"Line {number} opens a block with a brace.",
            "End the line with a colon, and indent the lines below it.",
        )
    return None


def word_order(file: Unreadable) -> Diagnosis | None:
    """`async` and `def` that miss each other."""
    for number, _ in file.matches(r"^\s*def\s+async\b"):
        return file.found(
            number,
            f"In line {number} def and async are swapped.",
            "Write  async def  in this order.",
        )
    for number, match in file.matches(r"^\s*async\s+(?!def\b|with\b|for\b)(\w+)\s*\("):
        return file.found(
            number,
            f"In line {number} the word def is missing.",
            f"Write  async def {match[1]}(...):",
        )
    for number, _ in file.matches(r"^\s*(asyncdef|defasync|async_def)\b"):
        return file.found(number, f"In line {number} a space is missing.", "Write  async def.")
    for number, match in file.matches(r"^\s*(?:async\s+)?def\s+(\w+)\s*:"):
        return file.found(
            number,
            f"The function {match[1]} in line {number} has no parentheses.",
            f"Write  {match[1]}():  with parentheses before the colon.",
        )
    for number, match in file.matches(r"^\s*(?:async\s+)?def\s*(?=\()"):
        return file.found(
            number,
            f"The function in line {number} has no name.",
            "Write the name of the function between def and its parentheses.",
            match.end(),
        )
    return None


def repeated_word(file: Unreadable) -> Diagnosis | None:
    """A word of the language that stands twice."""
    for number, match in file.matches(rf"\b({'|'.join(KEYWORDS)})\s+\1\b"):
        return file.found(
            number,
            f"In line {number} the word {match[1]} stands twice.",
            f"Remove one {match[1]}.",
            match.start() + 1,
        )
    return None


def misspelt_keyword(file: Unreadable) -> Diagnosis | None:
    """A word of the language with a letter wrong."""
    for number, line in enumerate(file.text.lines, start=1):
        for match in re.finditer(r"\b([A-Za-z_]\w*)[ \t]+(?=([A-Za-z_]\w*))", line[:LONGEST_LINE]):
            word, following = match[1], match[2]
            if keyword.iskeyword(word) or following in INFIX - {"from", "async"}:
                continue
            near = [key for key in KEYWORDS if key == word.lower()]
            near += get_close_matches(word.lower(), KEYWORDS, 1, cutoff=0.6)
            if near:
                return file.found(
                    number,
                    f"Python does not know the word {word} in line {number}.",
                    f"Write {near[0]} instead of {word}.",
                    match.start() + 1,
                )
    return None


def import_without_names(file: Unreadable) -> Diagnosis | None:
    """An import that stops half way."""
    for number, match in file.matches(r"^\s*from\s+([\w.]+)\s*(?:import\s*)?$"):
        return file.found(
            number,
            f"Line {number} does not say what to import from {match[1]}.",
            f"Write  from {match[1]} import NAME.",
        )
    for number, _ in file.matches(r"^\s*import\s*$"):
        return file.found(
            number, f"Line {number} does not say what to import.", "Write  import databases."
        )
    return None


def odd_assignment(file: Unreadable) -> Diagnosis | None:
    """Something on the left of = that is no name, or no = at all."""
    for number, match in file.matches(r"^\s*(\w+)\s*:=\s*"):
        return file.found(
            number,
            f"Line {number} assigns with := which is for expressions only.",
            f"Write  {match[1]} = ...  with a single =.",
        )
    for number, match in file.matches(r"(?i)[=(]\s*(select)\b"):
        return file.found(
            number,
            f"The query in line {number} stands without quotes.",
            'Write it in quotes: "SELECT * FROM users".',
            match.start(1) + 1,
        )
    for number, match in file.matches(r"^\s*(\w+(?:-\w+)+)\s*="):
        return file.found(
            number,
            f"The name {match[1]} in line {number} holds a hyphen.",
            f"Write {match[1].replace('-', '_')} with an underscore.",
        )
    for number, match in file.matches(r"^\s*([A-Za-z_]\w*[ \t]+[A-Za-z_]\w*)\s*="):
        first = match[1].split()[0]
        if not keyword.iskeyword(first):
            return file.found(
                number,
                f"The name in line {number} holds a space.",
                f"Write {'_'.join(match[1].split())} with an underscore.",
            )
    for number, match in file.matches(r"[:=]\s*([A-Za-z]\w*:/+)"):
        return file.found(
            number,
            f"The address in line {number} stands without quotes.",
            'Put quotes around it: "sqlite:///..."',
            match.start(1) + 1,
        )
    for number, _ in file.matches(r"^\s*(?:[\"']\s*[\"']|[\w.]+\([^()]*\))\s*=\s*[A-Za-z_]\w*\s*$"):
        return file.found(
            number,
            f"In line {number} the name stands on the wrong side of the =.",
            "Write the name on the left and its value on the right.",
        )
    for number, _ in file.matches(r"^\s*\w+\s*=\s*$"):
        return file.found(
            number,
            f"In line {number} there is nothing behind the =.",
            "Write the value behind the = in the same line.",
        )
    return None


def bracket(file: Unreadable) -> Diagnosis | None:
    """Brackets that do not match."""
    wrong, unclosed = file.text.unopened, file.text.unclosed
    if wrong and unclosed:
        opened = unclosed[-1]
        return file.found(
            wrong.line,
            f"The {wrong.sign} in line {wrong.line} does not match the {opened.sign} "
            f"in line {opened.line}.",
            f"Close {opened.sign} with {CLOSERS[opened.sign]} first.",
            wrong.column,
        )
    if wrong:
        return file.found(
            wrong.line,
            f"The {wrong.sign} in line {wrong.line} closes nothing.",
            f"Remove one {wrong.sign}, or add the {PAIRS[wrong.sign]} that belongs to it.",
            wrong.column,
        )
    if unclosed:
        opened = unclosed[-1]
        return file.found(
            opened.line,
            f"The {opened.sign} that is opened in line {opened.line} is never closed.",
            f"Add the {CLOSERS[opened.sign]} that belongs to it.",
            opened.column,
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
                number,
                f"Line {number} has no colon at its end.",
                f"Write : at the end of the line that begins with {' '.join(match[1].split())}.",
                len(line) + 1,
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


def indentation(file: Unreadable) -> Diagnosis | None:
    """Lines that begin too far to the left or to the right."""
    if file.raised.type == "TabError":
        return file.found(
            file.line,
            f"Line {file.line} mixes tabs and spaces.",
            "Indent with four spaces everywhere.",
        )
    if file.raised.type != "IndentationError":
        return None
    said = file.raised.message
    if "unexpected indent" in said:
        return file.found(
            file.line,
            f"Line {file.line} is indented, but nothing above it opens a block.",
            "Remove the spaces at the beginning of the line.",
        )
    if "unindent" in said:
        return file.found(
            file.line,
            f"The indentation of line {file.line} fits no line above it.",
            "Begin the line exactly below the line that it belongs with.",
        )
    after = re.search(r"on line (\d+)", said)
    opened = int(after[1]) if after else file.line - 1
    return file.found(
        min(file.line, len(file.source.lines)),
        f"Line {opened} opens a block, but no indented line follows.",
        "Indent the lines that belong to it by four spaces.",
    )


def await_in_ordinary_function(file: Unreadable) -> Diagnosis | None:
    """`await` where Python does not allow it."""
    for node in file.source.nodes:
        if isinstance(node, ast.FunctionDef) and awaits(node):
            return file.found(
                node.lineno,
                f"The function {node.name} uses await, but begins with def.",
                f"Write  async def {node.name}  in line {node.lineno}.",
                node.col_offset + 1,
            )
    outside = "outside" in file.raised.message
    if outside and ("await" in file.raised.message or "async" in file.raised.message):
        return file.found(
            file.line,
            f"In line {file.line} await stands outside of any function.",
            "Move it into an async function, or remove it.",
        )
    for word in ("return", "yield"):
        if outside and word in file.raised.message:
            return file.found(
                file.line,
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
        decorates = re.match(r"\s*@\w", line) and line.rstrip().endswith((")", '"', "'"))
        if decorates and not re.match(r"\s*(@|def\b|async\b|class\b)", following):
            return file.found(
                number,
                f"No function follows the decorator in line {number}.",
                "Write the function directly below the line with @.",
            )
    return None


def comparison_for_assignment(file: Unreadable) -> Diagnosis | None:
    """A single = where two are needed."""
    for number, _ in file.matches(r"^\s*(?:if|elif|while)\b[^=<>!]*[^=<>!:]=[^=]"):
        return file.found(
            number,
            f"The condition in line {number} assigns instead of comparing.",
            "Compare with ==.",
        )
    return None


def too_deep(file: Unreadable) -> Diagnosis | None:
    """More nesting than Python can hold."""
    if "too many nested" in file.raised.message or file.raised.type in (
        "RecursionError",
        "MemoryError",
    ):
        return file.found(
            file.line,
            "The file nests its brackets too deeply for Python.",
            "A step needs a few plain lines only: write it anew.",
        )
    return None


RULES: tuple[Callable[[Unreadable], Diagnosis | None], ...] = (
    no_text,
    unknown_encoding,
    not_utf8,
    too_deep,
    merge_conflict,
    copied_along,
    odd_character,
    open_string,
    python_2,
    foreign_word,
    word_order,
    odd_assignment,
    repeated_word,
    misspelt_keyword,
    import_without_names,
    comparison_for_assignment,
    bracket,
    decorated_nothing,
    missing_colon,
    indentation,
    await_in_ordinary_function,
)
