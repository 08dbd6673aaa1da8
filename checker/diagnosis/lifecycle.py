"""An application that does not connect or disconnect as it should.

The rules stand in order: the first that knows an answer gives it.
"""

import ast
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import pairwise

from checker.diagnosis.evidence import Diagnosis
from checker.diagnosis.finding import Function, WrongValue, names_of, passed_lifespans
from checker.diagnosis.places import guards
from checker.source import bound_by, location

EVENTS = {"connect": "startup", "disconnect": "shutdown"}
ROUTES = ("get", "post", "put", "patch", "delete", "api_route", "websocket", "middleware")


def lifespan_beside_on_event(f: WrongValue) -> Diagnosis | None:
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


def only_flag_set(f: WrongValue) -> Diagnosis | None:
    """`database.is_connected = True` instead of a connection."""
    for node in f.source.attributes("is_connected"):
        if isinstance(node.ctx, ast.Store):
            return f.found(
                f"is_connected is only a sign; database.{f.about}() was never awaited.",
                f"Write  await database.{f.about}()  instead.",
                node,
            )
    return None


def connected_too_early(f: WrongValue) -> Diagnosis | None:
    """A connection made while the file is loaded."""
    if "before the app has started" not in f.problem:
        return None
    for node in f.source.attributes("connect"):
        if f.source.function_around(node) is None:
            return f.found(f.problem, f.evidence.fix, node)
    return None


def never_awaited(f: WrongValue) -> Diagnosis | None:
    """The call is there, its `await` is not."""
    for warning in f.evidence.warnings:
        text = str(warning.get("message", "")) if isinstance(warning, dict) else ""
        if f".{f.about}' was never awaited" in text:
            lines = re.findall(r'main\.py", line (\d{1,6}),', text)
            calls = [n for n in f.uses if str(n.lineno) in lines[-1:]]
            return f.found(
                f"database.{f.about}() was never awaited, so it did nothing.",
                f"Put await in front of database.{f.about}(), in a function with async def.",
                calls[0] if calls else None,
            )
    return None


def in_a_task(f: WrongValue) -> Diagnosis | None:
    """`asyncio.create_task(database.connect())`, for which nobody waits."""
    for node in f.uses:
        call = f.source.parents.get(node)
        starter = f.source.parents.get(call) if isinstance(call, ast.Call) else None
        if not isinstance(starter, ast.Call) or call not in starter.args:
            continue
        if isinstance(f.source.parents.get(starter), ast.Expr):
            started, how = f.source.quote(call), f.source.quote(starter.func)
            return f.found(
                f"{how} starts {started} beside the app, which does not wait for it.",
                f"Write  await {started}  instead of {how}(...).",
                starter,
            )
    return None


def helper_not_awaited(f: WrongValue) -> Diagnosis | None:
    """An async function of the file's own, called without await."""
    helpers = {
        function.name
        for function in map(f.source.function_around, f.uses)
        if isinstance(function, ast.AsyncFunctionDef)
    }
    for node in f.source.nodes:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if name in helpers:
                return f.found(
                    f"{name} is called without await, so it never ran.",
                    f"Write  await {f.source.quote(call)}.",
                    call,
                )
    return None


def event_not_said(f: WrongValue) -> Diagnosis | None:
    """`@app.on_event` alone above a function."""
    for function in f.source.functions.values():
        for decorator in function.decorator_list:
            methods = attributes_in(function) & EVENTS.keys()
            if isinstance(decorator, ast.Attribute) and decorator.attr == "on_event" and methods:
                return f.found(
                    f"Line {decorator.lineno} does not say for which event, so {function.name} "
                    "is not registered.",
                    f'Write  @{f.source.quote(decorator)}("{EVENTS[min(methods)]}").',
                    decorator,
                )
    return None


def not_called(f: WrongValue) -> Diagnosis | None:
    """The method is named, but not called."""
    for node in f.uses:
        if isinstance(f.source.parents.get(node), (ast.Expr, ast.Await)):
            return f.found(
                f"{f.source.quote(node)} is only named, because it has no parentheses.",
                f"Write  await {f.source.quote(node)}().",
                node,
            )
    return None


