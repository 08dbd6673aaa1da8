"""Loads the learner's file and answers questions about it.

Requests and answers are JSON objects, one a line, each answer carrying the `id` of its request
and signed with the key that came with the file, before any of the learner's code ran. The probe
sends values, never verdicts: nothing it says is believed as such.

The first answer is `{"ready": true}`, or `{"ready": false, "reason": "..."}` when the libraries
cannot be imported.
"""

import ast
import asyncio
import base64
import builtins
import contextlib
import functools
import gc
import importlib.util
import io
import json
import math
import os
import sqlite3
import sys
import time
import types
from collections.abc import Callable, Coroutine, Iterable, Iterator
from hashlib import blake2b
from types import SimpleNamespace
from typing import Any, NoReturn

from checker.inside.describe import TooLarge, bases_of, describe, known_classes, type_name
from checker.inside.guard import MODULE
from checker.inside.holding import Holding
from checker.inside.limits import broken_by, confine, starved
from checker.inside.record import (
    clear,
    clear_calls,
    close_interpreter,
    new_sender,
    settle,
    start_recording,
    wrap_libraries,
)

Json = dict[str, Any]
Pen = blake2b
Channel = tuple[io.BufferedReader, io.FileIO, io.FileIO]

LONGEST_MESSAGE = 2_000

# What learner's code may replace in its module is bound here, before it runs.
make_encoder: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]
escape: Any = json.encoder.encode_basestring_ascii
scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
monotonic, leave, change_folder, duplicate = time.monotonic, os._exit, os.chdir, os.dup2
connect = sqlite3.connect
ONLY_TREE = ast.PyCF_ONLY_AST
# With a factory the runner keeps its loop to itself: the learner's code may want its own.
new_runner = functools.partial(asyncio.Runner, loop_factory=asyncio.new_event_loop)


Part = tuple[str, Any, str, Any]
"""A part of a library: its full name, what holds it, under which key, and itself."""


class Unreadable(Exception):
    """Python cannot make a program of the file; its argument is the error that says why."""


class Occupied(Exception):
    """The database file cannot be filled, because the learner's program has it."""


class Hung(Exception):
    """A coroutine was still waiting when the step's time was up; its argument says where."""


class Patched(Exception):
    """The learner's code replaced a part of the library; its argument is the name of the part."""


def remember(names: list[str]) -> SimpleNamespace:
    """The libraries as they are before the learner's code can replace anything in them."""
    wrappers = wrap_libraries()
    contents = {name: dict(vars(sys.modules[name])) for name in names if name in sys.modules}
    return SimpleNamespace(
        contents=contents,
        classes={name: public_classes(own) for name, own in contents.items()},
        known=known_classes(),
        wrappers=wrappers,
        answers=None,
        send=new_sender(),
        originals=parts_of("databases"),
        tools=tools(),
        toolboxes=[(cls, dict(vars(cls))) for cls in (*Holding.__mro__[:-1], ast.AST)],
    )


def public_classes(own: dict[str, Any]) -> tuple[type, ...]:
    """The classes that a module offers."""
    public = [value for name, value in own.items() if not name.startswith("_")]
    return tuple(value for value in public if isinstance(value, type))


def new_state(
    path: str, libraries: SimpleNamespace, answers: int, *, watched: bool, walled: bool
) -> SimpleNamespace:
    """What a probe knows; it is handed to every function that answers a request."""
    return SimpleNamespace(
        path=path,
        libraries=libraries,
        runner=None,
        surroundings=SimpleNamespace(
            folder=os.path.dirname(path),
            output=os.dup(2),
            environment=dict(os.environ),
            paths=list(sys.path),
        ),
        answers=answers,
        watched=watched,
        walled=walled,
        module=None,
        app=None,
        source=b"",
        code=None,
        deadline=math.inf,
        notes=None,
    )


def take(state: SimpleNamespace, source: str, limits: Json) -> None:
    """Receive the learner's file (base64) and start the step's clock."""
    state.source = base64.b64decode(source)
    with open(state.path, "wb", buffering=0) as file:
        file.write(state.source)
    libraries = state.libraries
    answers = libraries.answers or close_interpreter()
    state.notes = start_recording(state.path, libraries.wrappers, answers)
    confine(limits, state.answers, watched=state.watched, walled=state.walled)
    state.deadline = monotonic() - starved() + limits["wall_time"]


