"""Every small edit of a program that the standard `ast` module makes easy to think of."""

import ast
import copy
from collections.abc import Iterator

SWAPS = {"connect": "disconnect", "disconnect": "connect", "fetch_all": "fetch_one"}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """All mutants of a program as pairs of what was changed and the changed program."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for name, change in changes(node):
            mutant = copy.deepcopy(tree)
            change(list(ast.walk(mutant))[index])
            try:
                text = ast.unparse(ast.fix_missing_locations(mutant))
            except (AttributeError, ValueError):
                continue
            where = f"line {getattr(node, 'lineno', 1)}" if hasattr(node, "lineno") else "file"
            yield f"{where}: {name}", text + "\n"


def changes(node: ast.AST):
    """The edits of one node, as pairs of a name and a function that makes it in a copy."""
    for field in ("body", "decorator_list", "args", "keywords", "names"):
        children = getattr(node, field, None)
        if not isinstance(children, list):
            continue
        for position, child in enumerate(children):
            yield f"drop {shown(child)}", lambda n, f=field, p=position: drop(n, f, p)
        if field == "body":
            for position in range(len(children) - 1):
                pair = f"{shown(children[position])} / {shown(children[position + 1])}"
                yield f"swap {pair}", lambda n, p=position: swap(n, p)
    for field in ("value", "test"):
        child = getattr(node, field, None)
        if isinstance(child, ast.Await):
            yield f"drop await of {shown(child.value)}", lambda n, f=field: unwait(n, f)
    match node:
        case ast.Constant(value=str(text)):
            yield f"empty {text!r}", lambda n: setattr(n, "value", "")
            yield f"change {text!r}", lambda n: setattr(n, "value", n.value + "x")
            yield f"upper-case {text!r}", lambda n: setattr(n, "value", n.value.upper())
        case ast.Name(id=name):
            yield (
                f"misspell {name} {type(node.ctx).__name__}",
                lambda n: setattr(n, "id", n.id + "x"),
            )
        case ast.Attribute(attr=name):
            yield f"misspell .{name}", lambda n: setattr(n, "attr", n.attr + "x")
            if name in SWAPS:
                yield f"replace .{name}", lambda n: setattr(n, "attr", SWAPS[n.attr])
        case ast.alias(name=name):
            yield f"misspell import of {name}", lambda n: setattr(n, "name", n.name + "x")
            yield f"alias {name}", lambda n: setattr(n, "asname", "renamed")
        case ast.arg(arg=name):
            yield f"rename parameter {name}", lambda n: setattr(n, "arg", n.arg + "x")
        case ast.AsyncFunctionDef(name=name):
            yield f"rename {name}", lambda n: setattr(n, "name", n.name + "x")
            yield f"def {name}", lambda n: setattr(n, "__class__", ast.FunctionDef)
        case ast.Return(value=ast.expr()):
            yield "return nothing", lambda n: setattr(n, "value", None)
        case ast.Call(func=func):
            yield f"do not call {shown(func)}", uncall
        case ast.keyword(arg=name):
            yield f"misspell {name}=", lambda n: setattr(n, "arg", n.arg + "x")


def shown(node: ast.AST) -> str:
    """A node as text on one line, cut after 40 characters."""
    return " ".join(ast.unparse(node).split())[:40]


def drop(node: ast.AST, field: str, position: int) -> None:
    """Remove one child; an empty body passes."""
    children = getattr(node, field)
    del children[position]
    if field == "body" and not children:
        children.append(ast.Pass())


def swap(node: ast.AST, position: int) -> None:
    """Change places with the next statement."""
    body = node.body
    body[position], body[position + 1] = body[position + 1], body[position]


def unwait(node: ast.AST, field: str) -> None:
    """Remove an await."""
    setattr(node, field, getattr(node, field).value)


def uncall(node: ast.AST) -> None:
    """Leave the function of a call, without calling it."""
    node.__class__ = type(node.func)
    for field, value in list(vars(node.func).items()):
        setattr(node, field, value)
