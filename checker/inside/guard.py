"""Refuses the learner's code a look into this interpreter's frames and objects.

A file that reads the frames below it, or all objects there are, could find the probe and answer
in its place. Python raises an audit event for every such look (`sys.audit`, PEP 578), and an
audit hook can neither be removed nor be found from Python.
"""

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

HERE = str(Path(__file__).parent)
MODULE = "main"
"""What the learner's file is called as a module."""

# Nobody needs these to answer a request or to serve a page.
REFUSED = frozenset(
    {
        "code.__new__",
        "gc.get_objects",
        "gc.get_referents",
        "gc.get_referrers",
        "sqlite3.enable_load_extension",
        "sqlite3.load_extension",
        "sys._current_exceptions",
        "sys._current_frames",
        "sys.addaudithook",
        "sys.setprofile",
        "sys.settrace",
        "sys.monitoring.register_callback",
    }
)
MAKERS = frozenset({"exec", "eval", "compile", "parse", "FunctionType", "_compile"})
FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
# Modules that hand out frames or interpreters, and that no library of a step imports by itself.
UNWANTED = frozenset(
    {
        "_ctypes",
        "_interpchannels",
        "_interpqueues",
        "_interpreters",
        "_pytest",
        "_testcapi",
        "_testinternalcapi",
        "_xxinterpchannels",
        "_xxsubinterpreters",
        "bdb",
        "code",
        "ctypes",
        "greenlet",
        "pdb",
        "pluggy",
        "pytest",
        "test",
    }
)
# What the module `gc` offers to find objects: there are audit events for some of it only.
FINDERS = ("set_debug", "get_objects", "get_referrers", "get_referents", "garbage")
# Files of the standard library that hand frames on to whoever calls them, and functions that do
# so to the rest of their own file, which keeps them.
HANDING_OUT = frozenset({"inspect.py", "types.py", "base_tasks.py", "graph.py"})
HANDING_ON = frozenset({"walk_stack", "walk_tb", "currentframe", "<lambda>"})
STATES = frozenset({"getcoroutinestate", "getgeneratorstate", "getasyncgenstate"})


# The frame below another, asked in a way that stays when it is taken from everybody else.
back_of: Any = FrameType.__dict__["f_back"].__get__
names_in: Any = FrameType.__dict__["f_locals"].__get__


class Refused(PermissionError):
    """The learner's code asked for something that a file under examination may not have."""


def new_guard(folder: str) -> Callable[[str, tuple[Any, ...], FrameType], None]:
    """A function that raises `Refused` when an audit event is a look at what is not to be seen.

    It takes the event, its arguments, and the frame that caused it. What lies in `folder` is the
    learner's.
    """
    libraries = tuple(path for path in sys.path if path)

    def guard(event: str, args: tuple[Any, ...], frame: FrameType) -> None:
        if event == "sys._getframe":
            allowed = may_look(frame, "_getframe") and not is_ours_between(frame, args[0])
        elif event == "object.__getattr__":
            allowed = args[1] not in FRAMES or may_look(frame, args[1])
        elif event == "object.__setattr__":
            allowed = args[1] != "__code__"
        elif event in ("exec", "compile", "function.__new__"):
            allowed = may_run(event, args, frame)
        elif event == "import":
            known = str(args[0]).partition(".")[0] not in UNWANTED
            allowed = known and (args[1] is None or is_library(args[1]))  # machine code has a path
        elif event in ("open", "os.symlink", "os.link"):
            loads = event == "open" and is_import(frame)
            allowed = is_library(args[0]) if loads else not is_memory(args[0])
            allowed = allowed and not is_unwanted(args[0])
        elif event == "marshal.loads":
            path = names_in(frame).get("bytecode_path") if is_import(frame) else None
            allowed = is_library(path) and is_end_of(path, args[0])
        elif event.startswith("ctypes."):
            allowed = event == "ctypes.dlopen" and args[0] is None
        else:
            allowed = event not in REFUSED
        if not allowed:
            raise Refused(f"{what_is(event, args)} is refused")

    def is_library(file: object) -> bool:
        if not isinstance(file, str) or file.startswith(folder) or ".." in Path(file).parts:
            return False
        return file.startswith(libraries)

    def may_run(event: str, args: tuple[Any, ...], frame: FrameType) -> bool:
        """Whether code may be made or run: the learner's own is what stands in its file.

        Only that was read before it ran. A library may run what it makes up itself, if it names
        what it does: otherwise it merely calls what it was given.
        """
        file = args[1] if event == "compile" else getattr(args[0], "co_filename", "")
        code = frame.f_code
        if code.co_filename.startswith(HERE):
            return True
        if is_import(frame):
            return is_library(file)
        if not is_library(code.co_filename) or MAKERS.isdisjoint(code.co_names):
            return False
        if event == "compile":
            return not is_library(file)
        return is_library(file) or str(file).startswith("<")

    def is_unwanted(path: object) -> bool:
        """Whether a path is that of an unwanted module: not every import is an event."""
        return is_library(path) and Path(str(path)).name.partition(".")[0] in UNWANTED

    def may_look(frame: FrameType, name: str) -> bool:
        """Whether the code that looks is a library's own, and keeps what it sees to itself.

        The code must name what it does: otherwise a library merely calls what it was given.
        """
        code = frame.f_code
        file = code.co_filename
        if file.startswith(HERE):
            return True
        if not is_library(file) or name not in code.co_names:
            return False
        if Path(file).name in HANDING_OUT:
            return code.co_name in STATES
        return code.co_name not in HANDING_ON or is_same_file(back_of(frame), file)

    return guard


