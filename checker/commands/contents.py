"""What a workspace is made of: the files that the kata puts there, and a note of which they were.

The note tells a file that nobody has touched from one that holds a learner's work.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker import __version__
from checker.commands.learner import LESSON
from checker.files import replace_file
from checker.invocation import COMMAND
from checker.kata import CLOSING, PACKAGE, load_steps
from checker.origin import requirement
from checker.results import KATA
from checker.workspace import FILE, NoSource, read_source

TEMPLATE = PACKAGE / "template"
NOTE = ".kata-files.json"


def contents() -> dict[str, bytes]:
    """The files of a fresh workspace, by their paths in it, written with `/`."""
    from_where = requirement()  # which asks git, and is the same for all files
    return dict(files_of_steps()) | {
        path.relative_to(TEMPLATE).as_posix(): filled_in(
            path.read_text("utf-8"), from_where
        ).encode()
        for path in sorted(TEMPLATE.rglob("*"))
        if path.is_file()
    }


def filled_in(text: str, from_where: str) -> str:
    """A file of the template with how the kata is started here, and what installs it elsewhere."""
    return text.replace("{command}", COMMAND).replace("{requirement}", from_where)


def files_of_steps() -> Iterator[tuple[str, bytes]]:
    """Each step's starter and lesson, and the closing page."""
    for step in load_steps():
        yield f"steps/{step.folder.name}/{FILE}", step.starter
        yield f"steps/{step.folder.name}/{LESSON}", (step.folder / LESSON).read_bytes()
    yield f"steps/{CLOSING.name}", CLOSING.read_bytes()


def digest(data: bytes) -> str:
    """What a file's bytes are noted as."""
    return hashlib.sha256(data).hexdigest()


def write_note(folder: Path, digests: Mapping[str, str]) -> None:
    """Note what the kata has put into a workspace."""
    document = {"schema": 1, "kata": KATA, "version": __version__, "files": digests}
    replace_file(folder / NOTE, (json.dumps(document, indent=1) + "\n").encode())


def read_note(folder: Path) -> dict[str, str]:
    """What the kata has put into a workspace; nothing if there is no note that can be used."""
    try:
        document = json.loads(read_source(folder / NOTE))
    except (NoSource, ValueError, RecursionError):
        return {}
    match document:
        case {"kata": str(kata), "files": dict(files)} if kata == KATA:
            return {name: noted for name, noted in files.items() if isinstance(noted, str)}
    return {}
