"""Turns results into what a person sees: pure functions from a result to a rich renderable.

Everything that comes from a learner's file passes through `printable` and is shown as plain
text, so that it can neither style, nor move, nor hide anything.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.box import ASCII, ROUNDED, Box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from checker.kata import Step
from checker.results import CheckResult, Location, Report, Status, StepResult
from checker.source import Source

MOST_LINES_PRINTED = 20
WORDS = {
    Status.PASSED: ("passed", "green"),
    Status.FAILED: ("failed", "bold red"),
    Status.SKIPPED: ("skipped", "dim"),
    Status.ERROR: ("error", "bold magenta"),
}


@dataclass(frozen=True)
class Glyphs:
    """The signs that a terminal's encoding can draw."""

    marks: dict[Status, str]
    to_do: str
    arrow: str
    bar: str
    dot: str
    filled: str
    empty: str
    box: Box

    @classmethod
    def of(cls, console: Console) -> "Glyphs":
        """The glyphs for a console."""
        if console.encoding.lower().startswith("utf"):
            marks = dict(zip(WORDS, "✓✗-!", strict=True))
            return cls(marks, "○", "❱", "│", "·", "━", "─", ROUNDED)
        return cls(dict(zip(WORDS, "+x-!", strict=True)), "o", ">", "|", "-", "#", ".", ASCII)


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal written out as an escape."""
    return "".join(
        character if character == "\n" or is_harmless(character) else escape(character)
        for character in text.expandtabs(4)
    )


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
        parts += [Text(), labelled("Learned", Text(step.learned), "bold green")]
    for advice in result.advice:
        where = f" (line {advice.location.line})" if advice.location else ""
        parts.append(labelled("Advice", Text(printable(advice.text) + where), "yellow"))
    return Group(Text(), *parts)


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
    if check.location:
        parts.append(code_view(check.location, source, glyphs))
    parts.append(Padding(Text(printable(check.problem or ""), "bold"), (0, 2)))
    if check.fix:
        parts.append(labelled("Fix", Text(printable(check.fix)), "bold green"))
    if check.detail:
        parts.append(labelled("Seen", Text(printable(check.detail)), "bold"))
    return Group(*parts)


def code_view(place: Location, source: Source, glyphs: Glyphs) -> RenderableType:
    """The line to edit, with its neighbours."""
    first = max(1, place.line - 2)
    lines = source.lines[first - 1 : place.line + 1]
    width = len(str(first + len(lines) - 1))
    code = Text(no_wrap=True, overflow="ellipsis")
    for number, line in enumerate(lines, start=first):
        marked = number == place.line
        style = "bold" if marked else "dim"
        mark = glyphs.arrow if marked else " "
        code.append(f"{mark} {number:>{width}} {glyphs.bar} ", "bold red" if marked else "dim")
        code.append(printable(line) + "\n", style)
    code.right_crop(1)
    title = Text(f"{place.file}:{place.line}")
    return Padding(Panel(code, title=title, title_align="left", box=glyphs.box), (0, 1))


def output_view(output: str, glyphs: Glyphs) -> RenderableType:
    """What the learner's code printed: its first lines."""
    lines = printable(output.rstrip("\n")).split("\n")
    shown = Text("  Your file printed\n", style="bold")
    for line in lines[:MOST_LINES_PRINTED]:
        shown.append(f"  {glyphs.bar} ", "dim")
        shown.append(f"{line[:500]}\n", "not bold")
    if len(lines) > MOST_LINES_PRINTED:
        shown.append(f"  {glyphs.bar} and {len(lines) - MOST_LINES_PRINTED} more lines\n", "dim")
    shown.right_crop(1)
    return shown


def overview(
    report: Report, steps: Sequence[Step], untouched: frozenset[str], glyphs: Glyphs
) -> RenderableType:
    """All steps with a progress bar; those named in `untouched` are still to do."""
    done = sum(result.status is Status.PASSED for result in report.steps)
    return Group(
        Text(),
        heading("FastAPI and databases, step by step", f"{done} of {len(steps)} steps done"),
        Padding(progress_bar(done, len(steps), glyphs), (0, 1)),
        Text(),
        steps_view(report, untouched, glyphs),
    )


def progress_bar(done: int, steps: int, glyphs: Glyphs, width: int = 40) -> Text:
    """A bar whose filled part is the share of steps done."""
    filled = width * done // steps
    bar = Text(glyphs.filled * filled, "green")
    return bar.append(glyphs.empty * (width - filled), "dim").append(f" {100 * done // steps} %")


def steps_view(report: Report, untouched: frozenset[str], glyphs: Glyphs) -> RenderableType:
    """One line a step: its outcome, title, points, and first problem."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(width=8)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(no_wrap=True, justify="right")
    for result in report.steps:
        to_do = result.step in untouched and result.status is Status.FAILED
        word, style = ("to do", "cyan") if to_do else WORDS[result.status]
        grid.add_row(
            Text(glyphs.to_do if to_do else glyphs.marks[result.status], style),
            Text(word, style),
            Text(result.step),
            Text(result.title),
            Text("" if to_do else f"{result.score}/{result.max_score}"),
        )
        problem = result.first_problem
        if problem and problem.problem and not to_do:
            line = f"line {problem.location.line}: " if problem.location else ""
            grid.add_row("", "", "", Text(line + printable(problem.problem), "dim"), "")
    return grid


def score_line(report: Report) -> RenderableType:
    """The points of the whole report."""
    return Text(f"\n  Score  {report.score} of {report.max_score}", style="bold")


def next_lines(*lines: str) -> RenderableType:
    """What to do next."""
    return Group(Text(), labelled("Next", Text("\n".join(lines)), "bold cyan"), Text())


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