def load(state: SimpleNamespace, held: dict[str, Any], mute: bool) -> None:
    """Execute the file from the top in an empty folder, the names in `held` kept at a value."""
    if state.app is not None and state.app.task is not None:
        state.app.task.cancel()
    state.app = None
    restore(state.surroundings)
    empty_folder(state.surroundings.folder, keep=state.path)
    clear(state.notes)
    state.module = module = types.ModuleType(MODULE)
    module.__file__ = state.path
    module.__dict__["__builtins__"] = builtins
    sys.modules[MODULE] = module
    with muted() if mute else contextlib.nullcontext():
        exec(compiled(state, held), module.__dict__)


def compiled(state: SimpleNamespace, held: dict[str, Any]) -> Any:
    """The learner's file as code; raises `Unreadable` if there is no way."""
    if held:
        refuse_changed_tools(state.libraries)
    try:
        if held:
            tree: Any = code_of(state.source, state.path, ONLY_TREE)
            declared = b"global" in state.source or not state.source.isascii()
            return code_of(Holding(held, declared).visit(tree), state.path)
        if state.code is None:
            # compile() overlooks bytes in comments that `python main.py` would refuse.
            importlib.util.decode_source(state.source)
            state.code = code_of(state.source, state.path)
    except Exception as error:
        raise Unreadable(error) from None
    return state.code


def code_of(source: Any, path: str, flags: int = 0) -> Any:
    """The code that the interpreter makes of a file or of a tree, or the tree, if `flags` ask."""
    return compile(source, path, "exec", flags, dont_inherit=True)


def look(state: SimpleNamespace, path: str, cls: str = "", function: bool = False) -> Json:
    """The value at a dotted path, and what it is; `found` says how many of its names exist.

    `is_a` tells whether it is an instance of `cls`, a library's class by its full name, and
    `is_async`, if it is to be a `function`, whether it is a coroutine function.
    """
    found, value = find(state, path)
    if found < len(path.split(".")):
        return {"found": found}
    return {
        "found": found,
        "value": describe(value, state.libraries.known),
        "is_a": bool(cls) and is_a(state, value, cls),
        "is_async": function and is_async(value),
    }


def holds(state: SimpleNamespace, path: str) -> bool:
    """Whether a name of the program holds a library, or a class out of one, or has it within.

    `databases` asks for the module or anything in it, `fastapi.FastAPI` for the class, for
    the module that has it, or for something made of it; a module under the class's name is
    no class.
    """
    library, _, name = path.partition(".")
    own = state.libraries.contents[library]
    if name and type(vars(state.module).get(name)) is types.ModuleType:
        return False
    wanted = (own[name],) if name else state.libraries.classes[library]
    for value in list(vars(state.module).values()):
        bases = bases_of(type(value))
        if type(value) is types.ModuleType:
            bases = tuple(vars(value).values())
        elif type in bases:
            bases = bases_of(value)
        if any(cls is base for cls in wanted for base in bases):
            return True
    return False


def is_a(state: SimpleNamespace, value: object, cls: str) -> bool:
    """Whether a value is an instance of a library's class."""
    library, _, name = cls.rpartition(".")
    wanted = state.libraries.contents[library][name]
    return any(base is wanted for base in bases_of(type(value)))


def is_async(value: Any) -> bool:
    """Whether a value is a coroutine function, perhaps under a decorator."""
    seen: list[Any] = []
    while value is not None and not any(value is one for one in seen):
        seen.append(value)
        if type(value) is types.FunctionType and value.__code__.co_flags & 0x80:  # CO_COROUTINE
            return True
        if type(value) is types.MethodType:
            value = value.__func__
        elif type(value) is functools.partial:
            value = value.func
        else:
            value = getattr(value, "__wrapped__", None)
    return False


def call(state: SimpleNamespace, path: str) -> Json:
    """Call the function at the path without arguments and await what it returns."""
    found, function = find(state, path)
    if found < len(path.split(".")):
        return {"found": found}
    calling = len(state.notes.calls)

    async def calls() -> Any:
        return await function()

    result = run(state, calls())
    described = describe(result, state.libraries.known)
    del result
    gc.collect()
    return {"found": found, "value": described, "queries": calls_noted(state, calling)}


