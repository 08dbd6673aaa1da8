"""The program that runs in the worker: it loads the learner's file and answers questions about it.

It is started by path in a bare interpreter, so it imports nothing from the rest of the
package. Requests and answers are JSON objects, one a line, each answer carrying the `id` of
its request. The probe sends values, never verdicts: nothing it says is believed as such.

    python probe.py '{"paths": [...], "preload": [...]}'

The first answer is `{"ready": true}`, or `{"ready": false, "reason": "..."}` when the
libraries cannot be imported.
"""

import ast
import asyncio
import base64
import builtins
import collections.abc
import contextlib
import faulthandler
import functools
import gc
import importlib.util
import inspect
import io
import json
import math
import os
import sqlite3
import sys
import time
import types
import warnings
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

Json = dict[str, Any]

MODULE = "main"
# Bound early: the learner's code may replace them in their module.
is_coroutine_function, unwrap = inspect.iscoroutinefunction, inspect.unwrap

MOST_VALUES = 20_000
LONGEST_TEXT = 20_000
LONGEST_MESSAGE = 2_000
MOST_RECORDS = 2_000

# An event-loop thread that raises one of these audit events stands still meanwhile.
BLOCKING_EVENTS = frozenset({"sqlite3.connect", "subprocess.Popen", "os.system", "urllib.Request"})


class TooLarge(Exception):
    """A value has more parts than an answer may hold."""


class Unreadable(Exception):
    """Python cannot make a program of the file; `error` is what it says."""

    def __init__(self, error: Exception) -> None:
        super().__init__("unreadable")
        self.error = error


class Occupied(Exception):
    """The database file cannot be filled, because the learner's program has it."""


class Hung(Exception):
    """A coroutine was still waiting when the step's time was up; `frames` says where."""

    def __init__(self, frames: list[list[Any]]) -> None:
        super().__init__("still waiting")
        self.frames = frames


class Rebinding(MutableMapping[str, Any]):
    """The names of a module while it is being executed, some of them held at other values.

    Given to `exec` as its locals, it sees every way of binding a name at module level. A held
    text takes the type of what the file would have assigned.
    """

    def __init__(self, names: dict[str, Any], held: dict[str, Any]) -> None:
        self.names = names
        self.held = held

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self.held:
            held, cls = self.held[name], type(value)
            value = held
            if cls.__module__ != "builtins":
                with contextlib.suppress(Exception):
                    value = cls(held)
        self.names[name] = value

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def __delitem__(self, name: str) -> None:
        del self.names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class HoldGlobals(ast.NodeTransformer):
    """Holds names in functions that declare them global, where `Rebinding` does not see them."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def hold(self, tree: ast.Module) -> None:
        """Change the functions of a module."""
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef):
                self.visit(statement)

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """Let an assignment be followed by one of the held value."""
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        again: list[ast.stmt] = [
            ast.Assign([ast.Name(name, ast.Store())], ast.Constant(self.held[name]))
            for name in names
            if name in self.held
        ]
        return [node, *(ast.copy_location(statement, node) for statement in again)]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Go into functions that declare a held name global, and into no others."""
        declared = {
            name
            for child in ast.walk(node)
            if isinstance(child, ast.Global)
            for name in child.names
        }
        if declared & self.held.keys():
            self.generic_visit(node)
        return node