def nothing_connects(f: WrongValue) -> Diagnosis | None:
    """The method does not occur."""
    if f.uses:
        return None
    for node in f.source.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="database"), attr=attr) if (
                attr not in EVENTS and get_close_matches(attr, [f.about], 1, cutoff=0.75)
            ):
                return f.found(
                    f"A Database has no {attr}.", f"Write {f.about} instead of {attr}.", node
                )
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
    passed = {f.source.quote(value) for value in passed_lifespans(f.source)}
    for name in sorted(passed & f.source.functions.keys()):
        pause = pause_in(f.source.functions[name])
        side = "above" if f.about == "connect" else "below"
        return f.found(
            f"{name} does not call database.{f.about}().",
            f"Write  await database.{f.about}()  {side} yield.",
            pause or f.source.functions[name],
        )
    return f.found(
        f"Nothing in the file calls database.{f.about}().",
        f.evidence.fix,
        f.source.gap or f.source.binding("app"),
    )


def connects_another(f: WrongValue) -> Diagnosis | None:
    """The method of another object."""
    for node in f.uses:
        owner = f.source.quote(node.value)
        if isinstance(node.value, (ast.Name, ast.Call)) and owner != "database":
            return f.found(
                f"{owner}.{f.about}() is called, but the step asks for database.",
                f"Write  await database.{f.about}().",
                node,
            )
    return None


def registered(f: WrongValue) -> Iterator[tuple[Function, str, str, ast.AST]]:
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
            case ast.keyword(
                arg="on_startup" | "on_shutdown" as name, value=ast.List(elts=elements)
            ):
                for element in elements:
                    function = f.source.function(f.source.quote(element))
                    if function:
                        yield function, name.removeprefix("on_"), "app", element


def app_made_twice(f: WrongValue) -> Diagnosis | None:
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


def made_anew_inside(f: WrongValue) -> Diagnosis | None:
    """A function that makes a `database` of its own and connects that one."""
    looked_at = set()
    for node in f.source.nodes:
        function = f.source.function_around(node)
        if function is None or function in looked_at or "database" not in bound_by(node):
            continue
        looked_at.add(function)
        if declares(function, "database"):
            continue
        blocks = any(isinstance(child, ast.AsyncWith) for child in ast.walk(function))
        if blocks or f.about in attributes_in(function):
            return f.found(
                f"{function.name} makes a database of its own, and connects only that one.",
                f"Remove it in line {location(node).line}, so that {function.name} uses the "
                "database above.",
                node,
            )
    return None


def declares(function: Function, name: str) -> bool:
    """Whether a function says that a name is global."""
    return any(isinstance(n, ast.Global) and name in n.names for n in ast.walk(function))


def attributes_in(function: Function) -> frozenset[str]:
    """The names of all attributes that occur in a function."""
    return frozenset(n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute))


def wrong_event_or_owner(f: WrongValue) -> Diagnosis | None:
    """A handler for the other event, or of another object."""
    called_in = cache(attributes_in)
    for function, event, owner, node in registered(f):
        methods = called_in(function) & EVENTS.keys()
        if len(methods) != 1:
            continue
        [method] = methods
        if event != EVENTS[method]:
            decorator = f'Register it with @app.on_event("{EVENTS[method]}").'
            return f.found(
                f"{function.name} calls {method}, but it is registered for {event}.",
                decorator if isinstance(node, ast.Call) else f"Put it in on_{EVENTS[method]}.",
                node,
            )
        if owner != "app" and method == f.about:
            return f.found(
                f"{function.name} is registered on {owner}, not on app.",
                f'Write @app.on_event("{event}").',
                node,
            )
    return None


def undone_at_once(f: WrongValue) -> Diagnosis | None:
    """A handler that connects and disconnects."""
    called_in = cache(attributes_in)
    for function, event, _, _ in registered(f):
        if event == "startup" and EVENTS.keys() <= called_in(function):
            undone = next(n for n in f.source.attributes("disconnect"))
            return f.found(
                f"{function.name} connects and disconnects at once.",
                'Move disconnect into a function of its own with @app.on_event("shutdown").',
                undone,
            )
    return None


def decorator_without_sign(f: WrongValue) -> Diagnosis | None:
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


