"""Files: written whole or not at all, never over what is to stay, and under names that fit."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

LONGEST_NAME = 150
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
MANGLED = re.compile("-[0-9a-f]{8}$")


def real(path: Path) -> Path:
    """Where a path leads, all links followed; unlike `Path.resolve` it bears links in a circle."""
    return Path(os.path.realpath(path))


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file that takes the place of `path` once all of it is written."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def replace_file(path: Path, data: bytes, *, keep: bool = False) -> Path | None:
    """Write `data` to `path` as a whole: an interruption leaves the old file or the new one.

    With `keep` what was there stays beside it, and its new path is returned. Raises `OSError`,
    and has then changed nothing.
    """
    with replacing(path) as file:
        file.buffer.write(data)
        file.buffer.flush()
        return set_aside(path) if keep and os.path.lexists(path) else None


def set_aside(path: Path) -> Path:
    """Give what is at `path`, be it a link or a folder, a dated name in the same folder."""
    moment = datetime.now().astimezone()
    stamp = moment.strftime("%Y-%m-%d-%H%M%S")
    number = 0
    while True:
        more = f"-{number}" if number else ""
        kept = path.with_name(f"{path.stem}.{stamp}{more}{path.suffix}")
        if not os.path.lexists(kept):
            os.rename(path, kept)
            return kept
        number += 1


def file_name(name: str) -> str:
    """A name for a file, the same each time and another one for each `name`.

    Ordinary names stay as they are; others lose what some system does not take and get eight
    digits of their hash, so that no two become one. So does one that ends in such digits.
    """
    plain = "".join(letter if letter.isalnum() or letter in " ._-+@()" else "_" for letter in name)
    plain = plain.encode()[:LONGEST_NAME].decode("utf-8", "ignore").strip(" .").lstrip("-")
    # Some file systems take a name for another one in other letters, even `ﬀ` for `ff`.
    made = MANGLED.search(name.casefold())
    if plain and plain == name and not made and not WINDOWS_DEVICE.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain or 'submission'}-{digest}"