def start(state: SimpleNamespace, path: str) -> Json:
    """Walk the application at the path through its startup."""
    found, app = find(state, path)
    if found == len(path.split(".")):
        clear_calls(state.notes)
        state.app = new_app(app, state.libraries)
        run(state, start_app(state.app))
        settle(state.notes)
    return {"found": found}


def get(state: SimpleNamespace, url: str) -> int | None:
    """Send the started application a GET request; the status of what it answers."""
    status = run(state, get_from(state.app, url))
    return status if type(status) is int else None


def stop(state: SimpleNamespace) -> None:
    """Walk the started application through its shutdown."""
    clear_calls(state.notes)
    run(state, walk(state.app, "shutdown"))
    settle(state.notes)
    state.app = None


def calls(state: SimpleNamespace, path: str, method: str) -> list[Json]:
    """The calls of `method` on the object at the path, since the last load, start or stop.

    Raises `Patched` if the library is no longer what it was.
    """
    refuse_changes(state.libraries.originals)
    owner = value_at(state, path)
    refuse_own_methods(state, path, owner)
    on_owner = [position for position, (on, _) in enumerate(state.notes.calls) if on is owner]
    noted = calls_noted(state, 0)
    return [noted[position] for position in on_owner if noted[position]["method"] == method]


def refuse_changes(originals: Iterable[Part]) -> None:
    """Raise `Patched` if a part of a library is no longer what it was."""
    for name, owner, key, original in originals:
        if vars(owner).get(key) is not original:
            raise Patched(name)


def refuse_changed_tools(libraries: SimpleNamespace) -> None:
    """Raise `Patched` if what the experiment is made with is no longer what it was."""
    refuse_changes(libraries.tools)
    for cls, contents in libraries.toolboxes:
        if vars(cls).keys() != contents.keys():
            raise Patched(cls.__name__)
        refuse_changes([(cls.__name__, cls, key, part) for key, part in contents.items()])


def refuse_own_methods(state: SimpleNamespace, path: str, owner: Any) -> None:
    """Raise `Patched` if an object of the library's has a method of the learner's instead."""
    library = state.libraries.contents["databases"]["Database"]
    if type(owner) is library:
        for name in vars(owner):
            if name in vars(library):
                raise Patched(f"{path}.{name}")
    for cls in bases_of(type(owner)):
        if cls is library:
            return
        if "connection" in vars(cls):
            raise Patched(f"{path}.connection")


def notes(state: SimpleNamespace) -> Json:
    """Blocking calls in the event loop, and warnings, since the file was loaded."""
    return {"blocking": state.notes.blocking, "warnings": state.notes.warnings}


def sql(state: SimpleNamespace, file: str, statements: list[list[Any]]) -> None:
    """Execute SQL statements with their parameters on a file of the scratch folder."""
    path = os.path.join(state.surroundings.folder, file)
    try:
        with contextlib.closing(connect(path, timeout=2)) as connection:
            # The file lives for seconds; waiting for the disk would be most of the work.
            connection.execute("PRAGMA synchronous = OFF")
            for statement, parameters in statements:
                connection.executemany(statement, parameters)
            connection.commit()
    except sqlite3.Error as error:
        raise Occupied(safe_text(error)) from None


def handlers() -> dict[str, Callable[..., Any]]:
    """The functions that answer requests, by the request's name."""
    known = (take, load, look, holds, call, start, get, stop, calls, notes, sql)
    return {handler.__name__: handler for handler in known}


def answer(state: SimpleNamespace, known: dict[str, Callable[..., Any]], request: Json) -> Json:
    """The answer to one request."""
    try:
        result = known[request.pop("do")](state, **request)
    except Hung as hung:
        return {"hung": hung.args[0]}
    except TooLarge:
        return {"too_large": True}
    except Occupied as occupied:
        return {"occupied": occupied.args[0]}
    except Patched as patched:
        return {"patched": patched.args[0]}
    except Unreadable as unreadable:
        error = unreadable.args[0]
        return {"raised": describe_error(state, error) | place_of(error)}
    except BaseException as error:  # learner's code may raise anything at all
        told = {"raised": describe_error(state, error), "limit": broken_by(error)}
        # The error may live on in the learner's code, and must not lead back here.
        error.__traceback__ = None
        return told
    return {"result": result}


