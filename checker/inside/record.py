"""Notes what the learner's code does to the libraries while it runs.

Everything is noted by one audit hook, which keeps its notes where the learner's code cannot
reach them. The library's methods are wrapped in code that refers to nothing that could be
replaced: all it needs are constants of its own.
"""

import asyncio
import functools
import inspect
import sys
import time
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import update_wrapper
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, FunctionType, SimpleNamespace
from typing import Any

from checker.inside.guard import UNWANTED, Refused, back_of, new_guard, remove_tools

Json = dict[str, Any]

MOST_NOTES = 2_000
CALL, DONE, SENT = "databases.call", "databases.done", "asgi.sent"
SIGNAL, BUILT_IN = "signal.signal", "imp.create_builtin"
# An event-loop thread that raises one of these audit events stands still meanwhile.
BLOCKING = frozenset(
    {"time.sleep", "sqlite3.connect", "subprocess.Popen", "os.system", "urllib.Request"}
)
# Audit events that are looked at; the hook lets all others pass at once.
LOOKED_AT = frozenset({CALL, DONE, SENT, SIGNAL, BUILT_IN, *BLOCKING})

running_loop = asyncio._get_running_loop


def wrap_libraries() -> frozenset[CodeType]:
    """Let the libraries say what is done to them; the code that does so."""
    known: set[CodeType] = set()
    if "databases" in sys.modules:
        watch_database(sys.modules["databases"].Database, known)
    if sys.version_info < (3, 13):  # later ones raise an audit event themselves
        watch_sleep()
    return frozenset(known)


def close_interpreter() -> SimpleNamespace:
    """Take away what shows the interpreter's insides; what then answers two audit events.

    From here on, nothing else may be made of ctypes, no signal be set by its usual name, and no
    library be imported that asks who imports it.
    """
    answers = SimpleNamespace(set_signal=guarded_signal(), create_builtin=guarded_builtin())
    remove_tools()
    return answers


def start_recording(
    path: str, known: frozenset[CodeType], answers: SimpleNamespace
) -> SimpleNamespace:
    """Note from now on what happens, and guard this interpreter against looks into it.

    `known` is what `wrap_libraries` gave, `answers` what `close_interpreter` did. The lists
    `calls` (pairs of a database and a note), `blocking` and `warnings` are filled as the learner's
    file at `path` runs; `settled` is how `calls` were when an app said something for the first
    time.
    """
    notes = SimpleNamespace(calls=[], blocking=[], warnings=[], settled=None)
    began: dict[int, tuple[object, Json]] = {}
    guard = new_guard(str(Path(path).parent))
    getframe = sys._getframe

    def line_from(frame: FrameType | None) -> int | None:
        while frame is not None and frame.f_code.co_filename != path:
            frame = back_of(frame)
        return frame.f_lineno if frame else None

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "object.__getattr__" and args[1] in HARMLESS:
            return
        if event == "sys._getframe" and args[0].f_code is hook_code:
            return  # our own look, below
        frame = back_of(getframe())
        assert frame is not None
        if event not in LOOKED_AT:
            guard(event, args, frame)
        elif event == CALL:
            note_call(frame, *args)
        elif event == DONE:
            note_done(frame, *args)
        elif event == SENT:
            if notes.settled is None:
                notes.settled = [(database, dict(note)) for database, note in notes.calls]
        elif event == SIGNAL:
            set_signal(*args)
        elif event == BUILT_IN:
            create_builtin(*args)
        elif running_loop() is not None and len(notes.blocking) < MOST_NOTES:
            notes.blocking.append({"what": event, "line": line_from(frame)})

    def note_call(
        frame: FrameType, key: object, method: str, args: tuple[Any, ...], kwargs: Json
    ) -> None:
        note: Json = {
            "method": method,
            "finished": False,
            "idle": is_idle(method, args),
            # As it is: to make a text of it would run the learner's code inside this hook.
            "query": kwargs.get("query", args[1] if len(args) > 1 else None),
            "line": line_from(frame),
            "rows": None,
        }
        if frame.f_code in known and args and len(notes.calls) < MOST_NOTES:
            notes.calls.append((args[0], note))
            began[id(key)] = (key, note)

    def note_done(frame: FrameType, key: object, result: object) -> None:
        kept, note = began.pop(id(key), (None, {}))
        if frame.f_code in known and kept is key:
            note["finished"] = True
            note["rows"] = len(result) if type(result) is list else None

    hook_code = hook.__code__
    set_signal, create_builtin = answers.set_signal, answers.create_builtin
    sys.set_coroutine_origin_tracking_depth(8)
    collect_warnings(path, notes.warnings)
    sys.addaudithook(hook)
    return notes


def guarded_signal() -> Callable[[list[Any], Any, Any], None]:
    """What sets a signal's handler: one of the learner's would be handed a frame of ours.

    Whoever calls the function that all know only raises an audit event; its hook has this one.
    """
    # Where the function is that all others call.
    import _signal  # type: ignore[import-not-found]

    original = _signal.signal
    own = {
        _signal.default_int_handler,
        getattr(sys.modules.get("asyncio.unix_events"), "_sighandler_noop", None),
    }
    on_interrupt = asyncio.Runner._on_sigint  # type: ignore[attr-defined]  # typeshed leaves it out

    def is_known(handler: Any) -> bool:
        if type(handler) is functools.partial:
            method = handler.func
            return type(method) is types.MethodType and method.__func__ is on_interrupt
        return any(handler is one for one in own)

    def set_signal(answer: list[Any], number: Any, handler: Any) -> None:
        if callable(handler) and not is_known(handler):
            raise Refused("signal.signal is refused")
        answer.append(original(number, handler))

    replace_function(_signal, "signal", SIGNAL)
    return set_signal


