"""Leave what a run came to where continuous integration looks for it."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from checker.commands.learner import short_path
from checker.commands.session import Session, on_github
from checker.errors import UnusableInput
from checker.examiner import Assignment
from checker.results import Report
from checker.workspace import Workspace


def publish(
    session: Session, report: Report, workspace: Workspace, assignments: Sequence[Assignment]
) -> None:
    """Write the JUnit file that was asked for, and tell GitHub Actions if it runs this."""
    if session.options.junit:
        write_junit(report, session.options.junit)
    if on_github():
        tell_github(session, report, workspace, assignments)


def write_junit(report: Report, path: Path) -> None:
    """Write a report as JUnit XML; raises `UnusableInput` where that cannot be."""
    from checker.exporters import junit_xml

    try:
        junit_xml.write(((step.step, step) for step in report.steps), path)
    except OSError as error:
        raise UnusableInput(
            f"The file {str(path)!r} cannot be written ({error.strerror}): "
            "name one in a folder that you may write to."
        ) from error


def tell_github(
    session: Session, report: Report, workspace: Workspace, assignments: Sequence[Assignment]
) -> None:
    """Annotate the files, write the step's summary, and hand over the result for Classroom."""
    from checker.exporters import classroom, github

    top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    files = {a.step.name: short_path(workspace.file(a.step), top) for a in assignments}
    sources = {a.step.name: a.source for a in assignments}
    # Beside JSON on standard output there may be nothing else; GitHub reads both streams.
    stream = sys.stderr if session.options.json else sys.stdout
    stream.writelines(github.annotations(report, files))
    append(
        "GITHUB_STEP_SUMMARY",
        lambda path: github.write_summary(github.summary(report, sources), path),
    )
    append("GITHUB_OUTPUT", lambda path: classroom.write(report, path))


def append(variable: str, write: Callable[[Path], None]) -> None:
    """Write to the file that a variable names, if it names one; a verdict stands without it."""
    path = os.environ.get(variable)
    if not path:
        return
    try:
        write(Path(path))
    except OSError as error:
        sys.stderr.write(f"The file that {variable} names cannot be written ({error.strerror}).\n")
