"""Names, modules and attributes that Python does not find.

The rules stand in order: the first that knows an answer gives it.
"""

import ast
import re
from collections.abc import Callable
from difflib import get_close_matches

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.finding import Failure, names_of
from checker.diagnosis.places import imports_end, near_name
from checker.source import location

ITERATORS = ("AsyncIterator", "AsyncGenerator", "AsyncIterable", "Iterator", "Generator")
# What the lesson uses of the libraries, to know what a misspelt name was meant to be.
MEMBERS = {
    "databases": ("Database", "DatabaseURL"),
    "fastapi": ("FastAPI", "APIRouter", "Depends"),
    "Database": (
        "connect",
        "disconnect",
        "fetch_all",
        "fetch_one",
        "fetch_val",
        "execute",
        "iterate",
        "is_connected",
    ),
    "FastAPI": ("on_event", "get", "post", "router"),
    "contextlib": ("asynccontextmanager",),
    "collections.abc": ITERATORS,
    "typing": ITERATORS,
    "databases.interfaces": ("Record",),
}
HOME = {
    "Database": "databases",
    "DatabaseURL": "databases",
    "FastAPI": "fastapi",
    "Record": "databases.interfaces",
    "asynccontextmanager": "contextlib",
    **dict.fromkeys(ITERATORS, "collections.abc"),
    **dict.fromkeys(("List", "Dict", "Optional", "Any", "Union"), "typing"),
}
# The names that the steps give to objects of these classes.
OWNERS = {"database": MEMBERS["Database"], "app": MEMBERS["FastAPI"]}
SYNONYMS = {"close": "disconnect", "open": "connect", "query": "fetch_all", "all": "fetch_all"}
FRAMEWORKS = ("flask", "django", "quart", "sanic", "tornado", "aiohttp", "bottle")


def unknown_module(f: Failure) -> Diagnosis | None:
    """A module that does not exist, or that the kata has no use for."""
    if f.kind != "ModuleNotFoundError" or not f.name:
        return None
    package = f.name.partition(".")[0]
    if package.lower() in FRAMEWORKS:
        return f.found(
            f"The file imports {package}, another framework.",
            "Import FastAPI from fastapi instead.",
        )
    if package in ("asyncpg", "aiomysql", "asyncmy", "aiopg", "psycopg2", "MySQLdb", "pymysql"):
        return f.found(
            f"The address asks for another database, whose driver {package} is not installed.",
            'Use SQLite: "sqlite:///./test.db".',
            f.source.binding("DATABASE_URL"),
        )
    if f.name in ("FastAPI", "fastapi.FastAPI"):
        return f.found(
            "The module is called fastapi; FastAPI is the class in it.",
            f"Write  from fastapi import FastAPI{beside(f)}.",
        )
    if f.name == "databases.Database":
        return f.found(
            "Database is a class in the module databases, and no module of its own.",
            f"Write  import databases{beside(f)}.",
        )
    known = ("databases", "fastapi", "contextlib", "asyncio", "collections", "typing")
    near = get_close_matches(package.lower(), known, 1, cutoff=0.6)
    return f.found(
        f"There is no module named {f.name}.",
        f"Import {near[0]} instead of {package}." if near else f"Remove the import of {package}.",
    )


def beside(f: Failure) -> str:
    """What else the line that raised imports, which has to stay, as the end of a sentence."""
    for node in f.source.nodes:
        match node:
            case ast.Import(names=[_, _, *_] as names, lineno=f.line):
                kept = ast.Import([alias for alias in names if alias.name != f.name])
                return f"  in a line of its own, and keep  {ast.unparse(kept)}"
    return ""


def unknown_import(f: Failure) -> Diagnosis | None:
    """A name that its module does not have."""
    match = re.match(
        r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'", f.message
    )
    if not match:
        return None
    name, module = match.groups()
    if name in ("databases", "fastapi") and name != module:
        return f.found(
            f"{name} is a library of its own, not a part of {module}.",
            f"Write  import {name}  in a line of its own.",
        )
    near = nearest(name, module) or nearest(name, module.partition(".")[0])
    if not near and name in HOME:
        return f.found(f"{module} has no {name}.", f"Write  from {HOME[name]} import {name}.")
    uses = [n.lineno for n in f.source.nodes if isinstance(n, ast.Name) and n.id == name]
    too = f", and write it so in line {min(uses)}, too" if uses else ""
    return f.found(
        f"{module} has no {name}.",
        f"Import {near} instead of {name}{too}."
        if near
        else f"Remove line {f.line}."
        if imports_only(f, name)
        else f"Remove {name} from the import.",
    )


