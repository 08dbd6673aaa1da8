"""How a worker is confined: what it may use, and where it runs."""

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, Protocol, Self

from checker.errors import CheckerError, UnusableInput
from checker.results import Limit

INSIDE = Path(__file__).resolve().with_name("inside")
STACK = ("fastapi", "databases", "aiosqlite", "databases.backends.sqlite")
TOKEN = "KATA_WORKER"
# Windows' way of giving a process a group of its own; elsewhere there is no such flag.
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
MEBIBYTE = 1 << 20
SMALLEST = 0.1
"""The least that a limit may be; seconds, bytes, or what it counts."""


@dataclass(frozen=True)
class Limits:
    """What a worker may use for one step; breaking one of them fails the step."""

    wall_time: float = 10.0
    """Seconds from the first line of the learner's file to the last answer."""
    cpu_time: float = 2.0
    """Seconds of processor time, of all processes together."""
    memory: int = 512 * MEBIBYTE
    """Bytes of memory, beside what the libraries take."""
    processes: int = 64
    """Processes and threads at a time."""
    file_size: int = 16 * MEBIBYTE
    """Bytes that one file may have."""
    output: int = 64 * 1024
    """Bytes the learner's code may print."""
    answer: int = 1 * MEBIBYTE
    """Bytes one answer of the probe may have."""
    start: float = 60.0
    """Seconds the interpreter may take to load the libraries; exceeding it is our fault."""

    @classmethod
    def changed_by(cls, settings: Iterable[str]) -> Self:
        """The limits with some of them changed by texts as `memory=256M` or `wall_time=3`.

        Raises `UnusableInput` for a text that is no such setting.
        """
        names = [field.name for field in fields(cls) if field.name != "start"]
        changed: dict[str, Any] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            amount = amount_in(value)
            if name not in names or amount is None:
                raise UnusableInput(
                    f"There is no limit {setting[:60]!r}: write NAME=N, where NAME is one of "
                    f"{', '.join(names)} and N a number above zero, perhaps with K, M or G."
                )
            changed[name] = amount if name.endswith("_time") else max(1, int(amount))
        return replace(cls(), **changed)

    @property
    def enforced_inside(self) -> dict[str, float]:
        """The limits that are kept where the learner's code runs."""
        names = ("wall_time", "cpu_time", "memory", "processes", "file_size")
        return {name: getattr(self, name) for name in names}


def amount_in(text: str) -> float | None:
    """The number that a text as `3`, `0.5` or `16M` stands for, if it is a sensible one."""
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)([KMG]?)", text)
    if found is None:
        return None
    amount = float(found[1]) * {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[found[2]]
    return amount if amount >= SMALLEST else None


@dataclass(frozen=True)
class Ending:
    """How a worker ended: its status as in `Popen.returncode`, and the limit it broke, if known.

    `fault` tells what kept the worker from starting. Without status and fault, nobody is left
    who could tell. `cpu_time` are the seconds of processor time it took, where somebody watched.
    """

    status: int | None = None
    limit: Limit | None = None
    fault: str | None = None
    cpu_time: float | None = None


class Sandbox(Protocol):
    """A place with one probe in it, ready to be talked to.

    `main` is the path of the learner's file as the probe sees it.
    """

    main: str
    requests: IO[bytes]
    answers: IO[bytes]
    output: IO[bytes]
    watched: bool
    """Whether a process beside the probe keeps its limits and tells how it ended."""

    @property
    def is_orphaned(self) -> bool:
        """Whether the probe ended because the process that forked it is gone."""

    def begin(self, limits: Limits) -> None:
        """Let the step's clock begin."""

    def is_broken(self) -> bool:
        """Whether a limit was seen broken, so that nothing that comes out of it counts any more."""

    def ending(self, seconds: float) -> Ending | None:
        """How the probe ended, or `None` if it still runs after that time."""

    def end(self) -> None:
        """Kill the probe and everything it started."""

    def remove(self) -> None:
        """Remove all traces."""


class FreshInterpreter:
    """A sandbox of level `process`: a cold worker, on any system.

    The environment holds nothing of the user's; the interpreter runs without site and user
    hooks, and sees the installed libraries but neither the checkout nor the current folder.
    """

    watched = False
    is_orphaned = False

    def __init__(self) -> None:
        self._scratch = Scratch()
        self.main = str(Path(self._scratch.folder) / "main.py")
        self._token = secrets.token_hex(16)
        self._process = start_inside(None, bare_environment(self._scratch.folder, self._token))
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self.requests: IO[bytes] = self._process.stdin
        self.answers: IO[bytes] = self._process.stdout
        self.output: IO[bytes] = self._process.stderr

    def begin(self, limits: Limits) -> None:
        """Nothing to do: the probe itself keeps the limits."""

    def is_broken(self) -> bool:
        """Never: the system ends a process that breaks a limit, or its call."""
        return False

    def ending(self, seconds: float) -> Ending | None:
        """How the process ended."""
        try:
            status = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        return Ending(status, limit_of_signal(-status))

    def end(self) -> None:
        """Kill the worker and everything it started."""
        # Stopped, the worker starts nothing more, and still is the parent of its orphans.
        send_signal(self._process.pid, "SIGSTOP")
        while children := descendants(self._process.pid):
            for child in children:
                send_signal(child, "SIGKILL")
        self._kill_group()
        self._process.wait()
        kill_strays(self._token)

    def remove(self) -> None:
        """Remove the scratch folder."""
        self._scratch.remove()

    def _kill_group(self) -> None:
        if sys.platform == "win32":
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(self._process.pid)],
                capture_output=True,
                check=False,
            )
            return
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)


