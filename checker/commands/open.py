"""Open a step's file in the learner's editor, at the line of the last problem."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import RenderableType

from checker import render
from checker.commands.learner import Learner, short_path
from checker.errors import ExitStatus, UnusableInput
from checker.kata import Step
from checker.results import Location
from checker.source import Source

# How an editor, known by the name of its program, is told the file and the place in it.
PLACES = {
    "code code-insiders codium code-oss cursor windsurf positron": (
        "--goto",
        "{file}:{line}:{column}",
    ),
    "subl sublime_text zed zeditor hx helix micro": ("{file}:{line}:{column}",),
    "vi vim nvim gvim mvim view nvi vis joe jmacs mg ne": ("+{line}", "{file}"),
    "emacs emacsclient gedit kak pluma": ("+{line}:{column}", "{file}"),
    "nano pico rnano": ("+{line},{column}", "{file}"),
    "kate kwrite": ("--line", "{line}", "--column", "{column}", "{file}"),
    "mate bbedit": ("--line", "{line}", "{file}"),
    "pycharm charm idea": ("--line", "{line}", "--column", "{column}", "{file}"),
    "notepad++": ("-n{line}", "-c{column}", "{file}"),
}


USUAL = ("code", "nano", "notepad")
"""Editors that a beginner finds the way out of, for a user who has named none."""


def open_file(learner: Learner, word: str | None) -> ExitStatus:
    """Open the step's file in the editor, and wait for those that live in the terminal."""
    step = learner.current(word)
    source = Source(learner.workspace.read(step))
    place = learner.progress.of(step.name).problem or source.gap
    path = learner.workspace.file(step).resolve()
    editor = wanted_editor(os.environ) or usual_editor()
    if not editor:
        raise UnusableInput(
            f"No editor is named: open {short_path(path)} yourself, or set the variable EDITOR, "
            "for example with  export EDITOR=nano  (also: vim, emacs, code, subl)."
        )
    start(edit_command(editor, path, place), path)
    learner.show(next_after(learner, step))
    return ExitStatus.PASSED


def wanted_editor(environment: Mapping[str, str]) -> list[str]:
    """The editor's command that the user has set; in a terminal of VS Code that is the default.

    It is empty if none is set.
    """
    wanted = environment.get("VISUAL") or environment.get("EDITOR") or ""
    if not wanted.strip() and environment.get("TERM_PROGRAM") == "vscode":
        wanted = "code"
    try:
        words = shlex.split(wanted, posix=os.name != "nt")
    except ValueError:
        words = []
    return [word.strip('"') for word in words]


def usual_editor() -> list[str]:
    """The first of the usual editors that is there, if this is a terminal to show it in."""
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        return []
    return [name for name in USUAL if shutil.which(name)][:1]


def edit_command(editor: list[str], path: Path, place: Location | None) -> list[str]:
    """The command that opens a file, at a place if the editor is known to take one."""
    name = Path(editor[0]).name.lower()
    for ending in (".exe", ".cmd", ".bat"):
        name = name.removesuffix(ending)
    forms = (form for names, form in PLACES.items() if name in names.split())
    form = next(forms, None) if place else None
    if form is None or place is None:
        return [*editor, str(path)]
    return [
        *editor,
        *(word.format(file=path, line=place.line, column=place.column) for word in form),
    ]


def start(command: list[str], path: Path) -> None:
    """Run an editor on the file `path`; raises `UnusableInput` if that cannot be done."""
    program = shutil.which(command[0])
    if program is None:
        raise UnusableInput(
            f"The editor {command[0]!r} is not there: set the variable EDITOR to one that is, "
            f"or open {short_path(path)} yourself."
        )
    sys.stdout.flush()
    try:
        status = subprocess.run([program, *command[1:]], check=False).returncode
    except OSError as error:
        raise UnusableInput(
            f"The editor {command[0]!r} cannot be run ({error.strerror}): "
            f"set the variable EDITOR to another, or open {short_path(path)} yourself."
        ) from error
    if status:
        raise UnusableInput(
            f"The editor {command[0]!r} ended with status {status}: what you saved is kept."
        )


def next_after(learner: Learner, step: Step) -> RenderableType:
    """What to do after editing."""
    return render.next_lines(
        f"save {short_path(learner.workspace.file(step))} and run  {learner.command(step.name)}"
    )
