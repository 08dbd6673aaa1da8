"""Turns the kata's own texts into what a learner sees: lessons, hints, solutions, differences.

Like `render`: pure functions, and what a learner wrote passes through `printable`.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from checker.kata import Step
from checker.render import Glyphs, labelled, printable

BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
THEME = "ansi_dark"
"""The colours of code: the terminal's own, so that they suit dark and light ones."""
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True)
class LessonView:
    """A lesson, drawn with its tables and colours.

    Two columns beside each other stand one below the other where there is no room for both.
    """

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.markdown import Markdown

        room = options.max_width - 4  # what a block of code has around it
        text = BLOCK.sub(
            lambda block: block[0] if fits(block[1], room) else stacked(block), self.text
        )
        yield Text()
        yield Padding(Markdown(text, code_theme=THEME, hyperlinks=False), (0, 0, 0, 1))


def fits(code: str, columns: int) -> bool:
    """Whether no line of it is longer."""
    return max(map(len, code.split("\n"))) <= columns


def stacked(block: re.Match[str]) -> str:
    """A block of two columns as two blocks; any other as it is."""
    columns = columns_of(block[1])
    parts = (f"{title}:\n\n```python\n{inside}\n```" for title, inside in columns)
    return "\n\n".join(parts) if columns else block[0]


def spoken(text: str) -> str:
    """A lesson to be read aloud: sentences without marks, code indented, no drawings.

    Two columns beside each other are told one after the other.
    """
    prose, *blocks = BLOCK.split(text)
    parts = list(spoken_prose(prose))
    for code, after in zip(blocks[::2], blocks[1::2], strict=True):
        said = list(spoken_block(code.rstrip()))
        if not said and parts[-1].endswith(":"):  # what it announced is left out
            parts[-1] = parts[-1][:-1] + "."
        parts += [*said, *spoken_prose(after)]
    return "\n\n".join(parts)


def spoken_block(code: str) -> Iterator[str]:
    """What there is to say of a block: code as it is, each of two columns, nothing of a drawing."""
    if columns := columns_of(code):
        for title, inside in columns:
            yield f"{title}:"
            yield textwrap.indent(inside, "    ")
    elif not re.search("[\u2500-\u257f]", code):
        yield textwrap.indent(code, "    ")


def columns_of(code: str) -> list[tuple[str, str]]:
    """The columns of a block, each with its title, if a rule under the titles says that it has."""
    titles, rule, *lines = [*code.split("\n"), "", ""]
    if rule.strip("- "):
        return []
    columns = [slice(*found.span()) for found in re.finditer(r"-{3,}", rule)]
    return [
        (titles[column].strip(), "\n".join(line[column].rstrip() for line in lines).rstrip())
        for column in columns
    ]


def spoken_prose(text: str) -> Iterator[str]:
    """The paragraphs, headings, items of lists and rows of tables, each as a line without marks."""
    for paragraph in filter(None, re.split(r"\n\s*\n", text.strip())):
        if paragraph.startswith("|"):
            head, _, *rows = (
                [*map(str.strip, row.strip("|").split("|"))] for row in paragraph.split("\n")
            )
            yield "\n".join(
                "; ".join(f"{name}: {cell}" for name, cell in zip(head, row, strict=True)) + "."
                for row in ([without_marks(cell) for cell in row] for row in rows)
            )
        elif paragraph.startswith("#"):
            yield without_marks(paragraph.lstrip("# ")) + "."
        else:
            items = re.split(r"^- ", paragraph, flags=re.MULTILINE)
            yield "\n".join(without_marks(" ".join(item.split())) for item in items if item)


def without_marks(text: str) -> str:
    """A line of Markdown without the marks of code, emphasis and links."""
    linked = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r"\1 (\2)", text)
    parts = linked.split("`")  # every other one is code, in which a star is a star
    parts[::2] = (re.sub(r"(\*{1,2})(.+?)\1", r"\2", part) for part in parts[::2])
    return "".join(parts)


def hints_view(step: Step, shown: int, glyphs: Glyphs) -> RenderableType:
    """The first hints of a step, each with its number."""
    tiers = len(step.hints)
    hints = (
        labelled(f"Hint {number} of {tiers}:", Text(hint), "bold yellow")
        for number, hint in enumerate(step.hints[:shown], start=1)
    )
    return Group(Text(), title_line(step, glyphs), Text(), *hints)


def title_line(step: Step, glyphs: Glyphs, remark: str = "") -> Text:
    """A step's number and title, and what is shown of it."""
    parts = filter(None, (f"Step {step.number}", step.title, remark))
    return Text(" " + f" {glyphs.dot} ".join(parts), "bold")


def solution_view(step: Step, code: str, glyphs: Glyphs) -> RenderableType:
    """A solution with what it shows and why it matters."""
    return Group(
        Text(),
        title_line(step, glyphs, "a solution"),
        Text(),
        Padding(code_text(code), (0, 2)),
        Text(),
        labelled("Idea", Text(step.learned), "bold green"),
        labelled("Why", Text(step.why), "bold"),
    )


def code_text(code: str) -> RenderableType:
    """Code in colours."""
    from rich.syntax import Syntax

    return Syntax(code.rstrip(), "python", theme=THEME, background_color="default", word_wrap=True)


def diff_view(
    mine: Sequence[str], solution: Sequence[str], path: str, glyphs: Glyphs
) -> RenderableType:
    """How a learner's lines differ from the solution's."""
    if list(mine) == list(solution):
        return Text("\n  Your file is the solution, character by character.\n")
    lines = spoken_diff(mine, solution) if glyphs.plain else drawn_diff(mine, solution, path)
    remark = "  The solution is one of many right programs; yours need not become the same."
    return Group(Text(), *lines, Text(), Text(remark), Text())


def drawn_diff(mine: Sequence[str], solution: Sequence[str], path: str) -> Iterator[Text]:
    """A unified diff: `-` is the learner's line, `+` the solution's."""
    for line in unified_diff(mine, solution, f"{path} (yours)", "the solution", lineterm=""):
        yield Text(f"  {printable(line)}", DIFF_STYLES.get(line[:1], ""), overflow="fold")


def spoken_diff(mine: Sequence[str], solution: Sequence[str]) -> Iterator[Text]:
    """The lines that differ, each with whose it is in words."""
    for _, start, end, first, last in (
        block for block in SequenceMatcher(a=mine, b=solution).get_opcodes() if block[0] != "equal"
    ):
        yield Text(f"  At line {start + 1} of yours")
        for number, line in enumerate(mine[start:end], start=start + 1):
            yield Text(f"  yours, line {number}: {printable(line)}", overflow="fold")
        for number, line in enumerate(solution[first:last], start=first + 1):
            yield Text(f"  solution, line {number}: {printable(line)}", overflow="fold")


def changes_view(head: str, changes: Sequence[tuple[str, str]]) -> RenderableType:
    """What was done to which file, each in a word."""
    width = max((len(word) for word, _ in changes), default=0)
    lines = (
        Text(f"  {word:{width}}  {printable(path)}", overflow="fold") for word, path in changes
    )
    return Group(Text(), Text(f"  {head}", "bold"), *lines, Text())
