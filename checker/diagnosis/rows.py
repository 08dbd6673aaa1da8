"""What fetch_users hands back, where it is not what the step asks for.

The rules stand in order: the first that knows an answer gives it.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator
from itertools import takewhile

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.exceptions import unawaited
from checker.diagnosis.finding import Function, WrongValue, asks_its_own, names_of
from checker.diagnosis.libraries import CHANGING
from checker.diagnosis.lookups import MEMBERS, nearest
from checker.diagnosis.places import MOST_VALUES, kind, near_name, returned, summary
from checker.program import MISSING, AsManyRows, Call, Contents, Thing
from checker.results import Location
from checker.workspace import FILE

# Methods of a list or a dictionary that change it and give nothing.
IN_PLACE = ("sort", "append", "extend", "reverse", "insert", "clear", "update", "remove")


def not_async(f: WrongValue) -> Diagnosis | None:
    """A function without `async`, a generator, or no function at all."""
    if "async function" not in f.problem:
        return None
    function = f.function
    if isinstance(f.seen, Thing) and f.seen.type == "function":
        if isinstance(function, ast.FunctionDef):
            return f.found(
                f"{f.about} begins with def, so nobody can await it.",
                f"Write  async def {f.about}()  and await the query in it.",
                function,
            )
        if function and any(isinstance(node, ast.Yield) for node in ast.walk(function)):
            node = next(node for node in ast.walk(function) if isinstance(node, ast.Yield))
            loops = [n for n in f.source.around(node) if isinstance(n, ast.For)]
            return f.found(
                f"{f.about} hands out rows with yield, so it is a generator.",
                f"Write  return {f.source.quote(loops[0].iter)}  instead of the loop."
                if loops
                else "Write return instead of yield, and return the whole list.",
                node,
            )
        return f.found(
            f"{f.about} is an ordinary function.",
            f"Begin it with  async def {f.about}():",
            function,
        )
    if isinstance(f.seen, Thing) and f.seen.type == "coroutine":
        return f.found(
            f"{f.about} is a coroutine, the promise of a result, and no function.",
            f"Write  async def {f.about}():  and put the query inside it.",
        )
    if isinstance(f.seen, Thing) and f.seen.type == "type":
        return f.found(
            f"{f.about} is a class.", f"Write  async def {f.about}():  instead of class."
        )
    return f.found(
        f"{f.about} is {summary(f.seen)}, not a function.",
        f"Write  async def {f.about}():  and return the rows in it.",
    )


def defined_twice(f: WrongValue) -> Diagnosis | None:
    """A second function of the same name, of which only the last counts."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    same = [n for n in f.source.nodes if isinstance(n, kinds) and n.name == f.about]
    if len(same) < 2:
        return None
    lines = sorted(node.lineno for node in same)
    return f.found(
        f"{f.about} is defined again in line {lines[-1]}, and only the last one counts.",
        f"Keep one of the two functions {f.about}.",
        max(same, key=lambda node: node.lineno),
    )


def shared_default(f: WrongValue) -> Diagnosis | None:
    """A list as default value, which all calls share."""
    function = f.function
    if function is None or not isinstance(f.seen, (list, tuple)):
        return None
    for default in [*function.args.defaults, *filter(None, function.args.kw_defaults)]:
        if isinstance(default, (ast.List, ast.Dict, ast.Call)):
            return f.found(
                f"The {f.source.quote(default)} in line {default.lineno} is made once and shared "
                "by all calls, so rows of earlier calls stay in it.",
                f"Make the list inside {f.about}.",
                default,
            )
    return grown_outside(f, function)


def grown_outside(f: WrongValue, function: Function) -> Diagnosis | None:
    """A list outside of the function, which each call makes longer."""
    wanted = getattr(f.evidence.comparison and f.evidence.comparison.wanted, "count", None)
    if wanted is None or len(f.seen) <= wanted or not f.evidence.queries:
        return None
    own = {name for name, _ in f.source.bindings} - {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert"),
                args=[*_, added],
            ) if name in own and f.source.values(name) and not is_count(added):
                return f.found(
                    f"{name} is made once, outside of {f.about}, so rows of earlier calls stay in "
                    "it.",
                    f"Make the list inside {f.about}.",
                    f.source.binding(name),
                )
    return None


