"""Give a hint: with each call a stronger one."""

from rich.console import RenderableType

from checker import render, render_pages
from checker.commands.learner import Learner
from checker.errors import ExitStatus
from checker.kata import Step


def hint(learner: Learner, word: str | None, *, everything: bool) -> ExitStatus:
    """Show the hints seen so far and the next one, and remember that it was used."""
    step = learner.current(word)
    tiers = len(step.hints)
    seen = learner.progress.of(step.name).hints
    shown = tiers if everything else min(seen + 1, tiers)
    kept = learner.progress.record_hints(step.name, shown)
    learner.show(
        render_pages.hints_view(step, shown, learner.glyphs),
        next_after(learner, step, shown, kept=kept),
    )
    return ExitStatus.PASSED


def next_after(learner: Learner, step: Step, shown: int, *, kept: bool) -> RenderableType:
    """What to do with a hint; if it was not kept that it was seen, it would only come again."""
    check = f"save the file and run  {learner.command(step.name)}"
    if shown < len(step.hints):
        more = learner.command("hint", step.name, *([] if kept else ["--all"]))
        return render.next_lines(check, f"for a stronger hint    {more}")
    return render.next_lines(
        check,
        f"these are all hints; read  {learner.command('lesson', step.name)}",
    )
