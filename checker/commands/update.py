"""Bring a workspace what a newer version of the kata has, and leave the learner's work alone."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from checker import __version__, render_pages
from checker.commands.contents import contents, digest, read_note, write_note
from checker.commands.learner import Learner, short_path
from checker.errors import ExitStatus, UnusableInput
from checker.files import replace_file
from checker.kata import STEPS
from checker.workspace import NoSource, NotHandedIn, Workspace, read_source


class Change(StrEnum):
    """What becomes of one file of a workspace."""

    ADDED = "added"
    UPDATED = "updated"
    KEPT = "yours, kept"
    SAME = "the same"


def update(learner: Learner) -> ExitStatus:
    """Bring new lessons, starters that nobody touched, and whatever is missing."""
    if learner.workspace.steps.resolve() == STEPS or not learner.is_own:
        raise UnusableInput(
            "This is the kata itself: a clone is brought up to date with  git pull  "
            "and this command is for workspaces made by init."
        )
    changes = bring(learner.workspace, contents())
    shown = [
        (change.value, short_path(place(learner.workspace, name)))
        for name, change in changes.items()
        if change is not Change.SAME
    ]
    head = f"The workspace has what version {__version__} of the kata brings."
    learner.show(render_pages.changes_view(head, shown))
    return ExitStatus.PASSED


def bring(workspace: Workspace, files: Mapping[str, bytes]) -> dict[str, Change]:
    """Write what is new, and tell for each file what became of it.

    Raises `UnusableInput` if a file cannot be written; the command can then be given again.
    """
    noted = read_note(workspace.path)
    changes: dict[str, Change] = {}
    try:
        for name, data in files.items():
            path = place(workspace, name)
            changes[name] = change_of(path, data, noted.get(name))
            if changes[name] in (Change.ADDED, Change.UPDATED):
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, data)
            if changes[name] is not Change.KEPT:
                noted[name] = digest(data)
        write_note(workspace.path, noted)
    except OSError as error:
        raise UnusableInput(
            f"The workspace cannot be written ({error.strerror}): check its permissions and the "
            "free space of the disk, and run update again. What is yours is untouched."
        ) from error
    return changes


def change_of(path: Path, data: bytes, noted: str | None) -> Change:
    """What has to be done with a file, `noted` being the digest of what the kata put there."""
    try:
        found = read_source(path)
    except NotHandedIn:
        return Change.KEPT if path.exists() else Change.ADDED
    except NoSource:
        return Change.KEPT
    if found == data:
        return Change.SAME
    return Change.UPDATED if digest(found) == noted else Change.KEPT


def place(workspace: Workspace, name: str) -> Path:
    """Where a file of the kata lies in a workspace, whose steps may lie at its top."""
    within = name.removeprefix("steps/")
    return workspace.path / name if within == name else workspace.steps / within
