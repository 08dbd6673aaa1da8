"""What an attack could touch on this machine, and whether it did (Linux)."""

import ctypes
import os
import secrets
import signal
import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from checker.kata import ROOT

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
PATIENCE = 5.0
"""Seconds in which what is being ended may still be there."""
MEBIBYTE = 1 << 20
MOST_MEMORY = 64 * MEBIBYTE
"""Bytes by which the checker may grow while it judges one program."""
PLANTED = {"1801548897", "1801548898"}
"""Keys of shared memory that attacks use: `kata` and `katb`."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)


class Machine:
    """Canaries, listeners and a look at everything that a worker might leave behind.

    `places` are the values of the placeholders in programs. This process becomes the parent of
    every orphan below it, so that nothing that was started can hide.
    """

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
        self.word = secrets.token_hex(16)
        self.received: list[str] = []
        for number in SIGNALS:
            signal.signal(number, lambda number, _: self.received.append(f"signal {number}"))
        home = Path.home() if os.access(Path.home(), os.W_OK) else Path(tempfile.gettempdir())
        self.canaries = [
            home / f".kata-secret-{self.word[:8]}",
            Path("/var/tmp") / f"kata-canary-{self.word[:8]}",
            Path("/tmp") / f"kata-canary-{self.word[:8]}",
        ]
        for canary in self.canaries:
            self._lay(canary)
        self._listeners = self._listen()
        os.environ["KATA_SECRET"] = self.word
        self.places = self._places()
        self._normal: dict[str, Any] = {}

    def _lay(self, canary: Path) -> None:
        """A file whose time of last access tells whether anybody read it."""
        canary.write_text(self.word, "utf-8")
        canary.chmod(0o666)  # whoever finds it may read and write it
        os.utime(canary, (1, 2))

    def _listen(self) -> dict[str, socket.socket]:
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        named, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        tcp.bind(("", 0))
        udp.bind(("", 0))
        named.bind(f"/tmp/kata-socket-{self.word[:8]}")
        Path(named.getsockname()).chmod(0o777)
        abstract.bind(f"\0kata-{self.word[:8]}")
        found = {"tcp": tcp, "udp": udp, "socket": named, "abstract": abstract}
        for name, listener in found.items():
            listener.setblocking(False)
            if name != "udp":
                listener.listen()
        return found

    def _places(self) -> dict[str, str]:
        own = {name: listener.getsockname() for name, listener in self._listeners.items()}
        return {
            "secret": str(self.canaries[0]),
            "canary": str(self.canaries[1]),
            "shared": str(self.canaries[2]),
            "checkout": str(ROOT),
            "tcp": str(own["tcp"][1]),
            "udp": str(own["udp"][1]),
            "address": own_address(),
            "socket": own["socket"],
            "abstract": own["abstract"][1:].decode(),
            "pid": str(os.getpid()),
            "namespace": str(Path("/proc/self/ns/pid").readlink()),
        }

    def settle(self) -> None:
        """Take what is there now for normal."""
        state = self._state()
        deadline = time.monotonic() + PATIENCE
        while self._normal != state and time.monotonic() < deadline:
            self._normal = state
            threading.Event().wait(0.2)
            state = self._state()

    def begin(self) -> None:
        """Begin to watch what the next program costs this process."""
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", "utf-8")  # forget the highest so far
        self._memory = memory()["VmRSS"]

    def changes(self) -> list[str]:
        """What is not as it was, after waiting a moment for what is on its way out."""
        deadline = time.monotonic() + PATIENCE
        while (found := self._differences()) and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        grown = memory()["VmHWM"] - self._memory
        if grown > MOST_MEMORY:
            found.append(f"the checker's memory grew by {grown // MEBIBYTE} MiB")
        return found + self._touched()

    def _differences(self) -> list[str]:
        state = self._state()
        return [
            f"{what} was {before}, is {state[what]}"
            for what, before in self._normal.items()
            if (state[what] > before if type(before) is int else state[what] != before)
        ]

    def _state(self) -> dict[str, Any]:
        return {
            "processes": len(descendants()),
            "descriptors": len(names_in("/proc/self/fd")),
            "threads": threading.active_count(),
            "temporary files": len(names_in(tempfile.gettempdir())),
            "mounts": Path("/proc/self/mountinfo").read_text("utf-8"),
            "checkout": hash(tuple(checkout_state())),
            "shared memory": shared_memory(),
            "folder": str(Path.cwd()),
            "priority": os.getpriority(os.PRIO_PROCESS, 0),
        }

    def _touched(self) -> list[str]:
        """What reached this process, or the canaries."""
        found, self.received = self.received, []
        for name, listener in self._listeners.items():
            with suppress(BlockingIOError):
                if name == "udp":
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
                found.append(f"somebody called {name}")
        for canary in self.canaries:
            if not canary.exists():
                found.append(f"{canary} is gone")
            elif (canary.stat().st_atime, canary.stat().st_mtime) != (1, 2):
                found.append(f"{canary} was touched")
            else:
                continue
            self._lay(canary)
        return found

    def leave(self) -> list[str]:
        """Take everything away; what is left of others."""
        for listener in self._listeners.values():
            listener.close()
        for path in (*self.canaries, Path(self.places["socket"])):
            path.unlink(missing_ok=True)
        deadline = time.monotonic() + PATIENCE
        while descendants() and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        left = [f"process {process}" for process in descendants()]
        return left + [f"file {name}" for name in names_in(tempfile.gettempdir())]


def own_address() -> str:
    """An address of this machine that is not the loopback, if it has one."""
    with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as anybody:
        anybody.connect(("192.0.2.1", 9))  # sends nothing
        return str(anybody.getsockname()[0])
    return "127.0.0.1"


def descendants() -> list[int]:
    """The living processes below this one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            state, parent = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def names_in(folder: str) -> list[str]:
    """The names of what is in a folder."""
    return [path.name for path in Path(folder).iterdir()]


def checkout_state() -> list[tuple[object, ...]]:
    """Every file of the checkout with its size and the time it was last written."""
    found = []
    for part in ("checker", "solutions", "steps", "tests"):
        for folder, _, names in os.walk(ROOT / part):
            for name in names:
                if not folder.endswith("__pycache__"):
                    with suppress(OSError):
                        stat = (Path(folder) / name).stat()
                        found.append((folder, name, stat.st_size, stat.st_mtime_ns, stat.st_mode))
    return sorted(found)


def shared_memory() -> list[str]:
    """What attacks left that outlives every process."""
    found = [name for name in names_in("/dev/shm") if "kata" in name]
    for kind in ("shm", "msg", "sem"):
        lines = Path(f"/proc/sysvipc/{kind}").read_text("utf-8").splitlines()[1:]
        found += [f"{kind} {line.split()[0]}" for line in lines if line.split()[0] in PLANTED]
    return found


def memory() -> dict[str, int]:
    """Bytes that this process uses now, and the most that it used since `Machine.begin`."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}