def is_end_of(path: object, code: Any) -> bool:
    """Whether compiled code is what a file holds: a loader may say anything."""
    try:
        return Path(str(path)).read_bytes().endswith(bytes(code))
    except OSError:
        return False


def is_memory(path: object) -> bool:
    """Whether a path may be that of a process's memory (Linux)."""
    return isinstance(path, (str, bytes)) and os.fsencode(path).rpartition(b"/")[2] == b"mem"


def remove_tools() -> None:
    """Take away what finds objects and frames, as far as it is loaded already."""
    close_roads()
    for name in FINDERS:
        delattr(gc, name)
    ways_back = [
        vars(sys.modules[part]) for name in ("ctypes", "_ctypes") for part in loaded_parts(name)
    ]
    # To look at all there are would give this worker a copy of each page that holds a name.
    for name in UNWANTED:
        for part in loaded_parts(name):
            del sys.modules[part]
    for own in ways_back:
        # Its classes can be found by whoever looks for them, and lead back to its functions.
        own.clear()
    # That is how Python forbids an import.
    sys.modules.update(dict.fromkeys(UNWANTED))  # type: ignore[arg-type]


def loaded_parts(name: str) -> list[str]:
    """A module that is loaded, by its name, and the parts of a package that are."""
    if name not in sys.modules:
        return []
    below = [f"{name}.{part}" for part in vars(sys.modules[name])]
    return [name, *(found for part in below for found in loaded_parts(part))]


def close_roads() -> None:
    """Let no frame lead anywhere, and let nothing be made of ctypes any more.

    Whoever reads an attribute is known by its frame only, and a library can be brought to read one
    for others. So a frame shows its code and its line to all, but neither what it knows nor the
    frame below it. Types of the interpreter are changed behind their read-only views, and by their
    place in memory.
    """
    import ctypes

    modified, as_object = ctypes.pythonapi.PyType_Modified, ctypes.py_object
    frames = contents_of(FrameType)
    frames["f_back"] = frames["f_trace"]  # which is None, because nobody may trace
    for name in ("f_globals", "f_locals", "f_builtins"):
        # Libraries that make a class ask a frame for the module that it is to belong to.
        frames[name] = MappingProxyType({"__name__": MODULE} if name == "f_globals" else {})
    modified(as_object(FrameType))
    if sys.version_info < (3, 12):
        ask_frames_for_code()
    classes = subclasses_of(ctypes.Structure.__mro__[1])
    makers = {cls: maker_of(cls) for cls in {*classes, *map(type, classes)} - {type}}
    if maker_of(FrameType).value or not maker_of(object).value:
        makers = {}  # an interpreter of another build keeps it somewhere else
    put: Any = vars(ctypes.c_void_p.__mro__[1])["value"].__set__
    for cls, changed in [(cls, as_object(cls)) for cls in makers]:
        for name in [name for name in contents_of(cls) if not name.startswith("__")]:
            del contents_of(cls)[name]
        modified(changed)
    for maker in makers.values():
        put(maker, None)


def ask_frames_for_code() -> None:
    """Have `typing` know who asks it about a protocol by the file that its code is of.

    Until Python 3.12 it asks a frame for the name of its module, which no frame tells any more.
    """
    import abc
    import functools
    import typing

    askers: Any = (abc.ABCMeta.register, functools.singledispatch)
    files = {asker.__code__.co_filename for asker in askers}
    lines = (
        "def _allow_reckless_class_checks(depth=3):",
        f"    return sys._getframe(depth).f_code.co_filename in {files!r}",
    )
    code = compile("\n".join(lines), str(typing.__file__), "exec")
    exec(code, vars(typing))  # noqa: S102 - so it is typing's own, and leads nowhere else


def subclasses_of(cls: type) -> set[type]:
    """A class and all that are made of it."""
    return {cls}.union(*map(subclasses_of, type.__subclasses__(cls)))


def maker_of(cls: type) -> Any:
    """Where the interpreter keeps what makes instances of a class: `tp_new` of `PyTypeObject`."""
    import ctypes

    return ctypes.c_void_p.from_address(id(cls) + 39 * ctypes.sizeof(ctypes.c_void_p))


def contents_of(cls: type) -> dict[str, Any]:
    """The dictionary of a class itself, behind its view."""
    own: dict[str, Any] = gc.get_referents(vars(cls))[0]
    return own


def what_is(event: str, args: tuple[Any, ...]) -> str:
    """An audit event by the name that a learner knows."""
    return str(args[1]) if event.startswith("object.") else event


def is_same_file(frame: FrameType | None, file: str) -> bool:
    """Whether a frame executes code of that file."""
    return frame is not None and frame.f_code.co_filename == file


def is_import(frame: FrameType) -> bool:
    """Whether a frame is the import system's."""
    return frame.f_code.co_filename.startswith("<frozen importlib")


def is_ours_between(frame: FrameType, looked_at: FrameType) -> bool:
    """Whether the frame looked at is one of this folder's, or lies behind one of them."""
    passed: FrameType | None = frame
    while passed is not None:
        if passed.f_code.co_filename.startswith(HERE):
            return True
        if passed is looked_at:
            return False
        passed = back_of(passed)
    return True
