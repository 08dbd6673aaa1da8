"""The kata as data: its steps, in order, with everything that their folders say."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, UnusableInput
from checker.invocation import COMMAND

PACKAGE = Path(__file__).resolve().parent
# An installed package carries the kata inside; a checkout has it beside the package.
ROOT = PACKAGE / "kata" if (PACKAGE / "kata").is_dir() else PACKAGE.parent
STEPS = ROOT / "steps"
SOLUTIONS = ROOT / "solutions"
CLOSING = STEPS / "closing.md"  # the page after the last step
SUITES = ROOT / "tests" / "steps"


class Level(StrEnum):
    """How hard a question of the quiz is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True)
class Step:
    """One step, as its `step.toml` describes it.

    `before` is the solution of the step before it, as text.
    """

    folder: Path
    before: str
    title: str
    goal: str
    learned: str
    why: str
    points: int
    gap: str
    hints: tuple[str, ...]
    traps: tuple[str, ...]

    @property
    def name(self) -> str:
        """`step3` for the folder `step3_fetch_users`."""
        return self.folder.name.partition("_")[0]

    @property
    def number(self) -> int:
        """3 for `step3`."""
        return int(self.name.removeprefix("step"))

    @property
    def starter(self) -> bytes:
        """What a learner begins with: the solution before it, and the gap.

        It is put together here, because a learner may work in the very folder of the step.
        """
        return f"{self.before}{self.gap}".encode()

    @property
    def solution(self) -> Path:
        """The file that solves the step."""
        return SOLUTIONS / self.folder.name / "main.py"

    @property
    def suite(self) -> Path:
        """The pytest file that judges the step."""
        return SUITES / f"test_{self.name}.py"


def load_steps(folder: Path = STEPS) -> tuple[Step, ...]:
    """All steps in order; raises `CheckerError` naming every problem of their `step.toml`s."""
    steps, problems = [], []
    before = ""
    for path in sorted(folder.glob("step*/step.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: {error}")
            continue
        found = list(step_problems(table))
        problems += [f"{path}: {problem}" for problem in found]
        if not found:
            steps.append(step_from(path.parent, before, table))
            before = read_text(steps[-1].solution)
    if not steps and not problems:
        problems.append(f"{folder}: there are no steps")
    if problems:
        raise CheckerError("The kata is damaged: " + "; ".join(problems) + ". Install it again.")
    return tuple(sorted(steps, key=lambda step: step.number))


def read_text(path: Path) -> str:
    """The text of a file; empty if there is none, which `verify` tells."""
    return path.read_text("utf-8") if path.is_file() else ""


def step_from(folder: Path, before: str, table: dict[str, Any]) -> Step:
    """The step that a sound `step.toml` describes."""
    lists = {name: tuple(table[name]) for name in ("hints", "traps")}
    return Step(folder=folder, before=before, **(table | lists))


def step_problems(table: dict[str, Any]) -> list[str]:
    """What is wrong with the contents of a `step.toml`; nothing if it is sound."""
    wanted: dict[str, type] = {
        field.name: {"points": int, "hints": list, "traps": list}.get(field.name, str)
        for field in fields(Step)
        if field.name not in ("folder", "before")
    }
    problems = field_problems(table, wanted)
    if isinstance(table.get("hints"), list) and len(table["hints"]) != 3:
        problems.append("there are not three hints")
    return problems


def field_problems(
    table: Mapping[str, Any], wanted: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> list[str]:
    """The fields of a table that are missing, not known, or not of the wanted type."""
    known = {**wanted, **(optional or {})}
    problems = [f"{name} is missing" for name in wanted.keys() - table.keys()]
    problems += [f"{name} is not known" for name in table.keys() - known.keys()]
    problems += [
        f"{name} is not {known[name].__name__}"
        for name in known.keys() & table.keys()
        if not isinstance(table[name], known[name])
    ]
    return sorted(problems)


def find_step(word: str, steps: tuple[Step, ...], commands: Iterable[str] = ()) -> Step:
    """The step that a user means by `step3`, `3` or `step3_fetch_users`.

    Where a command could stand as well, `commands` are those that may have been meant.
    """
    plain = re.sub(r"[\s-]", "", word.lower().rstrip("/\\"))
    for step in steps:
        if plain in (step.name, str(step.number), step.folder.name):
            return step
    names = [name for step in steps for name in (step.name, step.folder.name)]
    # The number of a step that there is not was not mistyped.
    numbered = re.fullmatch(r"(step)?\d+", plain)
    near = [] if numbered else get_close_matches(plain, [*commands, *names], n=1)
    kind = "command or step" if commands and not numbered else "step"
    meant = f"did you mean {near[0]}?" if near else "the steps are " + ", ".join(names[::2]) + "."
    if commands and not near and not numbered:
        meant += f" The commands are listed by  {COMMAND} --help"
    raise UnusableInput(f"There is no {kind} {word[:60]!r}: {meant}")
