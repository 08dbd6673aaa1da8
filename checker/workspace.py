"""Finding a learner's files, and reading them with care: every byte of them is hostile."""

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from checker.errors import UnusableInput
from checker.invocation import COMMAND
from checker.kata import Step

FILE = "main.py"
LARGEST_SOURCE = 64 * 1024
STEP_FOLDER = re.compile(r"step\d+(_\w*)?")


class NoSource(UnusableInput):
    """There is nothing to judge; `problem` says why and `fix` what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}: {fix[0].lower()}{fix[1:]}.")
        self.problem = f"{problem}."
        self.fix = f"{fix}."


class NotHandedIn(NoSource):
    """There is no file to judge: it is missing or may not be read."""


class NotAFile(NoSource):
    """Something is there that is no file to judge: a link, a folder, a device, far too much.

    Unlike `NotHandedIn` it is the learner's doing, and so a failed step.
    """


@dataclass(frozen=True)
class Workspace:
    """A folder tree that holds step folders, directly or under `steps/`."""

    path: Path
    steps: Path

    @classmethod
    def around(cls, path: Path) -> "Workspace":
        """The workspace that a user means by `path`, who may be in a folder deep inside it."""
        if path == Path():
            with suppress(OSError):  # told below
                here = Path.cwd()
                above = (cls.held_by(folder) for folder in (here, *here.parents))
                found = next(filter(None, above), None)
                if found and found.path == found.steps and found.steps.name == "steps":
                    found = cls(found.path.parent, found.steps)
                if found and found.path != here:
                    return found
        return cls.find(path)

    @classmethod
    def held_by(cls, folder: Path) -> "Workspace | None":
        """The workspace in a folder, if there is one."""
        for steps in (folder / "steps", folder):
            if any(STEP_FOLDER.fullmatch(entry.name) for entry in steps.glob("step*/")):
                return cls(folder, steps)
        return None

    @classmethod
    def find(cls, path: Path) -> "Workspace":
        """The workspace at `path`; raises `UnusableInput` if there is none."""
        try:
            if not path.is_dir():
                raise UnusableInput(
                    f"There is no folder {str(path)!r}: name one that holds step folders, "
                    f"or make one with  {COMMAND} init DIR"
                )
            if found := cls.held_by(path):
                return found
        except OSError as error:
            raise UnusableInput(
                f"The folder {str(path)!r} cannot be read ({error.strerror}): "
                "name another, or check its permissions."
            ) from error
        where = f"The folder {str(path)!r} holds no step folders"
        if path == Path():
            where = "Neither this folder nor one above it holds step folders"
        raise UnusableInput(
            f"{where}: go to one that does, "
            f"name it with --workspace DIR, or make one with  {COMMAND} init DIR"
        )

    def file(self, step: Step) -> Path:
        """Where the learner's file for `step` is, or would be."""
        short = self.steps / step.name
        folder = self.steps / step.folder.name
        return (short if short.is_dir() and not folder.is_dir() else folder) / FILE

    def read(self, step: Step) -> bytes:
        """The learner's file for `step`; raises `NotHandedIn` or `NotAFile`."""
        path = self.file(step)
        if path.parent.is_symlink():
            raise NotAFile(f"{path.parent} is a symbolic link", "Put a real folder in its place")
        return read_source(path)


def read_source(path: Path, shown: str = "", most: int = LARGEST_SOURCE) -> bytes:
    """The bytes of a regular file of at most `most` bytes, never following a link.

    `shown` is what errors call it, if not by its path.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    name = shown or str(path)
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise NotAFile(f"{name} is {kind(mode)}", "Put a plain file in its place")
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotAFile(f"{name} is no plain file", "Put one in its place")
            source = file.read(most + 1)
    except FileNotFoundError:
        raise NotHandedIn(
            f"There is no {name}",
            f"Bring it back with  {COMMAND} reset {path.parent.name}  "
            "or choose the right folder with --workspace DIR",
        ) from None
    except OSError as error:
        raise NotHandedIn(
            f"{name} cannot be read ({error.strerror})", "Check its permissions"
        ) from error
    if len(source) > most:
        raise too_large(name, most)
    return source


def too_large(name: str, most: int) -> NotAFile:
    """The error for a file of more than `most` bytes."""
    return NotAFile(
        f"{name} is larger than {most // 1024} KiB",
        "A step needs a few lines only: remove what does not belong there",
    )


def kind(mode: int) -> str:
    """What a file that is no regular file is, in words."""
    for test, words in (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
    ):
        if test(mode):
            return words
    return "a device or socket"