def nobody_calls(f: WrongValue) -> Diagnosis | None:
    """A function that connects, but that nobody calls."""
    for function in dict.fromkeys(map(f.source.function_around, f.uses)):
        if function is None:
            continue
        guard = next(filter(guards, f.source.around(function)), None)
        if guard:
            return f.found(
                f'{function.name} is under if __name__ == "__main__", which a server never runs.',
                "Move it to the left margin, outside of the if.",
                guard,
            )
        if any(isinstance(n, ast.Yield) for n in ast.walk(function)):
            passed = [f.source.quote(value) for value in passed_lifespans(f.source)]
            if function.name not in passed:
                return not_passed(f, function)
            continue
        uses = [n for n in f.source.nodes if isinstance(n, ast.Name) and n.id == function.name]
        guarded = [guard for use in uses for guard in f.source.around(use) if guards(guard)]
        if uses and len(guarded) == len(uses):
            return f.found(
                f'{function.name} is called only under if __name__ == "__main__", which a server '
                "never runs.",
                by_the_app(f, f"above {function.name}"),
                guarded[0],
            )
        if function.decorator_list or uses:
            continue
        around = f.source.function_around(function)
        return f.found(
            f"{function.name} calls {f.about}, but nobody calls {function.name}.",
            f"Write  await {function.name}()  in {around.name}, below {function.name}."
            if around
            else by_the_app(f, f"above {function.name}"),
            function,
        )
    return None


def by_the_app(f: WrongValue, where: str) -> str:
    """How to have the app call the method: as the rest of the file does, or else in both ways."""
    call, side = f"database.{f.about}()", "above" if f.about == "connect" else "below"
    passed = [f.source.quote(value) for value in passed_lifespans(f.source)]
    if passed:
        return f"Write  await {call}  in {passed[0]}, {side} its yield."
    on_event = f'@app.on_event("{EVENTS[f.about]}") {where}.'
    if f.source.attributes("on_event"):
        return f"Write {on_event}"
    return f"Write  await {call}  in a lifespan, {side} its yield, or put {on_event}"


def not_passed(f: WrongValue, function: Function) -> Diagnosis:
    """A lifespan function that the app does not know."""
    return f.found(
        f"app does not know {function.name}, because it was not passed to FastAPI.",
        f"Write  app = FastAPI(lifespan={function.name}).",
        f.source.binding("app"),
    )


def beyond_yield(f: WrongValue) -> Diagnosis | None:
    """A connect after the yield of lifespan, or a disconnect before it."""
    sides = {"connect": ("after", "stops", "above"), "disconnect": ("before", "starts", "below")}
    pause_of = cache(pause_in)
    for method, (side, phase, other) in sides.items():
        for node in f.source.attributes(method):
            pause = pause_of(f.source.function_around(node))
            if pause and (node.lineno > pause.lineno) == (method == "connect"):
                return f.found(
                    f"{method} stands {side} yield, where the app {phase}.",
                    f"Move it {other} yield.",
                    node,
                )
    return None


def pause_in(function: Function | None) -> ast.Yield | None:
    """The yield of a function."""
    inside = ast.walk(function) if function else ()
    return next((child for child in inside if isinstance(child, ast.Yield)), None)


def never_reached(f: WrongValue) -> Diagnosis | None:
    """A call below a return."""
    for node in f.uses:
        chain = [node, *f.source.around(node)]
        for inner, outer in pairwise(chain):
            body = getattr(outer, "body", None)
            above = body[: body.index(inner)] if isinstance(body, list) and inner in body else []
            for statement in above:
                if isinstance(statement, (ast.Return, ast.Raise)):
                    return f.found(
                        f"The function ends in line {statement.lineno}, so {f.about} in line "
                        f"{node.lineno} never runs.",
                        f"Remove line {statement.lineno}, or move it below line {node.lineno}.",
                        statement,
                    )
    return None


def only_if(f: WrongValue) -> Diagnosis | None:
    """A call that a condition, or the lack of an error, keeps from being made."""
    for node in f.uses:
        for outer in f.source.around(node):
            if isinstance(outer, ast.ExceptHandler):
                return f.found(
                    f"{f.about} stands in except, which runs only after an error.",
                    "Write  finally:  instead of except.",
                    outer,
                )
            if not isinstance(outer, ast.If) or guards(outer):
                continue
            test = outer.test
            negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            reversed_ = "is_connected" in f.source.quote(test)
            if reversed_ and negated == (f.about == "connect"):
                continue
            return f.found(
                f"The condition in line {outer.lineno} "
                + ("is the wrong way round" if reversed_ else "does not hold")
                + f", so database.{f.about}() is not called.",
                f"Remove the condition, and call database.{f.about}() always.",
                outer,
            )
    return None


