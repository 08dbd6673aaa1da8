"""Finds what no step needs and only an attack on the checker would use.

The learner's code runs in one interpreter with the probe that answers for it. Whoever can reach
the probe's frames, or change what the libraries are made of, can answer in its place. `inside`
keeps that from happening while the file runs; here it is read off the text before it runs, by the
names that lead there, and so is a program that is made up while it runs.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checker.source import Source

LOOKS = "looks into the program that checks it"
HIDES = "makes up a part of the program while it runs, so that nobody can read what it does"

CONCEALS = "can hide from a reader what Python reads"

MODULES = frozenset(
    {
        "_ctypes",
        "_interpchannels",
        "_interpqueues",
        "_interpreters",
        "_pytest",
        "_testcapi",
        "_testinternalcapi",
        "_xxinterpchannels",
        "_xxsubinterpreters",
        "bdb",
        "checker",
        "code",
        "codeop",
        "ctypes",
        "gc",
        "greenlet",
        "marshal",
        "pdb",
        "pluggy",
        "pytest",
        "test",
        "tracemalloc",
    }
)
NAMES = frozenset(
    {
        "DEBUG_SAVEALL",
        "StackSummary",
        "TracebackException",
        "__builtins__",
        "__closure__",
        "__code__",
        "__getattribute__",
        "__globals__",
        "__subclasses__",
        "__traceback__",
        "__wrapped__",
        "_current_exceptions",
        "_current_frames",
        "_getframe",
        "addaudithook",
        "ag_frame",
        "call_tracing",
        "capture_locals",
        "cell_contents",
        "cr_await",
        "cr_frame",
        "currentframe",
        "f_back",
        "f_builtins",
        "f_globals",
        "f_locals",
        "get_coro",
        "get_objects",
        "get_referents",
        "get_referrers",
        "get_stack",
        "getgeneratorlocals",
        "getcoroutinelocals",
        "getinnerframes",
        "getouterframes",
        "gi_frame",
        "gr_frame",
        "set_debug",
        "setprofile",
        "settrace",
        "tb_frame",
        "walk_stack",
        "walk_tb",
    }
)
OF_MODULES = frozenset({("inspect", "stack"), ("inspect", "trace"), ("inspect", "getmembers")})
RUNNING_PROGRAMS = frozenset({"exec", "eval", "compile"})
NAMES_OF_MODULES = frozenset({"__import__", "import_module", "find_spec"})
DICTIONARIES = frozenset({"globals", "locals", "vars"})
METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))


# Encodings in which a byte of ASCII stands for itself: in others the text that Python reads may
# have other lines than the one that is read here.
PLAIN_ENCODINGS = ("utf-8", "utf_8", "ascii", "iso8859", "cp125", "cp437", "cp850", "koi8", "mac-")


@dataclass(frozen=True)
class Use:
    """A use of something that no step needs: what it is, what is wrong with it, and where."""

    what: str
    why: str
    node: ast.AST


def forbidden_use(source: Source) -> Use | None:
    """The first use of something forbidden, in the order of the lines."""
    if not source.encoding.startswith(PLAIN_ENCODINGS):
        return Use(f"the encoding {source.encoding}", CONCEALS, ast.Pass(lineno=1, col_offset=0))
    uses = [use for node in source.nodes for use in uses_in(node)]
    return min(uses, key=lambda use: getattr(use.node, "lineno", 0), default=None)


def uses_in(node: ast.AST) -> Iterator[Use]:
    """The forbidden uses that one node of the tree is."""
    yield from imports_in(node)
    yield from names_in(node)
    yield from calls_in(node)
    yield from lookups_in(node)


def imports_in(node: ast.AST) -> Iterator[Use]:
    """Imports of modules that look into an interpreter."""
    names = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(alias.name for alias in node.names if alias.name in NAMES)]
        names += [a.name for a in node.names if (node.module, a.name) in OF_MODULES]
    for name in names:
        last = name.rpartition(".")[2]
        if name.partition(".")[0] in MODULES or last in NAMES or name in ("stack", "getmembers"):
            yield Use(name, LOOKS, node)


def names_in(node: ast.AST) -> Iterator[Use]:
    """Names, attributes, keywords and texts that lead into an interpreter."""
    names: list[str] = []
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            names = [name]
        case ast.MatchClass(kwd_attrs=attributes):
            names = attributes
        case ast.Constant(value=str(text)) if len(text) < 100:
            names = [text]
    for name in names:
        if name in NAMES:
            yield Use(name, LOOKS, node)
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in OF_MODULES:
            yield Use(f"{module}.{name}", LOOKS, node)


def calls_in(node: ast.AST) -> Iterator[Use]:
    """Programs and modules that are given as texts."""
    if not isinstance(node, ast.Call) or not node.args:
        return
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            given = node.args[0]
            text = given.value if isinstance(given, ast.Constant) else None
            if name in RUNNING_PROGRAMS and isinstance(node.func, ast.Name):
                yield Use(name, HIDES, node)
            elif name in NAMES_OF_MODULES and str(text).partition(".")[0] in MODULES:
                yield Use(str(text), LOOKS, node)


def lookups_in(node: ast.AST) -> Iterator[Use]:
    """Names and modules that are looked up by texts that cannot be read."""
    match node:
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name)), attr=attribute):
            if name in DICTIONARIES - {"vars"} and attribute not in METHODS:
                yield Use(f"{name}().{attribute}", LOOKS, node)
        case ast.Subscript(value=ast.Attribute(attr="modules"), slice=key):
            if not isinstance(key, ast.Constant):
                yield Use("sys.modules", HIDES, node)
