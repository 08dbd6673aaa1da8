"""The text of a learner's file, analysed without running it."""

import ast
import codecs
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cached_property

from checker.results import Location
from checker.workspace import FILE

TODO = "TODO"
# More parts than any honest file has: rules that compare each with each other would take long.
MOST_NODES = 3000
# How much of a piece is read to quote it: more lines and bytes than a quotation can show.
MOST_QUOTED = 100
LONGEST_QUOTED = 4000


class Source:
    """A learner's file: its bytes, its lines, and its tree where it can be parsed."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def encoding(self) -> str:
        """The name of the codec that Python reads the file with; that of UTF-8 if there is none."""
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(self.data).readline)
            return codecs.lookup(encoding).name
        except (SyntaxError, LookupError, ValueError):
            return "utf-8"

    @cached_property
    def text(self) -> str:
        """The file as text; what cannot be decoded is replaced."""
        try:
            text = self.data.decode(self.encoding.replace("_", "-"), "replace")
        except (LookupError, ValueError):  # no encoding of texts
            text = self.data.decode("utf-8", "replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, cut where Python cuts them."""
        return self.text.removesuffix("\n").split("\n")

    @cached_property
    def tree(self) -> ast.Module | None:
        """The syntax tree, if there is one."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the file."""
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree; none if the file cannot be parsed."""
        return tuple(ast.walk(self.tree)) if self.tree else ()

    @property
    def is_overgrown(self) -> bool:
        """Whether the file has far more parts than a step needs, so that no rule looks at it."""
        return len(self.nodes) > MOST_NODES

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the file itself gives, at any depth; imported ones are others' names."""
        own = (node for node in self.nodes if not isinstance(node, (ast.Import, ast.ImportFrom)))
        return frozenset(name for node in own for name in bound_by(node))

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that the file imports."""
        imports = (n for n in self.nodes if isinstance(n, (ast.Import, ast.ImportFrom)))
        return frozenset(name for node in imports for name in bound_by(node))

    @cached_property
    def bindings(self) -> tuple[tuple[str, Location], ...]:
        """Every name that the file binds, with the place, in the order of the lines."""
        found = [(name, location(node)) for node in self.nodes for name in bound_by(node)]
        return tuple(sorted(found, key=lambda item: item[1].line))

    def binding(self, name: str) -> Location | None:
        """Where `name` is bound, the last time."""
        return next((place for bound, place in reversed(self.bindings) if bound == name), None)

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions of the file by name; the last of those with one name."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        found = [node for node in self.nodes if isinstance(node, kinds)]
        return {node.name: node for node in sorted(found, key=lambda node: node.lineno)}

    def function(self, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function called `name`, the last one."""
        return self.functions.get(name)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """For every node the one that it belongs to."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    @cached_property
    def _functions_around(self) -> dict[ast.AST, ast.FunctionDef | ast.AsyncFunctionDef | None]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        found: dict[ast.AST, ast.FunctionDef | ast.AsyncFunctionDef | None] = {}
        for node in self.nodes:  # each comes after the one that it belongs to
            outer = self.parents.get(node)
            found[node] = outer if isinstance(outer, kinds) else found.get(outer or node)
        return found

    def function_around(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function that a node stands in, the innermost one."""
        return self._functions_around.get(node)

    def attributes(self, name: str) -> list[ast.Attribute]:
        """Every use of an attribute of that name, in the order of the lines."""
        found = [n for n in self.nodes if isinstance(n, ast.Attribute) and n.attr == name]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """What is assigned to each name, in the order of the lines."""
        found: dict[str, list[ast.expr]] = {}
        kinds = (ast.Assign, ast.AnnAssign)
        nodes = [node for node in self.nodes if isinstance(node, kinds) and node.value]
        for node in sorted(nodes, key=lambda node: node.lineno):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and node.value:
                    found.setdefault(target.id, []).append(node.value)
        return found

    def values(self, name: str) -> list[ast.expr]:
        """What is assigned to a name, in the order of the lines."""
        return self.assigned.get(name, [])

    def string_with(self, text: str) -> Location | None:
        """The line of a string that holds a text; one that is it, or looks like SQL, first."""
        strings = (
            n for n in self.nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
        holding = [node for node in strings if text in str(node.value)]
        if not holding:
            return None
        best = min(
            holding,
            key=lambda node: (
                node.value != text,
                not re.search(r"(?i)select|from", str(node.value)),
            ),
        )
        # A text may have several lines, or be put together of several.
        for number in range(best.lineno, (best.end_lineno or best.lineno) + 1):
            if text in self.lines[number - 1]:
                return Location(FILE, number, self.lines[number - 1].index(text) + 1)
        return Location(FILE, best.lineno, best.col_offset + 1)

    def quote(self, node: ast.expr) -> str:
        """A piece of the file as the learner wrote it, on one line and not too long."""
        first, end = node.lineno - 1, node.end_lineno or node.lineno
        lines = [line.encode() for line in self.lines[first : min(end, first + MOST_QUOTED)]]
        if end == first + len(lines):
            lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        piece = b" ".join(lines)
        text = " ".join(piece[:LONGEST_QUOTED].decode("utf-8", "replace").split())
        whole = end == first + len(lines) and len(piece) <= LONGEST_QUOTED
        return text if whole and len(text) <= 60 else text[:59] + "…"

    @property
    def gap(self) -> Location | None:
        """Where the starter asks for the learner's code, if it still does."""
        for number, line in enumerate(self.lines, start=1):
            if re.match(rf"\s*#\s*{TODO}\b", line):
                return Location(FILE, number, 1)
        return None

    @property
    def end(self) -> Location:
        """The last line that holds anything."""
        filled = [number for number, line in enumerate(self.lines, start=1) if line.strip()]
        return Location(FILE, filled[-1] if filled else 1, 1)


def location(node: ast.AST) -> Location:
    """Where a node of the tree begins."""
    return Location(FILE, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


def bound_by(node: ast.AST) -> Iterator[str]:
    """The names that one node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield (alias.asname or alias.name).partition(".")[0]
