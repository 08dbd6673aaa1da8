"""Names that the step asks for and the program does not have."""

import ast
import re
from collections.abc import Callable

from checker.diagnosis.evidence import Diagnosis, Evidence
from checker.diagnosis.places import MOST_NAMES, MOST_VALUES, guards, near_name, place_of
from checker.program import Missing
from checker.results import Location
from checker.source import Source, location
from checker.workspace import FILE

# What some step asks for: no other name is a slip for one of these.
ASKED_FOR = {"DATABASE_URL", "database", "fetch_users", "app"}
# What a name that is gone would be written below.
BUILDS_ON = {"database": "DATABASE_URL", "fetch_users": "database"}


def diagnose_missing(missing: Missing, evidence: Evidence, source: Source) -> Diagnosis:
    """The diagnosis of a name that is not there when the file has run."""
    name = missing.name
    if name != missing.path:
        owner = missing.path.partition(".")[0]
        return Diagnosis(f"{owner} has no {name}.", evidence.fix, place_of(owner, source))
    rules = () if source.is_overgrown else RULES
    known = next(filter(None, (rule(name, source) for rule in rules)), None)
    if known:
        return known
    bound = source.binding(name)
    if bound:
        return Diagnosis(f"There is no {name} when the file has run.", evidence.fix, bound)
    if source.gap:
        return Diagnosis(f"{name} is not there yet.", evidence.fix, source.gap)
    above = source.binding(BUILDS_ON.get(name, ""))
    return Diagnosis(f"The file has no {name}.", evidence.fix, above or source.end)


def only_annotated(name: str, source: Source) -> Diagnosis | None:
    """`name: value` instead of `name = value`."""
    for node in source.nodes:
        match node:
            case ast.AnnAssign(target=ast.Name(id=bound), value=None) if bound == name:
                return Diagnosis(
                    f"The colon only annotates {name}, so it gets no value.",
                    f"Write  {name} = ...  with an equals sign.",
                    location(node),
                )
    return None


def inside_something(name: str, source: Source) -> Diagnosis | None:
    """A name that exists only inside a function, a class or a guarded block."""
    for node in source.nodes:
        if name not in bound_at(node):
            continue
        for outer in source.around(node):
            match outer:
                case ast.If() if guards(outer):
                    return Diagnosis(
                        f'{name} exists only under if __name__ == "__main__", which a server never '
                        "runs.",
                        move_out(name, node, outer),
                        location(outer),
                    )
                case ast.FunctionDef(name=around) | ast.AsyncFunctionDef(name=around):
                    where = f"inside the function {around}"
                case ast.ClassDef(name=around):
                    where = f"inside the class {around}"
                case ast.If() | ast.Try():
                    where = "in a block that does not run"
                case _:
                    continue
            return Diagnosis(
                f"{name} exists only {where}, so the file itself does not have it.",
                move_out(name, node, outer),
                location(node),
            )
    return None


def move_out(name: str, node: ast.AST, outer: ast.stmt) -> str:
    """How to take what gives a name out of a block, so that what stays is no torso."""
    body = getattr(outer, "body", [])
    torso = isinstance(outer, (ast.Try, ast.If)) and (outer.orelse or len(outer.body) > 1)
    rest = [
        part
        for part in body
        if part is not node
        and not isinstance(part, (ast.Pass, ast.Global, ast.Return))
        and not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
    ]
    if isinstance(outer, ast.FunctionDef) and gives(outer, name) and not outer.args.args:
        return (
            f"Write  {name} = {outer.name}()  at the left margin, below the function {outer.name}."
        )
    if rest or torso:
        return f"Move {name} to the left margin, above line {outer.lineno}."
    called = isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
    more = " and what calls it" if called else ""
    bare = " and self" if takes_self(node) else more
    return f"Move {name} to the left margin, and remove line {outer.lineno}{bare}."


def gives(function: ast.FunctionDef, name: str) -> bool:
    """Whether a function returns what has a name in it."""
    return any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id == name
        for node in ast.walk(function)
    )


def takes_self(node: ast.AST) -> bool:
    """Whether a function is written as a method."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, functions) and [arg.arg for arg in node.args.args[:1]] == ["self"]


def kept_elsewhere(name: str, source: Source) -> Diagnosis | None:
    """A value that an attribute, a dictionary or the environment holds, and no variable."""
    for node in source.nodes:
        match node:
            case ast.Attribute(attr=key, ctx=ast.Store()) if key == name:
                holder = f"an attribute of {source.quote(node.value)}"
            case ast.Subscript(slice=ast.Constant(value=key), ctx=ast.Store()) if key == name:
                holder = f"an entry of {source.quote(node.value)}"
            case ast.Dict(keys=keys) if name in [getattr(key, "value", None) for key in keys]:
                holder = "an entry of a dictionary"
            case _:
                continue
        return Diagnosis(
            f"{name} is only {holder}, and no variable of the file.",
            f"Write  {name} = ...  at the left margin.",
            location(node),
        )
    return None


def bound_at(node: ast.AST) -> set[str]:
    """The names that a statement gives."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def deleted(name: str, source: Source) -> Diagnosis | None:
    """A name that is deleted again."""
    for node in source.nodes:
        match node:
            case ast.Delete(targets=targets) if name in {
                target.id for target in targets if isinstance(target, ast.Name)
            }:
                return Diagnosis(
                    f"del removes {name} again.", f"Remove the del of {name}.", location(node)
                )
    return None


