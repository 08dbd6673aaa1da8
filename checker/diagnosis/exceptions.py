"""Exceptions that the learner's code raised, translated for a beginner.

The rules stand in order: the first that knows an answer gives it. The exception itself is kept
as the detail.
"""

import ast
import re
from collections.abc import Callable
from difflib import get_close_matches

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.finding import Failure
from checker.diagnosis.libraries import LIBRARIES
from checker.diagnosis.lookups import LOOKUPS, MEMBERS, unknown_attribute
from checker.source import Source, location
from checker.worker import Raised


def diagnose_exception(raised: Raised, evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of an exception that the learner's code raised."""
    failure = Failure(raised, evidence, source)
    rules = () if source.is_overgrown else RULES
    known = next(filter(None, (rule(failure) for rule in rules)), None)
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


def plain_with(f: Failure) -> Diagnosis | None:
    """`with` on something that only knows `async with`."""
    said = ("context manager protocol", "__enter__")
    if f.kind not in ("TypeError", "AttributeError") or not any(t in f.message for t in said):
        return None
    if not re.match(r"\s*with\b", f.text):
        return None
    inside = bool(f.raised.frames) and f.raised.frames[-1][2] != "<module>"
    return f.found(
        f"Line {f.line} uses with on something that only knows async with.",
        "Write async with instead of with."
        if inside
        else "Write  database = databases.Database(DATABASE_URL)  instead of the whole block.",
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


def attribute_of_coroutine(f: Failure) -> Diagnosis | None:
    """Something was asked of a coroutine that only its result can give."""
    match = re.search(
        r"'(?:coroutine|generator)' object (?:has no attribute|is not)|type 'coroutine' has no len",
        f.message,
    )
    if not match or f.kind not in ("AttributeError", "TypeError"):
        return None
    inside = f.raised.frames[-1][2] if f.raised.frames else None
    call = next(iter(unawaited(f.source, inside) or own_unawaited(f.source)), None)
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
    match f.source.parents.get(call):
        case ast.Attribute(attr=name) as behind if isinstance(
            f.source.parents.get(f.source.parents.get(behind, behind)), ast.Await
        ):
            method = call.func.attr  # type: ignore[attr-defined]  # unawaited gives calls of methods
            if method == "execute":
                return f.found(
                    f"execute of a Database gives no cursor, so there is no .{name}() behind it.",
                    f"Write  await {f.source.quote(call).replace('execute', 'fetch_all', 1)}.",
                    location(call),
                )
            return f.found(
                f"await reaches the result of {f.source.quote(call)} only after the .{name}() "
                "behind it.",
                f"Remove .{name}(): {method} gives the result already.",
                location(call),
            )
    match f.source.parents.get(call):
        case ast.Attribute(attr=name) if name not in dir(list):
            return f.found(
                f"A coroutine has no {name}: await alone gives its result.",
                f"Write  await {f.source.quote(call)}  without what stands behind it.",
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


def own_unawaited(source: Source) -> list[ast.Call]:
    """The calls of the file's own async functions of which the promise is kept, or looped over."""
    kept = (
        node.iter if isinstance(node, ast.For) else node.value
        for node in source.nodes
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.For))
    )
    return [
        call
        for call in kept
        if isinstance(call, ast.Call)
        and isinstance(source.functions.get(source.quote(call.func)), ast.AsyncFunctionDef)
    ]


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
    if kind == "Database":
        return f.found(
            f"Line {f.line} awaits the database itself, and says not what it is to do.",
            "Write the method behind it, such as  await database.connect().",
        )
    return f.found(
        f"Line {f.line} awaits a value of type {kind}, which is there already.",
        "Remove that await; only calls of async functions need one.",
    )


def generator_of_rows(f: Failure) -> Diagnosis | None:
    """`for row in database.iterate(query)`, `list(...)` or `await` of the same."""
    if f.kind != "TypeError" or "async_generator" not in f.message:
        return None
    for node in f.source.attributes("iterate"):
        if node.lineno == f.line:
            return f.found(
                "iterate hands out one row after another, and only to async for.",
                "Write  await database.fetch_all(query)  instead, which gives a list.",
                node,
            )
    return None


def loop_over(f: Failure) -> Diagnosis | None:
    """`async for` over rows, or over the promise of rows."""
    if f.kind != "TypeError" or "__aiter__" not in f.message:
        return None
    for node in f.source.nodes:
        if isinstance(node, (ast.AsyncFor, ast.comprehension)) and node.iter.lineno == f.line:
            rows, promised = f.source.quote(node.iter), "coroutine" in f.message
            return f.found(
                f"{rows} gives its rows at once when it is awaited, and needs no async for."
                if promised
                else f"{rows} is there already, and needs no async for.",
                f"Write  for {f.source.quote(node.target)} in {'await ' * promised}{rows}  without "
                "async.",
                node.iter,
            )
    return None


def unknown_column(f: Failure) -> Diagnosis | None:
    """`row["title"]`, copied from an example with another table."""
    if f.kind not in ("KeyError", "AttributeError"):
        return None
    loops = (ast.For, ast.AsyncFor, ast.comprehension)
    rows = {f.source.quote(node.target) for node in f.source.nodes if isinstance(node, loops)}
    for name, values in f.source.assigned.items():
        if any(isinstance(value, (ast.Await, ast.Subscript)) for value in values):
            rows.add(name)
    for node in f.source.nodes:
        match node:
            case ast.Subscript(value=row, slice=ast.Constant(value=str(name)), lineno=f.line):
                told = repr(name)
            case ast.Attribute(value=row, attr=name, lineno=f.line):
                told = name
            case _:
                continue
        if f.message == told and (isinstance(row, ast.Subscript) or f.source.quote(row) in rows):
            return f.found(
                f"Line {f.line} reads the column {name}, which the table users does not have.",
                f"Leave out {f.source.quote(node)}, and return the rows as they are.",
                node,
            )
    return None


def asks_for_input(f: Failure) -> Diagnosis | None:
    """`input()`, where nobody is there to type."""
    if f.kind != "EOFError" or "input(" not in f.text:
        return None
    return f.found(
        f"Line {f.line} asks for input, and nobody types while the file is checked.",
        "Remove input(...), or write the value itself.",
    )


def unpacked(f: Failure) -> Diagnosis | None:
    """One object, assigned to several names."""
    match = re.search(r"cannot unpack non-iterable (\w+) object", f.message)
    if f.kind != "TypeError" or not match:
        return None
    for node in f.source.nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=[first, *_])], lineno=f.line):
                return f.found(
                    f"Line {f.line} assigns one {match[1]} to several names.",
                    f"Write one name alone:  {f.source.quote(first)} = "
                    f"{f.source.quote(node.value)}.",
                    node,
                )
    return None


