"""Values that are not what the step asks for.

The rules are grouped by what a check is about, and stand in order: the first that knows an
answer gives it.
"""

import ast
import re
from collections.abc import Callable, Iterator

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.exceptions import passed_lifespans, unawaited
from checker.diagnosis.places import kind, place_of, returned, summary
from checker.program import MISSING, AsManyRows, Call, Contents, Thing
from checker.results import Location
from checker.source import Source, location
from checker.workspace import FILE

Function = ast.FunctionDef | ast.AsyncFunctionDef
EVENTS = {"connect": "startup", "disconnect": "shutdown"}


class Finding:
    """A check whose value is wrong, with what is known about it."""

    def __init__(self, evidence: Evidence, source: Source) -> None:
        self.evidence = evidence
        self.source = source
        self.about = evidence.about or ""
        self.seen = evidence.seen
        self.problem = str(evidence.error).partition("\nassert ")[0]
        self.detail = detail_of(evidence)

    def found(
        self, problem: str, fix: str | None, place: Location | ast.AST | None = None
    ) -> Diagnosis:
        """A diagnosis; without a place, that of what the check is about."""
        if isinstance(place, ast.AST):
            place = location(place)
        return Diagnosis(problem, fix, place or place_of(self.about, self.source), self.detail)

    @property
    def value(self) -> ast.expr | None:
        """What the file last assigns to the name that the check is about."""
        values = self.source.values(self.about)
        return values[-1] if values else None

    def is_thing(self, type_: str, name: str | None = None) -> bool:
        """Whether the value seen is of a type, and has a name."""
        seen = self.seen
        return isinstance(seen, Thing) and seen.type == type_ and name in (None, seen.name)


def detail_of(evidence: Evidence) -> str | None:
    """Expected and got, in a few words."""
    if evidence.comparison:
        wanted, got = summary(evidence.comparison.wanted), summary(evidence.comparison.got)
        return f"expected {wanted} · got {got}"
    if evidence.seen is not MISSING:
        return f"got {summary(evidence.seen)}"
    return None