def imports_only(f: Failure, name: str) -> bool:
    """Whether the line that raised imports nothing but a name."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.lineno == f.line
        and [alias.name for alias in node.names] == [name]
        for node in f.source.nodes
    )


def nearest(name: str, owner: str) -> str | None:
    """The member of a module or class that a misspelt name was meant to be."""
    members = MEMBERS.get(owner, ())
    plain = name.lower().replace("_", "")
    same = [member for member in members if member.lower().replace("_", "") == plain]
    if not same and SYNONYMS.get(plain) in members:
        return SYNONYMS[plain]
    if not same and plain.startswith("fetch") and "fetch_all" in members:
        return "fetch_all"
    return next(iter(same or get_close_matches(name, members, 1, cutoff=0.6)), None)


def compared(f: Failure) -> Diagnosis | None:
    """`==` where `=` was meant."""
    if f.kind != "NameError":
        return None
    for node in f.source.nodes:
        match node:
            case ast.Expr(value=ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()])) if (
                name == f.name and node.lineno == f.line
            ):
                return f.found(
                    f"Line {f.line} compares {name} with ==, so {name} gets no value.",
                    f"Write  {name} = ...  with a single =.",
                )
    return None


def event_without_quotes(f: Failure) -> Diagnosis | None:
    """`on_event(startup)`."""
    if f.kind != "NameError" or f.name not in ("startup", "shutdown", "sqlite", "SELECT"):
        return None
    return f.found(
        f"In line {f.line} {f.name} stands without quotes, so Python looks for a name.",
        f'Write "{f.name}" in quotes.',
    )


def lifespan_called(f: Failure) -> Diagnosis | None:
    """`app = FastAPI(lifespan=lifespan(app))`, or without `lifespan=`."""
    if f.kind != "NameError":
        return None
    for node in f.source.nodes:
        match node:
            case (
                ast.keyword(arg="lifespan", value=ast.Call() as call)
                | ast.Call(func=ast.Name(id="FastAPI"), args=[ast.Call() as call])
            ) if call.lineno == f.line and f.name in map(f.source.quote, call.args):
                return f.found(
                    f"{f.source.quote(call)} is called at once, where the function itself belongs.",
                    f"Write  lifespan={f.source.quote(call.func)}  without parentheses: FastAPI "
                    "hands it the app.",
                    call,
                )
    return None


def module_meant(f: Failure) -> Diagnosis | None:
    """`database.Database(...)`, where the module is called databases."""
    for node in f.source.nodes if f.kind == "NameError" else ():
        match node:
            case ast.Attribute(value=ast.Name(id=f.name), attr=attr, lineno=f.line):
                near = get_close_matches(f.name, sorted(f.source.imported), 1, cutoff=0.75)
                if near and attr in MEMBERS.get(near[0], ()):
                    return f.found(
                        f"{attr} belongs to the module {near[0]}, and not to {f.name}.",
                        f"Write  {near[0]}.{attr}  instead of {f.name}.{attr}.",
                        node,
                    )
                joined = f"{f.name}_{attr}"
                if joined in f.source.names:
                    return f.found(
                        f"A dot parts {f.name}.{attr}, but the name is {joined}.",
                        f"Write {joined} with an underscore.",
                        node,
                    )
    return None


def used_too_early(f: Failure) -> Diagnosis | None:
    """A name that gets its value further below."""
    if f.kind != "NameError":
        return None
    bound = f.source.binding(f.name)
    if bound is None or bound.line < f.line:
        return None
    function = f.source.function(f.name)
    if function and bound == location(function):
        return f.found(
            f"Line {f.line} uses {f.name}, which is defined only in line {bound.line}.",
            f"Move line {f.line} below the function {f.name}.",
        )
    own = bound.line == f.line
    if own and get_close_matches(f.name, sorted(f.source.imported), 1, cutoff=0.75):
        return None
    return f.found(
        f"Line {f.line} uses {f.name}, which gets its value "
        + ("only by this line." if own else f"only in line {bound.line}."),
        f"Give {f.name} its value first, above this line."
        if own
        else f"Move what gives {f.name} its value, in line {bound.line}, above line {f.line}.",
    )


def missing_import(f: Failure) -> Diagnosis | None:
    """A name of a library that was not imported."""
    if f.kind != "NameError" or calls_module(f):
        return None
    if f.name in ("databases", "fastapi", "asyncio", "os", "contextlib"):
        return f.found(
            f"Line {f.line} uses {f.name}, which is not imported.",
            f"Write  import {f.name}  at the top of the file.",
            imports_end(f.source),
        )
    if HOME.get(f.name) in f.source.imported:
        return f.found(
            f"Line {f.line} uses {f.name}, which is not imported.",
            f"Write  {HOME[f.name]}.{f.name}, or import {f.name} from {HOME[f.name]}.",
        )
    if f.name in HOME:
        return f.found(
            f"Line {f.line} uses {f.name}, which is not imported.",
            f"Write  from {HOME[f.name]} import {f.name}  at the top of the file.",
            imports_end(f.source),
        )
    return None


def calls_module(f: Failure) -> bool:
    """Whether the line calls a module that is not imported, and the class in it is: `fastapi()`."""
    if HOME.get(near_name(f.name, f.source, imported=True) or "") != f.name:
        return False
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == f.name
        and node.lineno == f.line
        for node in f.source.nodes
    )


OTHER_LANGUAGES = {
    **dict.fromkeys(("null", "nil", "none", "undefined"), "Write None."),
    "true": "Write True.",
    "false": "Write False.",
    "define": 'Write  DATABASE_URL = "sqlite:///./test.db".',
    "require": "Write  import  and the module's name.",
    "console": "Write  print(...), or leave it out.",
    "this": "Leave it out: a name of the file stands for itself.",
}
"""What other languages have, and what Python has in its place."""


def other_language(f: Failure) -> Diagnosis | None:
    """`true`, `null` and the like."""
    if f.kind != "NameError" or f.name not in OTHER_LANGUAGES:
        return None
    return f.found(
        f"Python has no {f.name}, which stands in line {f.line}.", OTHER_LANGUAGES[f.name]
    )


def table_object(f: Failure) -> Diagnosis | None:
    """A table as an object, which SQLAlchemy's users have and this program does not."""
    if f.kind != "NameError":
        return None
    for node in f.source.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=f.name), attr="select" | "c", lineno=f.line):
                return f.found(
                    f"{f.name} is no object here: the query is a text.",
                    'Write the query as "SELECT * FROM users".',
                )
            case ast.Call(func=ast.Name(id="select" | "text"), lineno=f.line) if f.name in (
                "select",
                "text",
            ):
                return f.found(
                    f"{f.name} is SQLAlchemy's: here the query is a text alone.",
                    'Write the query as "SELECT * FROM users".',
                )
    return None