def is_count(node: ast.expr) -> bool:
    """Whether an expression is the number of something, and so no row."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", None) == "len"


def table_changed(f: WrongValue) -> Diagnosis | None:
    """A function that reads the rows and changes them."""
    function = f.function
    if function is None or "changes the table" not in f.problem:
        return None
    changing = [n for n in queries_in(function) if getattr(n.func, "attr", "").startswith("exec")]
    return f.found(
        f"{f.about} changes the table: a second call hands back other rows.",
        "Leave out every statement but the SELECT.",
        changing[0] if changing else function,
    )


def hidden_error(f: WrongValue) -> Diagnosis | None:
    """An `except` that keeps the error of a query from showing."""
    function = f.function
    if function is None or f.evidence.comparison is None or unawaited(f.source, f.about):
        return None
    if f.seen and isinstance(f.seen, list):
        return None
    answered = any(call.finished for call in f.evidence.queries)
    for node in ast.walk(function):
        match node:
            case ast.Try(handlers=[handler, *_]) if asks(f, node) and not raises(handler):
                known = hidden_name(f, node)
                if known or answered:
                    return known
                return query_too_narrow(f) or f.found(
                    f"The except in line {handler.lineno} hides an error of the query.",
                    "Remove try and except: then Python tells what is wrong.",
                    handler,
                )
    return None


def raises(node: ast.AST) -> bool:
    """Whether a raise stands in a node."""
    return any(isinstance(child, ast.Raise) for child in ast.walk(node))


def asks(f: WrongValue, block: ast.Try) -> bool:
    """Whether a try asks the database something, whatever the conditions."""
    for node in (child for statement in block.body for child in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr.startswith(("fetch", "exec")):
                around = takewhile(lambda outer: outer is not block, f.source.around(node))
                return not any(isinstance(outer, ast.If) for outer in around)
    return False


def hidden_name(f: WrongValue, block: ast.Try) -> Diagnosis | None:
    """A name in a try that nothing gives a value, or a method that a Database does not have."""
    line = block.handlers[0].lineno
    given = {node.arg for node in f.source.nodes if isinstance(node, ast.arg)}
    known = given | f.source.names | f.source.imported | set(dir(builtins))
    for node in (child for statement in block.body for child in ast.walk(statement)):
        match node:
            case ast.Attribute(value=ast.Name(id="database"), attr=attr) if attr not in MEMBERS[
                "Database"
            ] and (near := nearest(attr, "Database")):
                return f.found(
                    f"The except in line {line} hides an error: a Database has no {attr}.",
                    f"Write {near} instead of {attr}.",
                    node,
                )
            case ast.Name(id=name) if name not in known:
                method = getattr(f.source.parents.get(node), "attr", None)
                own = near_name(name, f.source, imported=True)
                text = '"SELECT * FROM users"' if name == "users" else own
                near = "database" if method in MEMBERS["Database"] else text
                return f.found(
                    f"The except in line {line} hides an error: nothing gives {name} a value.",
                    f"Write {near} instead of {name}." if near else f"Define or import {name}.",
                    node,
                )
    return None


def nothing_returned(f: WrongValue) -> Diagnosis | None:
    """No `return`, or one that gives nothing."""
    function = f.function
    if f.seen is not None or function is None:
        return None
    query = next(iter(queries_in(function)), None)
    if not returned(function):
        if query is None:
            return f.found(
                f"{f.about} hands back nothing, because it asks the database nothing.",
                f.evidence.fix,
                function,
            )
        holder = f.source.parents.get(f.source.parents.get(query, query))
        if isinstance(holder, ast.Call) and f.source.quote(holder.func) == "print":
            return f.found(
                f"print shows the rows, and {f.about} hands back nothing.",
                f"Write  return {f.source.quote(holder.args[0])}  instead of print(...).",
                holder,
            )
        if isinstance(holder, ast.For):
            return f.found(
                f"{f.about} hands back nothing: it has no return.",
                f"Write  return {f.source.quote(holder.iter)}  instead of the loop.",
                holder,
            )
        rows = sorted(names_of(holder)) if isinstance(holder, (ast.Assign, ast.AnnAssign)) else []
        return f.found(
            f"{f.about} hands back nothing: it has no return.",
            f"Write  return {rows[0]}  at its end."
            if rows
            else "Write return in front of what it should hand back.",
            function.body[-1] if rows else query,
        )
    if query is not None and query.func.attr in ("fetch_one", "fetch_val", "execute_many"):  # type: ignore[attr-defined]  # queries_in gives calls of attributes
        return wrong_method(f)
    statement = f.last_return
    match statement:
        case ast.Return(value=ast.Call(func=ast.Attribute(attr=method) as called)) if (
            method in IN_PLACE
        ):
            changed = f.source.quote(called.value)
            return f.found(
                f"{method} changes {changed} in place and gives None.",
                f"Call it in a line of its own, and then return {changed}.",
                statement,
            )
        case ast.Return(value=ast.Call(func=ast.Name(id="print"))):
            return f.found("print shows a value, and gives None.", f.evidence.fix, statement)
    return f.found(f"{f.about} hands back None.", f.evidence.fix, statement)


def queries_in(function: ast.AST) -> Iterator[ast.Call]:
    """The calls in a function that ask the database something."""
    for node in ast.walk(function):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    attr="fetch_all"
                    | "fetch_one"
                    | "fetch_val"
                    | "execute"
                    | "execute_many"
                    | "iterate"
                )
            ):
                yield node


def coroutine_returned(f: WrongValue) -> Diagnosis | None:
    """A missing `await`."""
    first = f.seen[0] if isinstance(f.seen, (list, tuple)) and f.seen else f.seen
    if not isinstance(first, Thing) or first.type not in ("coroutine", "async_generator"):
        return None
    function = f.function
    if first.type == "async_generator":
        return f.found(
            f"{f.about} handed back a generator of rows, not the rows.",
            "Use  await database.fetch_all(query)  instead of iterate.",
            next((node for node in queries_in(function)), None) if function else None,
        )
    for node in ast.walk(function) if function else ():
        match node:
            case ast.Expr(value=ast.Await(value=ast.Name(id=name))):
                return f.found(
                    f"Line {node.lineno} awaits {name}, and keeps nothing of what that gives.",
                    f"Write  {name} = await {name}.",
                    node,
                )
    calls = unawaited(f.source, f.about)
    if calls:
        return f.found(
            f"{f.about} handed back a coroutine, so the query never ran.",
            f"Put await in front of {f.source.quote(calls[0])}.",
            calls[0],
        )
    return f.found(
        f"{f.about} handed back a coroutine, so something in it never ran.",
        "Put await in front of the call that it returns.",
        f.last_return,
    )


def function_returned(f: WrongValue) -> Diagnosis | None:
    """A method or function without its parentheses."""
    if not isinstance(f.seen, Thing) or f.seen.type not in ("method", "function", "type", "module"):
        return None
    place = f.last_return
    given = place.value if isinstance(place, ast.Return) else None
    what = f.source.quote(given) if given else "it"
    if what == f.about:
        return f.found(
            f"{f.about} hands back {what}, the function, instead of the rows.",
            'Return what  await database.fetch_all("SELECT * FROM users")  gives.',
            place,
        )
    return f.found(
        f"{f.about} hands back {what} itself instead of calling it.",
        f"Write  {what}(query)  with parentheses." if "fetch" in what else f"Call {what}.",
        place,
    )


def wrong_method(f: WrongValue) -> Diagnosis | None:
    """fetch_one, fetch_val or execute instead of fetch_all."""
    function = f.function
    methods = {call.method for call in f.evidence.queries}
    if function is None or "fetch_all" in methods or f.evidence.comparison is None:
        return None
    gives = {
        "fetch_one": "only the first row",
        "fetch_val": "only one value",
        "execute": "no rows",
        "execute_many": "no rows",
        "iterate": "one row after another",
    }
    for node in queries_in(function):
        method = node.func.attr  # type: ignore[attr-defined]  # queries_in gives calls of attributes
        if method in gives and not isinstance(f.seen, list):
            return f.found(
                f"{method} gives {gives[method]}.", f"Call fetch_all instead of {method}.", node
            )
    return None


def returned_too_early(f: WrongValue) -> Diagnosis | None:
    """A return inside the loop, which ends with the first row."""
    function = f.function
    if function is None or f.evidence.comparison is None:
        return None
    for statement in returned(function):
        loops = [n for n in f.source.around(statement) if isinstance(n, (ast.For, ast.AsyncFor))]
        if loops:
            gives_row = statement.value and f.source.quote(statement.value) == f.source.quote(
                loops[0].target
            )
            return f.found(
                f"The return stands inside the loop, so {f.about} ends with the first row.",
                f"Write  return {f.source.quote(loops[0].iter)}  instead of the loop."
                if gives_row
                else "Move return to the left, below the loop.",
                statement,
            )
    return None


def wrong_shape(f: WrongValue) -> Diagnosis | None:
    """Rows in something else than a list, or changed on the way."""
    function = f.function
    if function is None or f.evidence.comparison is None:
        return None
    place = f.last_return
    if isinstance(f.seen, Thing):
        return f.found(
            f"{f.about} hands back a {kind(f.seen)}, not a list of rows.",
            "Return what  await database.fetch_all(query)  gives, unchanged.",
            place,
        )
    if isinstance(f.seen, list) and len(f.seen) == 1 and isinstance(f.seen[0], list):
        return nested(f, function)
    if f.seen is not MISSING and not isinstance(f.seen, list):
        one_row = isinstance(f.seen, dict) and not any(isinstance(v, list) for v in f.seen.values())
        what = "one row" if one_row else article(kind(f.seen))
        return f.found(
            f"{f.about} hands back {what}, not a list of rows.",
            "Return what  await database.fetch_all(query)  gives, unchanged.",
            place,
        )
    return None


def nested(f: WrongValue, function: Function) -> Diagnosis:
    """What puts the list of rows into another list."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="append")):
                return f.found(
                    "append puts the whole list of rows into another list, as one item.",
                    f"Write  {f.source.quote(owner)}.extend(...), or return the rows as they are.",
                    node,
                )
            case ast.Call(func=ast.Attribute(attr="gather") as called):
                return f.found(
                    f"{f.source.quote(called)} puts the list of rows into another list.",
                    "Return what  await database.fetch_all(query)  gives.",
                    node,
                )
            case ast.List(elts=[_]):
                return f.found(
                    f"{f.about} puts the list of rows into another list.",
                    "Remove the square brackets around it.",
                    node,
                )
    return f.found(
        f"{f.about} puts the list of rows into another list.",
        "Return what  await database.fetch_all(query)  gives.",
        f.last_return,
    )


