"""From what a suite saw to what a learner reads: the problem, what to do, and the line.

`diagnose` hands the evidence of a failed check to the rule for its kind. A rule sees values
and the text of the file only; it runs nothing and decides nothing.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from checker.program import MISSING, Missing, Thing
from checker.results import Advice, Limit, Location
from checker.source import Source, location
from checker.worker import (
    Ended,
    Garbled,
    LimitBroken,
    Raised,
    TooLarge,
    WorkerLost,
)
from checker.workspace import FILE


@dataclass(frozen=True)
class Comparison:
    """The two sides of the comparison that failed in the suite."""

    got: Any
    wanted: Any


@dataclass(frozen=True)
class Evidence:
    """What the suite saw when a check failed.

    `error` is what ended the check; `about` the name the check is about; `fix` what the suite
    says to do; `seen` the value that the program last gave, or `MISSING`.
    """

    error: BaseException
    about: str | None
    fix: str | None
    comparison: Comparison | None
    seen: Any


@dataclass(frozen=True)
class Diagnosis:
    """What a learner reads about a failed check."""

    problem: str
    fix: str | None = None
    location: Location | None = None
    detail: str | None = None


LIMIT_WORDS = {
    Limit.OUTPUT: (
        "The file printed more than the checker reads.",
        "Print less, or take the print out of the loop.",
    ),
}


def diagnose(evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of a failed check."""
    match evidence.error:
        case Raised() as raised if raised.unreadable_at:
            return of_syntax(raised)
        case Raised() as raised:
            return of_exception(raised, evidence, source)
        case Missing() as missing:
            return of_missing_name(missing, evidence, source)
        case WorkerLost() as lost:
            return of_lost_worker(lost, source)
        case TooLarge():
            return Diagnosis(
                f"{evidence.about} hands back far more than the step asks for.",
                evidence.fix,
                place_of(evidence.about, source),
            )
    return of_wrong_value(evidence, source)


def of_syntax(raised: Raised) -> Diagnosis:
    """Python cannot read the file."""
    assert raised.unreadable_at is not None
    place = Location(FILE, *raised.unreadable_at[:2])
    return Diagnosis(
        f"Python cannot read line {place.line}: {raised.message.partition(' (')[0]}.",
        "Correct the line that is marked, or the end of the one before it.",
        place,
        f"{raised.type}: {raised.message}",
    )


def of_exception(raised: Raised, evidence: Evidence, source: Source) -> Diagnosis:
    """The learner's code raised an exception."""
    place = place_of(evidence.about, source)
    if raised.frames:
        line, column, _ = raised.frames[-1]
        place = Location(FILE, line, column)
    detail = f"{raised.type}: {raised.message}"
    if raised.type in ("SystemExit", "KeyboardInterrupt"):
        return Diagnosis(
            "The file ends the program itself, so nothing after that line runs.",
            "Remove the call that ends the program.",
            place,
            detail,
        )
    if raised.type == "NameError" and raised.name:
        near = near_name(raised.name, source)
        return Diagnosis(
            f"The name {raised.name} is used, but nothing above gave it a value.",
            f"You have {near}: write one name in both places."
            if near
            else f"Define or import {raised.name} above this line.",
            place,
            detail,
        )
    if raised.type == "ModuleNotFoundError" and raised.name:
        near = next(iter(get_close_matches(raised.name, ("databases", "fastapi"), 1)), None)
        return Diagnosis(
            f"There is no module named {raised.name}.",
            f"Import {near} instead." if near else "Import only databases and FastAPI.",
            place,
            detail,
        )
    kind = raised.type.rpartition(".")[2]
    message = raised.message.strip().partition("\n")[0]
    return Diagnosis(
        f"{kind}: {message}" if message else f"The code stopped with {kind}.",
        "Correct the line that is marked." if raised.frames else evidence.fix,
        place,
        detail,
    )


def of_missing_name(missing: Missing, evidence: Evidence, source: Source) -> Diagnosis:
    """The program lacks a name that the step asks for."""
    if missing.name != missing.path:
        owner = missing.path.partition(".")[0]
        return Diagnosis(f"{owner} has no {missing.name}.", evidence.fix, place_of(owner, source))
    near = near_name(missing.name, source)
    if near:
        return Diagnosis(
            f"You have {near}, the step asks for {missing.name}.",
            f"Rename {near} to {missing.name}.",
            source.binding(near),
        )
    bound = source.binding(missing.name)
    problem = f"There is no {missing.name} when the file has run."
    if bound is None:
        problem = f"{missing.name} is not there yet."
    return Diagnosis(problem, evidence.fix, bound or source.gap or source.end)