def guarded_builtin() -> Callable[[list[Any], Any], None]:
    """What makes a module of the interpreter anew, as it was before anything was taken from it."""
    import _imp

    original = _imp.create_builtin

    def create_builtin(answer: list[Any], spec: Any) -> None:
        name = str(spec.name)
        if name in ("_imp", "_signal", "gc", "sys", *UNWANTED):
            raise Refused(f"import of {name} is refused")
        answer.append(original(ModuleSpec(name, None, origin="built-in")))

    replace_function(_imp, "create_builtin", BUILT_IN)
    return create_builtin


def replace_function(module: types.ModuleType, name: str, event: str) -> None:
    """Let a function of a module do nothing but raise an audit event, which a hook answers."""

    def asking(*args: Any) -> Any:
        audit: Any = "audit"
        answer: list[Any] = []
        audit("event", answer, *args)
        return answer[0]

    setattr(module, name, with_constants(asking, {"audit": sys.audit, "event": event}))


def is_idle(method: str, args: tuple[Any, ...]) -> bool:
    """Whether a call has nothing to do, because its database is in that state already."""
    wanted = {"connect": True, "disconnect": False}
    if method not in wanted or not args:
        return False
    state = object.__getattribute__(args[0], "__dict__").get("is_connected")
    return state is wanted[method]


HARMLESS = frozenset({"f_code", "cr_code", "gi_code", "ag_code", "__code__", "__defaults__"})


def clear(notes: SimpleNamespace) -> None:
    """Forget everything noted so far."""
    clear_calls(notes)
    for kept in (notes.blocking, notes.warnings):
        kept.clear()


def clear_calls(notes: SimpleNamespace) -> None:
    """Forget the calls noted so far."""
    notes.calls.clear()
    notes.settled = None


def settle(notes: SimpleNamespace) -> None:
    """Forget what happened to databases after an app had said that it is ready."""
    if notes.settled is not None:
        notes.calls[:] = notes.settled


def new_sender() -> FunctionType:
    """What an app says something with: it is noted when that was, and handed on to the first."""

    async def sending(put: Any, message: Any) -> None:
        audit: Any = "audit"
        audit("sent")
        await put(message)

    return with_constants(sending, {"audit": sys.audit, "sent": SENT})


def watch_database(cls: type, known: set[CodeType]) -> None:
    """Let every public coroutine method of the class say that it was called, and that it ended."""

    async def watched(*args: Any, **kwargs: Any) -> Any:
        audit: Any = "audit"
        original: Any = "original"
        key = [0]
        audit("call", key, "method", args, kwargs)
        result = await original(*args, **kwargs)
        audit("done", key, result)
        return result

    for name, method in list(vars(cls).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_"):
            constants = {"original": method, "method": name, "call": CALL, "done": DONE}
            wrapper = with_constants(watched, {"audit": sys.audit} | constants)
            known.add(wrapper.__code__)
            setattr(cls, name, named_like(wrapper, method))


def watch_sleep() -> None:
    """Let `time.sleep` raise the audit event that it raises by itself since Python 3.13."""

    def watched(seconds: Any, /) -> None:
        audit: Any = "audit"
        original: Any = "original"
        audit("time.sleep", seconds)
        original(seconds)

    constants = {"audit": sys.audit, "original": time.sleep}
    time.sleep = named_like(with_constants(watched, constants), time.sleep)


def named_like(wrapper: FunctionType, original: Callable[..., Any]) -> FunctionType:
    """The wrapper with the name and signature of the original, to which it leaves no road."""
    update_wrapper(wrapper, original)
    del wrapper.__wrapped__  # type: ignore[attr-defined]  # update_wrapper has just set it
    with suppress(ValueError):
        wrapper.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return wrapper


def with_constants(function: Callable[..., Any], values: dict[str, Any]) -> FunctionType:
    """A copy of a function in which texts are replaced by values, as constants of its code.

    Unlike a global name or a closure, a constant cannot be replaced by anybody.
    """
    code = function.__code__
    constants = tuple(
        values.get(constant, constant) if type(constant) is str else constant
        for constant in code.co_consts
    )
    return FunctionType(code.replace(co_consts=constants), {"__builtins__": {}}, code.co_name)


def collect_warnings(path: str, kept: list[Json]) -> None:
    """Put warnings into a list instead of showing them.

    The function that does it can be found by the learner's code, so it knows nothing but the list.
    """

    def showwarning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        if len(kept) < 2_000:
            kept.append(
                {
                    "category": category.__name__,
                    "message": str(message)[:2_000],
                    "line": lineno if filename == path else None,
                }
            )

    warnings.simplefilter("always")
    warnings.showwarning = types.FunctionType(
        showwarning.__code__,
        {"__builtins__": {"len": len, "str": str}},
        "showwarning",
        showwarning.__defaults__,
        showwarning.__closure__,
    )
