"""A folder with a file for each submission, in which none stays that is no longer true.

A note beside the folder holds the names and digests of what was written. Only a file that stands
in the note and still is what was written is ever removed or replaced: whatever else is there is
not ours.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from checker.errors import UnusableInput
from checker.exporters.text import json_text
from checker.files import replace_file, replacing

Write = Callable[[str, Iterable[str]], bool]
"""Writes a file of this name, made of these pieces of text; tells if it could, or had to keep one
that is not ours."""


@contextmanager
def writing(folder: Path) -> Iterator[Write]:
    """A way to write files into a folder; at the end those of an earlier time are removed.

    What breaks off removes nothing, and leaves a note of all that was written. Raises
    `UnusableInput` for a link, because what lies behind it is not ours.
    """
    if folder.is_symlink():
        raise UnusableInput(
            f"{str(folder)!r} is a symbolic link, and nothing is written behind one: remove it."
        )
    folder.mkdir(exist_ok=True)
    before = read_note(folder)
    # Where a file system takes `Ann` for `ann`, the file of one is that of the other.
    known = {spelling(name): noted for name, noted in before.items()}
    written: dict[str, str] = {}

    def write(name: str, pieces: Iterable[str]) -> bool:
        path, data = folder / name, "".join(pieces).encode()
        fresh = hashlib.sha256(data).hexdigest()
        # What says the same may be of a run that was killed before it could note it.
        ours = (before.get(name), known.get(spelling(name)), fresh)
        if os.path.lexists(path) and not is_one_of(path, ours):
            return False
        replace_file(path, data)
        written[name] = fresh
        return True

    try:
        yield write
    except BaseException:
        write_note(folder, before | written)
        raise
    remove_files(folder, before, written)
    write_note(folder, written)


def remove(folder: Path) -> None:
    """Remove what was written to a folder, and the folder if that leaves it empty."""
    if note(folder).is_file() and not folder.is_symlink():
        remove_files(folder, read_note(folder), ())
        note(folder).unlink()
        with suppress(OSError):
            folder.rmdir()


def remove_files(folder: Path, noted: Mapping[str, str], stay: Iterable[str]) -> None:
    """Remove the files that were noted, but for those that stay and those changed since."""
    staying = {spelling(name): folder / name for name in stay}
    for name, known in noted.items():
        path = folder / name
        ours = path.parent == folder and is_one_of(path, [known])
        # Where a file system takes `Ann` for `ann`, the file of one is that of the other.
        other = staying.get(spelling(name))
        if ours and not (other and path.samefile(other)):
            path.unlink()


def is_one_of(path: Path, digests: Iterable[str | None]) -> bool:
    """Whether a path is a plain file with one of these contents."""
    try:
        return path.is_file() and not path.is_symlink() and digest(path) in digests
    except OSError:  # a name too long for a file, or one that must not be read
        return False


def spelling(name: str) -> str:
    """The same for all names that some file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def digest(path: Path) -> str:
    """What the contents of a file are noted as."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def note(folder: Path) -> Path:
    """Where the note of a folder is: not in it, because the folder is handed out."""
    return folder.with_name(f".{folder.name}-files.json")


def write_note(folder: Path, written: Mapping[str, str]) -> None:
    """Note what was written to a folder."""
    with replacing(note(folder)) as file:
        file.write(json_text(written, indent=1) + "\n")


def read_note(folder: Path) -> dict[str, str]:
    """What was written to a folder; nothing if there is no note that can be read."""
    if not note(folder).is_file():  # to read a pipe that lies there would take for ever
        return {}
    try:
        noted = json.loads(note(folder).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    ours = isinstance(noted, dict) and all(isinstance(known, str) for known in noted.values())
    return noted if ours else {}
