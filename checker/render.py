"""Turns results into what a person sees: pure functions from a result to a rich renderable.

Everything that comes from a learner's file passes through `printable` and is shown as plain
text, so that it can neither style, nor move, nor hide anything.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.box import ASCII, ROUNDED, Box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from checker.kata import Step
from checker.progress import Progress, State, StepProgress
from checker.results import Advice, CheckResult, Location, Report, Status, StepResult
from checker.source import Source
from checker.terminal import Terminal

MOST_LINES_PRINTED = 20
LONGEST_LINE = 500
# How a line begins that GitHub or Azure takes for a command; wrapped, any line may begin so.
COMMAND = re.compile(r"::(?=[A-Za-z][\w-]*(?: [^\n]{0,500})?::)|##(?=(?:vso)?\[)")
WORDS = {
    Status.PASSED: ("passed", "green"),
    Status.FAILED: ("failed", "bold red"),
    Status.SKIPPED: ("skipped", "dim"),
    Status.ERROR: ("error", "bold magenta"),
}


@dataclass(frozen=True)
class Glyphs:
    """The signs that a terminal's encoding can draw; none where `plain` words are wanted."""

    marks: dict[Status, str]
    to_do: str
    arrow: str
    bar: str
    dot: str
    filled: str
    empty: str
    box: Box
    plain: bool = False

    @classmethod
    def of(cls, console: Console) -> "Glyphs":
        """The glyphs for a console."""
        if isinstance(console, Terminal) and console.plain:
            return cls(dict.fromkeys(WORDS, ""), "", "", "", "-", "", "", ASCII, plain=True)
        if console.encoding.lower().startswith("utf"):
            marks = dict(zip(WORDS, "✓✗-!", strict=True))
            return cls(marks, "○", "❱", "│", "·", "━", "─", ROUNDED)
        return cls(dict(zip(WORDS, "+x-!", strict=True)), "o", ">", "|", "-", "#", ".", ASCII)


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal or a workflow written as an escape."""
    shown = text.expandtabs(4)
    if not shown.replace("\n", "").isprintable():  # it nearly always is, which is quick to tell
        shown = "".join(
            character if character == "\n" or is_harmless(character) else escape(character)
            for character in shown
        )
    return COMMAND.sub(lambda found: f"\\x{ord(found[0][0]):x}{found[0][1:]}", shown)


def is_harmless(character: str) -> bool:
    """Whether a character only shows itself: no control, format, surrogate or private one."""
    return not unicodedata.category(character).startswith("C") and character not in "\u2028\u2029"


def escape(character: str) -> str:
    """A character as Python would write it in a string."""
    return character.encode("unicode_escape").decode()


def step_view(
    result: StepResult, step: Step, source: Source, path: str, done: int, steps: int, glyphs: Glyphs
) -> RenderableType:
    """One step's result as a learner sees it."""
    parts: list[RenderableType] = [
        heading(f"Step {step.number} {glyphs.dot} {step.title}", f"{done} of {steps} steps done"),
        Text(f" {printable(path)}", style="dim", overflow="fold"),
        Text(),
        checks_view(result.checks, glyphs),
    ]
    if result.output.strip():
        parts += [Text(), output_view(result.output, glyphs)]
    problem = result.first_problem
    if problem:
        parts += [Text(), problem_view(problem, source, glyphs)]
    else:
        parts += [Text(), Padding(Text(step.learned, "bold green"), (0, 2))]
    parts += map(advice_view, result.advice)
    return Group(Text(), *parts)


def advice_view(advice: Advice) -> RenderableType:
    """A remark on code that passes."""
    return labelled("Tip", Text(printable(advice.told)), "yellow")


