"""Values that are not what the step asks for.

The rules are grouped by what a check is about, and stand in order: the first that knows an
answer gives it.
"""

import ast
import re
import unicodedata
from collections.abc import Callable

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.finding import WrongValue
from checker.diagnosis.lifecycle import LIFECYCLE
from checker.diagnosis.names import between_quotes
from checker.diagnosis.places import imports_end, returned, summary
from checker.diagnosis.rows import ROWS
from checker.program import MISSING, Thing
from checker.results import Location
from checker.source import Source
from checker.workspace import FILE

# What beginners import in place of what the step asks for.
STAND_INS = {"databases": ("sqlite3", "sqlalchemy", "aiosqlite"), "FastAPI": ("starlette",)}


def import_is_comment(f: WrongValue) -> Diagnosis | None:
    """An import that is commented out."""
    for number, line in enumerate(f.source.lines, start=1):
        if re.match(rf"\s*#+\s*(import|from)\b.*\b{f.about}\b", line):
            return f.found(
                f"The line that imports {f.about} is a comment, so Python skips it.",
                f"Remove the # at the beginning of the line:  {line.strip(' #')}",
                Location(FILE, number),
            )
    return None


def import_in_a_text(f: WrongValue) -> Diagnosis | None:
    """An import that stands inside a text."""
    wanted = rf"^[ \t]*(import|from)\b.*\b{f.about}\b"
    return between_quotes(wanted, f"the import of {f.about}", f.source)


def imported_inside(f: WrongValue) -> Diagnosis | None:
    """An import that only a function has."""
    for node in f.source.nodes:
        function = f.source.function_around(node)
        if function and f.about in imported_by(node):
            return f.found(
                f"{f.about} is imported inside {function.name} only.",
                "Move the import to the top of the file.",
                node,
            )
    return None


def module_for_class(f: WrongValue) -> Diagnosis | None:
    """A module that was given the name of the class in it."""
    for node in f.source.nodes:
        match node:
            case ast.Import(names=names) if f.about in [alias.asname for alias in names]:
                module = next(alias.name for alias in names if alias.asname == f.about)
                return f.found(
                    f"{f.about} is the module {module} here, not the class in it.",
                    f"Write  from {module} import {f.about}.",
                    node,
                )
    return None


def imported_by(node: ast.AST) -> tuple[str, ...]:
    """The module and the names that an import takes; none for another node."""
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return ()
    return (getattr(node, "module", None) or "", *(alias.name for alias in node.names))


def not_imported(f: WrongValue) -> Diagnosis | None:
    """An import that is missing, or one of another library in its place."""
    for node in f.source.nodes:
        names = imported_by(node)
        instead = [name for name in names if name.partition(".")[0] in STAND_INS[f.about]]
        if instead:
            return f.found(
                f"The file imports {instead[0]}, the step asks for {f.about}.", f.evidence.fix, node
            )
    return f.found(f.problem, f.evidence.fix, imports_end(f.source))


def import_lost(f: WrongValue) -> Diagnosis | None:
    """An import of step 1 that is gone."""
    lost = re.search(r"does not import (\w+)", f.problem)
    if not lost:
        return None
    line = "import databases" if lost[1] == "databases" else f"from fastapi import {lost[1]}"
    return f.found(f.problem, f"Write  {line}  at the top of the file.", imports_end(f.source))


def tuple_by_comma(f: WrongValue) -> Diagnosis | None:
    """A comma behind a value."""
    if not isinstance(f.seen, tuple):
        return None
    return f.found(
        f"{f.about} is a tuple, because a comma stands in its line.", "Remove the comma."
    )


def function_uncalled(f: WrongValue) -> Diagnosis | None:
    """A function where what it makes is asked for."""
    if not f.is_thing("function"):
        return None
    if f.seen.name == f.about:
        return f.found(
            f"{f.about} is a function, and not what it returns.",
            f"Rename the function to make_{f.about.lower()}, and write  "
            f"{f.about} = make_{f.about.lower()}()  below it.",
        )
    if f.seen.name == "<lambda>":
        made = f.value.body if isinstance(f.value, ast.Lambda) else None
        return f.found(
            f"{f.about} is a lambda, a function, and not what it returns.",
            f"Write  {f.about} = {f.source.quote(made)}  without lambda."
            if made
            else "Give it the value itself, without lambda.",
        )
    return f.found(
        f"{f.about} is the function {f.seen.name}, not what it returns.",
        f"Call it:  {f.about} = {f.seen.name}().",
    )


def unset_variable(f: WrongValue) -> Diagnosis | None:
    """An environment variable that is not set, read without a default."""
    written = f.source.quote(f.value) if f.value else ""
    if f.seen is not None or not re.search(r"\bgetenv\(|\benviron\b", written):
        return None
    match f.value:
        case ast.Call(func=read, args=[ast.Constant(value=str(first)), *_]) if "://" in first:
            return f.found(
                f"{f.source.quote(read)} takes the name of an environment variable first, and "
                "here the address stands in its place.",
                f'Write  {f.source.quote(read)}("DATABASE_URL", "sqlite:///./test.db").',
            )
    return f.found(
        "DATABASE_URL is None: the environment variable that it is read from is not set here.",
        'Give it a default:  os.environ.get("DATABASE_URL", "sqlite:///./test.db").',
    )


def url_in_something(f: WrongValue) -> Diagnosis | None:
    """A list, a class or nothing where a text is asked for."""
    if isinstance(f.seen, dict):
        return f.found("DATABASE_URL is a dictionary, not a text.", f.evidence.fix)
    if isinstance(f.seen, list):
        return f.found(
            "DATABASE_URL is a list, not a text.", "Remove the brackets around the text."
        )
    if isinstance(f.seen, Thing) and f.seen.type == "bytes":
        return f.found("DATABASE_URL is bytes, not a text.", "Remove the b before the quotes.")
    if f.seen is not MISSING and not isinstance(f.seen, str):
        return f.found(
            f"DATABASE_URL is {summary(f.seen)}, not the address of a database.", f.evidence.fix
        )
    return None