def looks_the_same(name: str, source: Source) -> Diagnosis | None:
    """A name with a letter that only looks like the right one."""
    for bound in sorted(source.names):
        odd = [letter for letter in bound if not letter.isascii()]
        same_length = len(bound) == len(name)
        if (
            odd
            and same_length
            and all(a == b or not a.isascii() for a, b in zip(bound, name, strict=True))
        ):
            return Diagnosis(
                f"{bound} looks like {name}, but its {odd[0]} is the letter U+{ord(odd[0]):04X}.",
                f"Type {name} anew on an English keyboard.",
                source.binding(bound),
            )
    return None


def nearly(name: str, source: Source) -> Diagnosis | None:
    """A name that is nearly right."""
    near = near_name(name, source)
    if near is None:
        return None
    return called_otherwise(name, near, source)


# What the step asks for begins like this, whatever it is called.
MADE_BY = {"database": r"\bDatabase\(", "app": r"\bFastAPI\(", "DATABASE_URL": r"^['\"]sqlite"}


def nameless(name: str, source: Source) -> Diagnosis | None:
    """What the step asks for, in a line that gives it no name."""
    for node in source.tree.body if source.tree and name in MADE_BY else ():
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[made])) if re.search(
                MADE_BY[name], source.quote(made)
            ):
                return Diagnosis(
                    f"Line {node.lineno} prints what the step asks for, and gives it no name.",
                    f"Write  {name} = {source.quote(made)}  instead.",
                    location(node),
                )
        if isinstance(node, ast.Expr) and re.match(
            rf"(\w+\.)*{MADE_BY[name]}", source.quote(node.value)
        ):
            return Diagnosis(
                f"Line {node.lineno} makes what the step asks for, but gives it no name.",
                f"Write  {name} =  in front of it.",
                location(node),
            )
    return None


def same_thing(name: str, source: Source) -> Diagnosis | None:
    """What the step asks for, under another name."""
    for bound in sorted(source.names)[:MOST_NAMES]:
        for value in source.values(bound)[:MOST_VALUES] if name in MADE_BY else ():
            if re.search(MADE_BY[name], source.quote(value)):
                return called_otherwise(name, bound, source)
    if name not in MADE_BY:
        attributes = (node for node in source.nodes if isinstance(node, ast.Attribute))
        fetching = [node for node in attributes if node.attr.startswith("fetch")][:MOST_NAMES]
        around = {outer for node in fetching for outer in source.around(node)}
        for bound, function in sorted(source.functions.items()):
            if function in around:
                return called_otherwise(name, bound, source)
    return None


def called_otherwise(name: str, bound: str, source: Source) -> Diagnosis | None:
    """The learner's name and the one that the step asks for."""
    if bound in ASKED_FOR and name not in ASKED_FOR:
        return None
    if bound in source.imported:
        place = source.binding(bound)
        return Diagnosis(
            f"{bound} is the module, and gets another value here; the step asks for {name}.",
            f"Write {name} on the left of the = in line {place.line if place else 1}; the rest of "
            "the line stays.",
            place,
        )
    if bound in source.functions and name != "fetch_users":
        return Diagnosis(
            f"You have the function {bound}, the step asks for {name}.",
            f"Write  {name} = {bound}()  below it.",
            source.binding(bound),
        )
    return Diagnosis(
        f"You have {bound}, the step asks for {name}.",
        f"Rename {bound} to {name}.",
        source.binding(bound),
    )


def commented_out(name: str, source: Source) -> Diagnosis | None:
    """A line with the name that is a comment."""
    wanted = rf"\s*#+\s*((async\s+)?def\s+)?{re.escape(name)}\s*(=(?!=)|\(|:)"
    for number, line in enumerate(source.lines, start=1):
        if re.match(wanted, line):
            return Diagnosis(
                f"The line with {name} is a comment, so Python skips it.",
                "Remove the # at the beginning of the line.",
                Location(FILE, number),
            )
    return None


def in_a_string(name: str, source: Source) -> Diagnosis | None:
    """Code that stands inside a text."""
    wanted = rf"^[ \t]*((async[ \t]+)?def[ \t]+)?{re.escape(name)}[ \t]*(=|\()"
    return between_quotes(wanted, name, source)


def between_quotes(wanted: str, what: str, source: Source) -> Diagnosis | None:
    """Code, known by a pattern, that stands inside a text, perhaps behind a description."""
    for node in source.nodes:
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))) if re.search(
                wanted, text, re.MULTILINE
            ):
                first, last = node.lineno, node.end_lineno or node.lineno
                described = re.match(r"[^\n=(]*\n", text) and not text.startswith("\n")
                return Diagnosis(
                    f"The code with {what} stands between quotes, so it is text.",
                    f'Write """ at the end of line {first}, and remove the one in line {last}.'
                    if described and not re.match(r"\s*(import|from|async|def)\b", text)
                    else "Remove the quotes around the code.",
                    location(node),
                )
    return None


RULES: tuple[Callable[[str, Source], Diagnosis | None], ...] = (
    only_annotated,
    deleted,
    inside_something,
    looks_the_same,
    commented_out,
    in_a_string,
    nameless,
    kept_elsewhere,
    nearly,
    same_thing,
)