def diagnose_value(evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of a value that is not what the check asks for."""
    finding = Finding(evidence, source)
    rules = RULES.get(finding.about, ())
    known = next(filter(None, (rule(finding) for rule in rules)), None)
    return known or finding.found(finding.problem, evidence.fix)


# --- imports --------------------------------------------------------------------------------


def import_is_comment(f: Finding) -> Diagnosis | None:
    """An import that is commented out."""
    for number, line in enumerate(f.source.lines, start=1):
        if re.match(rf"\s*#+\s*(import|from)\b.*\b{f.about}\b", line):
            return f.found(
                f"The line that imports {f.about} is a comment, so Python skips it.",
                f"Remove the # at the beginning of the line:  {line.strip(' #')}",
                Location(FILE, number),
            )
    return None


# --- DATABASE_URL ---------------------------------------------------------------------------


def import_lost(f: Finding) -> Diagnosis | None:
    """An import of step 1 that is gone."""
    lost = re.search(r"no longer imports (\w+)", f.problem)
    if not lost:
        return None
    line = "import databases" if lost[1] == "databases" else f"from fastapi import {lost[1]}"
    imports = [n for n in f.source.nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
    return f.found(
        f.problem,
        f"Write  {line}  at the top of the file.",
        imports[-1] if imports else Location(FILE, 1),
    )


def url_in_something(f: Finding) -> Diagnosis | None:
    """A tuple, a list, a class or nothing where a text is asked for."""
    if isinstance(f.seen, tuple):
        return f.found(
            "DATABASE_URL is a tuple, not a text: a comma stands in its line.",
            "Remove the comma.",
        )
    if isinstance(f.seen, (list, dict)):
        return f.found(
            f"DATABASE_URL is a {kind(f.seen)}, not a text.", "Remove the brackets around the text."
        )
    if isinstance(f.seen, Thing) and f.seen.type == "bytes":
        return f.found("DATABASE_URL is bytes, not a text.", "Remove the b before the quotes.")
    if f.seen is not MISSING and not isinstance(f.seen, str):
        return f.found(
            f"DATABASE_URL is {summary(f.seen)}, not the address of a database.", f.evidence.fix
        )
    return None


def url_differs(f: Finding) -> Diagnosis | None:
    """A text that is nearly the address."""
    url, wanted = f.seen, "sqlite:///./test.db"
    if not isinstance(url, str):
        return None
    fix = f'Write  DATABASE_URL = "{wanted}".'
    if not url:
        return f.found("DATABASE_URL is an empty text.", fix)
    if url != url.strip():
        return f.found(f"There is a space around the address {url!r}.", "Remove the space.")
    if url.strip("'\"") != url:
        return f.found(
            "The address is quoted twice, so the quotes are part of it.", "Keep one pair of quotes."
        )
    if "\\" in url or (f.value and "\\" in f.source.quote(f.value)):
        return f.found("The address holds a backslash.", f"Use forward slashes only. {fix}")
    if " " in url:
        return f.found("The address holds a space.", fix)
    scheme, colon, rest = url.partition(":")
    if not colon:
        return f.found("The address does not begin with sqlite:// and so names no database.", fix)
    if scheme != "sqlite":
        return f.found(f"The address begins with {scheme}, but the step asks for sqlite.", fix)
    slashes = len(rest) - len(rest.lstrip("/"))
    if slashes != 3:
        count = "1 slash" if slashes == 1 else f"{slashes or 'no'} slashes"
        return f.found(f"The address has {count} after sqlite: and needs three.", fix)
    path = rest.lstrip("/")
    if path == "test.db":
        return f.found("The path of the address lacks ./ before test.db.", fix)
    if path.startswith("../"):
        return f.found("Two dots lead to the folder above this one.", fix)
    return f.found(f"The address names the file {path}, but the step asks for ./test.db.", fix)


# --- database -------------------------------------------------------------------------------


def database_is_the_class(f: Finding) -> Diagnosis | None:
    """The class, a tuple, a text or another thing where an instance is asked for."""
    if f.evidence.comparison:
        return None
    if f.is_thing("type", "databases.core.Database"):
        return f.found(
            "database is the class databases.Database itself, not an instance of it.",
            "Call the class:  databases.Database(DATABASE_URL).",
        )
    if f.is_thing("module"):
        return f.found(
            f"database is the module {f.seen.name}, not an instance of databases.Database.",
            "Write  database = databases.Database(DATABASE_URL)  below the imports.",
        )
    if f.is_thing("function"):
        return f.found(
            f"database is the function {f.seen.name}, not what it returns.",
            f"Call it:  {f.seen.name}().",
        )
    if f.is_thing("coroutine"):
        return f.found(
            "database is a coroutine, a promise of something else.",
            "Write  database = databases.Database(DATABASE_URL)  without more.",
        )
    if isinstance(f.seen, tuple):
        return f.found(
            "database is a tuple, because a comma stands in its line.",
            "Remove the comma.",
        )
    if isinstance(f.seen, str) and f.value and "DatabaseURL(" in f.source.quote(f.value):
        return f.found(
            "database is an address, not a database.", "Call databases.Database, not DatabaseURL."
        )
    if isinstance(f.seen, str):
        quoted = "quoted" if "Database(" in f.seen else "only a text"
        return f.found(
            f"database is {quoted}, so it is no databases.Database.",
            "Write  databases.Database(DATABASE_URL)  without quotes around it."
            if quoted == "quoted"
            else "Call the class:  databases.Database(DATABASE_URL).",
        )
    return None


def database_of_another_library(f: Finding) -> Diagnosis | None:
    """An object of another library, or no value at all."""
    if f.seen is None:
        return f.found(
            "database is None.", "Call the class:  database = databases.Database(DATABASE_URL)."
        )
    if isinstance(f.seen, Thing) and f.evidence.comparison is None:
        library = f.seen.type.partition(".")[0]
        return f.found(
            f"database is a {f.seen.type}, not a databases.Database.",
            "Write  database = databases.Database(DATABASE_URL)."
            if library != "main"
            else "Make database from databases.Database, not from a class of your own.",
        )
    return None


def database_from_text(f: Finding) -> Diagnosis | None:
    """A copied text, or another variable, where DATABASE_URL is asked for."""
    call = f.value
    if f.evidence.comparison is None or not isinstance(call, ast.Call):
        return None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not given:
        return None
    first = given[0]
    if isinstance(first, ast.Constant) and first.value == "DATABASE_URL":
        return f.found(
            "The word DATABASE_URL is passed, not the variable.",
            "Remove the quotes around it.",
            first,
        )
    if isinstance(first, (ast.Constant, ast.JoinedStr)):
        return f.found(
            "database is built from a text of its own, not from DATABASE_URL.",
            "Put the variable DATABASE_URL between the parentheses instead of the text.",
            first,
        )
    if isinstance(first, (ast.Name, ast.Attribute)) and f.source.quote(first) != "DATABASE_URL":
        return f.found(
            f"database is built from {f.source.quote(first)}, not from DATABASE_URL.",
            "Put DATABASE_URL between the parentheses.",
            first,
        )
    if isinstance(first, ast.Name):
        bindings = [place for name, place in f.source.bindings if name == "DATABASE_URL"]
        if len(bindings) > 1:
            return f.found(
                "DATABASE_URL gets another value after database was built from it.",
                f"Give DATABASE_URL its value once, in line {bindings[0].line}.",
                bindings[-1],
            )
    return None


# --- fetch_users ----------------------------------------------------------------------------


def not_async(f: Finding) -> Diagnosis | None:
    """A function without `async`, a generator, or no function at all."""
    if "async function" not in f.problem:
        return None
    function = f.source.function(f.about)
    if isinstance(f.seen, Thing) and f.seen.type == "function":
        if isinstance(function, ast.FunctionDef):
            return f.found(
                f"{f.about} begins with def, so nobody can await it.",
                f"Write  async def {f.about}()  and await the query in it.",
                function,
            )
        if function and any(isinstance(node, ast.Yield) for node in ast.walk(function)):
            node = next(node for node in ast.walk(function) if isinstance(node, ast.Yield))
            return f.found(
                f"{f.about} hands out rows with yield, so it is a generator.",
                "Write return instead of yield, and return the whole list.",
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


def defined_twice(f: Finding) -> Diagnosis | None:
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


def shared_default(f: Finding) -> Diagnosis | None:
    """A list as default value, which all calls share."""
    function = f.source.function(f.about)
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
    return None


def table_changed(f: Finding) -> Diagnosis | None:
    """A function that reads the rows and changes them."""
    function = f.source.function(f.about)
    if function is None or "changes the table" not in f.problem:
        return None
    changing = [n for n in queries_in(function) if getattr(n.func, "attr", "").startswith("exec")]
    return f.found(
        f"{f.about} changes the table: a second call hands back other rows.",
        "Leave out every statement but the SELECT.",
        changing[0] if changing else function,
    )


def nothing_returned(f: Finding) -> Diagnosis | None:
    """No `return`, or one that gives nothing."""
    function = f.source.function(f.about)
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
        rows = sorted(names_of(holder)) if isinstance(holder, (ast.Assign, ast.AnnAssign)) else []
        return f.found(
            f"{f.about} hands back nothing: it has no return.",
            f"Write  return {rows[0]}  at its end."
            if rows
            else "Write return in front of what it should hand back.",
            query,
        )
    if query is not None and query.func.attr in ("fetch_one", "fetch_val", "execute_many"):  # type: ignore[attr-defined]  # queries_in gives calls of attributes
        return wrong_method(f)
    return f.found(f"{f.about} hands back None.", f.evidence.fix, returned(function)[-1])


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


def coroutine_returned(f: Finding) -> Diagnosis | None:
    """A missing `await`."""
    first = f.seen[0] if isinstance(f.seen, (list, tuple)) and f.seen else f.seen
    if not isinstance(first, Thing) or first.type not in ("coroutine", "async_generator"):
        return None
    function = f.source.function(f.about)
    if first.type == "async_generator":
        return f.found(
            f"{f.about} handed back a generator of rows, not the rows.",
            "Use  await database.fetch_all(query)  instead of iterate.",
            next((node for node in queries_in(function)), None) if function else None,
        )
    calls = unawaited(f.source, f.about)
    if calls:
        return f.found(
            f"{f.about} handed back a coroutine, so the query never ran.",
            f"Put await in front of {f.source.quote(calls[0])}.",
            calls[0],
        )
    place = returned(function)[-1] if function and returned(function) else None
    return f.found(
        f"{f.about} handed back a coroutine, so something in it never ran.",
        "Put await in front of the call that it returns.",
        place,
    )


def function_returned(f: Finding) -> Diagnosis | None:
    """A method or function without its parentheses."""
    if not isinstance(f.seen, Thing) or f.seen.type not in ("method", "function", "type", "module"):
        return None
    function = f.source.function(f.about)
    place = returned(function)[-1] if function and returned(function) else None
    what = f.source.quote(place.value) if place and place.value else "it"
    return f.found(
        f"{f.about} hands back {what} itself instead of calling it.",
        f"Write  {what}(query)  with parentheses." if "fetch" in what else f"Call {what}.",
        place,
    )


def wrong_method(f: Finding) -> Diagnosis | None:
    """fetch_one, fetch_val or execute instead of fetch_all."""
    function = f.source.function(f.about)
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


def returned_too_early(f: Finding) -> Diagnosis | None:
    """A return inside the loop, which ends with the first row."""
    function = f.source.function(f.about)
    if function is None or f.evidence.comparison is None:
        return None
    for statement in returned(function):
        loops = [n for n in f.source.around(statement) if isinstance(n, (ast.For, ast.AsyncFor))]
        if loops:
            return f.found(
                f"The return stands inside the loop, so {f.about} ends with the first row.",
                "Move return to the left, below the loop.",
                statement,
            )
    return None


def wrong_shape(f: Finding) -> Diagnosis | None:
    """Rows in something else than a list, or changed on the way."""
    function = f.source.function(f.about)
    if function is None or f.evidence.comparison is None:
        return None
    place = returned(function)[-1] if returned(function) else function
    if isinstance(f.seen, Thing):
        return f.found(
            f"{f.about} hands back a {kind(f.seen)}, not a list of rows.",
            "Return what  await database.fetch_all(query)  gives, unchanged.",
            place,
        )
    if isinstance(f.seen, list) and len(f.seen) == 1 and isinstance(f.seen[0], list):
        return f.found(
            f"{f.about} puts the list of rows into another list.",
            "Remove the square brackets around it.",
            place,
        )
    if f.seen is not MISSING and not isinstance(f.seen, list):
        one_row = isinstance(f.seen, dict) and not any(isinstance(v, list) for v in f.seen.values())
        what = "one row" if one_row else article(kind(f.seen))
        return f.found(
            f"{f.about} hands back {what}, not a list of rows.",
            "Return what  await database.fetch_all(query)  gives, unchanged.",
            place,
        )
    return None


def article(word: str) -> str:
    """A word with its article."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def no_query(f: Finding) -> Diagnosis | None:
    """Rows that do not come from the database at all."""
    function = f.source.function(f.about)
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
    place = returned(function)[-1] if returned(function) else function
    return f.found(
        f"{f.about} never asks the database; its rows are made up or kept from elsewhere.",
        'Return what  await database.fetch_all("SELECT * FROM users")  gives.',
        place,
    )


def query_too_narrow(f: Finding) -> Diagnosis | None:
    """A query that leaves out rows or columns."""
    comparison = f.evidence.comparison
    if comparison is None or not isinstance(f.seen, list):
        return None
    wanted = comparison.wanted
    fewer = isinstance(wanted, (AsManyRows, Contents)) and len(f.seen) != wanted.count
    for call in f.evidence.queries:
        place = query_place(f, call)
        query = (call.query or "").lower()
        for word in ("limit", "where", "distinct", "group by", "offset"):
            if fewer and re.search(rf"\b{word}\b", query):
                return f.found(
                    f"The query has {word.upper()}, which leaves out rows.",
                    'Write the query as "SELECT * FROM users".',
                    f.source.string_with(f"{word.upper()} ") or place,
                )
        selected = re.match(r"\s*select\s+(.*?)\s+from\b", query, re.DOTALL)
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


def query_place(f: Finding, call: Call) -> Location | None:
    """Where a query stands in the file, or else where it is sent from."""
    if call.query and (place := f.source.string_with(call.query)):
        return place
    return Location(FILE, call.line) if call.line else None


def rows_changed(f: Finding) -> Diagnosis | None:
    """Rows that were cut, changed or thinned out after the query."""
    comparison = f.evidence.comparison
    function = f.source.function(f.about)
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


def place_of_change(f: Finding, function: Function) -> ast.AST:
    """The statement of a function that most likely changes its rows."""
    for node in (node for statement in function.body for node in ast.walk(statement)):
        if isinstance(node, (ast.Subscript, ast.comprehension)):
            holder = [node, *f.source.around(node)]
            return next((n for n in holder if isinstance(n, ast.stmt)), function)
    return returned(function)[-1] if returned(function) else function


def not_through_fetch_all(f: Finding) -> Diagnosis | None:
    """Rows that are right, but read another way."""
    function = f.source.function(f.about)
    if function is None or "fetch_all" not in f.problem:
        return None
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
    return f.found(
        "The rows do not come through database.fetch_all.",
        "Write  return await database.fetch_all(query).",
        returned(function)[-1] if returned(function) else function,
    )


def blocking_call(f: Finding) -> Diagnosis | None:
    """A call that stops the event loop."""
    comparison = f.evidence.comparison
    if comparison is None or comparison.wanted != [] or not comparison.got:
        return None
    what, _, line = str(comparison.got[0]).partition(" in line ")
    instead = {
        "time.sleep": "Remove it, or write  await asyncio.sleep(...).",
        "sqlite3.connect": "Read through  await database.fetch_all(query)  only.",
    }
    return f.found(
        f"{what} stops every other request while it runs.",
        instead.get(what, "Leave out the call, or use one that can be awaited."),
        Location(FILE, int(line)) if line.isdigit() else None,
    )


# --- app ------------------------------------------------------------------------------------


def app_is_something_else(f: Finding) -> Diagnosis | None:
    """The class, a module, a tuple or another framework's application."""
    if f.is_thing("type", "fastapi.applications.FastAPI"):
        return f.found(
            "app is the class FastAPI itself, not an application.",
            "Write  app = FastAPI()  with parentheses.",
        )
    if isinstance(f.seen, tuple):
        return f.found(
            "app is a tuple, because a comma stands in its line.",
            "Remove the comma.",
        )
    if isinstance(f.seen, Thing):
        what = f"the {f.seen.type} {f.seen.name}" if f.seen.name else f"a {f.seen.type}"
        return f.found(f"app is {what}, not a FastAPI application.", "Write  app = FastAPI().")
    if f.seen is not MISSING:
        return f.found(
            f"app is {summary(f.seen)}, not a FastAPI application.", "Write  app = FastAPI()."
        )
    return None


# --- connect, disconnect --------------------------------------------------------------------


def lifespan_beside_on_event(f: Finding) -> Diagnosis | None:
    """Both ways at once, of which FastAPI ignores one."""
    events = f.source.attributes("on_event")
    handlers = [node for node in events if isinstance(f.source.parents.get(node), ast.Call)]
    if not passed_lifespans(f.source) or not handlers:
        return None
    return f.found(
        "FastAPI ignores on_event, because lifespan is given as well.",
        "Use one of them: either lifespan or on_event.",
        handlers[0],
    )


def only_flag_set(f: Finding) -> Diagnosis | None:
    """`database.is_connected = True` instead of a connection."""
    for node in f.source.attributes("is_connected"):
        if isinstance(node.ctx, ast.Store):
            return f.found(
                f"is_connected is only a sign; database.{f.about}() was never awaited.",
                f"Write  await database.{f.about}()  instead.",
                node,
            )
    return None


def connected_too_early(f: Finding) -> Diagnosis | None:
    """A connection made while the file is loaded."""
    if "before the app has started" not in f.problem:
        return None
    for node in f.source.attributes("connect"):
        if f.source.function_around(node) is None:
            return f.found(f.problem, f.evidence.fix, node)
    return None


def never_awaited(f: Finding) -> Diagnosis | None:
    """The call is there, its `await` is not."""
    for warning in f.evidence.warnings:
        text = str(warning.get("message", "")) if isinstance(warning, dict) else ""
        if f".{f.about}' was never awaited" in text:
            lines = re.findall(r'main\.py", line (\d{1,6}),', text)
            calls = [n for n in f.source.attributes(f.about) if str(n.lineno) in lines[-1:]]
            return f.found(
                f"database.{f.about}() was never awaited, so it did nothing.",
                f"Put await in front of database.{f.about}(), in a function with async def.",
                calls[0] if calls else None,
            )
    return None


def not_called(f: Finding) -> Diagnosis | None:
    """The method is named, but not called."""
    for node in f.source.attributes(f.about):
        if isinstance(f.source.parents.get(node), (ast.Expr, ast.Await)):
            return f.found(
                f"{f.source.quote(node)} is only named, because it has no parentheses.",
                f"Write  await {f.source.quote(node)}().",
                node,
            )
    return None


def nothing_connects(f: Finding) -> Diagnosis | None:
    """The method does not occur."""
    if f.source.attributes(f.about):
        return None
    for node in f.source.nodes:
        if isinstance(node, ast.AsyncWith):
            return None
    for function, event, _, _ in registered(f):
        if event == EVENTS[f.about]:
            return f.found(
                f"{function.name} runs at {event}, but does not call database.{f.about}().",
                f"Write  await database.{f.about}()  in {function.name}.",
                function.body[-1],
            )
    return f.found(
        f"Nothing in the file calls database.{f.about}().",
        f.evidence.fix,
        f.source.gap or f.source.binding("app"),
    )


def connects_another(f: Finding) -> Diagnosis | None:
    """The method of another object."""
    for node in f.source.attributes(f.about):
        owner = f.source.quote(node.value)
        if isinstance(node.value, (ast.Name, ast.Call)) and owner != "database":
            return f.found(
                f"{owner}.{f.about}() is called, but the step asks for database.",
                f"Write  await database.{f.about}().",
                node,
            )
    return None


def registered(f: Finding) -> Iterator[tuple[Function, str, str, ast.AST]]:
    """The functions that FastAPI is told to call: function, event, owner, and where."""
    for node in f.source.nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="on_event", value=owner),
                args=[ast.Constant(value=str(event))],
            ):
                function = f.source.parents.get(node)
                if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield function, event, f.source.quote(owner), node


