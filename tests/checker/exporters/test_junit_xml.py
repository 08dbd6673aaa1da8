"""`junit.xml`, read by a reader that others wrote."""

from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped

from checker.exporters import junit_xml
from checker.exporters.text import one_line
from checker.results import Status

KINDS = {Status.FAILED: Failure, Status.SKIPPED: Skipped, Status.ERROR: Error}
# What the schema named in `junit_xml` allows, and what it asks for.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "file"},
    "testcase": {"name", "time", "classname", "group"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}
REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}


def test_only_what_the_schema_knows(sample, tmp_path):
    """Elements and attributes are those of the schema, and none that it asks for is missing."""
    junit_xml.export(sample, tmp_path)
    for element in ElementTree.parse(tmp_path / "junit.xml").iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert set(element.attrib) >= REQUIRED.get(element.tag, set())


def test_an_independent_reader_finds_every_check(sample, tmp_path):
    """Suites are steps of submissions, cases are checks, and all that is counted is right."""
    junit_xml.export(sample, tmp_path)
    suites = list(JUnitXml.fromfile(str(tmp_path / "junit.xml")))
    steps = [step for graded in sample for step in graded.result.steps]
    assert len(suites) == len(steps) + len(sample.refused)
    for suite, step in zip(suites, steps, strict=False):
        assert suite.name.endswith(f".{step.step}")
        assert suite.time == step.duration
        cases = list(suite)
        assert suite.tests == len(cases) == len(step.checks)
        for case, check in zip(cases, step.checks, strict=True):
            hidden = " (hidden)" if check.id == "step2.secret" else ""
            assert case.name == check.title + hidden
            kinds = [type(result) for result in case.result]
            assert kinds == ([KINDS[check.status]] if check.status in KINDS else [])
        counted = [type(result) for case in cases for result in case.result]
        assert suite.failures == counted.count(Failure)
        assert suite.errors == counted.count(Error)
        assert suite.skipped == counted.count(Skipped)


def test_what_was_not_taken_in(sample, tmp_path):
    """A hand-in that was refused is in error, with the reason."""
    junit_xml.export(sample, tmp_path)
    suites = list(JUnitXml.fromfile(str(tmp_path / "junit.xml")))[-len(sample.refused) :]
    for suite, refusal in zip(suites, sample.refused, strict=True):
        assert suite.errors == suite.tests == 1
        (error,) = next(iter(suite)).result
        assert isinstance(error, Error)
        assert error.message == one_line(refusal.reason)


def test_a_failure_says_where_and_what(sample, tmp_path):
    """A failure has the problem as its message, and place, fix and detail as its text."""
    junit_xml.export(sample, tmp_path)
    suites = {suite.name: suite for suite in JUnitXml.fromfile(str(tmp_path / "junit.xml"))}
    (failure,) = list(suites["ben.step2"])[1].result
    assert failure.message.startswith("fetch_users handed back a coroutine")
    assert failure.type == "step2.secret"
    assert failure.text.startswith("main.py:4\n")