def article(word: str) -> str:
    """A word with its article."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def no_query(f: WrongValue) -> Diagnosis | None:
    """Rows that do not come from the database at all."""
    function = f.function
    if function is None or f.evidence.comparison is None or f.evidence.queries:
        return None
    inside = set(ast.walk(function))
    outside = [n for n in f.source.nodes if isinstance(n, ast.Call) and n not in inside]
    early = [node for node in outside if getattr(node.func, "attr", "").startswith("fetch_")]
    for node in f.source.attributes("connect"):
        if f.source.quote(node.value) == "sqlite3":
            return f.found(
                f"{f.about} reads with sqlite3, the step asks for database.fetch_all.",
                'Return what  await database.fetch_all("SELECT * FROM users")  gives.',
                node,
            )
    kept = next(queries_in(function), None)
    if kept is not None:
        guard = next((n for n in f.source.around(kept) if isinstance(n, (ast.If, ast.Try))), kept)
        return f.found(
            f"{f.about} asks the database only the first time, and then hands back old rows.",
            "Run the query in every call, and keep nothing between calls.",
            guard,
        )
    if early:
        return f.found(
            f"The query runs once, outside of {f.about}, so {f.about} hands back old rows.",
            f"Move the query into {f.about}.",
            early[0],
        )
    place = f.last_return
    return f.found(
        f"{f.about} never asks the database; its rows are made up or kept from elsewhere.",
        'Return what  await database.fetch_all("SELECT * FROM users")  gives.',
        place,
    )


def query_too_narrow(f: WrongValue) -> Diagnosis | None:
    """A query that leaves out rows or columns."""
    comparison = f.evidence.comparison
    if comparison is None or not isinstance(f.seen, list):
        return None
    wanted = comparison.wanted
    fewer = isinstance(wanted, (AsManyRows, Contents)) and len(f.seen) != wanted.count
    for call in f.evidence.queries[:MOST_VALUES]:
        place = query_place(f, call)
        query = " ".join((call.query or "").lower().split())
        for word in ("limit", "where", "distinct", "group by", "offset"):
            if fewer and re.search(rf"\b{word}\b", query):
                return f.found(
                    f"The query has {word.upper()}, which leaves out rows.",
                    'Write the query as "SELECT * FROM users".',
                    f.source.string_with(f"{word.upper()} ") or place,
                )
        selected = re.match(r"select (.*?) from\b", query)
        if selected and not re.fullmatch(r"(\w+\.)?\*", selected[1]):
            return f.found(
                f"The query selects {selected[1]} only, not every column.",
                "Select every column with *.",
                place,
            )
        table = re.search(r"\bfrom\s+['\"`\[]?(\w+)", query)
        if table and table[1] != "users":
            return f.found(
                f"The query reads {table[1]}, not users.", "Read from the table users.", place
            )
    return None


def table_grows(f: WrongValue) -> Diagnosis | None:
    """A statement beside the query that changes the table."""
    for call in f.evidence.queries[:MOST_VALUES]:
        word = CHANGING.match(call.query or "")
        if word and isinstance(f.seen, list) and isinstance(f.function, Function):
            return f.found(
                f"{word[1]} changes the table users at each call of {f.about}.",
                f"Remove the {word[1]}: {f.about} only reads.",
                query_place(f, call),
            )
    return None


def query_place(f: WrongValue, call: Call) -> Location | None:
    """Where a query stands in the file, or else where it is sent from."""
    if call.query and (place := f.source.string_with(call.query)):
        return place
    return Location(FILE, call.line) if call.line else None


def rows_changed(f: WrongValue) -> Diagnosis | None:
    """Rows that were cut, changed or thinned out after the query."""
    comparison = f.evidence.comparison
    function = f.function
    if comparison is None or function is None or not isinstance(f.seen, list):
        return None
    if not isinstance(comparison.wanted, (AsManyRows, Contents)):
        return None
    place = place_of_change(f, function)
    wanted = comparison.wanted.count
    if "old rows" in f.problem:
        return f.found(
            f"{f.about} keeps rows from an earlier call, so later changes never show.",
            "Run the query in every call, and keep nothing between calls.",
            place,
        )
    if len(f.seen) != wanted:
        few = "few" if len(f.seen) < wanted else "many"
        return f.found(
            f"{f.about} hands back too {few} rows: {len(f.seen)} instead of {wanted}.",
            "Return the list from fetch_all as it is: no slice, no filter, no early return.",
            place,
        )
    return f.found(
        "The rows are not as the table has them.",
        "Return the rows from fetch_all unchanged, each with all its columns.",
        place,
    )


def place_of_change(f: WrongValue, function: Function) -> ast.AST | None:
    """The statement of a function that most likely changes its rows."""
    for node in (node for statement in function.body for node in ast.walk(statement)):
        if isinstance(node, (ast.Subscript, ast.comprehension)):
            holder = [node, *f.source.around(node)]
            return next((n for n in holder if isinstance(n, ast.stmt)), function)
    return f.last_return


def not_through_fetch_all(f: WrongValue) -> Diagnosis | None:
    """Rows that are right, but read another way."""
    function, rows = f.function, f.evidence.comparison
    if function is None or rows is None or "fetch_all" not in f.problem:
        return None
    f.detail = f"fetch_all gave {rows.got} of {rows.wanted} rows"
    for node in queries_in(function):
        method = node.func.attr  # type: ignore[attr-defined]  # queries_in gives calls of attributes
        owner = f.source.quote(node.func.value)  # type: ignore[attr-defined]  # same
        if method != "fetch_all":
            return f.found(
                f"The rows come through {method}, the step asks for fetch_all.",
                "Write  return await database.fetch_all(query).",
                node,
            )
        if owner != "database":
            return f.found(
                f"The rows come from {owner}, not from database.",
                f"Write  database.fetch_all  instead of {owner}.fetch_all.",
                node,
            )
        if its_own := asks_its_own(f, f.source.function_around(node)):
            return its_own
    return f.found(
        "The rows do not come through database.fetch_all.",
        "Write  return await database.fetch_all(query).",
        f.last_return,
    )


def blocking_call(f: WrongValue) -> Diagnosis | None:
    """A call that stops the event loop."""
    comparison = f.evidence.comparison
    if comparison is None or comparison.wanted != [] or not comparison.got:
        return None
    what, _, line = str(comparison.got[0]).partition(" in line ")
    f.detail = None
    instead = {
        "time.sleep": "Remove it, or write  await asyncio.sleep(...).",
        "sqlite3.connect": "Read through  await database.fetch_all(query)  only.",
    }
    return f.found(
        f"{what} stops every other request while it runs.",
        instead.get(what, "Leave out the call, or use one that can be awaited."),
        Location(FILE, int(line)) if line.isdigit() else None,
    )


ROWS: tuple[Callable[[WrongValue], Diagnosis | None], ...] = (
    defined_twice,
    not_async,
    table_changed,
    blocking_call,
    coroutine_returned,
    hidden_error,
    nothing_returned,
    function_returned,
    wrong_method,
    returned_too_early,
    shared_default,
    wrong_shape,
    not_through_fetch_all,
    table_grows,
    query_too_narrow,
    no_query,
    rows_changed,
)
