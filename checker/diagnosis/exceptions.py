"""Exceptions that the learner's code raised, translated for a beginner.

The rules stand in order: the first that knows an answer gives it. The exception itself is kept
as the detail.
"""

import ast
import re
from collections.abc import Callable
from difflib import get_close_matches

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.places import near_name, place_of
from checker.results import Location
from checker.source import Source, location
from checker.worker import Raised
from checker.workspace import FILE

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
}
HOME = {"Database": "databases", "DatabaseURL": "databases", "FastAPI": "fastapi"}
FRAMEWORKS = ("flask", "django", "quart", "sanic", "tornado", "aiohttp", "bottle")


class Failure:
    """An exception of the learner's code, with what is known about it."""

    def __init__(self, raised: Raised, evidence: Evidence, source: Source) -> None:
        self.raised = raised
        self.evidence = evidence
        self.source = source
        self.kind = raised.type.rpartition(".")[2]
        self.message = raised.message.strip()
        self.name = raised.name or ""
        self.place = place_of(evidence.about, source)
        if raised.frames:
            line, column, _ = raised.frames[-1]
            self.place = Location(FILE, line, column)

    @property
    def line(self) -> int:
        """The line that raised; 0 if none of the learner's lines did."""
        return self.place.line if self.place and self.raised.frames else 0

    def found(self, problem: str, fix: str | None, place: Location | None = None) -> Diagnosis:
        """A diagnosis with the exception as its detail."""
        detail = f"{self.kind}: {self.message}" if self.message else self.kind
        return Diagnosis(problem, fix, place or self.place, detail)

    def strings_in_line(self) -> list[str]:
        """The texts that stand in the line that raised."""
        return [
            node.value
            for node in self.source.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.lineno == self.line
        ]


