"""What GitHub Actions shows of a run: annotations in the code, and a summary of the step.

Annotations are workflow commands, lines that begin with `::`; the escaping is that of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. Everything
else that is printed stands between `stop-commands` and its token, so that no text from a
submission is taken for a command.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checker.exporters.markdown import step_sections, steps_table
from checker.exporters.text import one_line
from checker.results import Report, Status, StepResult

LARGEST_SUMMARY = 1024 * 1024
CUT = "\n\nThe rest was left out: a summary holds 1 MiB.\n"


@contextmanager
def commands_stopped(write: Callable[[str], object]) -> Iterator[None]:
    """Keep GitHub from taking for commands what is printed meanwhile."""
    token = secrets.token_hex(16)
    write(f"::stop-commands::{token}\n")
    try:
        yield
    finally:
        write(f"::{token}::\n")


def annotations(report: Report, files: Mapping[str, str]) -> Iterator[str]:
    """A line for the first problem of each step; `files` has the path of each step's file.

    GitHub shows ten annotations of a kind at most, and only where the path is one in the
    repository.
    """
    for step in report.steps:
        problem = step.first_problem
        if problem is None:
            continue
        where = {"file": files[step.step]}
        if problem.location:
            place = problem.location
            where |= {"line": str(place.line), "col": str(place.column)}
        where["title"] = f"{step.step}: {problem.title}"
        fix = f" {problem.fix}" if problem.fix else ""
        yield command("error", where, f"{problem.problem}{fix}")


def command(name: str, properties: Mapping[str, str], message: str) -> str:
    """A workflow command, whose texts cannot end it or begin another."""
    told = ",".join(
        f"{key}={escaped(text).replace(':', '%3A').replace(',', '%2C')}"
        for key, text in properties.items()
    )
    return f"::{name} {told}::{escaped(message)}\n"


def escaped(text: str) -> str:
    """A text as the message of a command; `one_line` has no line ends."""
    return one_line(text).replace("%", "%25")


def write_summary(lines: Iterator[str], path: Path) -> None:
    """Append Markdown to the file that `GITHUB_STEP_SUMMARY` names, as much as GitHub takes."""
    space = LARGEST_SUMMARY - (path.stat().st_size if path.exists() else 0) - len(CUT)
    with path.open("a", encoding="utf-8") as file:
        for line in lines:
            space -= len(line.encode()) + 1
            if space < 0:
                file.write(CUT)
                return
            file.write(f"{line}\n")


def summary(report: Report, sources: Mapping[str, bytes]) -> Iterator[str]:
    """The lines of a step summary."""
    yield f"# {report.score} of {report.max_score} points\n"
    yield from steps_table(report.steps)
    yield from step_sections(unfinished(report), sources)


def unfinished(report: Report) -> Iterator[StepResult]:
    """The steps that did not pass."""
    return (step for step in report.steps if step.status is not Status.PASSED)