def app_made_twice(f: Finding) -> Diagnosis | None:
    """An `app` that is made anew after handlers were registered on the first."""
    own = [node for node in f.source.nodes if isinstance(node, (ast.Assign, ast.AnnAssign))]
    made = [node for node in own if "app" in names_of(node) and not f.source.function_around(node)]
    places = sorted(map(location, made), key=lambda place: place.line)
    values = f.source.values("app")
    lives = [passes_lifecycle(value) for value in values]
    if len(places) > 1 and any(lives[:-1]) and not lives[-1]:
        return f.found(
            f"app is made again in line {places[-1].line}, and the new one knows no handlers.",
            f"Keep one app, made in line {places[0].line}.",
            places[-1],
        )
    for function, _, owner, node in registered(f):
        if owner == "app" and len(places) > 1 and location(node).line < places[-1].line:
            return f.found(
                f"app is made again in line {places[-1].line}, and the new one knows no "
                f"{function.name}.",
                f"Keep one app, made in line {places[0].line}.",
                places[-1],
            )
    return None


def names_of(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """The names that an assignment gives."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def passes_lifecycle(value: ast.expr) -> bool:
    """Whether a call gives its application handlers."""
    names = {"lifespan", "on_startup", "on_shutdown"}
    return isinstance(value, ast.Call) and any(k.arg in names for k in value.keywords)


def made_anew_inside(f: Finding) -> Diagnosis | None:
    """A function that makes a `database` of its own and connects that one."""
    for node in f.source.nodes:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or "database" not in names_of(node):
            continue
        function = f.source.function_around(node)
        declared = function is not None and any(
            isinstance(child, ast.Global) and "database" in child.names
            for child in ast.walk(function)
        )
        if function is not None and not declared and uses_method(function, f.about):
            return f.found(
                f"{function.name} makes a database of its own, and connects only that one.",
                f"Remove line {node.lineno}, so that {function.name} uses the database above.",
                node,
            )
    return None


def uses_method(function: Function, method: str) -> bool:
    """Whether an attribute of that name occurs in a function."""
    return any(isinstance(n, ast.Attribute) and n.attr == method for n in ast.walk(function))


def wrong_event_or_owner(f: Finding) -> Diagnosis | None:
    """A handler for the other event, or of another object."""
    for function, event, owner, node in registered(f):
        called = {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)}
        methods = called & EVENTS.keys()
        if len(methods) != 1:
            continue
        method = methods.pop()
        if event != EVENTS[method]:
            return f.found(
                f"{function.name} calls {method}, but it is registered for {event}.",
                f'Register it with @app.on_event("{EVENTS[method]}").',
                node,
            )
        if owner != "app" and method == f.about:
            return f.found(
                f"{function.name} is registered on {owner}, not on app.",
                f'Write @app.on_event("{event}").',
                node,
            )
    return None


def undone_at_once(f: Finding) -> Diagnosis | None:
    """A handler that connects and disconnects."""
    for function, event, _, _ in registered(f):
        calls = [n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)]
        if event == "startup" and "connect" in calls and "disconnect" in calls:
            undone = next(n for n in f.source.attributes("disconnect"))
            return f.found(
                f"{function.name} connects and disconnects at once.",
                'Move disconnect into a function of its own with @app.on_event("shutdown").',
                undone,
            )
    return None


def decorator_without_sign(f: Finding) -> Diagnosis | None:
    """`app.on_event(...)` above a function, without its @."""
    for node in f.source.attributes("on_event"):
        call = f.source.parents.get(node)
        if isinstance(call, ast.Call) and isinstance(f.source.parents.get(call), ast.Expr):
            return f.found(
                f"Line {node.lineno} lacks the @, so the function below it is not registered.",
                f"Write  @{f.source.quote(call)}.",
                call,
            )
    return None


def nobody_calls(f: Finding) -> Diagnosis | None:
    """A function that connects, but that nobody calls."""
    for node in f.source.attributes(f.about):
        function = f.source.function_around(node)
        if function is None:
            continue
        guarded = next((n for n in f.source.around(function) if isinstance(n, ast.If)), None)
        if guarded is not None and "__name__" in ast.dump(guarded.test):
            return f.found(
                f'{function.name} is under if __name__ == "__main__", which a server never runs.',
                "Move it to the left margin, outside of the if.",
                guarded,
            )
        uses = [n for n in f.source.nodes if isinstance(n, ast.Name) and n.id == function.name]
        if function.decorator_list or uses:
            if (
                any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(function))
                and not uses
            ):
                return not_passed(f, function)
            continue
        if any(isinstance(n, ast.Yield) for n in ast.walk(function)):
            return not_passed(f, function)
        return f.found(
            f"{function.name} calls {f.about}, but nobody calls {function.name}.",
            f'Write @app.on_event("{EVENTS[f.about]}") above it.',
            function,
        )
    return None


def not_passed(f: Finding, function: Function) -> Diagnosis:
    """A lifespan function that the app does not know."""
    return f.found(
        f"app does not know {function.name}, because it was not passed to FastAPI.",
        f"Write  app = FastAPI(lifespan={function.name}).",
        f.source.binding("app"),
    )


def beyond_yield(f: Finding) -> Diagnosis | None:
    """A connect after the yield of lifespan, or a disconnect before it."""
    sides = {"connect": ("after", "stops", "above"), "disconnect": ("before", "starts", "below")}
    for method, (side, phase, other) in sides.items():
        for node in f.source.attributes(method):
            pause = pause_around(node, f.source)
            if pause and (node.lineno > pause.lineno) == (method == "connect"):
                return f.found(
                    f"{method} stands {side} yield, where the app {phase}.",
                    f"Move it {other} yield.",
                    node,
                )
    return None


def pause_around(node: ast.AST, source: Source) -> ast.Yield | None:
    """The yield of the function that a node stands in."""
    function = source.function_around(node)
    inside = ast.walk(function) if function else ()
    return next((child for child in inside if isinstance(child, ast.Yield)), None)


LIFECYCLE = (
    connected_too_early,
    lifespan_beside_on_event,
    never_awaited,
    not_called,
    only_flag_set,
    nothing_connects,
    made_anew_inside,
    connects_another,
    wrong_event_or_owner,
    app_made_twice,
    undone_at_once,
    decorator_without_sign,
    nobody_calls,
    beyond_yield,
)
RULES: dict[str, tuple[Callable[[Finding], Diagnosis | None], ...]] = {
    "databases": (import_is_comment,),
    "FastAPI": (import_is_comment,),
    "DATABASE_URL": (import_lost, url_in_something, url_differs),
    "database": (database_is_the_class, database_from_text, database_of_another_library),
    "fetch_users": (
        defined_twice,
        not_async,
        table_changed,
        blocking_call,
        coroutine_returned,
        nothing_returned,
        function_returned,
        wrong_method,
        returned_too_early,
        shared_default,
        wrong_shape,
        not_through_fetch_all,
        query_too_narrow,
        no_query,
        rows_changed,
    ),
    "app": (app_is_something_else,),
    "connect": LIFECYCLE,
    "disconnect": LIFECYCLE,
}
