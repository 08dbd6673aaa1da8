"""Where a learner would edit, and which of their names was meant."""

import ast
from difflib import get_close_matches
from typing import Any

from checker.program import Thing
from checker.results import Location
from checker.source import Source, location
from checker.workspace import FILE

# More than any honest file has; comparing each costs time.
MOST_NAMES = 300
# What one name gets in an honest file, and the queries that one call sends, are far fewer.
MOST_VALUES = 20


def place_of(name: str | None, source: Source) -> Location | None:
    """Where a learner would edit what a check is about: the name, the gap, or the end."""
    if name is None:
        return None
    uses = [location(node) for node in source.attributes(name)]
    return source.binding(name) or (uses[-1] if uses else None) or source.gap or source.end


def imports_end(source: Source) -> Location:
    """Where an import that is missing would be written: the gap, the last import, or the top."""
    imports = [n for n in source.nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
    outer = [location(node) for node in imports if source.function_around(node) is None]
    last = max(outer, key=lambda place: place.line, default=Location(FILE, 1))
    return source.gap or last


def guards(node: ast.AST) -> bool:
    """Whether a node is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and "__name__" in ast.dump(node.test)


def near_name(name: str, source: Source, *, imported: bool = False) -> str | None:
    """A name of the learner's that may be a slip for `name`, or else for one they imported."""
    own = source.names | source.imported if imported else source.names
    others = sorted(bound for bound in own if bound != name)[:MOST_NAMES]
    folded = [bound for bound in others if squeezed(bound) == squeezed(name)]
    folded.sort(key=lambda bound: bound not in source.imported if imported else False)
    # Short names such as `app` are near to too much.
    near = get_close_matches(name, others, 1, cutoff=0.75 if len(name) > 4 else 0.85)
    return next(iter(folded + near), None)


def squeezed(name: str) -> str:
    """A name without what beginners vary: case, underscores and a plural."""
    return name.lower().replace("_", "").rstrip("s")


def returned(function: ast.AST) -> list[ast.Return]:
    """The return statements of a function that give something, those of inner ones apart."""
    found: list[ast.Return] = []
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return sorted(found, key=lambda node: node.lineno)


def last_return(name: str | None, source: Source) -> ast.AST | None:
    """The last return of a function that gives something, or the function; none without one."""
    function = source.function(name or "")
    if function is None:
        return None
    statements = returned(function)
    return statements[-1] if statements else function


def summary(value: Any) -> str:
    """A value in a few words."""
    match value:
        case []:
            return "an empty list"
        case [dict() as row, *_] if isinstance(value, list):
            columns = ", ".join(map(str, row))
            return f"{len(value)} row{'s' * (len(value) != 1)} with the columns {columns}"
        case list():
            return f"a list of {len(value)} × {kind(value[0])}"
        case dict():
            return f"one row with the columns {', '.join(map(str, value))}" if value else "{}"
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def kind(value: Any) -> str:
    """The kind of a value in one word."""
    if isinstance(value, Thing):
        return value.type.rpartition(".")[2]
    return type(value).__name__