# What Python says of a wrong call, the problem, and what to do; {0} is the first group.
WRONG_CALLS = (
    (
        r"on_event\(\) takes 2 positional",
        "on_event takes the event only: the function belongs below it.",
        'Write @app.on_event("startup") directly above the function.',
    ),
    (
        r"on_event\(\) missing",
        "on_event does not say which event.",
        'Write @app.on_event("startup").',
    ),
    (
        r"(\w*contextmanager)\(\) missing",
        "The parentheses behind {0} call it with nothing.",
        "Write  @{0}  without parentheses.",
    ),
    (
        r"Database\.__init__\(\) got an unexpected keyword argument '(\w+)'",
        "databases.Database takes no argument called {0}.",
        "Write  databases.Database(DATABASE_URL).",
    ),
    (
        r"Database\.__init__\(\) missing",
        "databases.Database needs to know which database.",
        "Put DATABASE_URL between its parentheses.",
    ),
    (
        r"Database\.__init__\(\) takes \d+ positional",
        "databases.Database is given more than the address.",
        "Write  databases.Database(DATABASE_URL).",
    ),
    (
        r"(fetch_\w+|execute)\(\) missing \d+ required .*'query'",
        "{0} is called without a query.",
        "Put the query into {0}(...).",
    ),
    (
        r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
        "{0} takes no argument called {1}.",
        "Remove {1}.",
    ),
    (
        r"(\w+)\(\) takes .*positional arguments? but \d+ (?:was|were) given",
        "{0} is given more arguments than it takes.",
        "Remove what is too much between its parentheses.",
    ),
)


def list_of_handlers(f: Failure) -> Diagnosis | None:
    """`on_startup=database.connect`, where a list belongs."""
    for node in f.source.nodes if "object is not iterable" in f.message else ():
        match node:
            case ast.keyword(
                arg="on_startup" | "on_shutdown" as name,
                value=(ast.Name() | ast.Attribute()) as value,
            ) if value.lineno == f.line:
                return f.found(
                    f"{name} takes a list of functions, and not one alone.",
                    f"Write  {name}=[{f.source.quote(value)}]  with square brackets.",
                    value,
                )
    return None


