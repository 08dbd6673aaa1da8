"""What GitHub is told, and that learners' texts cannot tell it anything."""

import pytest

from checker.exporters.github import LARGEST_SUMMARY, annotations, command, write_summary
from checker.results import Isolation, Report


@pytest.mark.parametrize(
    ("message", "escaped"),
    [
        ("100 % sure", "100 %25 sure"),
        ("one\ntwo\r\nthree", r"one two\r three"),
        ("a::b,c", "a::b,c"),
        ("\x1b[31m\u202e", r"\x1b[31m\u202e"),
    ],
)
def test_a_message_stays_one_message(message, escaped):
    """Line ends, percent signs and controls cannot end a message or begin a command."""
    assert command("error", {"file": "main.py"}, message) == f"::error file=main.py::{escaped}\n"


def test_a_property_stays_one_property():
    """Colons and commas cannot end a property."""
    told = command("error", {"file": "a,line=9::x%", "line": "1"}, "message")
    assert told == "::error file=a%2Cline=9%3A%3Ax%25,line=1::message\n"


def test_hostile_texts_in_annotations(sample):
    """Each annotation is one line, whatever a file said."""
    report = Report.of(sample.graded[0].result.steps, Isolation.PROCESS, 7)
    (line,) = annotations(report, {"step1": "steps/step1/main.py", "step2": "x"})
    assert line.count("\n") == 1
    assert line.startswith("::error file=steps/step1/main.py,title=step1%3A the file runs::")


def test_a_summary_is_cut_where_github_would_refuse_it(tmp_path):
    """A summary never exceeds what GitHub takes of a step, and says that it was cut."""
    path = tmp_path / "summary"
    path.write_text("before\n")
    write_summary(("x" * 1000 for _ in range(2000)), path)
    assert path.stat().st_size <= LARGEST_SUMMARY
    assert path.read_text().startswith("before\nxxx")
    assert path.read_text().endswith("The rest was left out: a summary holds 1 MiB.\n")
