"""Put a step back to its starter; what was there is kept."""

import os
from pathlib import Path

from checker import render
from checker.commands.learner import Learner, short_path, to_do_lines
from checker.errors import ExitStatus, UnusableInput
from checker.files import replace_file
from checker.kata import Step
from checker.workspace import NoSource, Workspace, read_source


def reset(learner: Learner, word: str | None, *, carry: bool, sure: bool) -> ExitStatus:
    """Begin a step anew, from its starter or from the learner's own step before it.

    It asks before it replaces a file, unless the learner is `sure`.
    """
    step = learner.current(word)
    if not learner.is_own:
        raise UnusableInput("These are the kata's solutions: reset a step of a learner's folder.")
    fresh = carried(learner, step) if carry else step.starter
    path = learner.workspace.file(step)
    if holds(path, fresh):
        learner.show(render.done_lines(f"{short_path(path)} is fresh already: nothing to do."))
        return ExitStatus.PASSED
    if not sure and os.path.lexists(path) and not agreed(learner, step):
        return ExitStatus.FAILED
    kept = begin_anew(learner.workspace, step, fresh)
    learner.progress.record_reset(step.name)
    learner.show(
        render.done_lines(*told(learner, step, kept, carry=carry)),
        render.next_lines(*to_do_lines(step, path, learner.command)),
    )
    return ExitStatus.PASSED


def carried(learner: Learner, step: Step) -> bytes:
    """The learner's file of the step before, and the gap of this one."""
    own = learner.workspace.read(step_before(learner, step))
    newline = b"\r\n" if b"\r\n" in own else b"\n"
    return own.rstrip() + newline + step.gap.encode().replace(b"\n", newline)


def step_before(learner: Learner, step: Step) -> Step:
    """The step before another; raises `UnusableInput` for the first."""
    for before in learner.steps:
        if before.number == step.number - 1:
            return before
    raise UnusableInput(f"There is no step before {step.name}: reset it without --carry.")


def holds(path: Path, data: bytes) -> bool:
    """Whether the file at `path` is exactly that."""
    try:
        return read_source(path) == data
    except NoSource:
        return False


def agreed(learner: Learner, step: Step) -> bool:
    """Whether the learner wants the step reset."""
    path = short_path(learner.workspace.file(step))
    return learner.agrees(
        f"Begin {step.name} anew? Your {path} is kept beside it under another name.",
        f"Nobody can be asked whether {path} shall be reset: add --yes if it shall.",
    )


def begin_anew(workspace: Workspace, step: Step, fresh: bytes) -> Path | None:
    """Put `fresh` in the place of the learner's file; where the old one is kept now.

    Raises `UnusableInput` if that cannot be done; then nothing has changed.
    """
    path = workspace.file(step)
    try:
        path.parent.mkdir(exist_ok=True)
        return replace_file(path, fresh, keep=True)
    except OSError as error:
        raise UnusableInput(
            f"{path} cannot be reset ({error.strerror}) and is as it was: "
            "check its folder's permissions and the free space of the disk."
        ) from error


def told(learner: Learner, step: Step, kept: Path | None, *, carry: bool) -> list[str]:
    """What was done."""
    lines = [f"{step.name} begins anew in {short_path(learner.workspace.file(step))}."]
    if kept:
        lines.append(f"What was there is kept in {short_path(kept)}.")
    if carry and (before := step_before(learner, step)).name not in learner.progress.done:
        lines.append(f"It carries {before.name} as it is, which has not passed yet.")
    return lines
