"""Draws the state of watching: pure functions from a state to lines for a screen of some size.

A page is a head, a body and a foot. What does not fit into the body gives way by its weight:
what the learner's code printed first, then the list of checks, and the problem last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.text import Text

from checker import render, render_pages
from checker.kata import Step
from checker.render import Glyphs, labelled, printable
from checker.results import CheckResult, Status
from checker.source import Source
from checker.watch.state import QUESTIONS, Page, State, Verdict, keys_of

Lines = list[list[Segment]]


@dataclass(frozen=True)
class Material:
    """What belongs to a step besides its result: its files' names to show, and their texts.

    `quiz` is the command that asks the quiz.
    """

    file: str
    solution_file: str
    lesson: str
    solution: str
    closing: str
    quiz: str


@dataclass(frozen=True)
class Block:
    """A part of a page in several lengths, the longest first.

    The key of each is its worth: where a page is too long, the block whose length is worth least
    is shown in its next one.
    """

    lengths: Mapping[int, RenderableType | None]

    @property
    def longest(self) -> RenderableType | None:
        """The block in full."""
        return next(iter(self.lengths.values()))


class Paper:
    """A sheet of so many columns and rows, on which a console's renderables become lines."""

    def __init__(self, console: Console, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.columns, self.rows = console.size
        self._console = console
        self._blank = [Segment(" " * self.columns)]

    def lines(self, renderable: RenderableType) -> Lines:
        """What a renderable looks like, each line as wide as the sheet."""
        options = self._console.options.update(width=self.columns, height=None)
        return self._console.render_lines(renderable, options, pad=True)

    def fill(self, lines: Lines, rows: int) -> Lines:
        """Exactly so many rows: what is too much is left out, what is missing is blank."""
        return lines[:rows] + [self._blank] * (rows - len(lines))

    def fit(self, blocks: Iterable[Block], rows: int) -> Lines:
        """Blocks below each other with a blank line between, shortened until they fit."""
        drawn = [
            [(worth, self.lines(each) if each else []) for worth, each in block.lengths.items()]
            for block in blocks
        ]
        chosen = [0] * len(drawn)  # which of its lengths each block is shown in

        def room() -> int:
            return rows + 1 - sum(needed(drawn[i][at][1]) for i, at in enumerate(chosen))

        while room() < 0:
            longer = [i for i, at in enumerate(chosen) if at + 1 < len(drawn[i])]
            if not longer:
                break
            chosen[min(longer, key=lambda i: drawn[i][chosen[i]][0])] += 1
        # One that was cut last may have left room for another that was cut before it.
        for i in sorted(range(len(drawn)), key=lambda i: -drawn[i][chosen[i]][0]):
            while chosen[i]:
                chosen[i] -= 1
                if room() < 0:
                    chosen[i] += 1
                    break
        parts = [drawn[i][at][1] for i, at in enumerate(chosen)]
        return [line for part in parts if part for line in [self._blank, *part]][1:]


def needed(lines: Lines) -> int:
    """The rows that a block takes, with the blank one before it."""
    return len(lines) + 1 if lines else 0


@dataclass(frozen=True)
class Sheet:
    """A drawn screen; `bottom` is how many rows further the body can be scrolled in all."""

    lines: Lines
    bottom: int


def draw(state: State, material: Material, paper: Paper) -> Sheet:
    """The whole screen."""
    sheet = laid_out(replace(state, bottom=0), material, paper)
    if sheet.bottom:  # then there is a key for it, too
        sheet = laid_out(replace(state, bottom=sheet.bottom), material, paper)
    return sheet


def laid_out(state: State, material: Material, paper: Paper) -> Sheet:
    """The whole screen, with the keys that go with how far the body is known to be scrolled."""
    head = paper.lines(head_view(state, material, paper.glyphs))
    # On a screen of very few rows the keys are what is left to be seen.
    foot = paper.lines(foot_view(state, paper))[-paper.rows :]
    head = head[: paper.rows - len(foot)]
    rows = paper.rows - len(head) - len(foot)
    body, bottom = body_lines(state, material, paper, rows)
    if bottom:
        left = max(0, bottom - state.scroll)
        foot = paper.lines(foot_view(state, paper, left))[-len(foot) :]
    return Sheet([*head, *paper.fill(body, rows), *foot], bottom)


def head_view(state: State, material: Material, glyphs: Glyphs) -> RenderableType:
    """Which step it is, how far the learner is, and how the last check came out."""
    step = state.step
    title = f"Step {step.number} {glyphs.dot} {step.title}"
    progress = f"{len(state.done)} of {len(state.steps)} steps done"
    return Group(render.heading(title, progress), status_line(state, material, glyphs), Text())


def status_line(state: State, material: Material, glyphs: Glyphs) -> RenderableType:
    """The outcome in a word, when it was seen, and the file that it is about."""
    word, style = outcome(state)
    line = Text(" ").append(mark(state, glyphs) + " " + word, style)
    if state.verdict and state.slow:
        return line.append(f" {glyphs.dot} below is the result of {state.verdict.at}", "dim")
    if state.verdict and state.verdict.at:
        line.append(f" {glyphs.dot} {state.verdict.at}", "dim")
    return line.append(f" {glyphs.dot} {printable(material.file)}", "dim")


def outcome(state: State) -> tuple[str, str]:
    """How it stands, in a word and its style."""
    if state.slow or (state.verdict is None and not state.trouble):
        return "checking ...", "cyan"
    if state.verdict is None:
        return "cannot be checked", "bold magenta"
    if is_to_do(state):
        return "to do", "cyan"
    word, style = render.WORDS[state.verdict.result.status]
    lost = not state.passed and state.step.name in state.once
    return (f"{word}, passed before" if lost else word), style


def mark(state: State, glyphs: Glyphs) -> str:
    """The sign that goes with the outcome."""
    if state.verdict is None or state.slow or is_to_do(state):
        return glyphs.to_do
    return glyphs.marks[state.verdict.result.status]


def is_to_do(state: State) -> bool:
    """Whether the learner has not begun: the file is the starter."""
    return (
        state.verdict is not None
        and not state.passed
        and state.verdict.source.data == state.step.starter
    )


def foot_view(state: State, paper: Paper, left: int | None = None) -> RenderableType:
    """What there is to say, and the keys; and how many rows of a long page are `left` below."""
    parts: list[RenderableType] = []
    if state.notice:
        parts.append(Text(f" {printable(state.notice)}", "yellow"))
    below = "" if left is None else f"{left} more line{'s' * (left != 1)} below" if left else "end"
    parts.append(Rule(Text(below, "dim"), characters=paper.glyphs.empty, style="dim"))
    return Group(*parts, keys_view(state, paper.columns))


def keys_view(state: State, columns: int) -> RenderableType:
    """The keys that do something now, none parted from what it does."""
    lines = [Text(" ")]
    for key, does in keys_of(state).items():
        if lines[-1].cell_len + len(key) + 1 + len(does) >= columns and len(lines[-1]) > 1:
            lines.append(Text(" "))
        lines[-1].append(key, "bold cyan").append(f" {does}  ")
    return Group(*lines)


def body_lines(state: State, material: Material, paper: Paper, rows: int) -> tuple[Lines, int]:
    """What stands between head and foot, and how far it can be scrolled."""
    if state.page is Page.VERDICT:
        lines = paper.fit(verdict_blocks(state, material, paper.glyphs), rows)
    else:
        lines = paper.lines(page_view(state, material, paper.glyphs))
    bottom = max(0, len(lines) - rows)
    return lines[min(state.scroll, bottom) :], bottom


def page_view(state: State, material: Material, glyphs: Glyphs) -> RenderableType:
    """A page other than the verdict, in full."""
    match state.page:
        case Page.LESSON:
            return text_view(material.lesson, glyphs)
        case Page.SOLUTION:
            return solution_view(state, material, glyphs)
        case Page.LIST:
            return list_view(state, glyphs)
        case Page.END:
            return end_view(material, glyphs)
        case _:
            return question_view(state, material)


def verdict_blocks(state: State, material: Material, glyphs: Glyphs) -> Iterator[Block]:
    """What there is to say on the file as it is."""
    if state.trouble:
        yield Block({9: Padding(Text(printable(state.trouble), "bold"), (0, 2))})
    if state.verdict is None or is_to_do(state):
        yield Block({9: goal_view(state)})
    if state.verdict:
        yield from result_blocks(state.verdict, state, material, glyphs)
    if state.open_hints and not state.passed:
        yield Block({4: hints_view(state), 9: hints_view(state, last=True)})


def result_blocks(
    verdict: Verdict, state: State, material: Material, glyphs: Glyphs
) -> Iterator[Block]:
    """What came of the checks."""
    result = verdict.result
    if is_to_do(state):
        yield Block({3: to_do_view(result.checks, glyphs), 9: None})
        yield Block({9: gap_view(verdict.source, glyphs)})
        return
    yield Block(
        {
            3: render.checks_view(result.checks, glyphs),
            6: short_checks(result.checks, glyphs),
            9: None,
        }
    )
    if result.output.strip():
        most = {2: 8, 5: 2, 8: 1}
        yield Block(
            {1: render.output_view(result.output, glyphs)}
            | {worth: render.output_view(result.output, glyphs, n) for worth, n in most.items()}
            | {9: None}
        )
    if result.first_problem:
        yield Block(problem_lengths(result.first_problem, verdict.source, glyphs))
    else:
        yield Block({9: passed_view(state, material)})
    if result.advice:
        yield Block({4: Group(*map(render.advice_view, result.advice)), 9: None})


def gap_view(source: Source, glyphs: Glyphs) -> RenderableType | None:
    """The place to complete, with all that its comment says."""
    place = source.gap
    if place is None:
        return None
    below = takewhile(lambda line: line.lstrip().startswith("#"), source.lines[place.line :])
    return render.code_view(place, source, glyphs, after=len(list(below)))


def problem_lengths(
    problem: CheckResult, source: Source, glyphs: Glyphs
) -> dict[int, RenderableType | None]:
    """The first problem: in full, without what was seen, with its line only, in words only."""
    told = replace(problem, problem=render.short_problem(problem))
    words = Group(*render.problem_lines(told, detail=False))
    in_words = render.problem_lines(problem, detail=False)
    place = problem.location if source.text.strip() else None
    if place is None:
        return {5: render.problem_view(problem, source, glyphs), 9: words}
    return {
        5: render.problem_view(problem, source, glyphs),
        6: Group(render.code_view(place, source, glyphs), *in_words),
        7: Group(render.code_view(place, source, glyphs, 0, 0), *in_words),
        9: words,
    }


def to_do_view(checks: Sequence[CheckResult], glyphs: Glyphs) -> RenderableType:
    """What is still to be done, as the checks will see it."""
    left = (check.title for check in checks if check.status is not Status.PASSED)
    titles = (Text(f"  {glyphs.to_do} {printable(title)}") for title in left)
    return Group(Text("  What will be checked", "bold"), *titles)


def short_checks(checks: Sequence[CheckResult], glyphs: Glyphs) -> RenderableType:
    """The checks in few lines: how many passed, each that failed, how many wait."""
    lines = []
    for status in (Status.PASSED, Status.FAILED, Status.ERROR, Status.SKIPPED):
        found = [check for check in checks if check.status is status]
        if found:
            title = found[0].title if len(found) == 1 else f"{len(found)} checks"
            lines.append(replace(found[0], title=title))
    return render.checks_view(lines, glyphs)


def goal_view(state: State) -> RenderableType:
    """What the step asks for, and what to do about it."""
    lesson = "Press l for the lesson" if state.keys else "Read the lesson.md beside the file"
    return Group(
        labelled("Goal", Text(state.step.goal), "bold cyan"),
        labelled("Next", Text(f"{lesson}, edit the file, save it."), "bold cyan"),
    )


def passed_view(state: State, material: Material) -> RenderableType:
    """What was learned, where the solution is, and how to go on."""
    file = printable(material.solution_file)
    ours = "Press s for our solution." if state.keys else f"Our solution: {file}"
    return Group(
        Padding(Text(state.step.learned, "bold green"), (0, 2)),
        labelled("See", Text(ours), "bold"),
        labelled("Next", Text(onward(state)), "bold cyan"),
    )


def onward(state: State) -> str:
    """How to go on from a step that passed."""
    if state.following is None:
        return "Every step is done" + (": press n." if state.keys else ".")
    step = state.steps[state.following]
    way = "Press n for step" if state.keys else "Step"
    return f"{way} {step.number}: {step.title}."


def hints_view(state: State, *, last: bool = False) -> RenderableType:
    """The hints that are open, or only the last of them."""
    numbered = list(enumerate(state.open_hints, start=1))
    total = len(state.step.hints)
    return Group(
        *(
            labelled("Hint", Text(f"{hint} ({number} of {total})"), "bold yellow")
            for number, hint in numbered[-1 if last else 0 :]
        )
    )


def text_view(text: str, glyphs: Glyphs) -> RenderableType:
    """A lesson, or the page that closes the kata."""
    return Text(render_pages.spoken(text)) if glyphs.plain else render_pages.LessonView(text)


def end_view(material: Material, glyphs: Glyphs) -> RenderableType:
    """What a learner reads when every step is done."""
    return Group(
        Padding(Text("All steps are done. Well done!", "bold green"), (0, 2)),
        labelled("Next", Text(f"Press q and type  {printable(material.quiz)}"), "bold cyan"),
        text_view(material.closing, glyphs),
    )


def solution_view(state: State, material: Material, glyphs: Glyphs) -> RenderableType:
    """The step's solution, and where it is."""
    view = render_pages.solution_view(state.step, material.solution, glyphs)
    return Group(view, labelled("File", Text(printable(material.solution_file)), "bold"))


def list_view(state: State, glyphs: Glyphs) -> RenderableType:
    """All steps, and which is watched."""
    parts: list[RenderableType] = [
        Padding(render.progress_bar(len(state.done), len(state.steps), glyphs), (0, 1)),
        Text(),
    ]
    for index, step in enumerate(state.steps):
        done = step.name in state.done
        word, style = render.WORDS[Status.PASSED] if done else ("to do", "cyan")
        sign = glyphs.marks[Status.PASSED] if done else glyphs.to_do
        here = glyphs.arrow if index == state.index else " "
        line = Text(f" {here} ", "bold").append(f"{sign} {word:8} ", style)
        line.append(f"{step.number}  {step.title}", "default not bold")
        parts.append(line.append(past_of(step, state), "dim not bold"))
    return Group(*parts)


def past_of(step: Step, state: State) -> str:
    """What there is to say of a step's past."""
    hints = state.hints.get(step.name, 0)
    used = f"{hints} of {len(step.hints)} hints used" if hints else ""
    lost = "passed before" if step.name in state.once - state.done else ""
    told = ", ".join(filter(None, (lost, used)))
    return f"  ({told})" if told else ""


def question_view(state: State, material: Material) -> RenderableType:
    """A question before something is done that one may regret."""
    assert state.page in QUESTIONS
    if state.page is Page.ASK_RESET:
        text = (
            f"Begin step {state.step.number} anew? The starter is put into {material.file}; "
            "your file is kept beside it."
        )
    else:
        text = f"Step {state.step.number} has not passed yet. Look at its solution all the same?"
    return Padding(Text(printable(text), "bold"), (0, 2))