def diagnose_exception(raised: Raised, evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of an exception that the learner's code raised."""
    failure = Failure(raised, evidence, source)
    known = next(filter(None, (rule(failure) for rule in RULES)), None)
    if known:
        return known
    first = failure.message.partition("\n")[0]
    return failure.found(
        f"{failure.kind}: {first}" if first else f"The code stopped with {failure.kind}.",
        "Correct the line that is marked." if raised.frames else evidence.fix,
    )


def leaving(f: Failure) -> Diagnosis | None:
    """The program ended itself."""
    if f.kind not in ("SystemExit", "KeyboardInterrupt"):
        return None
    return f.found(
        "The file ends the program itself, so nothing after that line runs.",
        "Remove the call that ends the program.",
    )


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
    if package == "FastAPI":
        return f.found(
            "The module is called fastapi; FastAPI is the class in it.",
            "Write  from fastapi import FastAPI.",
        )
    known = ("databases", "fastapi", "contextlib", "asyncio", "collections", "typing")
    near = get_close_matches(package.lower(), known, 1, cutoff=0.6)
    return f.found(
        f"There is no module named {f.name}.",
        f"Import {near[0]} instead of {package}." if near else f"Remove the import of {package}.",
    )


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
    near = nearest(name, module.partition(".")[0])
    if not near and name in HOME:
        return f.found(f"{module} has no {name}.", f"Write  from {HOME[name]} import {name}.")
    return f.found(
        f"{module} has no {name}.",
        f"Import {near} instead of {name}." if near else f"Remove {name} from the import.",
    )


def nearest(name: str, owner: str) -> str | None:
    """The member of a module or class that a misspelt name was meant to be."""
    members = MEMBERS.get(owner, ())
    plain = name.lower().replace("_", "")
    same = [member for member in members if member.lower().replace("_", "") == plain]
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


def used_too_early(f: Failure) -> Diagnosis | None:
    """A name that gets its value further below."""
    if f.kind != "NameError":
        return None
    bound = f.source.binding(f.name)
    if bound is None or bound.line < f.line:
        return None
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
    if f.kind != "NameError":
        return None
    if f.name in ("databases", "fastapi", "asyncio", "os", "contextlib"):
        return f.found(
            f"Line {f.line} uses {f.name}, which is not imported.",
            f"Write  import {f.name}  at the top of the file.",
        )
    typing = dict.fromkeys(("List", "Dict", "Optional", "Any", "Union"), "typing")
    homes = HOME | typing | {"asynccontextmanager": "contextlib"}
    if f.name in homes:
        return f.found(
            f"Line {f.line} uses {f.name}, which is not imported.",
            f"Write  from {homes[f.name]} import {f.name}  at the top of the file.",
        )
    return None


def other_language(f: Failure) -> Diagnosis | None:
    """`true`, `null` and the like."""
    words = {"true": "True", "false": "False", "null": "None", "nil": "None", "none": "None"}
    if f.kind != "NameError" or f.name not in words:
        return None
    return f.found(
        f"Python has no {f.name}, which stands in line {f.line}.", f"Write {words[f.name]}."
    )


def event_without_quotes(f: Failure) -> Diagnosis | None:
    """`on_event(startup)`."""
    if f.kind != "NameError" or f.name not in ("startup", "shutdown", "sqlite", "SELECT"):
        return None
    return f.found(
        f"In line {f.line} {f.name} stands without quotes, so Python looks for a name.",
        f'Write "{f.name}" in quotes.',
    )


def own_local(f: Failure) -> Diagnosis | None:
    """A name that the function itself assigns, so that it is not the one outside."""
    match = re.search(r"local variable '(\w+)'", f.message)
    if f.kind != "UnboundLocalError" or not match:
        return None
    return f.found(
        f"{match[1]} is assigned inside the function, so it is another one than outside.",
        f"Do not assign {match[1]} inside the function.",
    )


def unknown_name(f: Failure) -> Diagnosis | None:
    """A name that nothing defines."""
    if f.kind != "NameError" or not f.name:
        return None
    near = near_name(f.name, f.source, imported=True)
    if near:
        return f.found(
            f"Line {f.line} uses {f.name}, but you have {near}.",
            f"Write {near} instead of {f.name}.",
        )
    return f.found(
        f"The name {f.name} is used, but nothing gives it a value.",
        f"Define or import {f.name} above line {f.line}.",
    )


def attribute_of_coroutine(f: Failure) -> Diagnosis | None:
    """Something was asked of a coroutine that only its result can give."""
    match = re.search(r"'(?:coroutine|generator)' object (?:has no attribute|is not)", f.message)
    if not match or f.kind not in ("AttributeError", "TypeError"):
        return None
    call = next(
        iter(unawaited(f.source, f.raised.frames[-1][2] if f.raised.frames else None)), None
    )
    if call is None:
        return f.found(
            "A coroutine is used as if it were its result.", "Put await in front of the call."
        )
    if isinstance(f.source.parents.get(call), ast.Subscript):
        return f.found(
            f"await reaches the result of {f.source.quote(call)} only after the [...] behind it.",
            "Return the whole list: remove the square brackets, and keep await.",
            location(call),
        )
    return f.found(
        f"Without await {f.source.quote(call)} is a coroutine, not its result.",
        f"Put await in front of {f.source.quote(call)}.",
        location(call),
    )


def unawaited(source: Source, function: str | None) -> list[ast.Call]:
    """The calls of the library's coroutine methods without await, in a function or anywhere."""
    node = source.function(function) if function else None
    inside = list(ast.walk(node)) if node else list(source.nodes)
    return [
        child
        for child in inside
        if isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and child.func.attr in MEMBERS["Database"]
        and child.func.attr != "iterate"
        and not isinstance(source.parents.get(child), ast.Await)
    ]


def unknown_attribute(f: Failure) -> Diagnosis | None:
    """A misspelt method, class or attribute."""
    match = re.search(
        r"(?:module '(\w+)'|'(\w+)' object|type object '(\w+)') has no attribute '(\w+)'", f.message
    )
    if f.kind != "AttributeError" or not match:
        return None
    owner, name = next(filter(None, match.groups()[:3])), match[4]
    shown = f"The module {owner}" if match[1] else f"A {owner} object"
    uses = [node for node in f.source.attributes(name) if node.lineno == f.line]
    place = location(uses[0]) if uses else None
    if name == "add_event_handler":
        return f.found(
            "FastAPI has no add_event_handler any more.",
            "Use lifespan, or the decorator @app.on_event(...).",
            place,
        )
    near = nearest(name, owner)
    if near:
        return f.found(f"{shown} has no {name}.", f"Write {near} instead of {name}.", place)
    if name in MEMBERS["Database"] or name in ("on_event", "get"):
        return f.found(
            f"Line {f.line} uses {name} on a {owner}, which has none.",
            f"Use {name} on {'database' if name in MEMBERS['Database'] else 'app'} itself.",
            place,
        )
    return f.found(f"{shown} has no {name}.", f"Remove or correct {name}.", place)


def quoted_variable(f: Failure) -> Diagnosis | None:
    """The name of a variable in quotes where its value was meant."""
    if f.kind not in ("KeyError", "OperationalError"):
        return None
    if "environ" in line_of(f):
        return f.found(
            f"Line {f.line} needs an environment variable that is not set here.",
            'Give it a default:  os.environ.get("DATABASE_URL", "sqlite:///./test.db").',
        )
    for text in f.strings_in_line():
        if text.isidentifier() and text in f.source.names:
            return f.found(
                f"Line {f.line} passes the word {text!r}, not the variable {text}.",
                f"Remove the quotes around {text}.",
            )
    return None


def no_database_url(f: Failure) -> Diagnosis | None:
    """A text that is no address of a database."""
    if f.kind == "KeyError" and "Database(" in line_of(f):
        scheme = f.message.strip("'\"")
        said = f"begins with {scheme}://" if scheme else "has no scheme such as sqlite://"
        return f.found(
            f"The address given to Database {said}, so the library cannot use it.",
            'Use an address that begins with "sqlite:///".',
            f.source.binding("DATABASE_URL"),
        )
    if "Invalid type for DatabaseURL" in f.message:
        kind = (re.search(r"class '([\w.]+)'", f.message) or ["", "something else"])[1]
        place = f.source.binding("DATABASE_URL")
        if kind == "tuple":
            return f.found(
                "DATABASE_URL is a tuple, not a text: a comma ends its line.",
                "Remove the comma at the end of the line.",
                place,
            )
        return f.found(
            f"Database needs the address as a text, but got {kind}.",
            "Pass DATABASE_URL, and let it be a text in quotes.",
        )
    return None


def line_of(f: Failure) -> str:
    """The text of the line that raised."""
    return f.source.lines[f.line - 1] if 0 < f.line <= len(f.source.lines) else ""


def wrong_event(f: Failure) -> Diagnosis | None:
    """An event that FastAPI does not know; it says so with an empty AssertionError."""
    if f.kind != "AssertionError" or f.message or "on_event" not in line_of(f):
        return None
    event = next(iter(f.strings_in_line()), "")
    near = get_close_matches(event.lower(), ("startup", "shutdown"), 1, cutoff=0.4)
    return f.found(
        f'FastAPI knows the events "startup" and "shutdown", but not "{event}".',
        f'Write @app.on_event("{near[0] if near else "startup"}").',
    )


def wrong_query(f: Failure) -> Diagnosis | None:
    """SQLite does not understand the query."""
    if f.kind not in ("OperationalError", "ProgrammingError"):
        return None
    if f.message == "no such table: users" and len(f.raised.frames) > 1:
        line, column, function = f.raised.frames[0]
        if function == "<module>":
            return f.found(
                f"Line {line} reads the table users while the file is loaded, before it exists.",
                "Leave the call out: the checker calls the function for you.",
                Location(FILE, line, column),
            )
    if match := re.match(r"no such table: (\S+)", f.message):
        return f.found(
            f"The query asks for the table {match[1]}, which does not exist.",
            f"Write users instead of {match[1]}.",
            f.source.string_with(match[1]),
        )
    if match := re.match(r"no such column: (\S+)", f.message):
        return f.found(
            f"The query asks for the column {match[1]}, which the table does not have.",
            "Select every column with *.",
            f.source.string_with(match[1]),
        )
    if match := re.match(r'near "(.+?)": syntax error', f.message):
        keywords = ("SELECT", "FROM", "WHERE", "ORDER")
        near = get_close_matches(match[1].upper(), keywords, 1, cutoff=0.6)
        slip = near and near[0] != match[1].upper()
        return f.found(
            f"SQLite does not understand the query at {match[1]}.",
            f"Write {near[0]} instead of {match[1]}."
            if slip
            else 'Write the query as "SELECT * FROM users".',
            f.source.string_with(match[1]),
        )
    if "unable to open" in f.message:
        return f.found(
            "SQLite cannot open the file that the address names.",
            "Use the address of ./test.db, a file in the current folder.",
            f.source.binding("DATABASE_URL"),
        )
    if "incomplete input" in f.message or "one statement at a time" in f.message:
        return f.found(
            "SQLite needs exactly one whole statement.",
            'Write the query as "SELECT * FROM users".',
            f.source.string_with("SELECT") or f.source.string_with("select"),
        )
    return None


def query_that_is_none(f: Failure) -> Diagnosis | None:
    """A query that is no text, an empty one, or one with a bare %."""
    calls = f.line and "fetch" in line_of(f)
    if calls and f.kind == "AttributeError" and "'compile'" in f.message:
        return f.found(
            "fetch_all got something else than a query.",
            'Pass it the text "SELECT * FROM users".',
        )
    if calls and "'NoneType' object is not iterable" in f.message:
        return f.found("The query is empty.", 'Write the query as "SELECT * FROM users".')
    if "format character" in f.message or "must be real number, not dict" in f.message:
        return f.found(
            "A single % in a query is taken for a placeholder.", "Write %% or leave it out."
        )
    if "is required for bind parameter" in f.message:
        return f.found(
            "The query has a placeholder that begins with a colon, and no value for it.",
            'Write the query as "SELECT * FROM users".',
            f.source.string_with(":"),
        )
    return None


def await_on_no_coroutine(f: Failure) -> Diagnosis | None:
    """`await` in front of something that cannot be waited for."""
    match = re.search(
        r"object (\w+) can't be used in 'await' expression|'(\w+)' object can't be awaited",
        f.message,
    )
    if f.kind != "TypeError" or not match:
        return None
    kind = match[1] or match[2]
    if kind in ("method", "function"):
        node = next(
            (n for n in f.source.nodes if isinstance(n, ast.Await) and n.lineno == f.line), None
        )
        what = f.source.quote(node.value) if node else "the method"
        return f.found(
            f"await needs a call, but {what} has no parentheses.",
            f"Write  await {what}(query)." if "fetch" in what else f"Write  await {what}().",
        )
    return f.found(
        f"Line {f.line} awaits a value of type {kind}, which is there already.",
        "Remove that await; only calls of async functions need one.",
    )


def called_wrongly(f: Failure) -> Diagnosis | None:
    """Something that cannot be called, or was called with other arguments than it takes."""
    if f.kind != "TypeError":
        return None
    if "'module' object is not callable" in f.message:
        line = line_of(f)
        known = ("databases", "Database") if "databases(" in line else ("fastapi", "FastAPI")
        return f.found(
            f"Line {f.line} calls the module {known[0]}, not the class in it.",
            f"Write  {known[1]}(...)  from the module {known[0]}.",
        )
    if "Database.__init__() missing" in f.message:
        for node in f.source.nodes:
            if isinstance(node, ast.Call) and node.lineno == f.line and node.keywords:
                return f.found(
                    f"databases.Database takes no argument called {node.keywords[0].arg}.",
                    "Write  databases.Database(DATABASE_URL).",
                )
        return f.found(
            "databases.Database needs to know which database.",
            "Put DATABASE_URL between its parentheses.",
        )
    if match := re.search(
        r"Database\.__init__\(\) got an unexpected keyword argument '(\w+)'", f.message
    ):
        return f.found(
            f"databases.Database takes no argument called {match[1]}.",
            "Write  databases.Database(DATABASE_URL).",
        )
    if match := re.search(
        r"fetch_users\(\) missing \d+ required positional arguments?: (.+)", f.message
    ):
        return f.found(
            f"fetch_users asks for {match[1]}, but it is called without arguments.",
            "Write  async def fetch_users():  without parameters.",
            f.source.binding("fetch_users"),
        )
    if "on_event() missing" in f.message:
        return f.found("on_event does not say which event.", 'Write @app.on_event("startup").')
    if match := re.search(r"(fetch_\w+|execute)\(\) missing \d+ required .*'query'", f.message):
        return f.found(
            f"{match[1]} is called without a query.", f"Put the query into {match[1]}(...)."
        )
    if match := re.search(r"FastAPI.__init__\(\) got an unexpected .* '(\w+)'", f.message):
        near = get_close_matches(match[1], ("lifespan", "on_startup", "on_shutdown"), 1)
        return f.found(
            f"FastAPI knows no argument {match[1]}.",
            f"Write {near[0]} instead of {match[1]}." if near else f"Remove {match[1]}.",
        )
    if "FastAPI.__init__() takes 1 positional argument" in f.message:
        return f.found(
            "FastAPI takes its arguments by name only.", "Write  app = FastAPI(lifespan=lifespan)."
        )
    if f.line and (match := re.search(r"'(\w+)' object is not callable", f.message)):
        return f.found(
            f"Line {f.line} calls a {match[1]} as if it were a function.",
            "Remove the parentheses, or call the function that was meant.",
        )
    return None


def subscripted(f: Failure) -> Diagnosis | None:
    """Square brackets where parentheses were meant."""
    if f.kind != "TypeError" or "is not subscriptable" not in f.message:
        return None
    return f.found(
        f"Line {f.line} uses square brackets on something that has no items.",
        "Use parentheses to call it.",
    )


def nested_run(f: Failure) -> Diagnosis | None:
    """An event loop started inside another."""
    said = ("asyncio.run() cannot be called", "event loop is already running")
    if f.kind != "RuntimeError" or not any(text in f.message for text in said):
        return None
    return f.found(
        "asyncio.run starts an event loop, but here one is running already.",
        "Use await instead of asyncio.run(...).",
    )


def endless_recursion(f: Failure) -> Diagnosis | None:
    """A function that calls itself without end."""
    if f.kind != "RecursionError" or not f.raised.frames:
        return None
    function = f.raised.frames[-1][2]
    return f.found(
        f"{function} calls itself without end.",
        f"Call the library inside {function}, not {function} itself.",
    )


def broken_lifespan(f: Failure) -> Diagnosis | None:
    """A lifespan function that does not yield once, or is no context manager."""
    said = (
        "async iterator",
        "asynchronous iterator",
        "async generator",
        "didn't yield",
        "didn't stop",
        "context manager protocol",
        "__aenter__",
        "__anext__",
        "ended its lifespan",
    )
    if f.evidence.about not in ("connect", "disconnect") or not any(
        text in f.message for text in said
    ):
        return None
    function = next(
        (
            node
            for node in f.source.nodes
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and any(
                isinstance(k, ast.Name) and k.id == node.name for k in passed_lifespans(f.source)
            )
        ),
        None,
    )
    if function is None:
        return None
    if not any(isinstance(node, ast.Yield) for node in ast.walk(function)):
        return f.found(
            f"{function.name} has no yield, so the app never gets to serve.",
            "Write yield between connect and disconnect.",
            location(function),
        )
    return f.found(
        f"{function.name} is no async context manager that yields once.",
        f"Write @asynccontextmanager above  async def {function.name}, and yield once in it.",
        location(function),
    )


def called_in_list(f: Failure) -> Diagnosis | None:
    """`on_startup=[startup()]`: the result of a call where the function belongs."""
    for node in f.source.nodes:
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            elements = keyword.value.elts if isinstance(keyword.value, ast.List) else []
            called = [element for element in elements if isinstance(element, ast.Call)]
            if keyword.arg not in ("on_startup", "on_shutdown", "lifespan"):
                continue
            if isinstance(keyword.value, ast.Constant):
                return f.found(
                    f"{keyword.arg} is given a text, where the function itself belongs.",
                    f"Remove the quotes:  {keyword.arg}={keyword.value.value!s}.",
                    location(keyword.value),
                )
            if called or isinstance(keyword.value, ast.Call):
                call = called[0] if called else keyword.value
                assert isinstance(call, ast.Call)
                return f.found(
                    f"{f.source.quote(call)} is called at once, where the function itself belongs.",
                    f"Write  {f.source.quote(call.func)}  without parentheses.",
                    location(call),
                )
    return None


def lifespan_without_parameter(f: Failure) -> Diagnosis | None:
    """A lifespan function that does not take the app."""
    match = re.search(r"(\w+)\(\) takes 0 positional arguments but 1 was given", f.message)
    if f.kind != "TypeError" or not match:
        return None
    return f.found(
        f"FastAPI hands {match[1]} the app, but it takes no parameter.",
        f"Write  async def {match[1]}(app):",
        f.source.binding(match[1]),
    )


def class_for_app(f: Failure) -> Diagnosis | None:
    """`app = FastAPI`, noticed only where a decorator of it is used."""
    if f.kind != "TypeError" or "FastAPI." not in f.message:
        return None
    for value in f.source.values("app"):
        if isinstance(value, (ast.Name, ast.Attribute)):
            return f.found(
                f"app is the class {f.source.quote(value)} itself, not an application.",
                f"Write  app = {f.source.quote(value)}()  with parentheses.",
                location(value),
            )
    return None


def plain_with(f: Failure) -> Diagnosis | None:
    """`with` on something that only knows `async with`."""
    said = ("context manager protocol", "__enter__")
    if f.kind not in ("TypeError", "AttributeError") or not any(t in f.message for t in said):
        return None
    if not re.match(r"\s*with\b", line_of(f)):
        return None
    return f.found(
        f"Line {f.line} uses with on something that only knows async with.",
        "Write a plain assignment:  database = databases.Database(DATABASE_URL).",
    )


def cached_coroutine(f: Failure) -> Diagnosis | None:
    """A cache around an async function keeps the coroutine instead of its result."""
    if f.kind != "RuntimeError" or "already awaited coroutine" not in f.message:
        return None
    function = f.source.function(f.evidence.about or "")
    decorators = function.decorator_list if function else []
    return f.found(
        "A coroutine is awaited for a second time: something keeps it from an earlier call.",
        "Remove the cache, so that every call runs the query.",
        location(decorators[0]) if decorators else None,
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


RULES: tuple[Callable[[Failure], Diagnosis | None], ...] = (
    leaving,
    unknown_module,
    unknown_import,
    compared,
    event_without_quotes,
    used_too_early,
    missing_import,
    other_language,
    own_local,
    unknown_name,
    plain_with,
    cached_coroutine,
    called_in_list,
    class_for_app,
    lifespan_without_parameter,
    broken_lifespan,
    attribute_of_coroutine,
    query_that_is_none,
    unknown_attribute,
    quoted_variable,
    no_database_url,
    wrong_event,
    wrong_query,
    await_on_no_coroutine,
    called_wrongly,
    subscripted,
    nested_run,
    endless_recursion,
)