class Scratch:
    """A folder of a worker's own, on the disk."""

    def __init__(self) -> None:
        try:
            self._made = tempfile.TemporaryDirectory(prefix="kata-", ignore_cleanup_errors=True)
        except OSError as error:
            raise CheckerError(
                f"No scratch folder can be made ({error.strerror or error}): "
                "free some disk space, or set TMPDIR to a folder that you may write to."
            ) from error
        self.folder = os.path.realpath(self._made.name)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        try:
            self._made.cleanup()
        except RecursionError:
            # Folders nested deeper than Python's stack: rm needs none.
            subprocess.run(["rm", "-rf", self.folder], capture_output=True, check=False)


def start_inside(
    resident: Mapping[str, object] | None,
    environment: dict[str, str],
    wrapper: tuple[str, ...] = (),
    descriptors: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start the program in `inside`, in the folder that is its HOME.

    `wrapper` is a command that runs it behind walls.
    """
    import json

    settings = {"paths": library_paths(), "preload": STACK, "resident": resident}
    interpreter, program = sys.executable, str(INSIDE)
    if wrapper:
        interpreter, program = os.path.realpath(sys.executable), INSIDE_WALLS
    return subprocess.Popen(
        [*wrapper, interpreter, "-I", "-S", "-X", "utf8", program, json.dumps(settings)],
        stdin=subprocess.DEVNULL if resident else subprocess.PIPE,
        stdout=subprocess.DEVNULL if resident else subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/" if resident else environment["HOME"],
        env=environment,
        bufsize=0,
        pass_fds=descriptors,
        start_new_session=sys.platform != "win32",
        creationflags=NEW_GROUP,
    )


INSIDE_WALLS = "/kata"
"""Where the folder `inside` is seen behind walls."""


def bare_environment(home: str, token: str) -> dict[str, str]:
    """The environment of a worker: nothing of the user's."""
    bare = {
        TOKEN: token,
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        # Each arena of the C library would take 64 MiB of the address space for a thread.
        "MALLOC_ARENA_MAX": "1",
        # Or Pydantic looks for plugins in everything that is installed.
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
    if sys.platform == "win32":
        # Windows loads no socket library without these.
        for name in ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR"):
            if name in os.environ:
                bare[name] = os.environ[name]
    return bare


def limit_of_signal(number: int) -> Limit | None:
    """The limit that a process broke if this signal ended it."""
    return Limit.CPU_TIME if number == getattr(signal, "SIGXCPU", None) else None


def send_signal(pid: int, name: str) -> None:
    """Send a signal that the system may not have to a process that may be gone."""
    if hasattr(signal, name):
        with suppress(OSError):
            os.kill(pid, getattr(signal, name))


def kill_strays(token: str) -> None:
    """Kill the processes that carry a worker's token in their environment (Linux only)."""
    while strays := marked_by(f"{TOKEN}={token}".encode()):
        for stray in strays:
            send_signal(stray, "SIGKILL")


def marked_by(mark: bytes) -> list[int]:
    """The living processes that were started with a mark in their environment (Linux only)."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environ.read_bytes():
                found.append(int(environ.parent.name))
    return found


def descendants(pid: int) -> list[int]:
    """The living processes that a process started, and those that they started (Linux only)."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name of the program, in parentheses, may hold anything.
            state, parent = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def library_paths() -> list[str]:
    """Where installed packages are: `sys.path` without the current folder and the checkout.

    A worker that could import the checkout could import its solutions.
    """
    checkout = INSIDE.parent.parent
    hidden = {checkout} if (checkout / "solutions").is_dir() else set()
    with suppress(OSError):  # the current folder may be gone
        hidden.add(Path.cwd())
    return [path for path in sys.path if path and Path(path).resolve() not in hidden]