def checks_view(checks: Sequence[CheckResult], glyphs: Glyphs) -> RenderableType:
    """The checks in teaching order, each with sign and word."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(width=8)
    grid.add_column(overflow="fold")
    for check in checks:
        word, style = WORDS[check.status]
        grid.add_row(
            Text(glyphs.marks[check.status], style), Text(word, style), Text(printable(check.title))
        )
    return grid


def problem_view(check: CheckResult, source: Source, glyphs: Glyphs) -> RenderableType:
    """What is wrong, where, and what to do."""
    parts: list[RenderableType] = []
    if check.location and source.text.strip():
        parts.append(code_view(check.location, source, glyphs))
    return Group(*parts, *problem_lines(check))


def problem_lines(check: CheckResult, *, detail: bool = True) -> list[RenderableType]:
    """What is wrong and what to do, in words."""
    parts: list[RenderableType] = [Padding(Text(printable(check.problem or ""), "bold"), (0, 2))]
    if check.fix:
        parts.append(labelled("Fix", Text(printable(check.fix)), "bold green"))
    if detail and check.detail and check.detail.rstrip(".") != (check.problem or "").rstrip("."):
        parts.append(labelled("Seen", Text(printable(check.detail)), "bold"))
    return parts


def code_view(
    place: Location, source: Source, glyphs: Glyphs, before: int = 2, after: int = 1
) -> RenderableType:
    """The line to edit, whole, with its neighbours, cut where they are too long."""
    if glyphs.plain:
        line = "".join(source.lines[place.line - 1 : place.line])[:LONGEST_LINE].strip()
        return Padding(Text(f"{place.file}, line {place.line}: {printable(line)}"), (0, 2))
    first = max(1, place.line - before)
    lines = source.lines[first - 1 : place.line + after]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for number, line in enumerate(lines, start=first):
        marked = number == place.line
        code = Text(printable(line)[:LONGEST_LINE], style="bold" if marked else "dim")
        if not marked:
            code.no_wrap, code.overflow = True, "ellipsis"
        mark = glyphs.arrow if marked else " "
        width = len(str(first + len(lines) - 1))
        grid.add_row(
            Text(f"{mark} {number:>{width}} {glyphs.bar}", "bold red" if marked else "dim"), code
        )
    title = Text(f"{place.file}:{place.line}")
    return Padding(Panel(grid, title=title, title_align="left", box=glyphs.box), (0, 1))


def output_view(output: str, glyphs: Glyphs, most: int = MOST_LINES_PRINTED) -> RenderableType:
    """What the learner's code printed: its first lines, at most so many.

    If they are to be fewer than usual, none takes more than one row.
    """
    few = most < MOST_LINES_PRINTED
    lines = printable(output.rstrip("\n")).split("\n")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=few, overflow="ellipsis" if few else "fold")
    for line in lines[:most]:
        shown = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
        grid.add_row(Text(glyphs.bar, "dim"), Text(shown))
    if len(lines) > most:
        more = len(lines) - most
        grid.add_row(Text(glyphs.bar, "dim"), Text(f"and {more} more lines", "dim"))
    return Group(Text("  Your file printed", "bold"), Padding(grid, (0, 2)))


def overview(
    report: Report, progress: Progress, untouched: frozenset[str], glyphs: Glyphs
) -> RenderableType:
    """All steps with a progress bar, and the quiz; those named in `untouched` are still to do."""
    steps = len(report.steps)
    done = sum(result.status is Status.PASSED for result in report.steps)
    return Group(
        Text(),
        heading("FastAPI and databases, step by step", f"{done} of {steps} steps done"),
        Padding(progress_bar(done, steps, glyphs), (0, 1)),
        Text(),
        steps_view(report, progress, untouched, glyphs),
        Text(),
        quiz_line(progress.quiz, glyphs),
    )


def quiz_line(answers: Mapping[str, bool], glyphs: Glyphs) -> RenderableType:
    """How many questions of the quiz were answered right, and how many wrong."""
    right = sum(answers.values())
    wrong = len(answers) - right
    mark = glyphs.marks[Status.FAILED if wrong else Status.PASSED] if answers else glyphs.to_do
    told = f"{right} right, {wrong} wrong" if answers else "not begun"
    return marked_line(mark, "quiz", "", Text(told))


def progress_bar(done: int, steps: int, glyphs: Glyphs, width: int = 30) -> Text:
    """A bar whose filled part is the share of steps done; in plain words the share alone."""
    if glyphs.plain:
        return Text(f" {100 * done // steps} %")
    filled = width * done // steps
    bar = Text(glyphs.filled * filled, "green")
    return bar.append(glyphs.empty * (width - filled), "dim").append(f" {100 * done // steps} %")


def steps_view(
    report: Report, progress: Progress, untouched: frozenset[str], glyphs: Glyphs
) -> RenderableType:
    """One line a step: its outcome, title and points; below it what else there is to say."""
    width = max(len(result.title) for result in report.steps)
    lines: list[RenderableType] = []
    for result in report.steps:
        to_do = result.step in untouched and result.status is Status.FAILED
        word, style = ("to do", "cyan") if to_do else WORDS[result.status]
        mark = glyphs.to_do if to_do else glyphs.marks[result.status]
        points = "" if to_do else f"{result.score:>4} of {result.max_score}"
        line = Text(f"{result.step}  {result.title:{width}}{points}".rstrip())
        lines.append(marked_line(mark, word, style, line))
        problem = result.first_problem
        told = [short_problem(problem)] if problem and not to_do else []
        lines += [
            Padding(Text(remark, "dim"), (0, 2, 0, 13))
            for remark in [*told, *step_remarks(progress.of(result.step))]
        ]
    return Group(*lines)


def marked_line(mark: str, word: str, style: str, text: Text) -> RenderableType:
    """A text behind a sign and a word, its later lines under its first."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=12)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {mark} {word}" if mark else f"  {word}", style), text)
    return grid


