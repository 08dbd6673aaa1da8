"""Make a fresh workspace."""

import os
import shlex
from contextlib import suppress
from pathlib import Path

from checker import render
from checker.commands.contents import contents, digest, write_note
from checker.commands.learner import command_in
from checker.errors import ExitStatus, UnusableInput
from checker.terminal import Terminal


def init(folder: Path, console: Terminal) -> ExitStatus:
    """Make a fresh workspace; nothing that exists is overwritten."""
    try:
        if os.path.lexists(folder):
            refuse_unless_empty(folder)
        make(folder, contents())
    except OSError as error:
        raise UnusableInput(
            f"The workspace {str(folder)!r} cannot be made ({error.strerror or error}): "
            "choose a folder that you may write to, on a disk with free space."
        ) from error
    go = [] if folder == Path() else [f"go    cd {shlex.quote(str(folder))}"]
    console.print(
        render.done_lines(f"A fresh workspace is in {folder}. Its README.md tells how to use it."),
        render.next_lines(
            *go, f"read  {command_in(Path(), 'lesson')}", f"run   {command_in(Path())}"
        ),
    )
    return ExitStatus.PASSED


def refuse_unless_empty(folder: Path) -> None:
    """Raise `UnusableInput` if there is anything that could be overwritten."""
    if not folder.is_dir():
        raise UnusableInput(f"{str(folder)!r} is no folder: name a new one.")
    if any(folder.iterdir()):
        raise UnusableInput(
            f"The folder {str(folder)!r} is not empty: name a new one, so that nothing is lost."
        )


def make(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files; if one cannot be written, take back those that were."""
    made: list[Path] = []
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            made.append(path)
            path.write_bytes(data)
        write_note(folder, {name: digest(data) for name, data in files.items()})
    except BaseException:
        take_back(folder, made)
        raise


def take_back(folder: Path, made: list[Path]) -> None:
    """Remove files that were made, and folders that are empty without them."""
    for path in reversed(made):
        with suppress(OSError):
            path.unlink()
        for parent in path.relative_to(folder).parents:
            with suppress(OSError):
                (folder / parent).rmdir()
