"""Exceptions that come out of FastAPI, databases and SQLite.

The rules stand in order: the first that knows an answer gives it.
"""

import ast
import re
from collections.abc import Callable
from difflib import get_close_matches

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.finding import Failure, Function, asks_its_own, passed_lifespans
from checker.results import Location
from checker.source import location
from checker.workspace import FILE


def wrong_handlers(f: Failure) -> Diagnosis | None:
    """`on_startup=[startup()]` and the like: something else than the functions themselves."""
    keywords = [k for node in f.source.nodes if isinstance(node, ast.Call) for k in node.keywords]
    for keyword in keywords:
        if keyword.arg in ("on_startup", "on_shutdown", "lifespan"):
            diagnosis = wrong_handler(f, keyword.arg, keyword.value)
            if diagnosis:
                return diagnosis
    return None


def wrong_handler(f: Failure, name: str, value: ast.expr) -> Diagnosis | None:
    """What is wrong with the value of one of the arguments that take handlers."""
    written = f.source.quote(value)
    elements = value.elts if isinstance(value, ast.List) else [value]
    called = next((element for element in elements if isinstance(element, ast.Call)), None)
    if isinstance(value, ast.Constant):
        return f.found(
            f"{name} is given a text, where the function itself belongs.",
            f"Remove the quotes:  {name}={value.value!s}.",
            value,
        )
    if called:
        return f.found(
            f"{f.source.quote(called)} is called at once, where the function itself belongs.",
            f"Write  {f.source.quote(called.func)}  without parentheses.",
            called,
        )
    if name == "lifespan" and isinstance(value, ast.List):
        return f.found(
            "lifespan is given a list, where the function itself belongs.",
            f"Remove the square brackets:  {name}={written.strip('[]')}.",
            value,
        )
    if name != "lifespan" and "not iterable" in f.message and isinstance(value, ast.Name):
        return f.found(
            f"{name} is given {written} itself, but it takes a list of functions.",
            f"Write  {name}=[{written}]  with square brackets.",
            value,
        )
    return None


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


def wrong_parameters(f: Failure) -> Diagnosis | None:
    """A function that asks for other arguments than it is called with by the app, or by us."""
    match = re.search(
        r"(\w+)\(\) (?:missing \d+ required positional arguments?: (.+)"
        r"|takes (?:0 positional arguments|.+) but \d+ (?:was|were) given)",
        f.message,
    )
    if f.kind != "TypeError" or not match or f.raised.frames or match[1] not in f.source.functions:
        return None
    name, asked = match.groups()
    lifespan = any(f.source.quote(value) == name for value in passed_lifespans(f.source))
    if lifespan:
        return f.found(
            f"FastAPI hands {name} the app, "
            + (f"and nothing for {asked}." if asked else "but it takes no parameter."),
            f"Write  async def {name}(app):",
            f.source.function(name),
        )
    return f.found(
        f"{name} asks for {asked}, but it is called without arguments.",
        f"Write  async def {name}():  without parameters.",
        f.source.function(name),
    )


def block_of_coroutine(f: Failure) -> Diagnosis | None:
    """`async with database.connect()`."""
    if "'coroutine' object does not support" not in f.message and "__aenter__" not in f.message:
        return None
    for node in f.source.nodes:
        for item in node.items if isinstance(node, ast.AsyncWith) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "connect":
                owner = f.source.quote(call.func).removesuffix(".connect")
                return f.found(
                    f"async with takes {owner} itself, not what {f.source.quote(call)} gives.",
                    f"Write  async with {owner}:  or  await {f.source.quote(call)}.",
                    node,
                )
    return None