def handed_on(f: WrongValue) -> Diagnosis | None:
    """The method, handed to something else than the app: `atexit.register(...)`."""
    for node in f.uses:
        call = f.source.parents.get(node)
        if isinstance(call, ast.Call) and node in call.args:
            return f.found(
                f"{f.source.quote(call.func)} is given {f.source.quote(node)}, but the app does "
                f"not call that at its {EVENTS[f.about]}.",
                f.evidence.fix,
                call,
            )
    return None


def swapped_in_list(f: WrongValue) -> Diagnosis | None:
    """`on_shutdown=[database.connect]`."""
    for node in f.source.nodes:
        match node:
            case ast.keyword(arg="on_startup" | "on_shutdown" as name, value=ast.List(elts=given)):
                for element in given:
                    method = getattr(element, "attr", "")
                    if method in EVENTS and f"on_{EVENTS[method]}" != name:
                        return f.found(
                            f"{name} holds {f.source.quote(element)}.",
                            f"Put {f.source.quote(element)} into on_{EVENTS[method]}.",
                            element,
                        )
    return None


def in_a_route(f: WrongValue) -> Diagnosis | None:
    """A connection made, or ended, only when somebody requests something."""
    for node in f.uses:
        function = f.source.function_around(node)
        for decorator in function.decorator_list if function else ():
            match decorator:
                case ast.Call(func=ast.Attribute(attr=method)) if function and method in ROUTES:
                    whole = method == "middleware" and not passed_lifespans(f.source)
                    return f.found(
                        f"{function.name} calls {f.about} only when a request comes, not when the "
                        f"app {'starts' if f.about == 'connect' else 'stops'}.",
                        f"Remove {function.name}. Write a lifespan that connects above its yield "
                        "and disconnects below it, and pass it:  FastAPI(lifespan=lifespan)."
                        if whole
                        else by_the_app(f, f"instead of @{f.source.quote(decorator)}"),
                        decorator,
                    )
    return None


def disconnected_while_serving(f: WrongValue) -> Diagnosis | None:
    """A function that ends the connection while the app still needs it."""
    if "no longer connected" not in f.problem:
        return None
    ending = {function.name for function, event, _, _ in registered(f) if event == "shutdown"}
    passed = {f.source.quote(value) for value in passed_lifespans(f.source)}
    blocks = [
        node
        for node in f.source.nodes
        if isinstance(node, ast.AsyncWith)
        and any(f.source.quote(item.context_expr) == "database" for item in node.items)
    ]
    for node in (*f.source.attributes("disconnect"), *blocks):
        function = f.source.function_around(node)
        if function and function.name not in ending | passed:
            return f.found(
                f"{function.name} disconnects database, which the app needs after a request, too.",
                "Disconnect only when the app stops."
                if isinstance(node, ast.Attribute)
                else "Use database without async with: the app has connected it.",
                node,
            )
    return None


def block_ends_early(f: WrongValue) -> Diagnosis | None:
    """`async with database` whose block ends before the yield."""
    pause_of = cache(pause_in)
    for block in f.source.nodes:
        if not isinstance(block, ast.AsyncWith):
            continue
        pause = pause_of(f.source.function_around(block))
        if pause and block not in f.source.around(pause):
            return f.found(
                "The block of async with ends before yield, and with it the connection.",
                "Indent yield, so that it stands in the block of async with.",
                pause,
            )
    return None


LIFECYCLE: tuple[Callable[[WrongValue], Diagnosis | None], ...] = (
    connected_too_early,
    disconnected_while_serving,
    lifespan_beside_on_event,
    never_awaited,
    in_a_task,
    helper_not_awaited,
    event_not_said,
    not_called,
    only_flag_set,
    swapped_in_list,
    nothing_connects,
    made_anew_inside,
    connects_another,
    wrong_event_or_owner,
    app_made_twice,
    undone_at_once,
    decorator_without_sign,
    nobody_calls,
    beyond_yield,
    block_ends_early,
    never_reached,
    only_if,
    handed_on,
    in_a_route,
)
