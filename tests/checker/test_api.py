"""Checking and grading from Python."""

import subprocess
import sys

import pytest

import checker
from checker.errors import UnusableInput
from checker.results import Report, Status


def test_check(solved):
    """`check` gives a report on one step or on all, and writes nothing."""
    before = sorted(solved.rglob("*"))
    report = checker.check(solved, "step3", seed=5)
    assert isinstance(report, Report)
    assert (report.status, report.seed, report.steps[0].step) == (Status.PASSED, 5, "step3")
    assert sorted(solved.rglob("*")) == before
    with pytest.raises(UnusableInput, match="no folder"):
        checker.check(solved / "nowhere")


def test_grade(solved, tmp_path):
    """`grade` gives the grades of a class, and writes its reports."""
    with checker.grade(solved, tmp_path / "out", isolation="process", seed=5) as grades:
        (graded,) = grades
        assert (graded.result.submission, graded.result.score) == ("solved", 100)
        assert grades.head.seed == 5
    assert (tmp_path / "out" / "grades.csv").is_file()


def test_importing_the_package_is_instant():
    """The package's own name imports nothing of what grading needs."""
    told = (
        "import sys, checker; print(*[name for name in sys.modules if name.startswith('checker')])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["checker"]
    with pytest.raises(AttributeError):
        _ = checker.nothing
