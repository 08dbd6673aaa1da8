"""`junit.xml`: the checks as test cases, for whatever shows the results of tests.

A `testsuite` is one step of one submission, or one that could not be taken in. The form is that of
Jenkins, which GitLab and others read as well:
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from checker.exporters.student import hidden_checks
from checker.exporters.text import one_line
from checker.files import replacing
from checker.grading.model import Grades, Refusal
from checker.render import printable
from checker.results import KATA, CheckResult, Status, StepResult

FILE = "junit.xml"
INTAKE = "intake"
ELEMENTS = {Status.FAILED: "failure", Status.SKIPPED: "skipped", Status.ERROR: "error"}


def export(grades: Grades, folder: Path) -> None:
    """Write `junit.xml` for a class."""
    graded = (
        (f"{graded.result.submission}.{step.step}", step)
        for graded in grades
        for step in graded.result.steps
    )
    refused = ((f"{one.name}.{INTAKE}", not_taken_in(one)) for one in grades.refused)
    write(chain(graded, refused), folder / FILE, hidden_checks(grades.suites))


def not_taken_in(refusal: Refusal) -> StepResult:
    """A submission that could not be taken in, as a step that was in error."""
    check = CheckResult(INTAKE, "it can be taken in", Status.ERROR, 0, 0, refusal.reason)
    return StepResult(INTAKE, "", Status.ERROR, 0, 0, 0.0, None, "", (check,))


def write(
    steps: Iterable[tuple[str, StepResult]], path: Path, hidden: frozenset[str] = frozenset()
) -> None:
    """Write steps, each with the name of its test suite, to a file."""
    with replacing(path) as file:
        file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="{KATA}">\n')
        for name, step in steps:
            file.write(f"{tostring(suite(one_line(name), step, hidden), 'unicode')}\n")
        file.write("</testsuites>\n")


def suite(name: str, step: StepResult, hidden: frozenset[str]) -> Element:
    """One step as a `testsuite`; `printable` leaves no character that XML cannot hold."""
    counts = Counter(check.status for check in step.checks)
    attributes = {
        "name": name,
        "tests": str(len(step.checks)),
        "failures": str(counts[Status.FAILED]),
        "errors": str(counts[Status.ERROR]),
        "skipped": str(counts[Status.SKIPPED]),
        "time": f"{step.duration:.3f}",
    }
    element = Element("testsuite", attributes)
    element.extend(case(name, check, check.id in hidden) for check in step.checks)
    if step.output:
        SubElement(element, "system-out").text = printable(step.output)
    return element


def case(name: str, check: CheckResult, hidden: bool) -> Element:
    """One check as a `testcase`, whose name alone can tell that it is hidden."""
    title = one_line(check.title) + (" (hidden)" if hidden else "")
    element = Element("testcase", {"classname": name, "name": title})
    if check.status in ELEMENTS:
        attributes = {"message": one_line(check.problem or ""), "type": check.id}
        SubElement(element, ELEMENTS[check.status], attributes).text = explanation(check)
    return element


def explanation(check: CheckResult) -> str:
    """Where a check failed, why, and what to do, a line each."""
    where = f"{check.location.file}:{check.location.line}" if check.location else ""
    return printable("\n".join(filter(None, (where, check.problem, check.fix, check.detail))))
