"""The corpus: programs with what must come of them, and whether it did.

`tests/mistakes/README.md` says what a case holds. An installed package has no corpus.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import CheckerError
from checker.kata import ROOT, Step
from checker.results import Status, StepResult

CORPUS = ROOT / "tests" / "mistakes"


@dataclass(frozen=True)
class Case:
    """A program, its step, and what must come of it.

    `check` is the one that must fail first, `None` for a program that must pass; `words` must
    stand in the problem or the fix, `line` must be marked.
    """

    step: Step
    name: str
    source: bytes
    check: str | None
    words: tuple[str, ...]
    line: int | None

    def deviations(self, result: StepResult) -> list[str]:
        """What came of the program that should not have, or did not come that should have."""
        found = result.first_problem
        if self.check is None:
            return [f"fails at {found.id}: {found.problem}"] if found else []
        if found is None:
            return ["passes"]
        wrong = []
        if found.id != f"{self.step.name}.{self.check}" or found.status is not Status.FAILED:
            wrong.append(f"{found.id} is {found.status}, not {self.check} failed")
        told = f"{found.problem} {found.fix}"
        wrong += [f"{word!r} is not in {told!r}" for word in self.words if word not in told]
        line = found.location.line if found.location else None
        if self.line is not None and line != self.line:
            wrong.append(f"line {line} is marked, not {self.line}")
        return wrong


def load_cases(step: Step) -> list[Case]:
    """The cases of a step; none if there is no corpus. Raises `CheckerError` for a broken one."""
    path = CORPUS / f"{step.name}.toml"
    if not path.is_file():
        return []
    table = read(path)
    programs = {case["name"]: case for case in table["right"]}
    return [
        Case(
            step=step,
            name=case["name"],
            source=program_of(step, case, programs).encode(case.get("encoding", "utf-8")),
            check=case["check"] if kind == "mistake" else None,
            words=tuple(case.get("words", ())),
            line=case.get("line"),
        )
        for kind in ("right", "mistake")
        for case in table[kind]
    ]


def read(path: Path) -> dict[str, Any]:
    """A file of the corpus."""
    return tomllib.loads(path.read_text("utf-8"))


def program_of(step: Step, case: dict[str, Any], programs: dict[str, dict[str, Any]]) -> str:
    """The program of a case: written out, or edited from the solution or from another case."""
    if "program" in case:
        return str(case["program"])
    if "base" in case:
        text = program_of(step, programs[case["base"]], programs)
    else:
        text = step.solution.read_text("utf-8")
    for old, new in case["edit"]:
        if old not in text:
            raise CheckerError(
                f"Case {case['name']!r} of {step.name} replaces {old!r}, which does not occur."
            )
        text = text.replace(old, new)
    return text