class Recorder:
    """Notes what the learner's code does to the libraries while it runs."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls: list[tuple[Any, Json]] = []
        self.blocking: list[Json] = []
        self.warnings: list[Json] = []

    def clear(self) -> None:
        """Forget everything noted so far."""
        self.calls.clear()
        self.blocking.clear()
        self.warnings.clear()

    def line(self) -> int | None:
        """The line of the learner's file that is being executed in this thread."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        return frame.f_lineno if frame else None

    def install(self) -> None:
        """Start noting: database calls, blocking calls in the event loop, warnings."""
        if "databases" in sys.modules:
            self._watch_database(sys.modules["databases"].Database)
        self._watch_sleep()
        sys.addaudithook(self._audit)
        sys.set_coroutine_origin_tracking_depth(8)
        warnings.simplefilter("always")
        warnings.showwarning = self._warning

    def _watch_database(self, cls: type) -> None:
        for name, method in list(vars(cls).items()):
            if inspect.iscoroutinefunction(method) and not name.startswith("_"):
                setattr(cls, name, self._noted(name, method))

    def _noted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        # It stays a true coroutine function: FastAPI asks before it awaits a handler.
        @functools.wraps(method)
        async def noted(database: Any, *args: Any, **kwargs: Any) -> Any:
            query = kwargs.get("query", args[0] if args else None)
            note: Json = {
                "method": name,
                "finished": False,
                "query": None if query is None else str(query)[:LONGEST_MESSAGE],
                "line": self.line(),
                "rows": None,
            }
            if len(self.calls) < MOST_RECORDS:
                self.calls.append((database, note))
            result = await method(database, *args, **kwargs)
            note["finished"] = True
            note["rows"] = len(result) if type(result) is list else None
            return result

        return noted

    def _watch_sleep(self) -> None:
        sleep = time.sleep

        @functools.wraps(sleep)
        def noted(seconds: Any, /) -> None:
            self._block("time.sleep")
            sleep(seconds)

        time.sleep = noted

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in BLOCKING_EVENTS:
            self._block(event)

    def _block(self, what: str) -> None:
        if asyncio._get_running_loop() is not None and len(self.blocking) < MOST_RECORDS:
            self.blocking.append({"what": what, "line": self.line()})

    def _warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        if len(self.warnings) < MOST_RECORDS:
            self.warnings.append(
                {
                    "category": category.__name__,
                    "message": str(message)[:LONGEST_MESSAGE],
                    "line": lineno if filename == self.path else None,
                }
            )


class Describer:
    """Turns values of the learner's program into JSON without running the learner's code."""

    def __init__(self) -> None:
        self.records: tuple[type, ...] = ()
        self.texts: tuple[type, ...] = ()
        if "databases" in sys.modules:
            from databases import DatabaseURL
            from databases.interfaces import Record
            from sqlalchemy.engine import Row

            self.records = (Record, Row)
            self.texts = (DatabaseURL,)

    def describe(self, value: object) -> Json:
        """`value` as JSON; raises `TooLarge` when it has too many parts."""
        self._left = MOST_VALUES
        return self._describe(value, 0)

    def _describe(self, value: Any, depth: int) -> Json:
        self._left -= 1
        if self._left < 0 or depth > 20:
            raise TooLarge
        # `type()` and the base classes' own methods: an object cannot lie to them.
        cls = type(value)
        described: Json = {"type": type_name(cls)}
        if cls in (bool, type(None)) or (cls is int and abs(value) < 1 << 63):
            return described | {"value": value}
        if cls is float and math.isfinite(value):
            return described | {"value": value}
        if issubclass(cls, str) and len(value := str.__str__(value)) <= LONGEST_TEXT:
            return described | {"value": value}
        if issubclass(cls, self.texts):
            return described | {"value": str(value)[:LONGEST_TEXT]}
        if issubclass(cls, self.records):
            fields = dict(value._mapping).items()
        elif issubclass(cls, dict):
            fields = dict.items(value)
        elif issubclass(cls, collections.abc.Mapping):
            fields = dict(value).items()
        elif issubclass(cls, (list, tuple)):
            base = list if issubclass(cls, list) else tuple
            items = [self._describe(item, depth + 1) for item in base.__iter__(value)]
            return described | {base.__name__: items}
        else:
            return described | self._thing(value, cls)
        pairs = [[self._describe(part, depth + 1) for part in pair] for pair in fields]
        return described | {"dict": pairs}

    def _thing(self, value: Any, cls: type) -> Json:
        name = None
        if cls in (types.FunctionType, types.CoroutineType, types.GeneratorType, types.MethodType):
            name = value.__qualname__
        elif isinstance(value, type):
            name = type_name(value)
        elif cls is types.ModuleType:
            name = value.__name__
        return {"name": str(name)[:200] if name is not None else None}