def sign_in_url(f: WrongValue) -> Diagnosis | None:
    """A sign in the address that only looks like the one that belongs there."""
    signs = f.seen if isinstance(f.seen, str) else ""
    odd = next((sign for sign in signs if not sign.isascii()), "")
    plain = unicodedata.normalize("NFKC", odd)
    if not odd or plain == odd:
        return None
    return f.found(
        f"The address holds the sign {odd} (U+{ord(odd):04X}), which is no {plain}.",
        'Write  DATABASE_URL = "sqlite:///./test.db".',
    )


def url_differs(f: WrongValue) -> Diagnosis | None:
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
    if braces := re.search(r"\{\w+\}", url):
        return f.found(
            f"The address holds {braces[0]} as it stands, because no f is before its quotes.",
            f"Write f before the quotes, or the address itself:  {wanted}",
        )
    if "\\" in url or (f.value and "\\" in f.source.quote(f.value)):
        return f.found("The address holds a backslash.", f"Use forward slashes only. {fix}")
    if " " in url and ":" in url:
        return f.found("The address holds a space.", fix)
    scheme, colon, rest = url.partition(":")
    if not colon:
        return f.found("The address does not begin with sqlite:// and so names no database.", fix)
    if scheme != "sqlite":
        return f.found(f"The address begins with {scheme}, but the step asks for sqlite.", fix)
    slashes = len(rest) - len(rest.lstrip("/"))
    if slashes != 3:
        count = "1 slash" if slashes == 1 else f"{slashes or 'no'} slashes"
        more = ": the fourth begins a path at the root of the disk" if slashes == 4 else ""
        return f.found(f"The address has {count} after sqlite: and needs three{more}.", fix)
    path = rest.lstrip("/")
    if path == "test.db":
        return f.found("The path of the address lacks ./ before test.db.", fix)
    if path.startswith("../"):
        return f.found("Two dots lead to the folder above this one.", fix)
    return f.found(f"The address names the file {path}, but the step asks for ./test.db.", fix)


def database_is_the_class(f: WrongValue) -> Diagnosis | None:
    """The class, a text or another thing where an instance is asked for."""
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
    if f.is_thing("coroutine") and f.value and ".connect(" in f.source.quote(f.value):
        return f.found(
            "database is what connect() gives, a coroutine, and not the database itself.",
            "Remove .connect() there: connecting comes later, when the app starts.",
        )
    if f.is_thing("coroutine"):
        return f.found(
            "database is a coroutine, a promise of something else.",
            "Write  database = databases.Database(DATABASE_URL)  without more.",
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


def database_of_another_library(f: WrongValue) -> Diagnosis | None:
    """An object of another library, or no value at all."""
    call = f.value
    if f.seen is None and isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
        maker = f.source.function(call.func.id)
        if maker is not None and not returned(maker):
            return f.found(
                f"{maker.name} makes a database, but hands back nothing, so database is None.",
                f"Return what {maker.name} makes.",
                maker.body[-1],
            )
    if f.seen is None:
        return f.found(
            "database is None.", "Call the class:  database = databases.Database(DATABASE_URL)."
        )
    own = next(
        (n for n in f.source.nodes if isinstance(n, ast.ClassDef) and n.name == f.about), None
    )
    if f.is_thing("type") and own:
        return f.found(
            f"{f.about} is a class of your own, and no object made of databases.Database.",
            "Write  database = databases.Database(DATABASE_URL)  instead of the whole class.",
            own,
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


def database_from_text(f: WrongValue) -> Diagnosis | None:
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


def app_is_something_else(f: WrongValue) -> Diagnosis | None:
    """The class, a module or another framework's application."""
    if f.is_thing("type", "fastapi.applications.FastAPI"):
        return f.found(
            "app is the class FastAPI itself, not an application.",
            "Write  app = FastAPI()  with parentheses.",
        )
    if isinstance(f.seen, Thing):
        what = f"the {f.seen.type} {f.seen.name}" if f.seen.name else f"a {f.seen.type}"
        return f.found(f"app is {what}, not a FastAPI application.", "Write  app = FastAPI().")
    if f.seen is not MISSING:
        return f.found(
            f"app is {summary(f.seen)}, not a FastAPI application.", "Write  app = FastAPI()."
        )
    return None


RULES: dict[str, tuple[Callable[[WrongValue], Diagnosis | None], ...]] = {
    "databases": (import_is_comment, import_in_a_text, imported_inside, not_imported),
    "FastAPI": (
        import_is_comment,
        import_in_a_text,
        imported_inside,
        module_for_class,
        not_imported,
    ),
    "DATABASE_URL": (
        import_lost,
        tuple_by_comma,
        function_uncalled,
        unset_variable,
        url_in_something,
        sign_in_url,
        url_differs,
    ),
    "database": (
        tuple_by_comma,
        function_uncalled,
        database_is_the_class,
        database_from_text,
        database_of_another_library,
    ),
    "fetch_users": ROWS,
    "app": (
        tuple_by_comma,
        function_uncalled,
        app_is_something_else,
    ),
    "connect": LIFECYCLE,
    "disconnect": LIFECYCLE,
}


def diagnose_value(evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of a value that is not what the check asks for."""
    finding = WrongValue(evidence, source)
    rules = () if source.is_overgrown else RULES.get(finding.about, ())
    known = next(filter(None, (rule(finding) for rule in rules)), None)
    return known or finding.found(finding.problem, evidence.fix)
