"""Mistakes in unreadable files that one line shows: each a pattern, the problem, what to do.

In the words, `{line}` is the number of the line, `{word}` what the pattern's group matched, or
else all that it matched; `{joined}` is the same with an underscore for what no name may hold,
`{glued}` without that, `{dotted}` with a dot for each space.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.finding import Finding
from checker.diagnosis.text import Text
from checker.results import Location
from checker.source import Source
from checker.worker import Raised
from checker.workspace import FILE

KEYWORDS = ("import", "from", "async", "def", "await", "return", "class", "with", "yield")
INFIX = ("in", "is", "and", "or", "if", "else", "for", "as", "import", "not", "async", "from")
FOREIGN = ("export", "const", "let", "var", "new", "string", "String", "public", "final", "auto")
BLOCKS = r"(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally)"
# No line that a person writes is longer; a hostile one must not make a pattern run away.
LONGEST_LINE = 500


class Unreadable(Finding):
    """A file that Python cannot read: `line` is the one it names, `message` what it says."""

    def __init__(self, raised: Raised, source: Source) -> None:
        assert raised.unreadable_at is not None
        self.kind = raised.type
        self.message = raised.message
        self.line = raised.unreadable_at[0]
        self.text = Text(source.text)
        super().__init__(source, Location(FILE, self.line), f"{self.kind}: {self.message}")

    def matches(self, pattern: str) -> Iterator[tuple[int, "re.Match[str]"]]:
        """The lines of code in which a pattern occurs, with their numbers."""
        search = re.compile(pattern).search
        for number, line in enumerate(self.text.lines, start=1):
            if line and (match := search(line[:LONGEST_LINE])):
                yield number, match


@dataclass(frozen=True)
class Slip:
    """A rule for a mistake that a pattern knows; the first line that has it is told."""

    pattern: str
    problem: str
    fix: str

    def __call__(self, file: Unreadable) -> Diagnosis | None:
        """The diagnosis, if a line has the mistake."""
        for number, match in file.matches(self.pattern):
            group = 1 if match.re.groups else 0
            word = " ".join(match[group].split())
            words = {
                "word": word,
                "joined": re.sub(r"\W+", "_", word),
                "dotted": word.replace(" ", "."),
                "glued": re.sub(r"\W+", "", word),
            }
            problem, fix = (text.format(line=number, **words) for text in (self.problem, self.fix))
            return file.found(problem, fix, Location(FILE, number, match.start(group) + 1))
        return None


COPIED = (
    Slip(
        r"^(<{7}|={7}|>{7})(?!\S)",
        "Line {line} holds a merge-conflict marker, {word}.",
        "Keep one of the two versions, and delete the lines with <<<<<<<, ======= and >>>>>>>.",
    ),
    Slip(
        r"^\s*(>>>|\$|```\w*|%%?\w+)(?=\s|$)",
        "Line {line} begins with {word}, which is not part of the code.",
        "Remove {word} from the line; it was copied along.",
    ),
)

SLIPS = (
    Slip(
        r"^\s*(print)\s+[^\s(=.]",
        "In line {line} print has no parentheses, as in Python 2.",
        "Write print(...) with parentheses.",
    ),
    Slip(
        r"^\s*(except)\s+[\w.]+\s*,\s*\w+\s*:",
        "Line {line} catches an exception as Python 2 did.",
        "Write  except SomeError as error:",
    ),
    Slip(
        r"^[ \t]*import[ \t]+[^ \t].*,[ \t]*(from)\b",
        "Line {line} holds two imports.",
        "Begin a new line at from, and remove the comma before it.",
    ),
    Slip(
        r"^[ \t]*(import)[ \t]+[^ \t].*[ \t]from\b",
        "Line {line} imports in the order of another language.",
        "Write  from MODULE import NAME  with the module first.",
    ),
    Slip(
        r"^\s*(import)\s+[\w.]+\s+import\b",
        "Line {line} says import twice.",
        "Write  from MODULE import NAME.",
    ),
    Slip(
        r"^\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+\s+(and|&|\+)\s",
        "Line {line} joins two imports with {word}.",
        "Write each import in a line of its own, and a class as  from fastapi import FastAPI.",
    ),
    Slip(
        r"^\s*import\s+[\w.]+\s+(?!as\b|import\b|from\b)([A-Za-z]\w*)\s*$",
        "In line {line} only a space stands between the import of {word} and another.",
        "Write each import in a line of its own, and a class as  from fastapi import FastAPI.",
    ),
    Slip(
        r"^\s*from\s+[\w.]+\s+import\s+\w+\s*(\(\s*\))",
        "The parentheses in line {line} do not belong into an import.",
        "Import the name alone, without parentheses.",
    ),
    Slip(
        r"^\s*(?:import|from)\s*\(?\s*([\"'])",
        "The module in line {line} stands in quotes.",
        "Write its name without quotes.",
    ),
    Slip(
        r"^\s*import\s*\(\s*([\w.]+)\s*\)",
        "The parentheses in line {line} do not belong into an import.",
        "Write  import {word}.",
    ),
    Slip(
        r"^\s*(?:import|from)\s+(\w+(?:-\w+)+)",
        "The name of the module in line {line} holds a hyphen: {word}.",
        "Write {glued} without it.",
    ),
    Slip(
        r"\b([a-z]\w*[ \t]+Database|[a-z]\w*[ \t]+FastAPI)[ \t]*\(",
        "In line {line} a space stands where a dot belongs.",
        "Write {dotted} with a dot.",
    ),
    Slip(
        r"\b((?:Database|FastAPI)\{)",
        "Line {line} calls with braces.",
        "Write parentheses instead of the braces.",
    ),
    Slip(
        r"^\s*(?!(?:lambda|else)\b)[A-Za-z_]\w*\s*=[^=:{\[]*\)(:)\s*$",
        "Line {line} ends with a colon.",
        "Remove the colon; only a line that opens a block ends with one.",
    ),
    Slip(
        r"\"\s+\"(?![frbuFRBU]{1,2}\")(\w+)\"\s*\"",
        "In line {line} the quotes around {word} end the text before it.",
        "Write {word} without quotes of its own.",
    ),
    Slip(
        rf"\b({'|'.join(FOREIGN)})\s+(?=\w)",
        "Python has no word {word}, which stands in line {line}.",
        "Remove {word}.",
    ),
    Slip(
        r"^\s*(?:async\s+)?(function)\s+(?=\w)",
        "Python has no word function, which stands in line {line}.",
        "Write  def  instead.",
    ),
    Slip(
        r"^\s*((?:python3?|pip3?|uv|uvicorn)\s+[\w-].*\S)",
        "Line {line} is a command, which is typed in a terminal.",
        "Remove  {word}  from the file.",
    ),
    Slip(
        r"^\s*([!%])\s*\w",
        "Line {line} is a command of a notebook, which a file cannot hold.",
        "Remove the line; what it does is typed in a terminal.",
    ),
    Slip(r"^\s*(//)", "Line {line} begins with //.", "Begin a comment with # instead of //."),
    Slip(
        rf"^\s*{BLOCKS}\b.*(\{{)\s*$",
        "Line {line} opens a block with a brace.",
        "End the line with a colon, and indent the lines below it.",
    ),
    Slip(
        r"^\s*(def\s+async)\b",
        "In line {line} def and async are swapped.",
        "Write  async def  in this order.",
    ),
    Slip(
        r"\b(await\s+return)\b",
        "In line {line} await and return are swapped.",
        "Write  return await  in this order.",
    ),
    Slip(
        r"\b(await\s+yield)\b",
        "In line {line} yield stands behind await, but there is nothing to wait for.",
        "Write  yield  without await.",
    ),
    Slip(
        r"(?:\breturn|=)\s+(async)\s+(?=\w)",
        "In line {line} async stands where await belongs.",
        "Write  await  instead of async.",
    ),
    Slip(
        r"[\w)\]]\s+(await)\s*$",
        "In line {line} await stands behind the call.",
        "Write await in front of the call.",
    ),
    Slip(
        r"^\s*async\s+(?!def\b|with\b|for\b)(\w+)\s*\(",
        "In line {line} the word def is missing.",
        "Write  async def {word}(...):",
    ),
    Slip(
        r"^\s*(asyncdef|defasync|async_def)\b",
        "In line {line} a space is missing.",
        "Write  async def.",
    ),
    Slip(
        r"^\s*(?:async\s+)?def\s+(\w+)\s*:",
        "The function {word} in line {line} has no parentheses.",
        "Write  {word}():  with parentheses before the colon.",
    ),
    Slip(
        r"^\s*(?:async\s+)?def\s+([A-Za-z_]\w*(?:[ \t]+\w+)+)\s*[(:]",
        "The name of the function in line {line} holds a space.",
        "Write {joined} with an underscore.",
    ),
    Slip(
        r"^\s*(?:async\s+)?def\s+(\w+(?:-\w+)+)\s*[(:]",
        "The name of the function in line {line} holds a hyphen.",
        "Write {joined} with an underscore.",
    ),
    Slip(
        r"^\s*(?:async\s+)?(def)\s*(?=\()",
        "The function in line {line} has no name.",
        "Write the name of the function between def and its parentheses.",
    ),
    Slip(
        r"^\s*@[^:]*(:)\s*$",
        "The decorator in line {line} ends with a colon.",
        "Remove the colon; only the line with def ends with one.",
    ),
    Slip(
        r"^\s*(\w+)\s*:\s*=\s*",
        "Line {line} assigns with := which is for expressions only.",
        "Write  {word} = ...  with a single =.",
    ),
    Slip(
        r"(?i)[=(]\s*(select)\b",
        "The query in line {line} stands without quotes.",
        'Write it in quotes: "SELECT * FROM users".',
    ),
    Slip(
        r"^\s*(\w+(?:-\w+)+)\s*=",
        "The name {word} in line {line} holds a hyphen.",
        "Write {joined} with an underscore.",
    ),
    Slip(
        rf"^\s*(?!(?:{'|'.join(KEYWORDS)}|{'|'.join(INFIX)}|global|nonlocal|del|lambda)\b)"
        r"([A-Za-z_]\w*[ \t]+[A-Za-z_]\w*)\s*=",
        "The name in line {line} holds a space.",
        "Write {joined} with an underscore.",
    ),
    Slip(
        r"[:=(]\s*([A-Za-z]\w*:/+|\.{1,2}/)",
        "The address in line {line} stands without quotes.",
        'Put quotes around it: "sqlite:///..."',
    ),
    Slip(
        r"^\s*(?:[\"']\s*[\"']|[\w.]+\([^()]*\))\s*(=)\s*[A-Za-z_]\w*\s*$",
        "In line {line} the name stands on the wrong side of the =.",
        "Write the name on the left and its value on the right.",
    ),
    Slip(
        r"^\s*\w+\s*(=)\s*$",
        "In line {line} there is nothing behind the =.",
        "Write the value behind the = in the same line.",
    ),
    Slip(
        r"\w\.(fetch[ \t]+(?:all|one|val)|execute[ \t]+many|on[ \t]+event|is[ \t]+connected)\b",
        "In line {line} a space stands in the name {word}.",
        "Write {joined} with an underscore.",
    ),
    Slip(
        rf"\b(\w+\.\w+)[ \t]+(?!(?:{'|'.join(INFIX)})\b)[\"'\w]",
        "In line {line} {word} is called without parentheses.",
        "Write  {word}(...)  with parentheses.",
    ),
    Slip(
        rf"\b({'|'.join(KEYWORDS)})\s+\1\b",
        "In line {line} the word {word} stands twice.",
        "Remove one {word}.",
    ),
    Slip(
        r"^\s*from\s+([\w.]+)\s*(?:import\s*)?$",
        "Line {line} does not say what to import from {word}.",
        "Write  from {word} import NAME.",
    ),
    Slip(
        r"^\s*(import)\s*$", "Line {line} does not say what to import.", "Write  import databases."
    ),
    Slip(
        r"^\s*(?:if|elif|while)\b[^=<>!]*[^=<>!:](=)[^=]",
        "The condition in line {line} assigns instead of comparing.",
        "Compare with ==.",
    ),
)
