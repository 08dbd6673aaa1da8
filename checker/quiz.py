"""The quiz as data and arithmetic: its questions, the choice among them, and the score."""

import random
import re
import textwrap
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from checker.errors import CheckerError
from checker.kata import STEPS, Level, field_problems
from checker.results import KATA, SCHEMA, Status

FILE = STEPS / "quiz.toml"
SNIPPET = "# snippet"  # the line of a proof that stands for the question's snippet


@dataclass(frozen=True)
class Option:
    """One answer to choose, and why it is right or wrong.

    `holds` is an expression that is true after the question's proof if the answer is right.
    """

    text: str
    why: str
    right: bool = False
    holds: str = ""


@dataclass(frozen=True)
class Question:
    """One question, as `quiz.toml` describes it.

    `proof` is a program whose outcome tells the right option from the others.
    """

    id: str
    level: Level
    step: str
    question: str
    remember: str
    options: tuple[Option, ...]
    snippet: str = ""
    proof: str = ""

    @property
    def right(self) -> Option:
        """The right option."""
        return next(option for option in self.options if option.right)

    @property
    def program(self) -> str:
        """The proof, with the snippet in the place that is kept for it."""
        return re.sub(
            rf"^( *){SNIPPET}$",
            lambda line: textwrap.indent(self.snippet.rstrip(), line[1]),
            self.proof,
            flags=re.MULTILINE,
        )


@dataclass(frozen=True)
class Answer:
    """What was answered to a question: one of its options, or nothing."""

    question: Question
    chosen: Option | None

    @property
    def status(self) -> Status:
        """Passed if right, failed if wrong, skipped if there was no answer."""
        if self.chosen is None:
            return Status.SKIPPED
        return Status.PASSED if self.chosen.right else Status.FAILED


@dataclass(frozen=True)
class QuizResult:
    """The answers to all questions that were to be asked, in the order of asking."""

    seed: int
    answers: tuple[Answer, ...]

    @property
    def status(self) -> Status:
        """Passed if every question was answered right."""
        right = all(answer.status is Status.PASSED for answer in self.answers)
        return Status.PASSED if right else Status.FAILED

    @property
    def missed(self) -> tuple[Answer, ...]:
        """The wrong answers."""
        return tuple(answer for answer in self.answers if answer.status is Status.FAILED)

    def score(self, *levels: Level) -> tuple[int, int]:
        """How many questions of these levels were answered right, and how many there were."""
        of_levels = [answer for answer in self.answers if answer.question.level in levels]
        return sum(answer.status is Status.PASSED for answer in of_levels), len(of_levels)

    def was_asked(self, level: Level) -> bool:
        """Whether any question of the level was answered."""
        answered = (answer for answer in self.answers if answer.chosen)
        return any(answer.question.level is level for answer in answered)

    def to_json(self) -> dict[str, Any]:
        """The result as one JSON document: the questions as asked, the answers counted from 1."""
        score, max_score = self.score(*Level)
        levels = {level: self.score(level) for level in Level}
        return {
            "schema": SCHEMA,
            "kata": KATA,
            "seed": self.seed,
            "status": self.status,
            "score": score,
            "max_score": max_score,
            "levels": {
                level: {"score": right, "max_score": asked}
                for level, (right, asked) in levels.items()
                if asked
            },
            "questions": [answer_to_json(answer) for answer in self.answers],
        }


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """One question with its options as they were shown, and what was answered."""
    options = answer.question.options
    document = asdict(answer.question)
    del document["proof"]
    document["options"] = [
        {"text": option.text, "right": option.right, "why": option.why} for option in options
    ]
    chosen = options.index(answer.chosen) + 1 if answer.chosen else None
    return document | {"answer": chosen, "status": answer.status}


def choose(
    questions: Iterable[Question], level: Level | None, known: Mapping[str, bool]
) -> tuple[Question, ...]:
    """The questions of a level, or of all, without those that were answered right."""
    return tuple(
        question
        for question in questions
        if level in (None, question.level) and not known.get(question.id)
    )


def shuffled(question: Question, seed: int) -> Question:
    """A question with its options in an order that depends on the seed and the question alone."""
    order = random.Random(f"{seed} {question.id}")  # noqa: S311 # no secret
    return replace(question, options=tuple(order.sample(question.options, len(question.options))))


def load_questions(path: Path = FILE) -> tuple[Question, ...]:
    """All questions, easy ones first; raises `CheckerError` naming every problem of the file."""
    questions, problems = read_questions(path)
    if problems:
        raise CheckerError("The quiz is damaged: " + "; ".join(problems) + ". Install it again.")
    levels = list(Level)
    return tuple(sorted(questions, key=lambda question: levels.index(question.level)))


def read_questions(path: Path = FILE) -> tuple[list[Question], list[str]]:
    """The sound questions of a file, and the problems of the others."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [], [f"{path.name}: {error}"]
    questions, problems = [], []
    asked = tables.get("question")
    if not isinstance(asked, list) or not asked:
        return [], [f"{path.name}: there are no questions"]
    for number, table in enumerate(asked, start=1):
        found = question_problems(table, path.parent)
        name = table.get("id", number) if isinstance(table, dict) else number
        problems += [f"{path.name}, question {name}: {problem}" for problem in found]
        if not found:
            questions.append(question_from(table))
    ids = [question.id for question in questions]
    problems += [f"{path.name}: the id {id} is used twice" for id in sorted(twice(ids))]
    return questions, problems


def twice(words: Sequence[str]) -> set[str]:
    """The words that are there more than once."""
    return {word for word in words if words.count(word) > 1}


def question_from(table: dict[str, Any]) -> Question:
    """The question that a sound table describes."""
    options = tuple(Option(**option) for option in table["options"])
    return Question(**table | {"level": Level(table["level"]), "options": options})


def question_problems(table: Any, steps: Path) -> list[str]:
    """What is wrong with a question's table; nothing if it is sound."""
    if not isinstance(table, dict):
        return ["it is not a table"]
    wanted = dict.fromkeys(("id", "level", "step", "question", "remember"), str)
    more = {"snippet": str, "proof": str}
    problems = field_problems(table, wanted | {"options": list}, more)
    if problems:
        return problems
    if table["level"] not in list(Level):
        problems.append(f"the level {table['level']!r} is none of {', '.join(Level)}")
    if not re.fullmatch(r"step\d+", table["step"]) or not [*steps.glob(f"{table['step']}_*/")]:
        problems.append(f"there is no step {table['step']!r}")
    if SNIPPET not in table.get("proof", SNIPPET) and table.get("snippet"):
        problems.append(f"the proof has no line {SNIPPET}")
    return problems + options_problems(table["options"], proven=bool(table.get("proof")))


def options_problems(options: list[Any], *, proven: bool) -> list[str]:
    """What is wrong with a question's options; those of a proven question say when they hold."""
    wanted = dict.fromkeys(("text", "why", *(["holds"] if proven else [])), str)
    problems = []
    for number, option in enumerate(options, start=1):
        found = (
            field_problems(option, wanted, {"right": bool})
            if isinstance(option, dict)
            else ["it is not a table"]
        )
        problems += [f"option {number}: {problem}" for problem in found]
    if problems:
        return problems
    if not 3 <= len(options) <= 4:
        problems.append("there are not three or four options")
    if sum(option.get("right", False) for option in options) != 1:
        problems.append("there is not exactly one right option")
    if twice([option["text"] for option in options]):
        problems.append("two options are the same")
    return problems