def own_local(f: Failure) -> Diagnosis | None:
    """A name that the function itself assigns, so that it is not the one outside."""
    match = re.search(r"local variable '(\w+)'", f.message)
    if f.kind != "UnboundLocalError" or not match:
        return None
    given = [
        node
        for node in f.source.nodes
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and match[1] in names_of(node)
    ]
    inside = all(f.source.function_around(node) for node in given)
    for node in given if inside else ():
        if node.lineno > f.line:
            return f.found(
                f"{match[1]} gets its value only in line {node.lineno}, below the line that uses "
                "it.",
                f"Move line {node.lineno} above line {f.line}.",
                node,
            )
    return f.found(
        f"{match[1]} is assigned inside the function, so it is another one than outside.",
        f"Do not assign {match[1]} inside the function.",
    )


# What other libraries call the function that gives a database or a connection.
DATABASE_MAKERS = ("connect", "connection", "create_engine", "create_async_engine", "engine")


def method_alone(f: Failure) -> Diagnosis | None:
    """A method without its object, or of an object that has another name here."""
    if f.kind != "NameError":
        return None
    if f.name in OWNERS:
        made = {"app": "FastAPI()", "database": "databases.Database(DATABASE_URL)"}[f.name]
        return f.found(
            f"Line {f.line} uses {f.name}, but nothing above it gives {f.name} a value.",
            f"Write  {f.name} = {made}  above line {f.line}.",
        )
    for owner, members in OWNERS.items():
        if f.name in members:
            return f.found(
                f"{f.name} is a method of {owner}, and no function of its own.",
                f"Write  {owner}.{f.name}.",
            )
        for node in f.source.nodes:
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=attr, lineno=f.line) if (
                    name == f.name and attr in members
                ):
                    return f.found(
                        f"Line {f.line} uses {name}, but the step calls it {owner}.",
                        f"Write  {owner}.{attr}.",
                    )
    return None


def nearly_known(f: Failure) -> Diagnosis | None:
    """A name that is nearly one of the file's."""
    near = near_name(f.name, f.source, imported=True) if f.kind == "NameError" else None
    if near is None:
        return None
    return f.found(
        f"Line {f.line} uses {f.name}, but you have {near}.",
        f"Write {near} instead of {f.name}.",
    )


def table_without_quotes(f: Failure) -> Diagnosis | None:
    """`fetch_all(users)`, or `table = users`."""
    if f.kind != "NameError" or f.name != "users":
        return None
    problem = "users is a table of the database, and no name of the file."
    for node in f.source.nodes:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Name(id=f.name), lineno=f.line
            ) if name not in queries(f):
                return f.found(problem, 'Write "users" in quotes.', node.value)
    return f.found(problem, 'Write the query as a text:  "SELECT * FROM users".')


