"""An application that does not connect or disconnect as it should.

The rules stand in order: the first that knows an answer gives it.
"""

import ast
import re
from collections.abc import Callable, Iterator

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.exceptions import passed_lifespans
from checker.diagnosis.finding import Finding, Function, names_of
from checker.source import Source, location

EVENTS = {"connect": "startup", "disconnect": "shutdown"}


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


LIFECYCLE: tuple[Callable[[Finding], Diagnosis | None], ...] = (
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
