"""The commands, each a recipe from options to an exit status."""

import json
import shlex
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, RenderableType

from checker import COMMAND, render
from checker.corpus import load_cases
from checker.errors import ExitStatus, UnusableInput
from checker.examiner import Assignment, examine
from checker.kata import SOLUTIONS, Step, find_step, load_steps
from checker.progress import Progress
from checker.render import Glyphs
from checker.results import Isolation, Report, Status, StepResult
from checker.sandbox import Limits
from checker.source import Source
from checker.workers import Workers
from checker.workspace import FILE, NotAFile, NotHandedIn, Workspace, read_source

LESSON = "lesson.md"


@dataclass(frozen=True)
class Options:
    """What the user asked for, apart from the command itself."""

    workspace: Path
    json: bool
    isolation: Isolation
    seed: int
    limits: Limits


class Session:
    """One call of the command line: the kata, the options, the workers and the terminal."""

    def __init__(self, options: Options, workers: Workers, console: Console) -> None:
        self.options = options
        self.workers = workers
        self.console = console
        self.glyphs = Glyphs.of(console)
        self.steps = load_steps()

    def show(self, *renderables: RenderableType) -> None:
        """Print for a person, which is not done when JSON was asked for."""
        if not self.options.json:
            for renderable in renderables:
                self.console.print(renderable)

    def judge(self, assignments: Sequence[Assignment]) -> Report:
        """The report on assignments; a worker is always loading ahead."""
        results: list[StepResult] = []
        judged = {assignment.step.name: assignment.step for assignment in assignments}
        self.workers.expected = sum(not assignment.missing for assignment in assignments)
        with self.waiting(f"Checking {', '.join(judged)} ..."):
            examine(
                assignments,
                judged.values(),
                self.workers.take,
                self.options.limits,
                self.options.seed,
                results.append,
            )
        return Report.of(tuple(results), self.options.isolation, self.options.seed)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Say what is happening if it takes longer than half a second."""
        if self.options.json or not self.console.is_terminal:
            yield
            return
        status = self.console.status(what)
        timer = threading.Timer(0.5, status.start)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            status.stop()

    def command(self, step: Step) -> str:
        """What to type to check a step of the same workspace."""
        where = self.options.workspace
        option = "" if where == Path() else f" --workspace {shlex.quote(str(where))}"
        return f"{COMMAND} {step.name}{option}"

    def finish(self, report: Report) -> ExitStatus:
        """The exit status for a report, which is printed if JSON was asked for."""
        if self.options.json:
            sys.stdout.write(json.dumps(report.to_json(), indent=1) + "\n")
        return exit_status(report.status)


def exit_status(status: Status) -> ExitStatus:
    """The exit status that stands for the status of a whole report."""
    return {
        Status.PASSED: ExitStatus.PASSED,
        Status.ERROR: ExitStatus.CHECKER_FAULT,
    }.get(status, ExitStatus.FAILED)


def check_step(session: Session, word: str) -> ExitStatus:
    """Check one step and tell the learner about it."""
    step = find_step(word, session.steps)
    workspace = Workspace.find(session.options.workspace)
    assignment = assignment_for(workspace, step, missing_is_failure=False)
    report = session.judge([assignment])
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
        next_after(report.steps[0], step, progress, session),
    )
    return session.finish(report)


def check_all(session: Session) -> ExitStatus:
    """Check every step and tell how each came out, in points."""
    report = show_steps(session)
    session.show(render.score_line(report))
    return session.finish(report)


def show_overview(session: Session) -> ExitStatus:
    """Tell the learner where they are and what to type next; a step to do is no failure.

    A program that reads JSON is told the verdict, as by `all`.
    """
    report = show_steps(session)
    status = session.finish(report)
    asked = session.options.json or status is ExitStatus.CHECKER_FAULT
    return status if asked else ExitStatus.PASSED


def show_steps(session: Session) -> Report:
    """Check every step and show them all."""
    workspace = Workspace.find(session.options.workspace)
    assignments = [
        assignment_for(workspace, step, missing_is_failure=True) for step in session.steps
    ]
    report = session.judge(assignments)
    recorded(session, workspace, report)
    to_do = frozenset(a.step.name for a in assignments if a.source == a.step.starter)
    session.show(
        render.overview(report, session.steps, to_do, session.glyphs),
        first_open(report, session, workspace),
    )
    return report


def first_open(report: Report, session: Session, workspace: Workspace) -> RenderableType:
    """What to type next: the first step that did not pass."""
    for result, step in zip(report.steps, session.steps, strict=True):
        if result.status is not Status.PASSED:
            return render.next_lines(
                f"open  {short_path(workspace.file(step))}",
                f"read  {short_path(workspace.file(step).with_name(LESSON))}",
                f"run   {session.command(step)}",
            )
    return render.next_lines("All steps are done. Well done!")


def next_after(
    result: StepResult, step: Step, progress: Progress, session: Session
) -> RenderableType:
    """What to type after one step was checked."""
    if result.status is not Status.PASSED:
        return render.next_lines(f"save the file and run  {session.command(step)}")
    later = [other for other in session.steps if other.number > step.number]
    open_steps = [other for other in [*later, *session.steps] if other.name not in progress.done]
    if not open_steps:
        return render.next_lines("All steps are done. Well done!")
    return render.next_lines(f"{session.command(open_steps[0])}  ({open_steps[0].title})")


def recorded(session: Session, workspace: Workspace, report: Report) -> Progress:
    """The learner's progress with a report added.

    A run for a program leaves no trace in the workspace, and the solutions are nobody's progress.
    """
    progress = Progress(workspace.path, (step.name for step in session.steps))
    keep = not session.options.json and workspace.steps.resolve() != SOLUTIONS
    if not progress.record(report.steps, save=keep):
        session.show("  (Your progress could not be saved: this folder cannot be written.)")
    return progress


def assignment_for(workspace: Workspace, step: Step, *, missing_is_failure: bool) -> Assignment:
    """The learner's file for a step; raises `NotHandedIn` unless that is a failure."""
    try:
        return Assignment(step, workspace.read(step))
    except NotAFile as error:
        return Assignment(step, missing=error)
    except NotHandedIn as error:
        if not missing_is_failure:
            raise
        return Assignment(step, missing=error)


