"""From what a suite saw to what a learner reads: the problem, what to do, and the line.

`diagnose` hands the evidence of a failed check to the rules for its kind. A rule sees values
and the text of the file only; it runs nothing and decides nothing. Where no rule knows an
answer, the suite's own words are told, with the learner's line nearest to the matter.
"""

import ast

from checker.diagnosis.advice import advise
from checker.diagnosis.evidence import Comparison, Diagnosis, Evidence
from checker.diagnosis.exceptions import diagnose_exception
from checker.diagnosis.names import diagnose_missing
from checker.diagnosis.places import last_return, place_of
from checker.diagnosis.syntax import diagnose_syntax
from checker.diagnosis.values import diagnose_value
from checker.program import Forbidden, Missing
from checker.results import Limit, Location
from checker.source import Source, location
from checker.worker import (
    Ended,
    Garbled,
    LimitBroken,
    Occupied,
    Patched,
    Raised,
    TooLarge,
    WorkerLost,
)
from checker.workspace import FILE

__all__ = ["Comparison", "Diagnosis", "Evidence", "advise", "diagnose"]


def diagnose(evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of a failed check."""
    match evidence.error:
        case Raised() as raised if raised.unreadable_at:
            return diagnose_syntax(raised, source)
        case Forbidden(use=use):
            return Diagnosis(
                f"The file uses {use.what}, which {use.why}.",
                "Leave that out: no step needs it.",
                location(use.node),
            )
        case Raised(type="checker.inside.guard.Refused") as raised:
            return Diagnosis(
                f"The file looks into the program that checks it: {raised.message}.",
                "Leave that out: no step needs it.",
                Location(FILE, raised.frames[-1][0]) if raised.frames else None,
            )
        case Raised() as raised:
            return diagnose_exception(raised, evidence, source)
        case Missing() as missing:
            return diagnose_missing(missing, evidence, source)
        case WorkerLost() as lost:
            return diagnose_loss(lost, source)
        case Occupied() as occupied:
            return Diagnosis(
                "The file holds on to test.db, so it cannot be filled for this check.",
                "Commit and close the connections that you open yourself.",
                opened_itself(source),
                str(occupied),
            )
        case Patched(name=name):
            return Diagnosis(
                f"The file replaces {name}, which belongs to the library.",
                "Leave the library as it is, and call it.",
                place_of(name.rpartition(".")[2], source),
            )
        case TooLarge():
            return Diagnosis(
                f"{evidence.about or 'The program'} hands back far more than the step asks for.",
                evidence.fix,
                place_of_return(evidence.about, source),
            )
    return diagnose_value(evidence, source)


BROKEN = {
    Limit.WALL_TIME: (
        "The file was still running after {most} seconds",
        "Let every loop end, and do not start a server or wait for input in the file.",
    ),
    Limit.CPU_TIME: (
        "The file was still busy after {most} seconds of processor time",
        "Let every loop end: look at what its condition waits for.",
    ),
    Limit.MEMORY: (
        "The file used more than {size} of memory",
        "Do not build such large values, and let what grows in a loop end.",
    ),
    Limit.PROCESSES: (
        "The file started more than {most} processes and threads",
        "Start none: await what the library offers instead.",
    ),
    Limit.FILE_SIZE: (
        "The file wrote more than {size} to the disk",
        "Write less, or take the writing out of the loop.",
    ),
    Limit.OUTPUT: (
        "The file printed more than {size}",
        "Print less, or take the print out of the loop.",
    ),
}


def size_in_words(count: float) -> str:
    """A number of bytes, as a person would say it."""
    unit, power = ("MiB", 20) if count >= 1 << 20 else ("KiB", 10)
    return f"{count / (1 << power):.3g} {unit}"


def diagnose_loss(lost: WorkerLost, source: Source) -> Diagnosis:
    """The learner's code put its process out of action."""
    match lost:
        case LimitBroken(limit=limit, most=most, line=line):
            problem, fix = BROKEN[limit]
            if line and "sleep(" in "".join(source.lines[line - 1 : line]):
                fix = "Remove the sleep: nothing has to be waited for."
            allowed = problem.format(most=f"{most:g}", size=size_in_words(most))
            executing = f"; line {line} was executing" if line else ""
            return Diagnosis(
                f"{allowed}{executing}.",
                fix,
                Location(FILE, line) if line and line <= len(source.lines) else None,
            )
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


def place_of_return(name: str | None, source: Source) -> Location | None:
    """Where a function hands something back, or else where the name is given."""
    node = last_return(name, source)
    return location(node) if node else place_of(name, source)


def opened_itself(source: Source) -> Location | None:
    """Where the file opens a connection of its own."""
    uses = source.attributes("connect")
    return location(uses[0]) if uses else None


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