def find(state: SimpleNamespace, path: str) -> tuple[int, Any]:
    """How many names of a dotted path exist, and the value at the last of them."""
    first, *rest = path.split(".")
    names = vars(state.module)
    if first not in names:
        return 0, None
    value = names[first]
    for found, name in enumerate(rest, start=1):
        try:
            value = getattr(value, name)
        except AttributeError:
            return found, None
    return 1 + len(rest), value


def value_at(state: SimpleNamespace, path: str) -> Any:
    """The value at a dotted path."""
    return find(state, path)[1]


def parts_of(package: str) -> tuple[Part, ...]:
    """Every function, class and other part of a package: its full name, owner, key and value."""
    modules = [
        module
        for name, module in list(sys.modules.items())
        if (name == package or name.startswith(f"{package}.")) and module is not None
    ]
    owners: dict[int, Any] = {id(module): module for module in modules}
    for module in modules:
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__.partition(".")[0] == package:
                owners[id(value)] = value
    return tuple(
        (f"{owner.__name__}.{key}", owner, key, value)
        for owner in owners.values()
        for key, value in list(vars(owner).items())
        if callable(value) or isinstance(value, (property, staticmethod, classmethod))
    )


def tools() -> tuple[Part, ...]:
    """The parts of `ast` that `Holding` is made with, and those that they are made with."""
    reached: set[str] = set()
    methods = [method for cls in Holding.__mro__[:-1] for method in vars(cls).values()]
    waiting = [method.__code__ for method in methods if isinstance(method, types.FunctionType)]
    while waiting:
        code = waiting.pop()
        waiting += [part for part in code.co_consts if isinstance(part, types.CodeType)]
        for name in set(code.co_names) - reached:
            reached.add(name)
            part = vars(ast).get(name)
            if isinstance(part, types.FunctionType):
                waiting.append(part.__code__)
    owners = [ast, *(vars(ast)[name] for name in reached & vars(ast).keys())]
    return tuple(
        part
        for part in parts_of("ast")
        if part[2] in reached or (part[1] is not ast and part[1] in owners)
    )


def calls_noted(state: SimpleNamespace, first: int) -> list[Json]:
    """The notes on database calls from the `first` on, each query as a text."""
    return [note | {"query": text_of(note["query"])} for _, note in state.notes.calls[first:]]


def text_of(query: Any) -> str | None:
    """A query as a text."""
    if query is None:
        return None
    if str in bases_of(type(query)):
        return str.__str__(query)[:LONGEST_MESSAGE]
    return str.__str__(str(query))[:LONGEST_MESSAGE]


def new_app(app: Any, libraries: SimpleNamespace) -> SimpleNamespace:
    """An application, and the queues by which it is spoken to."""
    to_app, from_app = asyncio.Queue[Json](), asyncio.Queue[Json]()
    send = functools.partial(libraries.send, from_app.put)
    return SimpleNamespace(
        app=app, to_app=to_app, from_app=from_app, send=send, task=None, state={}
    )


async def start_app(app: SimpleNamespace) -> None:
    """Run the startup; raises what the startup raised."""
    scope = {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "state": app.state,
    }
    app.task = asyncio.create_task(app.app(scope, app.to_app.get, app.send))
    await walk(app, "startup")


async def walk(app: SimpleNamespace, phase: str) -> None:
    """Go through one phase of the lifespan; raises what the application raised."""
    await app.to_app.put({"type": f"lifespan.{phase}"})
    said = asyncio.ensure_future(app.from_app.get())
    await asyncio.wait({said, app.task}, return_when=asyncio.FIRST_COMPLETED)
    if said.done() and said.result().get("type") == f"lifespan.{phase}.complete":
        return
    said.cancel()
    # An app that says "failed" raises its reason right after.
    await app.task
    raise RuntimeError(f"the app ended its lifespan during {phase}")