def short_path(path: Path) -> str:
    """A path from the current folder, where that is shorter."""
    try:
        return str((path.parent.resolve() / path.name).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def verify(session: Session) -> ExitStatus:
    """For maintainers: check the kata itself, and list every problem."""
    problems = [problem for step in session.steps for problem in missing_parts(step)]
    if not problems:
        problems += starter_problems(session) + solution_problems(session)
        problems += corpus_problems(session)
    passed = not problems
    if session.options.json:
        document = {"schema": 1, "status": "passed" if passed else "failed", "problems": problems}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    elif passed:
        count = len(session.steps)
        cases = sum(len(load_cases(step)) for step in session.steps)
        session.show(
            f"{count} starters fail where they should, {count} solutions pass, "
            f"{cases} programs of the corpus come out as they must."
        )
    else:
        session.show(render.problems_view(problems, session.glyphs))
    return ExitStatus.PASSED if passed else ExitStatus.FAILED


def missing_parts(step: Step) -> list[str]:
    """The files that a step should have and has not."""
    parts = (
        step.folder / FILE,
        step.folder / LESSON,
        step.suite,
        step.solution,
    )
    return [f"{step.name}: {part} is missing" for part in parts if not part.is_file()]


def starter_problems(session: Session) -> list[str]:
    """What is wrong with the starters: each fails at its gap, and is worth the step's points."""
    problems = []
    report = session.judge([Assignment(step, step.starter) for step in session.steps])
    for step, result in zip(session.steps, report.steps, strict=True):
        gap = Source(step.starter).gap
        if read_source(step.folder / FILE) != step.starter:
            problems.append(
                f"{step.name}: main.py is not the solution before it and the gap of step.toml "
                "(somebody has worked on it)"
            )
        if gap is None:
            problems.append(f"{step.name}: the gap has no line that begins with # TODO")
        first = result.first_problem
        if first is None:
            problems.append(f"{step.name}: the starter passes")
        elif first.location != gap:
            problems.append(f"{step.name}: the starter's first problem is {first.problem!r}")
        if result.max_score != step.points:
            problems.append(
                f"{step.name}: the checks are worth {result.max_score} points, "
                f"step.toml says {step.points}"
            )
    return problems


def solution_problems(session: Session) -> list[str]:
    """The solutions that do not pass, with their first problem."""
    report = session.judge([Assignment(step, read_source(step.solution)) for step in session.steps])
    return [
        f"{result.step}: the solution fails at {problem.id}: {problem.problem}"
        for result in report.steps
        if (problem := result.first_problem)
    ]


def corpus_problems(session: Session) -> list[str]:
    """The programs of the corpus that did not come out as they must."""
    cases = [case for step in session.steps for case in load_cases(step)]
    if not cases:
        return []
    report = session.judge([Assignment(case.step, case.source) for case in cases])
    return [
        f"{case.step.name}, case {case.name!r}: {deviation}"
        for case, result in zip(cases, report.steps, strict=True)
        for deviation in case.deviations(result)
    ]


def init(folder: Path, console: Console) -> ExitStatus:
    """Make a fresh workspace; nothing that exists is overwritten."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise UnusableInput(
                f"The folder {str(folder)!r} is not empty: name a new one, so that nothing is lost."
            )
        steps = load_steps()
        for step in steps:
            made = folder / "steps" / step.folder.name
            made.mkdir(parents=True)
            (made / FILE).write_bytes(step.starter)
            (made / LESSON).write_bytes((step.folder / LESSON).read_bytes())
    except OSError as error:
        raise UnusableInput(
            f"The workspace {str(folder)!r} cannot be made ({error.strerror or error}): "
            "choose a folder that you may write to."
        ) from error
    first = folder / "steps" / steps[0].folder.name
    console.print(
        render.next_lines(
            f"open  {first / FILE}",
            f"read  {first / LESSON}",
            f"run   {COMMAND} {steps[0].name} --workspace {shlex.quote(str(folder))}",
        )
    )
    return ExitStatus.PASSED
