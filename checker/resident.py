"""Starts resident parents and has them fork workers: the warm kind of worker (Linux)."""

import contextlib
import json
import os
import secrets
import select
import socket
import subprocess
from pathlib import Path
from typing import IO, Any

from checker.errors import UnusableInput
from checker.results import Isolation, Limit
from checker.sandbox import (
    Ending,
    Limits,
    Scratch,
    bare_environment,
    kill_strays,
    start_inside,
)

LONGEST_WORDS = 4096
SCRATCH_INSIDE = "/scratch"
"""Where a worker behind walls finds its scratch folder."""


class Resident:
    """A process that has the libraries loaded and forks workers; see `inside/resident.py`."""

    def __init__(self, isolation: Isolation) -> None:
        self.isolation = isolation
        self._token = secrets.token_hex(16)
        strong = isolation is Isolation.STRONG
        wrapper: tuple[str, ...] = ()
        if strong:
            from checker.bubblewrap import wrapper as walls  # costs time that others need not wait

            wrapper = walls()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = start_inside(
                {"control": theirs.fileno(), "strong": strong},
                bare_environment(SCRATCH_INSIDE if strong else "/", self._token),
                wrapper,
                (theirs.fileno(),),
            )

    def fork(self) -> "Fork":
        """A new worker; the request waits if the libraries are still being loaded."""
        return Fork(self)

    def send(self, folder: str, descriptors: list[int]) -> None:
        """Ask for a worker that works in a folder and talks over these descriptors."""
        # A resident parent that is gone shows when the worker's answers end.
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [folder.encode()], descriptors)

    @property
    def is_lost(self) -> bool:
        """Whether the process is gone, or will be within a moment."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.2)
            return True
        return False

    def close(self) -> str:
        """End the resident parent and all that is left of its workers; the last it had to say."""
        self._control.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        if self.isolation is not Isolation.STRONG:  # there the namespace ended with its first one
            kill_strays(self._token)
        assert self._process.stderr
        with self._process.stderr as errors:
            os.set_blocking(errors.fileno(), False)
            said = (errors.read(LONGEST_WORDS) or b"").decode("utf-8", "replace")
        return said.strip().rpartition("\n")[2]


class Fork:
    """A sandbox with a forked worker in it, and a watcher beside it."""

    watched = True

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        strong = resident.isolation is Isolation.STRONG
        self._scratch = None if strong else Scratch()
        folder = self._scratch.folder if self._scratch else SCRATCH_INSIDE
        self.main = str(Path(folder) / "main.py")
        theirs, self.requests = pipe_to_child()
        self.answers, answers = pipe_from_child()
        self.output, output = pipe_from_child()
        self._watcher, watcher = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with watcher:
            resident.send(folder, [theirs, answers, output, watcher.fileno()])
        for descriptor in (theirs, answers, output):
            os.close(descriptor)
        self._ending: Ending | None = None
        self._broken = False

    def begin(self, limits: Limits) -> None:
        """Let the watcher watch, and the step's clock begin."""
        with contextlib.suppress(OSError):
            self._watcher.send(json.dumps(limits.enforced_inside).encode())

    def is_broken(self) -> bool:
        """Whether the watcher said that a limit is broken."""
        self.ending(0)
        return self._broken

    def ending(self, seconds: float) -> Ending | None:
        """What the watcher said when the worker had ended and all was cleaned up."""
        while self._ending is None and select.select([self._watcher], [], [], seconds)[0]:
            message = b""
            with contextlib.suppress(OSError):
                message = self._watcher.recv(4096)
            told = told_by(message)
            self._broken = self._broken or "broken" in told
            if "broken" not in told:
                self._ending = ending_from(told)
        return self._ending

    def end(self) -> None:
        """Have the watcher kill everything, and wait until it has."""
        with contextlib.suppress(OSError):
            self._watcher.shutdown(socket.SHUT_WR)
        self.ending(LONGEST_END)

    def remove(self) -> None:
        """Let go of the watcher, and remove the scratch folder where there is one."""
        self._watcher.close()
        if self._scratch:
            self._scratch.remove()

    @property
    def is_orphaned(self) -> bool:
        """Whether the worker ended because its resident parent is lost."""
        nobody_tells = self._ending == Ending()
        return nobody_tells and self._resident.is_lost


LONGEST_END = 30.0
"""Seconds that a watcher may take to kill everything; a machine under load takes its time."""


def told_by(message: bytes) -> dict[str, Any]:
    """What a watcher said; nothing at all if it was killed."""
    try:
        told: dict[str, Any] = json.loads(message or b"{}")
    except ValueError:
        return {}
    return told


def ending_from(told: dict[str, Any]) -> Ending:
    """The end of a worker as its watcher told it."""
    limit = told.get("limit")
    return Ending(
        told.get("status"),
        Limit(limit) if limit else None,
        told.get("walls"),
        told.get("cpu_time"),
    )


def pipe_to_child() -> tuple[int, IO[bytes]]:
    """A pipe: the child's end, and ours to write to."""
    theirs, ours = os.pipe()
    return theirs, os.fdopen(ours, "wb", buffering=0)


def pipe_from_child() -> tuple[IO[bytes], int]:
    """A pipe: our end to read from, and the child's."""
    ours, theirs = os.pipe()
    return os.fdopen(ours, "rb", buffering=0), theirs


def no_walls(reason: str) -> UnusableInput:
    """What to tell a user on whose machine isolation level `strong` cannot be had."""
    how = "allow unprivileged user namespaces"
    if Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").exists():
        how += " (sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
    return UnusableInput(
        f"Isolation strong cannot be had here ({reason or 'bubblewrap does not start'}): {how}, "
        "run as root, or ask for less by name with --isolation process."
    )