def step_remarks(progress: StepProgress) -> list[str]:
    """What there is to say of a step's past."""
    past = "passed before, fails now" if progress.state is State.BROKEN else ""
    hints = f"{progress.hints} hint{'s' * (progress.hints > 1)} used" if progress.hints else ""
    return [", ".join(filter(None, (past, hints)))] if past or hints else []


def short_problem(check: CheckResult) -> str:
    """A problem with its line, which is told once."""
    problem = printable(check.problem or "")
    line = f"Line {check.location.line}" if check.location else ""
    return problem if line.lower() in problem.lower() else f"{line}: {problem}"


def score_line(report: Report, untouched: frozenset[str]) -> RenderableType:
    """The points of the whole report, and how many of them are those of untouched starters."""
    given = sum(result.score for result in report.steps if result.step in untouched)
    remark = f", {given} of them for what untouched starters hold already" if given else ""
    return Text.assemble((f"  Score {report.score} of {report.max_score}", "bold"), remark, "\n")


def next_lines(*lines: str) -> RenderableType:
    """What to do next."""
    shown = Text("\n".join(map(printable, lines)))
    return Group(Text(), labelled("Next", shown, "bold cyan"), Text())


def done_lines(*lines: str) -> RenderableType:
    """What was done."""
    return Group(Text(), labelled("Done", Text("\n".join(map(printable, lines))), "bold green"))


def remark_view(sentence: str) -> RenderableType:
    """A remark in passing, about something that stops nothing."""
    return labelled("Note", Text(printable(sentence)), "yellow")


def problems_view(problems: Iterable[str], glyphs: Glyphs) -> RenderableType:
    """A list of problems, each with its sign."""
    return Group(
        *(Text(f"  {glyphs.marks[Status.FAILED]} {printable(problem)}") for problem in problems)
    )


def heading(left: str, right: str) -> RenderableType:
    """A title on the left, a remark on the right."""
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(Text(f" {left}", "bold"), Text(f"{right} ", "dim"))
    return grid


def labelled(label: str, text: Text, style: str) -> RenderableType:
    """A text behind a short label, its later lines under its first."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=max(5, len(label)), no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style), text)
    return Padding(grid, (0, 2))
