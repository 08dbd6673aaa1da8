"""A check whose value is wrong, as the rules for values see it."""

import ast

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.places import place_of, summary
from checker.program import MISSING, Thing
from checker.results import Location
from checker.source import Source, location

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Finding:
    """A check whose value is wrong, with what is known about it."""

    def __init__(self, evidence: Evidence, source: Source) -> None:
        self.evidence = evidence
        self.source = source
        self.about = evidence.about or ""
        self.seen = evidence.seen
        self.problem = str(evidence.error).partition("\nassert ")[0]
        self.detail = detail_of(evidence)

    def found(
        self, problem: str, fix: str | None, place: Location | ast.AST | None = None
    ) -> Diagnosis:
        """A diagnosis; without a place, that of what the check is about."""
        if isinstance(place, ast.AST):
            place = location(place)
        return Diagnosis(problem, fix, place or place_of(self.about, self.source), self.detail)

    @property
    def value(self) -> ast.expr | None:
        """What the file last assigns to the name that the check is about."""
        values = self.source.values(self.about)
        return values[-1] if values else None

    def is_thing(self, type_: str, name: str | None = None) -> bool:
        """Whether the value seen is of a type, and has a name."""
        seen = self.seen
        return isinstance(seen, Thing) and seen.type == type_ and name in (None, seen.name)


def detail_of(evidence: Evidence) -> str | None:
    """Expected and got, in a few words."""
    if evidence.comparison:
        wanted, got = summary(evidence.comparison.wanted), summary(evidence.comparison.got)
        return f"expected {wanted} · got {got}"
    if evidence.seen is not MISSING:
        return f"got {summary(evidence.seen)}"
    return None


def names_of(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """The names that an assignment gives."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
