"""Which file of a hand-in is judged for which step, however the hand-in is laid out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from checker.grading.archives import is_archive
from checker.grading.entries import STEP_FOLDER, Entry, Unusable, is_left_out
from checker.kata import Step

STEP_FILE = re.compile(r"step[ _-]?0*(\d{1,3})(?:[ _(-].*)?\.py", re.IGNORECASE | re.DOTALL)
# The same name handed in again becomes `main-1.py` (Canvas) or `main (1).py` (browsers).
MAIN_FILE = re.compile(r"main(?:-\d+| ?\(\d+\))?\.py", re.IGNORECASE)
EVERY_STEP = 0
MOST_NAMED = 20


@dataclass(frozen=True)
class Layout:
    """The entries to judge, by step name, and remarks on what was left aside."""

    files: dict[str, Entry]
    notes: tuple[str, ...] = ()


def step_number(path: Sequence[str]) -> int | None:
    """The step that a path names; `EVERY_STEP` for a `main.py` that names none."""
    if named := STEP_FILE.fullmatch(path[-1]):
        return int(named[1])
    if not MAIN_FILE.fullmatch(path[-1]):
        return None
    folder = STEP_FOLDER.fullmatch(path[-2]) if len(path) > 1 else None
    return int(folder[1]) if folder else EVERY_STEP


def is_judged(entry: Entry) -> bool:
    """Whether an entry may be what is judged, by its name and by those of the folders above."""
    return step_number(entry.path) is not None and not any(map(is_left_out, entry.path))


def lay_out(entries: Sequence[Entry], steps: Sequence[Step]) -> Layout:
    """What to judge of a hand-in; raises `Unusable` where there is nothing, or no telling what.

    A `main.py` is judged as every step that has no folder or file of its own, if it lies above
    those of the others. Where there are several for a step, the one closest to the top is taken,
    in a folder `steps` before others.
    """
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        number = step_number(entry.path)
        if number is not None and is_judged(entry):
            found.setdefault(number, []).append(entry)
    if not found:
        raise Unusable(nothing_in(entries))
    chosen = {number: choose(several) for number, several in found.items()}
    names = {step.number: step.name for step in steps}
    files = {names[number]: entry for number, entry in chosen.items() if number in names}
    notes = []
    program = chosen.get(EVERY_STEP)
    if program and all(is_above(root(program), root(entry)) for entry in files.values()):
        without = [name for name in names.values() if name not in files]
        if files and without:
            named = ", ".join(without)
            notes.append(f"{program.shown} was judged as {named}: there is no other file.")
        files |= dict.fromkeys(without, program)
    if not files:
        raise Unusable("It holds none of the steps of this kata.")
    refuse_mixture(found, files.values())
    judged = {entry.path for entry in files.values()}
    aside = [e for several in found.values() for e in several if e.path not in judged]
    aside += archives_among(entries)
    notes += [f"{entry.shown} was left aside." for entry in aside[:MOST_NAMED]]
    if more := len(aside[MOST_NAMED:]):  # all of them may be thousands, and are in every report
        notes.append(f"and {more} more {'file was' if more == 1 else 'files were'} left aside.")
    return Layout(files, tuple(notes))


def archives_among(entries: Iterable[Entry]) -> list[Entry]:
    """The archives among the entries of a hand-in."""
    return [e for e in entries if is_archive(e.name) and not any(map(is_left_out, e.path))]


def nothing_in(entries: Sequence[Entry]) -> str:
    """Why there is nothing to judge, and what to hand in."""
    program = next((entry for entry in entries if entry.name.lower().endswith(".py")), None)
    if program:
        return f"There is nothing to judge in it: name {program.shown} main.py or stepN.py."
    return (
        "There is nothing to judge in it: hand in step folders with a main.py, files named like "
        "step1.py, or one main.py."
    )


def choose(entries: Sequence[Entry]) -> Entry:
    """The one to judge of several files for one step; raises `Unusable` if that is open."""
    first, *others = sorted(entries, key=rank)
    if others and rank(others[0]) == rank(first):
        raise no_telling(first, others[0])
    return first


def refuse_mixture(found: Mapping[int, Sequence[Entry]], files: Iterable[Entry]) -> None:
    """Raise `Unusable` if files come from two folders of which each holds what the other does."""

    def held(folder: tuple[str, ...]) -> set[int]:
        return {
            number
            for number, several in found.items()
            if any(is_above(folder, root(entry)) for entry in several)
        }

    for one, other in combinations(files, 2):
        first, second = root(one), root(other)
        apart = not (is_above(first, second) or is_above(second, first))
        if apart and held(first) & held(second):
            raise no_telling(one, other)


def root(entry: Entry) -> tuple[str, ...]:
    """The folder of the hand-in that a file belongs to: what holds `steps` or the steps."""
    folder = entry.path[:-1]
    if folder and MAIN_FILE.fullmatch(entry.name) and STEP_FOLDER.fullmatch(folder[-1]):
        folder = folder[:-1]
    return folder[:-1] if folder and folder[-1] == "steps" else folder


def is_above(folder: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a folder is another one, or holds it."""
    return other[: len(folder)] == folder


def no_telling(one: Entry, other: Entry) -> Unusable:
    """The error where either of two files may be meant."""
    return Unusable(
        f"It holds {one.shown} and {other.shown}, and there is no telling which one to "
        "judge: remove one. (If these are two people's, name the folder above them.)"
    )


def rank(entry: Entry) -> tuple[int, bool]:
    """How far a file is from where it belongs."""
    return len(entry.path), "steps" not in entry.path