def of_lost_worker(lost: WorkerLost, source: Source) -> Diagnosis:
    """The learner's code put its process out of action."""
    match lost:
        case LimitBroken(limit=Limit.WALL_TIME, line=line):
            executing = f"; line {line} was executing" if line else ""
            return Diagnosis(
                f"The file was still running when its time was up{executing}.",
                "Let every loop end, and do not start a server or wait for input in the file.",
                Location(FILE, line) if line and line <= len(source.lines) else None,
            )
        case LimitBroken(limit=limit):
            problem, fix = LIMIT_WORDS[limit]
            return Diagnosis(problem, fix)
        case Ended(status=status):
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            return Diagnosis(
                "The file ended its process before the check was done.",
                "Remove the call that ends the program.",
                ending_call(source),
                f"the process ended with {how}",
            )
        case Garbled():
            return Diagnosis(
                "The file wrote into the checker's own channel, so it cannot be judged.",
                "Use print to show something, and leave other open files alone.",
                None,
                str(lost),
            )
    return Diagnosis("The file put its process out of action.", None, None, str(lost))


def of_wrong_value(evidence: Evidence, source: Source) -> Diagnosis:
    """The program gave something other than what the check asks for."""
    problem = str(evidence.error).partition("\nassert ")[0]
    place = place_of(evidence.about, source)
    detail = None
    if evidence.comparison:
        wanted, got = summary(evidence.comparison.wanted), summary(evidence.comparison.got)
        detail = f"expected {wanted} · got {got}"
    elif evidence.seen is not MISSING:
        detail = f"got {summary(evidence.seen)}"
    if isinstance(evidence.seen, Thing) and evidence.seen.type == "coroutine":
        missing = missing_await(evidence.about, source)
        if missing:
            return Diagnosis(
                f"{evidence.about} handed back a coroutine, so the query never ran.",
                f"Put await in front of {source.quote(missing)}.",
                location(missing),
                detail,
            )
    return Diagnosis(problem, evidence.fix, place, detail)


def missing_await(function: str | None, source: Source) -> ast.Call | None:
    """The call in the function that makes a coroutine and is not awaited."""
    node = source.function(function) if function else None
    if node is None:
        return None
    awaited = {id(child.value) for child in ast.walk(node) if isinstance(child, ast.Await)}
    calls = [
        child
        for child in ast.walk(node)
        if isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and id(child) not in awaited
    ]
    return calls[0] if calls else None


def ending_call(source: Source) -> Location | None:
    """The call that ends the process, as far as its name tells."""
    for node in source.nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="_exit" | "exit" | "kill" | "abort")
                | ast.Name(id="exit" | "quit" | "_exit" | "abort")
            ):
                return location(node)
    return None


def near_name(name: str, source: Source) -> str | None:
    """A name of the learner's that may be a slip for `name`."""
    others = {bound for bound in source.names if bound != name}
    folded = [bound for bound in sorted(others) if bound.lower() == name.lower()]
    # FastAPI's `app` and other short names are near to too much.
    near = get_close_matches(name, sorted(others), 1, cutoff=0.8 if len(name) > 4 else 0.9)
    return next(iter(folded + near), None)


def place_of(name: str | None, source: Source) -> Location | None:
    """Where the learner would edit what a check is about: the name, the gap, or the end."""
    if name is None:
        return None
    return source.binding(name) or attribute(name, source) or source.gap or source.end


def attribute(name: str, source: Source) -> Location | None:
    """Where an attribute of that name is used, the last time."""
    uses = [node for node in source.nodes if isinstance(node, ast.Attribute) and node.attr == name]
    found = map(location, uses)
    return max(found, key=lambda place: place.line, default=None)


def summary(value: Any) -> str:
    """A value in a few words."""
    match value:
        case []:
            return "an empty list"
        case [dict() as row, *_] if isinstance(value, list):
            columns = ", ".join(map(str, row))
            return f"{len(value)} row{'s' * (len(value) != 1)} with the columns {columns}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "one row" if value else "an empty dict"
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def advise(warnings: list[Any]) -> Iterator[Advice]:
    """Remarks on code that passes, out of the warnings that it caused."""
    for warning in warnings:
        match warning:
            case {"category": "DeprecationWarning", "message": str(text), "line": int(line)} if (
                "on_event" in text
            ):
                yield Advice(
                    "on_event is deprecated: FastAPI now recommends lifespan, one function that "
                    "connects, yields and disconnects (see the lesson of this step).",
                    Location(FILE, line),
                )
                return
