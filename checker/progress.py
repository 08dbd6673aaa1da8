"""What a learner has done so far, kept in one small file of the workspace."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from checker.files import replace_file
from checker.results import KATA, Location, Status, StepResult
from checker.workspace import FILE as SOURCE
from checker.workspace import NoSource, read_source

FILE = ".kata-progress.json"
SCHEMA = 2


class State(StrEnum):
    """How far a learner is with one step."""

    OPEN = "open"
    PASSED = "passed"
    BROKEN = "passed before, fails now"


@dataclass(frozen=True)
class StepProgress:
    """What is remembered of one step.

    `hints` is how many tiers were shown; `problem` the place of the problem told last.
    """

    state: State = State.OPEN
    hints: int = 0
    problem: Location | None = None

    def after(self, result: StepResult) -> "StepProgress":
        """The same step after it was checked once more."""
        check = result.first_problem
        if check is None:
            return replace(self, state=State.PASSED, problem=None)
        state = State.OPEN if self.state is State.OPEN else State.BROKEN
        return replace(self, state=state, problem=check.location)


@dataclass(frozen=True)
class Notes:
    """All that the file says: each step's progress, the step checked or reset last, the quiz."""

    latest: str | None = None
    steps: Mapping[str, StepProgress] = field(default_factory=dict)
    quiz: Mapping[str, bool] = field(default_factory=dict)

    def of(self, name: str) -> StepProgress:
        """The progress of the step `name`."""
        return self.steps.get(name, StepProgress())

    def with_step(self, name: str, progress: StepProgress) -> "Notes":
        """The same notes with another progress of one step."""
        return replace(self, steps={**self.steps, name: progress})


class Progress:
    """A learner's progress with the steps named in `names`; read once, saved at each change.

    With `save=False`, or when the file cannot be written, changes are kept in memory only.
    `remark` is a sentence for the learner about what the last change did to the file, if it did
    anything but save it.
    """

    def __init__(self, folder: Path, names: Iterable[str], *, save: bool = True) -> None:
        self._path = folder / FILE
        self._names = tuple(names)
        self._save = save
        self.remark = ""
        self._notes, _ = read_notes(self._path)

    @property
    def done(self) -> frozenset[str]:
        """The steps that passed when they were last checked."""
        return frozenset(name for name in self._names if self.of(name).state is State.PASSED)

    @property
    def latest(self) -> str | None:
        """The step that was checked or reset last."""
        return self._notes.latest if self._notes.latest in self._names else None

    @property
    def current(self) -> str:
        """The step to work on: the latest, or, once it passed, the next that has not.

        To look at another step (its lesson, its hints, its file) does not change it.
        """
        latest = self.latest or self._names[0]
        start = self._names.index(latest)
        in_turn = [*self._names[start:], *self._names[:start]]
        return next((name for name in in_turn if name not in self.done), latest)

    @property
    def quiz(self) -> Mapping[str, bool]:
        """For each question that was asked, by its id, whether the last answer was right."""
        return self._notes.quiz

    def of(self, name: str) -> StepProgress:
        """What is remembered of the step `name`."""
        return self._notes.of(name)

    def record(self, results: Iterable[StepResult]) -> bool:
        """Take note of results; a step checked alone is the latest.

        A result for which the checker is at fault says nothing about the learner.

        Like every other method that records, it returns whether the change could be saved.
        """
        told = [result for result in results if result.status is not Status.ERROR]

        def edit(notes: Notes) -> Notes:
            for result in told:
                before = notes.of(result.step)
                notes = notes.with_step(result.step, before.after(result))
            return replace(notes, latest=told[0].step) if len(told) == 1 else notes

        return self._change(edit)

    def record_hints(self, name: str, hints: int) -> bool:
        """Take note that so many hints of a step were shown."""

        def edit(notes: Notes) -> Notes:
            before = notes.of(name)
            seen = replace(before, hints=max(hints, before.hints))
            return notes.with_step(name, seen)

        return self._change(edit)

    def record_reset(self, name: str) -> bool:
        """Take note that a step starts anew; that it passed before and its hints stay known."""

        def edit(notes: Notes) -> Notes:
            before = notes.of(name)
            state = State.OPEN if before.state is State.OPEN else State.BROKEN
            fresh = replace(before, state=state, problem=None)
            return replace(notes.with_step(name, fresh), latest=name)

        return self._change(edit)

    def record_quiz(self, answers: Mapping[str, bool]) -> bool:
        """Take note of answers: for the id of each question, whether it was answered right."""
        return self._change(lambda notes: replace(notes, quiz={**notes.quiz, **answers}))

    def _change(self, edit: Callable[[Notes], Notes]) -> bool:
        """Change the notes and save them, starting from what another window may have saved."""
        self.remark = ""
        if not self._save:
            self._notes = edit(self._notes)
            return True
        before, fault = read_notes(self._path)
        self._notes = edit(before)
        if self._notes == before and not fault:
            return True
        try:
            kept = replace_file(self._path, to_text(self._notes).encode(), keep=bool(fault))
        except OSError as error:
            self._save = False
            folder = self._path.parent.resolve()
            self.remark = (
                f"Your progress cannot be saved in {folder} ({error.strerror}): "
                "check its permissions and the free space of the disk."
            )
            return False
        if kept:
            self.remark = f"The progress file {fault}, so a new one was begun; it is kept as {kept}"
        return True


def read_notes(path: Path) -> tuple[Notes, str]:
    """The notes in the file at `path`, and what is wrong with it: nothing if there is no file."""
    try:
        return from_document(json.loads(read_source(path)))
    except NoSource:
        return Notes(), "cannot be read" if os.path.lexists(path) else ""
    except (ValueError, RecursionError):
        return Notes(), "is damaged"


def from_document(document: object) -> tuple[Notes, str]:
    """The notes that a JSON document of schema 1 or 2 holds; raises `ValueError` if damaged."""
    match document:
        case {"kata": str(kata), "schema": int(schema)} if kata == KATA:
            pass
        case _:
            return Notes(), "belongs to something else"
    match document:
        case {"schema": 1, "done": [*names]}:
            passed = StepProgress(State.PASSED)
            return Notes(steps={name: passed for name in names if isinstance(name, str)}), ""
        case {"schema": 2, "latest": str() | None as latest, "steps": dict(steps), "quiz": quiz}:
            known = {name: step_from(entry) for name, entry in steps.items()}
            return Notes(latest, known, quiz_from(quiz)), ""
    return Notes(), "was written by a newer version" if schema > SCHEMA else "is damaged"


def step_from(entry: object) -> StepProgress:
    """The progress of one step; raises `ValueError` if it is none."""
    match entry:
        case {"state": str(state), "hints": int(hints), "problem": problem} if 0 <= hints <= 3:
            return StepProgress(State(state), hints, place_from(problem))
    raise ValueError(entry)


def place_from(entry: object) -> Location | None:
    """A place in the learner's file; raises `ValueError` if it is none."""
    match entry:
        case None:
            return None
        case {"line": int(line), "column": int(column)} if line > 0 and column > 0:
            return Location(SOURCE, line, column)
    raise ValueError(entry)


def quiz_from(entry: object) -> dict[str, bool]:
    """The answers to the quiz; raises `ValueError` if they are none."""
    if isinstance(entry, dict) and all(isinstance(right, bool) for right in entry.values()):
        return entry
    raise ValueError(entry)


def to_text(notes: Notes) -> str:
    """The file's text, made to be read by a person, too."""
    head: dict[str, Any] = {"schema": SCHEMA, "kata": KATA}
    return json.dumps(head | asdict(notes), indent=1, ensure_ascii=False) + "\n"