def shadowed(f: Failure) -> Diagnosis | None:
    """A parameter with the name of something that its function then asks for in vain."""
    for node in f.source.nodes if f.kind == "AttributeError" else ():
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=f.name, lineno=f.line):
                function = f.source.function_around(node)
                parameters = [arg.arg for arg in function.args.args] if function else []
                if function and name in parameters and f.source.binding(name):
                    return f.found(
                        f"{name} is a parameter of {function.name}, and in it no longer the "
                        f"{name} of the file.",
                        f"Rename the parameter in line {function.lineno}: write  "
                        f"{'app' if name == 'database' else 'other'}  instead.",
                        function,
                    )
    return None


def method_of_class(f: Failure) -> Diagnosis | None:
    """`databases.Database.connect()`, without an object."""
    match = re.search(r"Database\.(\w+)\(\) missing \d+ required positional", f.message)
    for node in f.source.attributes(match[1]) if f.kind == "TypeError" and match else ():
        owner = f.source.quote(node.value)
        if owner in ("Database", "databases.Database"):
            return f.found(
                f"{owner} is the class; {node.attr} needs the object that was made from it.",
                f"Write  database.{node.attr}  instead of {owner}.{node.attr}.",
                node,
            )
    return None


def called_wrongly(f: Failure) -> Diagnosis | None:
    """Something that was called with other arguments than it takes."""
    for pattern, problem, fix in WRONG_CALLS if f.kind == "TypeError" else ():
        if match := re.search(pattern, f.message):
            return f.found(problem.format(*match.groups()), fix.format(*match.groups()))
    return None


def unknown_argument(f: Failure) -> Diagnosis | None:
    """An argument that Database or FastAPI does not have."""
    if match := re.search(r"FastAPI.__init__\(\) got an unexpected .* '(\w+)'", f.message):
        near = get_close_matches(match[1], ("lifespan", "on_startup", "on_shutdown"), 1)
        return f.found(
            f"FastAPI knows no argument {match[1]}.",
            f"Write {near[0]} instead of {match[1]}." if near else f"Remove {match[1]}.",
        )
    if "FastAPI.__init__() takes 1 positional argument" in f.message:
        calls = (n for n in f.source.nodes if isinstance(n, ast.Call) and n.lineno == f.line)
        given = [f.source.quote(value) for call in calls for value in call.args]
        if given == ["DATABASE_URL"]:
            return f.found(
                "FastAPI makes an application, and no database.",
                "Write  database = databases.Database(DATABASE_URL).",
            )
        functions = [name for name in given if name in f.source.functions]
        return f.found(
            f"FastAPI takes its arguments by name only, not as {', '.join(given)}.",
            f"Write  app = FastAPI(lifespan={functions[0]})."
            if functions
            else "Write  app = FastAPI()  without it.",
        )
    if "Database.__init__() missing" in f.message:
        for node in f.source.nodes:
            if isinstance(node, ast.Call) and node.lineno == f.line and node.keywords:
                return f.found(
                    f"databases.Database takes no argument called {node.keywords[0].arg}.",
                    "Write  databases.Database(DATABASE_URL).",
                )
    return None


def not_callable(f: Failure) -> Diagnosis | None:
    """A module or a value that is called like a function."""
    match = re.search(r"'(\w+)' object is not callable", f.message)
    if f.kind != "TypeError" or not match or not f.line:
        return None
    if match[1] == "module":
        known = ("databases", "Database") if "databases(" in f.text else ("fastapi", "FastAPI")
        return f.found(
            f"Line {f.line} calls the module {known[0]}, not the class in it.",
            "Write  databases.Database(DATABASE_URL)."
            if known[0] == "databases"
            else "Write  from fastapi import FastAPI  at the top, and call FastAPI().",
        )
    return f.found(
        f"Line {f.line} calls a {match[1]} as if it were a function.",
        "Remove the parentheses, or call the function that was meant.",
    )


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
    calls = (n for n in f.source.nodes if isinstance(n, ast.Call) and n.lineno == f.line)
    names = [f.source.quote(call.func) for call in calls]
    runner = next((name for name in names if ".run" in name), "asyncio.run")
    return f.found(
        f"{runner} starts an event loop, but here one is running already.",
        f"Use await instead of {runner}(...).",
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


RULES: tuple[Callable[[Failure], Diagnosis | None], ...] = (
    leaving,
    *LOOKUPS,
    plain_with,
    cached_coroutine,
    asks_for_input,
    generator_of_rows,
    loop_over,
    unpacked,
    unknown_column,
    *LIBRARIES,
    attribute_of_coroutine,
    shadowed,
    list_of_handlers,
    unknown_attribute,
    await_on_no_coroutine,
    unknown_argument,
    method_of_class,
    called_wrongly,
    not_callable,
    subscripted,
    nested_run,
    endless_recursion,
)
