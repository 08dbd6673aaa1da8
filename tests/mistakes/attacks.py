"""The attacks of `attacks.toml`: programs that mean harm, and what must come of them."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from checker.corpus import program_of
from checker.kata import Step, load_steps
from checker.results import Isolation, Limit, Status

DATA = Path(__file__).with_name("attacks.toml")
PLACEHOLDER = re.compile(r"<<(\w+)(?: (\d+))?(?: (.+?))?>>", re.DOTALL)


@dataclass(frozen=True)
class Attack:
    """A program with its step, and what must come of it.

    `level` is the least isolation that contains it; `program` may hold placeholders, see
    `filled_in`.
    """

    step: Step
    name: str
    kind: str
    program: str
    status: Status
    limit: Limit | None
    level: Isolation
    beside: dict[str, str] = field(default_factory=dict)


def load_attacks() -> dict[str, Attack]:
    """All attacks by their names."""
    data = tomllib.loads(DATA.read_text("utf-8"))
    steps = {step.name: step for step in load_steps()}
    bases = {base["name"]: base for base in data["base"]}
    pieces = data["pieces"]
    return {entry["name"]: attack_of(entry, steps, bases, pieces) for entry in data["attack"]}


def attack_of(entry: dict, steps: dict, bases: dict, pieces: dict) -> Attack:
    """One attack out of its entry."""
    step = steps[entry["step"]]
    case = {"edit": []} | entry
    program = case.get("before", "") + program_of(step, case, bases) + case.get("after", "")
    return Attack(
        step=step,
        name=entry["name"],
        kind=entry["kind"],
        program=filled_in(filled_in(program, pieces), pieces),
        status=Status(entry.get("status", "failed")),
        limit=Limit(entry["limit"]) if "limit" in entry else None,
        level=Isolation(entry.get("level", "process")),
        beside=entry.get("beside", {}),
    )


def filled_in(text: str, values: dict[str, str]) -> str:
    """A text with its placeholders replaced; one that is no key of `values` stays.

    `<<repeat 3 x>>` is `xxx`, `<<count 2 a%d>>` is `a0a1`, `<<stairs 2>>` is two nested blocks.
    """

    def value_of(found: re.Match[str]) -> str:
        word, number, more = found[1], int(found[2] or 0), found[3] or ""
        match word:
            case "repeat":
                return more * number
            case "count":
                return "".join(more % n for n in range(number))
            case "stairs":
                return (
                    "".join(f"{' ' * n}if 1:\n" for n in range(number)) + " " * number + "x = (\n"
                )
        return str(values.get(word, found[0]))

    return PLACEHOLDER.sub(value_of, text)
