"""GitHub Classroom's result, added up as its reporter does."""

import base64
import json

import pytest

from checker.exporters import classroom
from checker.results import Isolation, Report


@pytest.fixture(params=range(6))
def report(request, sample):
    """Reports with all kinds of outcomes."""
    steps = sample.graded[request.param].result.steps
    return Report.of(steps, Isolation.PROCESS, 7)


def agree(report):
    """Assert that the sum of scores and the share of passed tests are the report's points."""
    document = classroom.document(report)
    tests = document["tests"]
    assert document["max_score"] == report.max_score
    assert sum(test["score"] for test in tests) == report.score
    passed = sum(test["status"] == "pass" for test in tests)
    assert passed * document["max_score"] == report.score * len(tests)


def test_points_add_up_both_ways(report):
    """However the reporter adds up, it comes to the points of the report."""
    agree(report)


def test_fields(report):
    """There is every field that the reporter reads; 0 is the line that it does not show."""
    document = classroom.document(report)
    assert document["status"] in ("pass", "fail", "error")
    assert (document["status"] == "pass") is (report.status == "passed")
    for test in document["tests"]:
        assert test["status"] in ("pass", "fail", "error")
        assert isinstance(test["line_no"], int)
        assert test["name"].isprintable()
        assert test["message"] is None or test["message"].isprintable()
        assert test["test_code"] == ""


def test_output(report, tmp_path):
    """The output is appended as one line of base64."""
    path = tmp_path / "output"
    path.write_text("other=1\n")
    classroom.write(report, path)
    other, line = path.read_text("ascii").splitlines()
    assert other == "other=1"
    encoded = line.removeprefix("result=")
    assert json.loads(base64.b64decode(encoded, validate=True)) == classroom.document(report)


def test_real_points_add_up(judged):
    """With the kata's own points both ways come to the same, too."""
    for graded in judged:
        agree(Report.of(graded.result.steps, Isolation.PROCESS, 7))