def no_query_given(f: Failure) -> Diagnosis | None:
    """`fetch_all(query)`, where nothing gives `query` a value."""
    if f.kind != "NameError" or f.name not in queries(f):
        return None
    return f.found(
        f"Line {f.line} uses {f.name}, but nothing above it gives {f.name} a value.",
        f"Write  {f.name} = ...  above line {f.line}, with the query as a text in quotes.",
    )


def queries(f: Failure) -> set[str]:
    """The names that the file hands to fetch_all and the like."""
    found = set()
    for node in f.source.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[ast.Name(id=name), *_]) if (
                attr.startswith("fetch_")
            ):
                found.add(name)
    return found


def unknown_name(f: Failure) -> Diagnosis | None:
    """A name that nothing defines."""
    if f.kind != "NameError" or not f.name:
        return None
    return f.found(
        f"The name {f.name} is used, but nothing gives it a value.",
        f"Define or import {f.name} above line {f.line}.",
    )


# What beginners take for a decorator of an app, and what there is.
NO_DECORATORS = {
    "on": 'Write  @app.on_event("startup")  with an underscore.',
    "lifespan": "Write  app = FastAPI(lifespan=lifespan)  below an async function with yield, or "
    "use @app.on_event(...).",
}


def unknown_attribute(f: Failure) -> Diagnosis | None:
    """A misspelt method, class or attribute."""
    match = re.search(
        r"(?:module '(\w+)'|'(\w+)' object|type object '(\w+)') has no attribute '(\w+)'", f.message
    )
    if f.kind != "AttributeError" or not match:
        return None
    owner, name = next(filter(None, match.groups()[:3])), match[4]
    shown = f"The module {owner}" if match[1] else f"A {owner} object"
    if match[3]:
        shown = f"The class {owner}"
    uses = [node for node in f.source.attributes(name) if node.lineno == f.line]
    place = location(uses[0]) if uses else None
    if name == "add_event_handler":
        return f.found(
            "FastAPI has no add_event_handler any more.",
            "Use lifespan, or the decorator @app.on_event(...).",
            place,
        )
    if match[1] == "databases" and name in DATABASE_MAKERS and not called_for_itself(f, uses):
        address = f.source.binding("DATABASE_URL")
        return f.found(
            f"{shown} has no {name}.",
            'DATABASE_URL is the address alone: write  DATABASE_URL = "sqlite:///./test.db".'
            if address and address.line == f.line
            else "Write  database = databases.Database(DATABASE_URL).",
            place,
        )
    if owner == "FastAPI" and name in NO_DECORATORS:
        return f.found(f"{shown} has no {name}.", NO_DECORATORS[name], place)
    events = {"startup": ("start", "first"), "shutdown": ("shut", "stop", "teardown", "close")}
    for event, words in events.items() if owner == "FastAPI" else ():
        if any(word in name.lower() for word in words):
            return f.found(
                f"{shown} has no {name}.",
                f'Use lifespan, or write @app.on_event("{event}").',
                place,
            )
    own = f.source.binding(name) if match[1] else None
    if own and own.line < f.line:
        return f.found(
            f"{name} is a name of your file, and no part of the module {owner}.",
            f"Write {name} without {owner}. in front of it.",
            place,
        )
    near = nearest(name, owner)
    if near and (hyphened := re.search(rf"\b{name}(?:-[a-z]+)+\b", f.text)):
        return f.found(
            f"Python takes the hyphen in {hyphened[0]} for a minus.",
            f"Write {hyphened[0].replace('-', '_')} with an underscore.",
            place,
        )
    if near:
        return f.found(f"{shown} has no {name}.", f"Write {near} instead of {name}.", place)
    if name in MEMBERS["Database"] or name in ("on_event", "get"):
        return f.found(
            f"Line {f.line} uses {name} on {'the module' if match[1] else 'a'} {owner}, which has "
            "none.",
            f"Use {name} on {'database' if name in MEMBERS['Database'] else 'app'} itself.",
            place,
        )
    return f.found(f"{shown} has no {name}.", f"Remove or correct {name}.", place)


def called_for_itself(f: Failure, uses: list[ast.Attribute]) -> bool:
    """Whether a method is called, awaited or not, and nothing takes what it gives."""
    calls = [f.source.parents.get(node) for node in uses]
    holders = [f.source.parents.get(call) for call in calls if isinstance(call, ast.Call)]
    return any(isinstance(holder, (ast.Await, ast.Expr)) for holder in holders)


LOOKUPS: tuple[Callable[[Failure], Diagnosis | None], ...] = (
    unknown_module,
    unknown_import,
    compared,
    event_without_quotes,
    lifespan_called,
    module_meant,
    used_too_early,
    missing_import,
    other_language,
    table_object,
    own_local,
    method_alone,
    nearly_known,
    table_without_quotes,
    no_query_given,
    unknown_name,
)
