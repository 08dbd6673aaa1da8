"""What is wrong with a file, as the rules of the diagnosis see it."""

import ast

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.places import MOST_NAMES, last_return, place_of, summary
from checker.program import MISSING, Thing
from checker.results import Location
from checker.source import Source, bound_by, location
from checker.worker import Raised
from checker.workspace import FILE

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Finding:
    """Something wrong in a file: its text, the place to mark and the detail to give by default."""

    def __init__(self, source: Source, place: Location | None, detail: str | None) -> None:
        self.source = source
        self.place = place
        self.detail = detail

    def found(
        self, problem: str, fix: str | None, place: Location | ast.AST | int | None = None
    ) -> Diagnosis:
        """A diagnosis at a place, at a node of the tree, or at a line."""
        match place:
            case ast.AST():
                place = location(place)
            case int():
                place = Location(FILE, place)
        return Diagnosis(problem, fix, place or self.place, self.detail)


class WrongValue(Finding):
    """A check whose value is wrong: `about` is the name it is about, `seen` its value."""

    def __init__(self, evidence: Evidence, source: Source) -> None:
        self.evidence = evidence
        self.about = evidence.about or ""
        self.seen = evidence.seen
        self.problem = str(evidence.error).partition("\nassert ")[0]
        super().__init__(source, place_of(evidence.about, source), detail_of(evidence))

    @property
    def value(self) -> ast.expr | None:
        """What the file last assigns to the name that the check is about."""
        values = self.source.values(self.about)
        return values[-1] if values else None

    @property
    def function(self) -> Function | None:
        """The function that the check is about."""
        return self.source.function(self.about)

    @property
    def last_return(self) -> ast.AST | None:
        """Where that function hands something back, the last time; else the function itself."""
        return last_return(self.about, self.source)

    @property
    def uses(self) -> list[ast.Attribute]:
        """Where the file uses an attribute of that name, as far as rules look."""
        return self.source.attributes(self.about)[:MOST_NAMES]

    def is_thing(self, type_: str, name: str | None = None) -> bool:
        """Whether the value seen is of a type, and has a name."""
        seen = self.seen
        return isinstance(seen, Thing) and seen.type == type_ and name in (None, seen.name)


class Failure(Finding):
    """An exception of the learner's code: its kind, its text, and the line that raised it.

    `line` is 0 if none of the learner's lines raised, `name` what was not found.
    """

    def __init__(self, raised: Raised, evidence: Evidence, source: Source) -> None:
        self.raised = raised
        self.evidence = evidence
        self.kind = raised.type.rpartition(".")[2]
        self.message = raised.message.strip()
        self.name = raised.name or ""
        self.line = 0
        place = place_of(evidence.about, source)
        if raised.frames:
            self.line, column, _ = raised.frames[-1]
            place = Location(FILE, self.line, column)
        detail = f"{self.kind}: {self.message}" if self.message else self.kind
        super().__init__(source, place, detail)

    @property
    def text(self) -> str:
        """The text of the line that raised."""
        lines = self.source.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""

    def strings_in_line(self) -> list[str]:
        """The texts that stand in the line that raised."""
        return [
            node.value
            for node in self.source.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.lineno == self.line
        ]


def detail_of(evidence: Evidence) -> str | None:
    """Expected and got, in a few words."""
    if evidence.comparison:
        if {type(evidence.comparison.wanted), type(evidence.comparison.got)} == {bool}:
            return None  # a yes or no, and the problem says of what
        wanted, got = summary(evidence.comparison.wanted), summary(evidence.comparison.got)
        return f"expected {wanted} · got {got}"
    if evidence.seen is not MISSING:
        return f"got {summary(evidence.seen)}"
    return None


def names_of(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """The names that an assignment gives."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def asks_its_own(f: Finding, function: Function | None) -> Diagnosis | None:
    """A function that makes a `database` of its own and asks that one."""
    inside = ast.walk(function) if function else ()
    made = next((node for node in inside if "database" in bound_by(node)), None)
    if function is None or made is None:
        return None
    line = location(made).line
    block = isinstance(f.source.parents.get(made), ast.withitem)
    return f.found(
        f"{function.name} makes a database of its own, and asks only that one.",
        f"Write  async with database:  in line {line}."
        if block
        else f"Remove it in line {line}, so that {function.name} uses the database above.",
        made,
    )


def passed_lifespans(source: Source) -> list[ast.expr]:
    """What the file passes to FastAPI as its lifespan."""
    return [
        keyword.value
        for node in source.nodes
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "lifespan"
    ]
