"""Reads single keys from a terminal, or lines from a pipe, in a thread."""

import os
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum, auto
from typing import Any, Protocol

from checker.watch.state import Key

ESCAPES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1b[5~": "pageup",
    "\x1b[6~": "pagedown",
    "\x1b": "escape",
}
NAMED = {"\r": "enter", "\n": "enter", "\x03": "interrupt"}


class Outside(StrEnum):
    """What happens around watching rather than in it."""

    CLOSED = auto()
    INTERRUPTED = auto()
    RESIZED = auto()
    SUSPENDED = auto()


Emit = Callable[[Key | Outside], None]


class Input(Protocol):
    """Where keys come from, if they come from anywhere."""

    can_be_pressed: bool

    def open(self) -> None:
        """Begin to read."""

    def close(self) -> None:
        """Stop, and leave everything as it was."""


def keys_in(text: str) -> list[str]:
    """The names of the keys that a terminal sent as this text."""
    if text.startswith("\x1b"):
        return [ESCAPES[text]] if text in ESCAPES else []
    return [NAMED.get(character, character.lower()) for character in text]


def key_of(line: str) -> Key:
    """The key that a typed line stands for."""
    return Key(line.strip()[:1].lower() or "enter")


def is_pipe(descriptor: int) -> bool:
    """Whether a descriptor is a pipe: something that ends when its other end does."""
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    ARROWS = {"H": "up", "P": "down", "I": "pageup", "Q": "pagedown"}

    class Keyboard:
        """The keys of a console."""

        can_be_pressed = True

        def __init__(self, emit: Emit) -> None:
            self._emit = emit
            self._stop = threading.Event()

        def open(self) -> None:
            """Begin to read."""
            self._stop.clear()
            threading.Thread(target=self._read, name="input", daemon=True).start()

        def close(self) -> None:
            """Stop; nothing of the console was changed."""
            self._stop.set()

        def _read(self) -> None:
            while not self._stop.wait(0.03):  # a console cannot be waited for otherwise
                while msvcrt.kbhit():
                    key = msvcrt.getwch()
                    special = key in "\x00\xe0"
                    names = [ARROWS.get(msvcrt.getwch(), "")] if special else keys_in(key)
                    for name in names:
                        self._emit(Key(name))

    class Typed:
        """Lines from a pipe, each worth the key that it begins with, until the pipe ends."""

        def __init__(self, emit: Emit) -> None:
            self._emit = emit
            self.can_be_pressed = sys.stdin is not None and is_pipe(0)

        def open(self) -> None:
            """Begin to read, if this is a pipe: from nowhere and from a file nobody types."""
            if self.can_be_pressed:
                threading.Thread(target=self._read, name="input", daemon=True).start()

        def close(self) -> None:
            """Read on until the process ends; there is no way to stop it sooner."""

        def _read(self) -> None:
            for line in sys.stdin:
                self._emit(key_of(line))
            self._emit(Outside.CLOSED)

else:
    import select
    import termios
    import tty

    class Reader:
        """Reads a descriptor, if there is one, in a thread while standard output has a reader."""

        def __init__(
            self, descriptor: int | None, take: Callable[[str], None], at_end: Callable[[], None]
        ) -> None:
            self._descriptor = descriptor
            self._take = take
            self._at_end = at_end
            self._wake: tuple[int, int] = (-1, -1)
            self._thread: threading.Thread | None = None

        def open(self) -> None:
            """Begin to read."""
            self._wake = os.pipe()
            self._thread = threading.Thread(target=self._read, name="input", daemon=True)
            self._thread.start()

        def close(self) -> None:
            """Stop reading."""
            if self._thread:
                os.close(self._wake[1])
                self._thread.join()
                os.close(self._wake[0])
                self._thread = None

        def _read(self) -> None:
            wake, descriptor = self._wake[0], self._descriptor
            # The writing end of a pipe can be "read" as soon as nobody is at the other end.
            watched = [wake, *([1] if is_pipe(1) else [])]
            watched += [] if descriptor is None else [descriptor]
            while True:
                ready = select.select(watched, [], [])[0]
                if wake in ready:
                    return
                text = read_text(descriptor) if descriptor in ready else ""
                if not text:
                    self._at_end()
                    return
                self._take(text)

    class Keyboard:
        """The keys of a terminal, which neither echoes them nor waits for Enter meanwhile."""

        can_be_pressed = True

        def __init__(self, emit: Emit) -> None:
            self._emit = emit
            self._before: list[Any] = []
            self._reader = Reader(0, self._take, lambda: emit(Outside.CLOSED))

        def open(self) -> None:
            """Begin to read single keys."""
            self._before = termios.tcgetattr(0)
            tty.setcbreak(0, termios.TCSANOW)
            self._reader.open()

        def close(self) -> None:
            """Stop, and give the terminal back as it was."""
            self._reader.close()
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(0, termios.TCSANOW, self._before)

        def _take(self, text: str) -> None:
            for name in keys_in(text):
                self._emit(Key(name))

    class Typed:
        """Lines from a pipe, each worth the key that it begins with, until the pipe ends.

        Where standard input is none (from nowhere and from a file nobody types), or has been
        closed, only the end of standard output is waited for.
        """

        def __init__(self, emit: Emit) -> None:
            self._emit = emit
            self.can_be_pressed = sys.stdin is not None and is_pipe(0)
            lines = 0 if self.can_be_pressed else None
            self._reader = Reader(lines, self._take, lambda: emit(Outside.CLOSED))

        def open(self) -> None:
            """Begin to read."""
            self._reader.open()

        def close(self) -> None:
            """Stop."""
            self._reader.close()

        def _take(self, text: str) -> None:
            for line in text.splitlines():
                self._emit(key_of(line))

    def read_text(descriptor: int | None) -> str:
        """What can be read now; nothing at the end, or if it cannot be read any more."""
        assert descriptor is not None
        with suppress(OSError):
            return os.read(descriptor, 1024).decode("utf-8", "replace")
        return ""
