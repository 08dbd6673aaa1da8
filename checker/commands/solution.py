"""Show a step's solution, or how a learner's file differs from it."""

from checker import render, render_pages
from checker.commands.learner import Learner, read_page, short_path
from checker.errors import ExitStatus
from checker.source import Source


def solution(learner: Learner, word: str | None, *, reveal: bool) -> ExitStatus:
    """Show the solution of a step that passed, or of any if the learner wants it."""
    step = learner.latest(word)
    if not learner.may_see_solution(step, reveal=reveal):
        return ExitStatus.FAILED
    code = read_page(step.solution)
    learner.show(
        render_pages.solution_view(step, code, learner.glyphs),
        render.next_lines(f"compare it with yours  {learner.command('diff', step.name)}"),
    )
    return ExitStatus.PASSED


def diff(learner: Learner, word: str | None, *, reveal: bool) -> ExitStatus:
    """Show how the learner's file differs from the solution, where that may be seen."""
    step = learner.latest(word)
    mine = Source(learner.workspace.read(step))
    if not learner.may_see_solution(step, reveal=reveal):
        return ExitStatus.FAILED
    solved = Source(read_page(step.solution).encode())
    path = short_path(learner.workspace.file(step))
    learner.show(render_pages.diff_view(mine.lines, solved.lines, path, learner.glyphs))
    return ExitStatus.PASSED
