"""How a worker is confined: a bare process in its own group, with a scratch folder of its own."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from checker.errors import CheckerError

PROBE = Path(__file__).resolve().with_name("probe.py")
STACK = ("fastapi", "databases", "aiosqlite", "databases.backends.sqlite")
TOKEN = "KATA_WORKER"
# Windows' way of giving a process a group of its own; elsewhere there is no such flag.
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


@dataclass(frozen=True)
class Limits:
    """What a worker may use for one step."""

    wall_time: float = 10.0
    """Seconds from the first line of the learner's file to the last answer."""
    output: int = 64 * 1024
    """Bytes the learner's code may print."""
    answer: int = 1024 * 1024
    """Bytes one answer of the probe may have."""
    start: float = 60.0
    """Seconds the interpreter may take to load the libraries; exceeding it is our fault."""


class Sandbox:
    """A probe in a fresh interpreter at isolation level `process`.

    The environment holds nothing of the user's; the interpreter runs without site and user
    hooks, and sees the installed libraries but neither the checkout nor the current folder.
    """

    def __init__(self) -> None:
        try:
            self._scratch = tempfile.TemporaryDirectory(prefix="kata-", ignore_cleanup_errors=True)
        except OSError as error:
            raise CheckerError(
                f"No scratch folder can be made ({error.strerror or error}): "
                "free some disk space, or set TMPDIR to a folder that you may write to."
            ) from error
        self._folder = os.path.realpath(self._scratch.name)
        self.main = str(Path(self._folder) / "main.py")
        self._token = secrets.token_hex(16)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {"paths": library_paths(), "preload": STACK}
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", str(PROBE), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            env=self._environment(),
            bufsize=0,
            start_new_session=sys.platform != "win32",
            creationflags=NEW_GROUP,
        )

    def _environment(self) -> dict[str, str]:
        bare = {
            TOKEN: self._token,
            "HOME": self._scratch.name,
            "TMPDIR": self._scratch.name,
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
        }
        if sys.platform == "win32":
            # Windows loads no socket library without these.
            for name in ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR"):
                if name in os.environ:
                    bare[name] = os.environ[name]
        return bare

    def end(self) -> None:
        """Kill the worker and everything it started."""
        # Stopped, the worker starts nothing more, and still is the parent of its orphans.
        self._signal(self.process.pid, "SIGSTOP")
        while children := descendants(self.process.pid):
            for child in children:
                self._signal(child, "SIGKILL")
        self._kill_group()
        self.process.wait()
        while strays := self._strays():
            for stray in strays:
                self._signal(stray, "SIGKILL")

    def remove(self) -> None:
        """Remove the scratch folder."""
        try:
            self._scratch.cleanup()
        except RecursionError:
            # Folders nested deeper than Python's stack: rm needs none.
            subprocess.run(["rm", "-rf", self._folder], capture_output=True, check=False)

    @staticmethod
    def _signal(pid: int, name: str) -> None:
        if hasattr(signal, name):
            with suppress(OSError):
                os.kill(pid, getattr(signal, name))

    def _kill_group(self) -> None:
        if sys.platform == "win32":
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(self.process.pid)],
                capture_output=True,
                check=False,
            )
            return
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _strays(self) -> list[int]:
        """Processes that left the group but still carry the worker's token (Linux only)."""
        token = f"{TOKEN}={self._token}".encode()
        strays = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if token in environ.read_bytes():
                    strays.append(int(environ.parent.name))
        return strays


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
    checkout = PROBE.parent.parent
    hidden = {checkout} if (checkout / "solutions").is_dir() else set()
    with suppress(OSError):  # the current folder may be gone
        hidden.add(Path.cwd())
    return [path for path in sys.path if path and Path(path).resolve() not in hidden]
