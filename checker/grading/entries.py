"""The files of a hand-in, listed but not yet read: those below a folder, safely."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.workspace import FILE, read_source

MOST_FILES = 10_000
DEEPEST = 20
STEP_FOLDER = re.compile(r"step[ _-]?0*(\d{1,3})(?:[ _-].*)?", re.IGNORECASE | re.DOTALL)
# What holds no hand-in: libraries, caches, the solutions of the kata itself, what Windows puts into
# folders, and what Gradescope adds to an export.
LEFT_OUT = {
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "env",
    "node_modules",
    "site-packages",
    "solutions",
    "submission_metadata.yml",
    "thumbs.db",
    "venv",
}


class Unusable(Exception):
    """A hand-in cannot be taken in; `str(error)` is the reason, a sentence."""


@dataclass(frozen=True)
class Entry:
    """A file of a hand-in.

    `read(most)` gives its bytes and raises `NoSource` where there is no plain file of at most
    that size. `refused` is the reason why whatever holds this entry is not to be taken in.
    """

    path: tuple[str, ...]
    read: Callable[[int], bytes]
    refused: str | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path[-1]

    @property
    def shown(self) -> str:
        """The path as a person writes it."""
        return clean("/".join(self.path))


def clean(name: str) -> str:
    """A name from a file system as a text that can be stored: what is no text becomes escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def is_left_out(name: str) -> bool:
    """Whether a file or folder holds nothing to judge, by its name."""
    return name.startswith(".") or name.lower() in LEFT_OUT


def entries_below(folder: Path) -> list[Entry]:
    """The files in a folder and its subfolders; raises `Unusable` if they are too many or deep.

    Links are never followed: an entry in the place of one tells what it is when it is read.
    """
    found: list[Entry] = []
    waiting: list[tuple[str, ...]] = [()]
    seen = 0
    while waiting:
        above = waiting.pop()
        for item in scan(folder.joinpath(*above)):
            path = (*above, item.name)
            seen += 1
            if seen > MOST_FILES:
                raise Unusable(f"It holds more than {MOST_FILES} files.")
            if len(path) > DEEPEST:
                raise Unusable(f"Its folders are nested more than {DEEPEST} deep.")
            if item.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                found.append(entry_at(folder, path, item.is_symlink()))
    return sorted(found, key=lambda entry: entry.path)


def scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, without what holds nothing to judge."""
    with os.scandir(folder) as items:
        yield from (item for item in items if not is_left_out(item.name))


def entry_at(folder: Path, path: tuple[str, ...], link: bool) -> Entry:
    """The entry for a path below a folder; a link in a step folder's place is its main.py."""
    shown = clean("/".join(path))
    place = folder.joinpath(*path)

    def read(most: int) -> bytes:
        return read_source(place, shown, most)

    in_place_of_step = link and STEP_FOLDER.fullmatch(path[-1]) and not path[-1].endswith(".py")
    return Entry((*path, FILE) if in_place_of_step else path, read)