async def get_from(app: SimpleNamespace, url: str) -> int | None:
    """The status of the response to a GET request, asked for as a server does."""
    path, _, query = url.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"app"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 50_000),
        "server": ("app", 80),
        "state": dict(app.state),
    }
    # No functions of ours: those would lead to the rest of this module.
    to_app, from_app = asyncio.Queue[Json](), asyncio.Queue[Any]()
    await to_app.put({"type": "http.request", "body": b"", "more_body": False})
    task = asyncio.ensure_future(app.app(scope, to_app.get, from_app.put))
    status = None
    while not (task.done() and from_app.empty()):
        said = asyncio.ensure_future(from_app.get())
        await asyncio.wait({said, task}, return_when=asyncio.FIRST_COMPLETED)
        if not said.done():
            said.cancel()
            continue
        message = said.result()
        if message["type"] == "http.response.start":
            status = message["status"]
        elif not message.get("more_body"):
            await to_app.put({"type": "http.disconnect"})
    # Where the app raises, a server answers that it is at fault.
    return 500 if status is None and task.exception() else status


def run(state: SimpleNamespace, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine in the program's event loop."""
    if state.runner is None:
        state.runner = new_runner()
    return state.runner.run(in_time(state, coroutine))


async def in_time(state: SimpleNamespace, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, or `Hung` when the step's time is up.

    Time in which this process was ready and had no processor does not count.
    """
    task = asyncio.ensure_future(coroutine)
    while not task.done():
        left = state.deadline + starved() - monotonic()
        if left <= 0:
            others = [item for item in asyncio.all_tasks() if item is not asyncio.current_task()]
            raise Hung([place for item in others for place in waits_at(state, item)])
        await asyncio.wait({task}, timeout=None if left == math.inf else left)
    return task.result()


def waits_at(state: SimpleNamespace, task: "asyncio.Task[Any]") -> list[list[Any]]:
    """The places in the learner's file at which a task waits."""
    places = []
    coroutine: Any = task.get_coro()
    while type(coroutine) is types.CoroutineType:
        frame = coroutine.cr_frame
        if frame is not None and frame.f_code.co_filename == state.path:
            places.append([frame.f_lineno, 1, frame.f_code.co_name])
        coroutine = coroutine.cr_await
    return places


def describe_error(state: SimpleNamespace, error: BaseException) -> Json:
    """An exception with the places of the learner's file that it passed through."""
    described: Json = {
        "type": type_name(type(error)),
        "message": safe_text(error),
        "frames": frames_of(state, error),
    }
    if isinstance(error, (NameError, AttributeError, ImportError)):
        name = error.name
        described["name"] = name[:200] if type(name) is str else None
    return described


def frames_of(state: SimpleNamespace, error: BaseException) -> list[list[Any]]:
    """The places of the learner's file that an exception passed through, outermost first."""
    frames: list[list[Any]] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == state.path:
            columns = [place[2] for place in code.co_positions()]
            column = columns[trace.tb_lasti // 2] if trace.tb_lasti >= 0 else None
            frames.append([trace.tb_lineno, (column or 0) + 1, code.co_name])
        trace = trace.tb_next
    return frames[-20:]


def place_of(error: Exception) -> Json:
    """Where Python stopped reading the file, as far as it says."""
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    return {"unreadable_at": [line or 1, column or 1]}


def restore(surroundings: SimpleNamespace) -> None:
    """Put back what an earlier load changed: folder, environment, import path, output, loop."""
    change_folder(surroundings.folder)
    if os.environ != surroundings.environment:
        os.environ.clear()
        os.environ.update(surroundings.environment)
    sys.path[:] = surroundings.paths
    for number, name in ((1, "stdout"), (2, "stderr")):
        duplicate(surroundings.output, number)
        raw = open(number, "wb", closefd=False)  # noqa: SIM115 - it stays open
        stream = io.TextIOWrapper(
            raw, encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    if sys.version_info < (3, 14):
        asyncio.set_event_loop_policy(None)


def safe_text(error: BaseException) -> str:
    """The text of an exception, even if its `__str__` fails."""
    try:
        return str(error)[:LONGEST_MESSAGE]
    except BaseException:  # learner's code may raise anything at all
        return ""


def empty_folder(folder: str, keep: str) -> None:
    """Delete what an earlier load left behind, so that each load is a first run."""
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            import shutil  # rarely needed, and slow to import

            shutil.rmtree(entry.path, ignore_errors=True)
        elif entry.path != keep:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Throw away what is printed meanwhile, by whatever way it is printed."""
    flush()
    saved = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        flush()
        for number, copy in enumerate(saved, start=1):
            os.dup2(copy, number)
            os.close(copy)


def flush() -> None:
    """Push out what the learner's code printed."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with contextlib.suppress(ValueError, OSError):
                stream.flush()


def private_channel() -> Channel:
    """Take the checker's pipes out of the way of the learner's stdin, stdout and stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    output = os.fdopen(os.dup(2), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return requests, answers, output


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, so that they can be found (Linux)."""
    if sys.platform == "linux":
        import ctypes

        set_child_subreaper = 36  # PR_SET_CHILD_SUBREAPER in <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def add_site_builtins() -> None:
    """Give the names that `python main.py` has and an interpreter without site has not."""
    import _sitebuiltins

    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))


def preload(names: list[str]) -> str | None:
    """Import the libraries; the reason if one of them cannot be imported."""
    add_site_builtins()
    gc.disable()
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            return f"{name} cannot be imported ({safe_text(error)})"
    keep()
    gc.enable()
    return None


def rehearse(libraries: SimpleNamespace) -> None:
    """Have the libraries load, compile and remember what they do so only when they are used.

    Nothing here starts a thread, as `databases` would for a query.
    """
    import sqlalchemy

    async def serve() -> None:
        app = new_app(libraries.contents["fastapi"]["FastAPI"](), libraries)
        await start_app(app)
        await get_from(app, "/")
        await walk(app, "shutdown")

    for _ in range(2):  # the second time the interpreter takes shorter ways, and keeps to them
        asyncio.run(serve())
        libraries.contents["databases"]["Database"]("sqlite:///:memory:")
        engine = sqlalchemy.create_engine("sqlite:///:memory:")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
        engine.dispose()
    gc.collect()


def keep() -> None:
    """Let no later collection look at what there is: it stays."""
    gc.freeze()


def new_pen(key: bytes) -> Pen:
    """What signs answers; unlike the key, it shows nothing of itself."""
    return blake2b(key=key, digest_size=16)


def new_answerer(answers: io.FileIO) -> Callable[[Json, Pen], None]:
    """A function that sends an answer, signed with a pen that has the key in it.

    It is made of parts that nobody can replace: the learner's code may patch `json`.
    """

    def refuse(value: object) -> NoReturn:
        raise TypeError(type_name(type(value)))

    encode = make_encoder(None, refuse, escape, None, ":", ",", False, False, False)

    def send(content: Json, pen: Pen) -> None:
        text = "".join(encode(content, 0)).encode()
        signing = pen.copy()
        signing.update(text)
        signature = signing.hexdigest().encode()
        left = memoryview(signature + b" " + text + b"\n")
        while left:
            left = left[answers.write(left) :]

    return send


def serve(
    channel: Channel,
    missing: str | None,
    libraries: SimpleNamespace,
    *,
    watched: bool = False,
    walled: bool = False,
) -> NoReturn:
    """Answer requests until the checker closes the channel; `missing` says what keeps us from it.

    A probe that is `watched` has a process beside it that ends it when it breaks a limit; one
    that is `walled` has namespaces of its own.
    """
    requests, answers, output = channel
    send = new_answerer(answers)
    if missing:
        send({"ready": False, "reason": missing}, new_pen(b""))
        leave(1)
    path = os.path.join(os.getcwd(), f"{MODULE}.py")
    state = new_state(path, libraries, answers.fileno(), watched=watched, walled=walled)
    known, pen = handlers(), new_pen(b"")
    send({"ready": True}, pen)
    for line in requests:
        request = scan(line.decode(), 0)[0]
        number = request.pop("id")
        if request["do"] == "take":
            pen = new_pen(bytes.fromhex(request.pop("key")))
        answered = {"id": number} | answer(state, known, request)
        flush()
        # Tells the checker that all that was printed until now has arrived.
        output.write(b"\0" + number.encode() + b"\0")
        try:
            send(answered, pen)
        except (TypeError, ValueError, RecursionError):
            send({"id": number, "too_large": True}, pen)
    leave(0)


def serve_alone(libraries: list[str]) -> NoReturn:
    """Answer requests in a process that was started for one worker only."""
    channel = private_channel()
    adopt_orphans()
    missing = preload(libraries)
    serve(channel, missing, remember(libraries))
