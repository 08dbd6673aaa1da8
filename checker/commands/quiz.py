"""Ask the quiz: by single keys in a terminal, by lines without one, silently for a program."""

import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import typer
from rich.console import RenderableType
from rich.text import Text

from checker import quiz
from checker.commands.learner import Learner
from checker.errors import ExitStatus, UnusableInput
from checker.kata import Level
from checker.quiz import Answer, Question, QuizResult
from checker.render import next_lines, remark_view
from checker.render_quiz import answer_view, question_view, result_view
from checker.results import Status

LEAVE = "q"
ENTER = "\r\n"
HABIT = 1.0
"""Seconds after an answer in which Enter is its end, out of habit, and not the key to go on."""
LONGEST_LINE = 1000
LONGEST_INPUT = 64 * 1024


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    level: Level | None
    missed: bool
    seed: int
    json: bool


def ask(learner: Learner, options: Options) -> ExitStatus:
    """Ask the questions, tell the reasons, and remember what was answered right and wrong."""
    known = learner.progress.quiz if options.missed else {}
    chosen = quiz.choose(quiz.load_questions(), options.level, known)
    questions = [quiz.shuffled(question, options.seed) for question in chosen]
    if options.json:
        return tell_json(QuizResult(options.seed, read_answers(questions)))
    if not questions:
        learner.show(next_lines("Nothing was missed. Without --missed the quiz asks all again."))
        return ExitStatus.PASSED
    result = QuizResult(options.seed, Quizmaster(learner).answers_to(questions))
    learner.console.print(result_view(result, learner.glyphs), next_after(learner, result, options))
    return exit_status(result)


class Quizmaster:
    """Asks a learner, and notes each answer at once, so that nothing is lost by Ctrl-C."""

    def __init__(self, learner: Learner) -> None:
        self._console = learner.console
        self._glyphs = learner.glyphs
        self._progress = learner.progress
        # A dumb terminal, and one that is read aloud, is not called interactive.
        self._by_keys = learner.console.is_interactive and is_typed()

    def answers_to(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """The answers; questions that were left out stand at the end without one."""
        answers = [Answer(question, None) for question in questions]
        for number, question in enumerate(questions, start=1):
            view = question_view(question, number, len(questions), self._glyphs)
            self._console.print(view, end="")
            key = self._key(len(question.options))
            if key == LEAVE:
                break
            answers[number - 1] = Answer(question, question.options[int(key) - 1])
            self._note(answers[number - 1])
            self._console.print(answer_view(answers[number - 1], self._glyphs))
            if number < len(questions) and self._wants_to_leave():
                break
        return tuple(answers)

    def _key(self, options: int) -> str:
        """The number of an option, or `LEAVE`; in a terminal what is neither is asked again."""
        keys = [*map(str, range(1, options + 1)), LEAVE]
        asked = f"  Answer with 1 to {options}, or {LEAVE} to leave: "
        while True:
            # Enter alone answers nothing, and comes from the habit of typing lines.
            key = self._read(asked, deaf=math.inf)
            if key in keys:
                return key
            what = f"{key[:20]!r}" if key and key.isprintable() else "That"
            wrong = f"{what} is no answer: type 1 to {options}, or {LEAVE} to leave"
            if not is_typed():
                raise UnusableInput(f"{wrong}.")
            asked = f"  {wrong}: "

    def _read(self, asked: str, deaf: float) -> str:
        """What was typed: a key in a terminal, but no Enter for `deaf` seconds, else a line."""
        self._console.print(Text(asked), end="", soft_wrap=True)
        key = ""
        try:
            key = read_key(deaf) if self._by_keys else read_line()
        finally:  # the cursor stands behind what was asked, unless a line was typed there
            if self._by_keys or not is_typed() or not key:
                self._console.print(Text(key if key.isalnum() else ""))
        return key

    def _wants_to_leave(self) -> bool:
        """Whether to stop after an answer; only keys need a pause to read its reasons."""
        if not self._by_keys:
            return False
        asked = f"  Any key for the next question, or {LEAVE} to leave: "
        return self._read(asked, deaf=HABIT) == LEAVE

    def _note(self, answer: Answer) -> None:
        """Remember an answer; what is to be said of the file is said once."""
        self._progress.record_quiz({answer.question.id: answer.status is Status.PASSED})
        if self._progress.remark:
            self._console.print(remark_view(self._progress.remark))


def is_typed() -> bool:
    """Whether standard input is a terminal, at which somebody types."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_key(deaf: float) -> str:
    """One key, but no Enter for `deaf` seconds.

    Ctrl-D leaves, Ctrl-C interrupts, and the terminal is as it was after each.
    """
    begin = time.monotonic()
    try:
        while True:
            key = typer.getchar().lower() or LEAVE  # nothing comes from a terminal that was closed
            if key not in ENTER or time.monotonic() - begin > deaf:
                return key.rstrip(ENTER) or key  # keys that come together are read together
    except EOFError:
        return LEAVE


def read_line() -> str:
    """One line of standard input, in small letters."""
    line = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST_LINE)
    if not line:
        raise UnusableInput(
            "Standard input ended before the quiz did: type one line for each question, the "
            f"number of an option, or {LEAVE} to leave. What you answered is remembered."
        )
    return line.decode(errors="replace").strip().lower()


def read_answers(questions: Sequence[Question]) -> tuple[Answer, ...]:
    """The answers that a program gives: a line a question; an empty or missing line is none."""
    data = b"" if sys.stdin is None or is_typed() else sys.stdin.buffer.read(LONGEST_INPUT)
    lines = data.decode(errors="replace").rstrip().splitlines()
    if len(lines) > len(questions):
        raise UnusableInput(
            f"There are {len(lines)} answers to {len(questions)} questions: "
            "write one line a question, the number of an option."
        )
    lines += [""] * (len(questions) - len(lines))
    return tuple(
        Answer(question, option_in(line.strip(), number, question))
        for number, (line, question) in enumerate(zip(lines, questions, strict=True), start=1)
    )


def option_in(line: str, number: int, question: Question) -> quiz.Option | None:
    """The option that a line names."""
    options = {str(key): option for key, option in enumerate(question.options, start=1)}
    if line and line not in options:
        raise UnusableInput(
            f"Line {number} of standard input is {line[:20]!a}: "
            f"write the number of an option, 1 to {len(options)}, or leave the line empty."
        )
    return options.get(line)


def tell_json(result: QuizResult) -> ExitStatus:
    """Print the result for a program."""
    sys.stdout.write(json.dumps(result.to_json(), indent=1) + "\n")
    return exit_status(result)


def exit_status(result: QuizResult) -> ExitStatus:
    """Passed if every question was answered right."""
    return ExitStatus.PASSED if result.status is Status.PASSED else ExitStatus.FAILED


def next_after(learner: Learner, result: QuizResult, options: Options) -> RenderableType:
    """What to type next."""
    if result.status is Status.PASSED:
        return next_lines("Every answer was right. Well done!")
    level = ["--level", options.level] if options.level else []
    return next_lines(learner.command("quiz", "--missed", *level))
