"""What a person sees of the quiz: a question, the answer with its reasons, the score."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from checker.kata import Level
from checker.quiz import Answer, Option, Question, QuizResult
from checker.render import Glyphs, heading, labelled, progress_bar
from checker.results import Status


def question_view(question: Question, number: int, count: int, glyphs: Glyphs) -> RenderableType:
    """A question with its snippet and its numbered options."""
    about = f"Quiz {glyphs.dot} {question.level} {glyphs.dot} {question.step}"
    parts: list[RenderableType] = [
        heading(about, f"question {number} of {count}"),
        Text(),
        Padding(Text(question.question.strip(), "bold"), (0, 2)),
        Text(),
    ]
    if question.snippet:
        parts += [snippet_view(question.snippet, glyphs), Text()]
    options = keyed_view([Text(option.text) for option in question.options])
    return Group(Text(), *parts, options, Text())


def snippet_view(snippet: str, glyphs: Glyphs) -> RenderableType:
    """A snippet in the terminal's own colours, behind a bar."""
    code = Syntax("", "python", theme="ansi_dark").highlight(snippet.strip())
    code.rstrip()
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in code.split("\n", allow_blank=True):
        grid.add_row(Text(glyphs.bar, "dim"), line)
    return Padding(grid, (0, 2))


def keyed_view(texts: Iterable[Text]) -> RenderableType:
    """Texts behind the keys that stand for them: 1), 2), and so on."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=2, no_wrap=True)
    grid.add_column(overflow="fold")
    for key, text in enumerate(texts, start=1):
        grid.add_row(Text(f"{key})", "bold cyan"), text)
    return Padding(grid, (0, 0, 0, 2))


def answer_view(answer: Answer, glyphs: Glyphs) -> RenderableType:
    """Whether the answer was right, why each option is right or wrong, what to remember."""
    options = answer.question.options
    right = options.index(answer.question.right) + 1
    passed = answer.status is Status.PASSED
    words, style = (
        ("Right.", "bold green") if passed else (f"Wrong: the answer is {right}.", "bold red")
    )
    verdict = Text(f"{glyphs.marks[answer.status]} {words}".strip(), style)
    reasons = keyed_view([option_view(option, answer.chosen) for option in options])
    remember = labelled("Remember", Text(answer.question.remember), "bold yellow")
    return Group(Text(), Padding(verdict, (0, 2)), Text(), reasons, Text(), remember, Text())


def option_view(option: Option, chosen: Option | None) -> Text:
    """An option with the reason why it is right or wrong."""
    word, style = ("right", "bold green") if option.right else ("wrong", "bold red")
    yours = ", your answer" if option == chosen else ""
    return Text.assemble((option.text, "bold"), (f" ({word}{yours})", style), "\n", option.why)


def result_view(result: QuizResult, glyphs: Glyphs) -> RenderableType:
    """The score, level by level, and what was missed with the lines to remember."""
    right, asked = result.score(*Level)
    left_out = sum(answer.status is Status.SKIPPED for answer in result.answers)
    score = f"{right} of {asked} right" + (f", {left_out} left out" if left_out else "")
    grid = Table.grid(padding=(0, 1))
    for level in Level:
        of_level, there = result.score(level)
        if result.was_asked(level):
            bar = progress_bar(of_level, there, glyphs, width=20)
            grid.add_row(Text(level, "bold"), Text(f"{of_level} of {there}"), bar)
    parts: list[RenderableType] = [
        Text(),
        heading("Quiz", score),
        Text(),
        Padding(grid, (0, 2)),
    ]
    if result.missed:
        parts += [Text(), Text("  Missed, and to remember", "bold")]
        parts += [missed_view(answer.question, glyphs) for answer in result.missed]
    return Group(*parts)


def missed_view(question: Question, glyphs: Glyphs) -> RenderableType:
    """A question that was missed, with its snippet, and the line to remember."""
    parts: list[RenderableType] = [Text(question.question.strip(), "dim")]
    if question.snippet:
        parts.append(snippet_view(question.snippet, glyphs))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    mark = Text(glyphs.marks[Status.FAILED], "bold red")
    grid.add_row(mark, Group(*parts, Text(question.remember)))
    return Padding(grid, (0, 2))