def state_of_lifespan(f: Failure) -> Diagnosis | None:
    """A value behind the yield of lifespan that is no dictionary."""
    said = ("is not iterable", "dictionary update sequence", "cannot convert dictionary")
    if f.evidence.about != "connect" or not any(text in f.message for text in said):
        return None
    passed = {f.source.quote(value) for value in passed_lifespans(f.source)}
    for node in f.source.nodes:
        function = f.source.function_around(node)
        if isinstance(node, ast.Yield) and node.value and function and function.name in passed:
            return f.found(
                f"{function.name} yields {f.source.quote(node.value)}, but the app takes nothing "
                "there, or a dictionary.",
                "Write  yield  alone.",
                node,
            )
    return None


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
    about = f.evidence.about in ("connect", "disconnect")
    if not about or not any(text in f.message for text in said):
        return None
    passed = {f.source.quote(value) for value in passed_lifespans(f.source)}
    functions = [function for name, function in f.source.functions.items() if name in passed]
    return wrong_lifespan(f, functions[0]) if functions else None


def connecting(function: Function) -> ast.AST | None:
    """Where a function connects."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="connect")):
                return node
    return None


def misspelt_yield(f: Failure, function: Function) -> Diagnosis | None:
    """`yeild`, which Python takes for a name."""
    for node in ast.walk(function):
        match node:
            case ast.Expr(value=ast.Name(id=name)) if get_close_matches(name.lower(), ["yield"]):
                return f.found(
                    f"Line {node.lineno} says {name}, so {function.name} has no yield.",
                    f"Write yield instead of {name}.",
                    node,
                )
    return None


def wrong_lifespan(f: Failure, function: Function) -> Diagnosis:
    """Why a function is no lifespan."""
    name = function.name
    yields = [node for node in ast.walk(function) if isinstance(node, ast.Yield)]
    if not yields:
        if misspelt := misspelt_yield(f, function):
            return misspelt
        back = next((node for node in ast.walk(function) if isinstance(node, ast.Return)), None)
        return f.found(
            f"{name} has no yield, so the app never gets to serve.",
            "Write yield instead of return."
            if back
            else "Write yield between connect and disconnect.",
            back or connecting(function) or function,
        )
    for decorator in function.decorator_list:
        if f.source.quote(decorator).endswith("contextmanager") and not f.source.quote(
            decorator
        ).endswith("asynccontextmanager"):
            return f.found(
                f"{f.source.quote(decorator)} is for ordinary functions, {name} is an async one.",
                "Write @asynccontextmanager, and import it from contextlib.",
                decorator,
            )
    if isinstance(function, ast.FunctionDef):
        return f.found(
            f"{name} begins with def, but a lifespan has to await.",
            f"Write  async def {name}.",
            function,
        )
    loops = [
        outer
        for node in yields
        for outer in f.source.around(node)
        if isinstance(outer, (ast.For, ast.While))
    ]
    if loops and "didn't stop" in f.message:
        return f.found(
            f"yield stands in a loop, so {name} yields again where the app stops.",
            "Take yield out of the loop: it has to run once.",
            yields[0],
        )
    if len(yields) > 1 and "didn't stop" in f.message:
        return f.found(
            f"{name} has {len(yields)} yields; the app waits at one only.",
            "Keep one yield, between connect and disconnect.",
            max(yields, key=lambda node: node.lineno),
        )
    return f.found(
        f"{name} is no async context manager that yields once.",
        f"Write @asynccontextmanager above  async def {name}, and yield once in it.",
        function,
    )


# How a statement begins that changes a table instead of reading it.
CHANGING = re.compile(r"(?i)\s*(insert|update|delete|drop|create|alter)\b")


def query_that_is_none(f: Failure) -> Diagnosis | None:
    """A query that is no text, an empty one, or one with a bare %."""
    calls = f.line and "fetch" in f.text
    if calls and f.kind == "AttributeError" and "'compile'" in f.message:
        return f.found(
            "fetch_all got something else than a query.",
            'Pass it the text "SELECT * FROM users".',
        )
    if calls and "'NoneType' object is not iterable" in f.message:
        fix = 'Write the query as "SELECT * FROM users".'
        for node in f.source.nodes:
            match node:
                case ast.Constant(value=str(query)) if word := CHANGING.match(query):
                    return f.found(f"{word[1]} gives no rows to hand back.", fix, node)
        return f.found("The query is empty.", fix)
    if "format character" in f.message or "must be real number, not dict" in f.message:
        return f.found(
            "A single % in a query is taken for a placeholder.", "Write %% or leave it out."
        )
    if match := re.search(r"doesn't define a bound parameter named '(\w+)'", f.message):
        return f.found(
            f"A value is given for :{match[1]}, which the query does not have.",
            "Remove the values behind the query.",
        )
    if "is required for bind parameter" in f.message:
        return f.found(
            "The query has a placeholder that begins with a colon, and no value for it.",
            'Write the query as "SELECT * FROM users".',
            f.source.string_with(":"),
        )
    return None


def quoted_variable(f: Failure) -> Diagnosis | None:
    """The name of a variable in quotes where its value was meant."""
    if f.kind not in ("KeyError", "OperationalError"):
        return None
    if "environ" in f.text:
        return f.found(
            f"Line {f.line} needs an environment variable that is not set here.",
            'Give it a default:  os.environ.get("DATABASE_URL", "sqlite:///./test.db").',
        )
    for text in f.strings_in_line():
        name = text.strip("{}$#% ")
        if name in f.source.names:
            return f.found(
                f"Line {f.line} passes the text {text!r}, not the variable {name}.",
                f"Remove the quotes around {text}."
                if name == text
                else f"Write  {name}  alone, without quotes and signs.",
            )
    return None


def other_template(f: Failure) -> Diagnosis | None:
    """`${name}` in an f-string, as JavaScript has it."""
    if f.kind != "KeyError":
        return None
    for node in f.source.nodes:
        match node:
            case ast.JoinedStr(values=[ast.Constant(value="$"), *_], lineno=f.line):
                return f.found(
                    "The $ before the braces stays in the text: Python needs the braces alone.",
                    "Write  DATABASE_URL  alone, without quotes, $ and braces.",
                    node,
                )
    return None


def no_database_url(f: Failure) -> Diagnosis | None:
    """Something that is no address of a database."""
    if f.kind == "KeyError" and "Database(" in f.text:
        scheme = f.message.strip("'\"")
        said = f"begins with {scheme}://" if scheme else "has no scheme such as sqlite://"
        return f.found(
            f"The address given to Database {said}, so the library cannot use it.",
            'Use an address that begins with "sqlite:///".',
            given_address(f),
        )
    if "Invalid type for DatabaseURL" not in f.message:
        return None
    kind = (re.search(r"class '([\w.]+)'", f.message) or ["", "something else"])[1]
    if kind == "tuple":
        return f.found(
            "DATABASE_URL is a tuple, because a comma stands in its line.",
            "Remove the comma.",
            given_address(f),
        )
    return f.found(
        f"Database needs the address as a text, but got {kind}.",
        "Pass DATABASE_URL, and let it be a text in quotes.",
        given_address(f),
    )


def given_address(f: Failure) -> Location | None:
    """Where the address that the line gives to Database is written, or its variable gets it."""
    for node in f.source.nodes:
        if not isinstance(node, ast.Call) or node.lineno != f.line:
            continue
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if f.source.quote(node.func).endswith("Database"):
                bound = f.source.binding(value.id) if isinstance(value, ast.Name) else None
                return bound or location(value)
    return None


def wrong_event(f: Failure) -> Diagnosis | None:
    """An event that FastAPI does not know; it says so with an empty AssertionError."""
    if f.kind != "AssertionError" or f.message or "on_event" not in f.text:
        return None
    event = next(iter(f.strings_in_line()), "")
    near = get_close_matches(event.lower(), ("startup", "shutdown"), 1, cutoff=0.4)
    return f.found(
        f'FastAPI knows the events "startup" and "shutdown", but not "{event}".',
        f'Write @app.on_event("{near[0] if near else "startup"}").',
    )


def glued_keyword(f: Failure) -> "re.Match[str] | None":
    """A word of SQL that has no space before it, where two pieces of a query meet."""
    for node in f.source.nodes:
        match node:
            case ast.Constant(value=str(text)) if re.match(r"(?i)\s*select\b", text):
                if match := re.search(r"[a-z](ORDER BY|GROUP BY|WHERE|FROM|LIMIT)\b", text):
                    return match
    return None


def other_database(f: Failure) -> Diagnosis | None:
    """A query to another database than the one that has the table."""
    if f.kind != "OperationalError" or not lacks_users(f.message):
        return None
    for node in f.source.nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=owner, attr="fetch_all" | "fetch_one" | "iterate" as attr),
                lineno=f.line,
            ):
                written = f.source.quote(owner)
                if written == "database":
                    return asks_its_own(f, f.source.function_around(node))
                return f.found(
                    f"{written} is another database than database, and has no table users.",
                    f"Write  database.{attr}  instead of {written}.{attr}.",
                    node,
                )
    return None


def opens_sqlite(f: Failure) -> Diagnosis | None:
    """`sqlite3.connect(DATABASE_URL)`, which takes the name of a file."""
    if f.kind != "OperationalError" or "unable to open" not in f.message:
        return None
    for node in f.source.nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="connect") | ast.Name(id="connect"), args=[_, *_]
            ) if node.lineno == f.line:
                return f.found(
                    f"{f.source.quote(node.func)} belongs to another library than databases.",
                    "Read through  await database.fetch_all(query)  instead."
                    if f.source.function_around(node)
                    else "Write  database = databases.Database(DATABASE_URL).",
                    node,
                )
    return None


def lacks_users(message: str) -> bool:
    """Whether SQLite says that there is no table users."""
    return bool(re.fullmatch(r"(?i)no such table: (main\.)?users", message))


def makes_table(f: Failure) -> Diagnosis | None:
    """A table that the checker has made already."""
    match = re.match(r"table (\S+) already exists", f.message)
    if f.kind != "OperationalError" or not match:
        return None
    return f.found(
        f"The file makes the table {match[1]}, which is there already.",
        "Remove the CREATE TABLE: the step only reads.",
        f.source.string_with("CREATE TABLE") or f.source.string_with("create table"),
    )


def wrong_query(f: Failure) -> Diagnosis | None:
    """SQLite does not understand the query."""
    if f.kind not in ("OperationalError", "ProgrammingError"):
        return None
    if lacks_users(f.message):
        line, column, function = f.raised.frames[0] if f.raised.frames else (0, 0, "")
        if function == "<module>":
            return f.found(
                f"Line {line} reads the table users while the file is loaded, before it exists.",
                "Leave the call out: the checker calls the function for you.",
                Location(FILE, line, column),
            )
        return f.found(
            "The database that the query asks has no table users.",
            "Ask database, as step 2 made it, and leave its tables alone.",
        )
    if (glued := glued_keyword(f)) and "syntax error" in f.message:
        return f.found(
            f"A space is missing in the query before {glued[1]}.",
            f"Write a space before {glued[1]}, inside the quotes.",
            f.source.string_with(glued[0]),
        )
    if match := re.match(r'unrecognized token: "(.)', f.message):
        braces = match[1] == "{"
        return f.found(
            "The query holds braces as they are, because no f stands before its quotes."
            if braces
            else f"SQLite does not understand the sign {match[1]} in the query.",
            'Write the query as "SELECT * FROM users".',
            f.source.string_with(match[1]),
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
    if f.message.startswith('near "?"') and f.source.string_with(":"):
        return f.found(
            "A placeholder with a colon stands for a value, never for a table or a column.",
            'Write the query as "SELECT * FROM users", and pass no values with it.',
            f.source.string_with(":"),
        )
    if match := re.match(r'near "(.+?)": syntax error', f.message):
        if glued := re.match(r"(?i)(SELECT|FROM|WHERE)\w", match[1]):
            return f.found(
                f"A space is missing in the query after {glued[1]}.",
                f"Write a space after {glued[1]}, inside the quotes.",
                f.source.string_with(match[1]) or f.source.string_with(glued[1]),
            )
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


LIBRARIES: tuple[Callable[[Failure], Diagnosis | None], ...] = (
    wrong_handlers,
    class_for_app,
    wrong_parameters,
    block_of_coroutine,
    state_of_lifespan,
    broken_lifespan,
    query_that_is_none,
    quoted_variable,
    other_template,
    no_database_url,
    wrong_event,
    makes_table,
    opens_sqlite,
    other_database,
    wrong_query,
)