def type_name(cls: type) -> str:
    """A class by its module and name, `str` for a built-in."""
    module = type.__getattribute__(cls, "__module__")
    name = type.__getattribute__(cls, "__qualname__")
    return f"{name}"[:200] if module == "builtins" else f"{module}.{name}"[:200]


class App:
    """One walk of an ASGI application through its lifespan."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._to_app: asyncio.Queue[Json] = asyncio.Queue()
        self._from_app: asyncio.Queue[Json] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the startup; raises what the startup raised."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.create_task(self.app(scope, self._to_app.get, self._from_app.put))
        await self._phase("startup")

    async def stop(self) -> None:
        """Run the shutdown; raises what the shutdown raised."""
        await self._phase("shutdown")

    async def get(self, path: str) -> Json:
        """Send the app a GET request; the status and the body of its response."""
        import httpx

        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            response = await client.get(path)
        return {"status": response.status_code, "text": response.text[:LONGEST_TEXT]}

    def abandon(self) -> None:
        """Forget the walk without a shutdown."""
        if self._task is not None:
            self._task.cancel()

    async def _phase(self, phase: str) -> None:
        assert self._task is not None
        await self._to_app.put({"type": f"lifespan.{phase}"})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done() and answer.result().get("type") == f"lifespan.{phase}.complete":
            return
        answer.cancel()
        # An app that says "failed" raises its reason right after.
        await self._task
        raise RuntimeError(f"the app ended its lifespan during {phase}")


class Probe:
    """Holds the learner's program and answers the requests about it."""

    def __init__(self, path: str, libraries: list[str]) -> None:
        self.path = path
        # The libraries as they are before the learner's code can replace anything in them.
        self.libraries = {name: dict(vars(sys.modules[name])) for name in libraries}
        self.recorder = Recorder(path)
        self.describer = Describer()
        # With a factory the runner keeps its loop to itself: the learner's code may want its own.
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.surroundings = Surroundings(Path(path).parent)
        self.module: types.ModuleType | None = None
        self.app: App | None = None
        self.source = b""
        self.deadline = math.inf
        self.answers: dict[str, Callable[..., Any]] = {
            "take": self.take,
            "load": self.load,
            "look": self.look,
            "holds": self.holds,
            "is_a": self.is_a,
            "is_async": self.is_async,
            "call": self.call,
            "start": self.start,
            "get": self.get,
            "stop": self.stop,
            "calls": self.calls,
            "notes": self.notes,
            "sql": self.sql,
        }

    def take(self, source: str, seconds: float) -> None:
        """Receive the learner's file (base64) and start the step's clock."""
        self.source = base64.b64decode(source)
        Path(self.path).write_bytes(self.source)
        self.deadline = time.monotonic() + seconds
        self.recorder.install()

    def load(self, held: dict[str, Any], mute: bool) -> None:
        """Execute the file from the top in an empty folder, the names in `held` kept at a value."""
        if self.app is not None:
            self.app.abandon()
            self.app = None
        self.surroundings.restore()
        empty_folder(Path(self.path).parent, keep=self.path)
        self.recorder.clear()
        self.module = module = types.ModuleType(MODULE)
        module.__file__ = self.path
        module.__dict__["__builtins__"] = builtins
        sys.modules[MODULE] = module
        with muted() if mute else contextlib.nullcontext():
            names = module.__dict__
            exec(self._compiled(held), names, Rebinding(names, held) if held else names)

    def _compiled(self, held: dict[str, Any]) -> types.CodeType:
        try:
            # compile() overlooks bytes in comments that `python main.py` would refuse.
            importlib.util.decode_source(self.source)
            code = compile(self.source, self.path, "exec", dont_inherit=True)
            if held:
                tree = ast.parse(self.source, self.path)
                HoldGlobals(held).hold(tree)
                code = compile(
                    ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True
                )
        except Exception as error:
            raise Unreadable(error) from None
        return code

    def look(self, path: str) -> Json:
        """The value at a dotted path; `found` says how many of its names exist."""
        found, value = self._find(path)
        if found < len(path.split(".")):
            return {"found": found, "value": None}
        return {"found": found, "value": self.describer.describe(value)}

    def holds(self, path: str) -> bool:
        """Whether a name of the program holds a library, or a class out of one, or has it within.

        `databases` asks for the module or anything in it, `fastapi.FastAPI` for the class, for
        the module that has it, or for something made of it.
        """
        library, _, name = path.partition(".")
        own = self.libraries[library]
        public = [value for key, value in own.items() if not key.startswith("_")]
        wanted = [own[name]] if name else [v for v in public if isinstance(v, type)]
        for value in list(vars(self.module).values()):
            bases = type.__getattribute__(type(value), "__mro__")
            if type(value) is types.ModuleType:
                bases = tuple(vars(value).values())
            elif isinstance(value, type):
                bases = type.__getattribute__(value, "__mro__")
            if any(cls is base for cls in wanted for base in bases):
                return True
        return False

    def is_a(self, path: str, cls: str) -> bool:
        """Whether the value at the path is an instance of a library's class, by its full name."""
        library, _, name = cls.rpartition(".")
        bases = type.__getattribute__(type(self._get(path)), "__mro__")
        return self.libraries[library][name] in bases

    def is_async(self, path: str) -> bool:
        """Whether the value at the path is a coroutine function."""
        value = self._get(path)
        return is_coroutine_function(value) or is_coroutine_function(unwrap(value))

    def call(self, path: str) -> Json:
        """Call the function at the path without arguments and await what it returns."""
        function = self._get(path)
        calling = len(self.recorder.calls)

        async def calls() -> Any:
            return await function()

        result = self._run(calls())
        described = self.describer.describe(result)
        del result
        gc.collect()
        queries = [note for _, note in self.recorder.calls[calling:]]
        return {"value": described, "queries": queries}

    def start(self, path: str) -> None:
        """Walk the application at the path through its startup."""
        self.app = App(self._get(path))
        self._run(self.app.start())

    def get(self, url: str) -> Json:
        """Send the started application a GET request."""
        assert self.app is not None
        response: Json = self._run(self.app.get(url))
        return response

    def stop(self) -> None:
        """Walk the started application through its shutdown."""
        assert self.app is not None
        self._run(self.app.stop())
        self.app = None

    def calls(self, path: str, method: str) -> list[Json]:
        """The recorded calls of `method` on the object at the path."""
        owner = self._get(path)
        return [
            note for on, note in self.recorder.calls if on is owner and note["method"] == method
        ]

    def notes(self) -> Json:
        """Blocking calls in the event loop, and warnings, since the file was loaded."""
        return {"blocking": self.recorder.blocking, "warnings": self.recorder.warnings}

    def sql(self, file: str, statements: list[list[Any]]) -> None:
        """Execute SQL statements with their parameters on a file of the scratch folder."""
        path = Path(self.path).with_name(file)
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=2)) as connection:
                # The file lives for seconds; waiting for the disk would be most of the work.
                connection.execute("PRAGMA synchronous = OFF")
                for statement, parameters in statements:
                    connection.executemany(statement, parameters)
                connection.commit()
        except sqlite3.Error as error:
            raise Occupied(safe_text(error)) from None

    def _find(self, path: str) -> tuple[int, Any]:
        first, *rest = path.split(".")
        names = vars(self.module)
        if first not in names:
            return 0, None
        value = names[first]
        for found, name in enumerate(rest, start=1):
            try:
                value = getattr(value, name)
            except AttributeError:
                return found, None
        return 1 + len(rest), value

    def _get(self, path: str) -> Any:
        return self._find(path)[1]

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(self._in_time(coroutine))

    async def _in_time(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        task = asyncio.ensure_future(coroutine)
        left = self.deadline - time.monotonic()
        done, _ = await asyncio.wait({task}, timeout=None if left == math.inf else left)
        if not done:
            waiting = [item for item in asyncio.all_tasks() if item is not asyncio.current_task()]
            raise Hung([place for item in waiting for place in self._waits_at(item)])
        return task.result()

    def _waits_at(self, task: "asyncio.Task[Any]") -> list[list[Any]]:
        places = []
        coroutine: Any = task.get_coro()
        while isinstance(coroutine, types.CoroutineType):
            frame = coroutine.cr_frame
            if frame is not None and frame.f_code.co_filename == self.path:
                places.append([frame.f_lineno, 1, frame.f_code.co_name])
            coroutine = coroutine.cr_await
        return places

    def describe_error(self, error: BaseException) -> Json:
        """An exception with the places of the learner's file that it passed through."""
        cls = type(error)
        described: Json = {
            "type": type_name(cls),
            "message": safe_text(error),
            "frames": self._frames(error),
        }
        if isinstance(error, (NameError, AttributeError, ImportError)):
            name = error.name
            described["name"] = name[:200] if type(name) is str else None
        return described

    def _frames(self, error: BaseException) -> list[list[Any]]:
        frames: list[list[Any]] = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == self.path:
                columns = [place[2] for place in code.co_positions()]
                column = columns[trace.tb_lasti // 2] if trace.tb_lasti >= 0 else None
                frames.append([trace.tb_lineno, (column or 0) + 1, code.co_name])
            trace = trace.tb_next
        return frames[-20:]

    def answer(self, request: Json) -> Json:
        """The answer to one request."""
        try:
            result = self.answers[request.pop("do")](**request)
        except Hung as hung:
            return {"hung": hung.frames}
        except TooLarge:
            return {"too_large": True}
        except Occupied as occupied:
            return {"occupied": str(occupied)}
        except Unreadable as unreadable:
            return {"raised": self.describe_error(unreadable.error) | place_of(unreadable.error)}
        except BaseException as error:  # learner's code may raise anything at all
            return {"raised": self.describe_error(error)}
        return {"result": result}


def place_of(error: Exception) -> Json:
    """Where Python stopped reading the file, as far as it says."""
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    return {"unreadable_at": [line or 1, column or 1]}


class Surroundings:
    """What a program may change around it, and what the next load has to find unchanged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = os.dup(2)
        self.environment = dict(os.environ)
        self.paths = list(sys.path)

    def restore(self) -> None:
        """Put everything back: folder, environment, import path, output, event loop."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.path[:] = self.paths
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(self.output, number)
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


def empty_folder(folder: Path, keep: str) -> None:
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


def private_channel() -> tuple[io.BufferedReader, io.FileIO, io.FileIO]:
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
    gc.disable()
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            return f"{name} cannot be imported ({safe_text(error)})"
    # What is loaded stays: no later collection needs to look at it.
    gc.freeze()
    gc.enable()
    return None


def main() -> NoReturn:
    """Answer requests until the checker closes the channel."""
    settings = json.loads(sys.argv[1])
    sys.argv[:] = [f"{MODULE}.py"]
    sys.path.extend(path for path in settings["paths"] if path not in sys.path)
    requests, answers, output = private_channel()
    dumps, loads, leave = json.dumps, json.loads, os._exit

    def send(answer: Json) -> None:
        left = memoryview(dumps(answer, separators=(",", ":")).encode() + b"\n")
        while left:
            left = left[answers.write(left) :]

    adopt_orphans()
    add_site_builtins()
    reason = preload(settings["preload"])
    if reason:
        send({"ready": False, "reason": reason})
        leave(1)
    # `import __main__` in the learner's file finds an empty module, not this one.
    own_module, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    probe = Probe(str(Path.cwd() / f"{MODULE}.py"), settings["preload"])
    send({"ready": True})
    for line in requests:
        request = loads(line)
        number = request.pop("id")
        if request["do"] == "take":
            # The worker ends itself even when nobody is left to end it, and says where it was.
            faulthandler.dump_traceback_later(
                request["seconds"] + 0.5, exit=True, file=answers.fileno()
            )
        answer = {"id": number} | probe.answer(request)
        flush()
        # Tells the checker that all that was printed until now has arrived.
        output.write(b"\0" + number.encode() + b"\0")
        send(answer)
    del own_module
    leave(0)


if __name__ == "__main__":
    main()
