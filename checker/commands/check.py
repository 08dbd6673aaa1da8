"""Check a step or all of them, and show a learner where they are."""

from collections.abc import Iterable

from rich.console import RenderableType

from checker import render
from checker.commands.learner import short_path, to_do_lines
from checker.commands.publish import publish
from checker.commands.session import Session, assignment_for
from checker.errors import ExitStatus
from checker.kata import CLOSING, SOLUTIONS, Step, find_step
from checker.progress import Progress
from checker.results import Report, Status, StepResult
from checker.source import Source
from checker.workspace import Workspace


def check_step(session: Session, word: str, commands: Iterable[str] = ()) -> ExitStatus:
    """Check one step and tell the learner about it; instead, one of `commands` may be meant."""
    step = find_step(word, session.steps, commands)
    workspace = Workspace.around(session.options.workspace)
    assignment = assignment_for(workspace, step, missing_is_failure=False)
    report = session.judge([assignment])
    publish(session, report, workspace, [assignment])
    progress = recorded(session, workspace, report)
    session.show(
        render.step_view(
            report.steps[0],
            step,
            Source(assignment.source),
            short_path(workspace.file(step)),
            len(progress.done),
            len(session.steps),
            session.glyphs,
        ),
        next_after(report.steps[0], step, progress, workspace, session),
    )
    return session.finish(report)


def check_all(session: Session) -> ExitStatus:
    """Check every step and tell how each came out, in points."""
    report, untouched = show_steps(session)
    session.show(render.score_line(report, untouched))
    return session.finish(report)


def show_overview(session: Session) -> ExitStatus:
    """Tell the learner where they are and what to type next; a step to do is no failure.

    A program that reads JSON is told the verdict, as by `all`.
    """
    report, _ = show_steps(session)
    status = session.finish(report)
    asked = session.options.json or status is ExitStatus.CHECKER_FAULT
    return status if asked else ExitStatus.PASSED


def show_steps(session: Session) -> tuple[Report, frozenset[str]]:
    """Check every step and show them all; the report, and the steps that nobody has touched."""
    workspace = Workspace.around(session.options.workspace)
    assignments = [
        assignment_for(workspace, step, missing_is_failure=True) for step in session.steps
    ]
    report = session.judge(assignments)
    publish(session, report, workspace, assignments)
    progress = recorded(session, workspace, report)
    to_do = frozenset(a.step.name for a in assignments if a.source == a.step.starter)
    session.show(
        render.overview(report, progress, to_do, session.glyphs),
        next_in(progress, workspace, session),
    )
    return report, to_do


def next_in(progress: Progress, workspace: Workspace, session: Session) -> RenderableType:
    """What to type next, seen from the overview: the step to work on."""
    if len(progress.done) == len(session.steps):
        return all_done(session)
    step = find_step(progress.current, session.steps)
    return render.next_lines(*to_do_lines(step, workspace.file(step), session.command))


def next_after(
    result: StepResult, step: Step, progress: Progress, workspace: Workspace, session: Session
) -> RenderableType:
    """What to type after one step was checked."""
    if result.status is not Status.PASSED:
        return render.next_lines(
            f"save the file and run  {session.command(step.name)}",
            f"if you are stuck       {session.command('hint', step.name)}",
        )
    if len(progress.done) == len(session.steps):
        return all_done(session)
    following = find_step(progress.current, session.steps)
    return render.next_lines(
        f"{following.name}: {following.title}",
        *to_do_lines(following, workspace.file(following), session.command),
        f"see   {session.command('solution', step.name)}  (how it may be solved, too)",
    )


def all_done(session: Session) -> RenderableType:
    """What to do when every step has passed."""
    return render.next_lines(
        "All steps are done. Well done!",
        f"what comes after   {session.command('lesson', CLOSING.stem)}",
        f"what you remember  {session.command('quiz')}",
    )


def recorded(session: Session, workspace: Workspace, report: Report) -> Progress:
    """The learner's progress with a report added.

    A run for a program leaves no trace in the workspace, and the solutions are nobody's progress.
    """
    keep = not session.options.json and workspace.steps.resolve() != SOLUTIONS
    progress = Progress(workspace.path, (step.name for step in session.steps), save=keep)
    progress.record(report.steps)
    if progress.remark:
        session.show(render.remark_view(progress.remark))
    return progress
