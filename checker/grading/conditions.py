"""With what a class is judged: the kata, an instructor's suites, limits, isolation and seed."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checker import __version__
from checker.errors import CheckerError, UnusableInput
from checker.examiner import Check, collect
from checker.grading.entries import STEP_FOLDER
from checker.grading.model import Suite, SuiteCheck
from checker.kata import PACKAGE, STEPS, SUITES, Step
from checker.results import KATA, Isolation
from checker.sandbox import Limits

LIBRARIES = ("fastapi", "starlette", "databases", "sqlalchemy", "aiosqlite", "pytest")


@dataclass(frozen=True)
class Conditions:
    """Everything but the submissions that a verdict depends on.

    `more_suites` holds an instructor's pytest files, by name, as text: `test_step3_more.py`
    belongs to step 3.
    """

    isolation: Isolation
    limits: Limits
    seed: int
    more_suites: Mapping[str, str]
    kata: str = KATA

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Conditions":
        """The conditions that `to_json` made this document of."""
        parts = {
            "isolation": Isolation(document["isolation"]),
            "limits": Limits(**document["limits"]),
        }
        return cls(**document | parts)

    def to_json(self) -> dict[str, Any]:
        """The conditions as a JSON document, fit to be sent to another machine."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """A number that changes with whatever may change a verdict."""
        digest = hashlib.sha256()
        judged_with = {**self.to_json(), "versions": versions(), "files": file_digests()}
        digest.update(json.dumps(judged_with, sort_keys=True).encode())
        return digest.hexdigest()


def versions() -> dict[str, str]:
    """The versions of Python, of this package and of the libraries that a verdict rests on."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, "checker": __version__} | {name: version(name) for name in LIBRARIES}


def file_digests() -> str:
    """A number that changes with any file of this package, of the steps, and of their suites."""
    digest = hashlib.sha256()
    for folder, pattern in ((PACKAGE, "*.py"), (STEPS, "*.toml"), (SUITES, "*.py")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_suites(folder: Path, steps: Sequence[Step]) -> dict[str, str]:
    """An instructor's suites in a folder; raises `UnusableInput` if they are none."""
    if folder.is_file():
        raise UnusableInput(f"{str(folder)!r} is a file: name the folder that it lies in.")
    if not folder.exists():
        raise UnusableInput(f"There is no folder {str(folder)!r}: name one that holds your suites.")
    found = {}
    for path in sorted(folder.glob("test_*.py")):
        try:
            found[path.name] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise UnusableInput(
                f"The suite {str(path)!r} cannot be read ({why}): put a text file in its place."
            ) from error
    if not found:
        raise UnusableInput(
            f"There are no suites in {str(folder)!r}: put pytest files named test_step1.py, "
            "test_step1_more.py and so on there."
        )
    for name in found:
        step_of(name, steps)
    return found


def step_of(name: str, steps: Sequence[Step]) -> Step:
    """The step that a suite belongs to by its name; raises `UnusableInput` if there is none."""
    named = STEP_FOLDER.fullmatch(name.removeprefix("test_").removesuffix(".py"))
    for step in steps:
        if named and step.number == int(named[1]):
            return step
    raise UnusableInput(f"The suite {name!r} belongs to no step: call it test_step1.py or so.")


def written(suites: Mapping[str, str], folder: Path, steps: Sequence[Step]) -> dict[Path, Step]:
    """Suites written to a folder, where pytest can read them, each with its step."""
    placed = {}
    for name, text in suites.items():
        path = folder.resolve() / name
        path.write_text(text, "utf-8")
        placed[path] = step_of(name, steps)
    return placed


def describe_suites(steps: Sequence[Step], more: Mapping[Path, Step]) -> tuple[Suite, ...]:
    """The suites of all steps; raises `UnusableInput` if one of an instructor's is of no use."""
    try:
        collected = collect(steps, more)
    except CheckerError as error:
        if not more:
            raise
        raise UnusableInput(str(error)) from error
    return tuple(suite_of(step, tuple(described(collected[step.name]))) for step in steps)


def suite_of(step: Step, checks: tuple[SuiteCheck, ...]) -> Suite:
    """The suite of a step."""
    return Suite(step.name, step.title, sum(check.max_score for check in checks), checks)


def described(checks: Sequence[Check]) -> Iterator[SuiteCheck]:
    """What reports say about checks."""
    for check in checks:
        yield SuiteCheck(check.id, check.title, check.points, check.hidden)
