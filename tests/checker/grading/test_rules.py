"""An instructor's rules."""

import pytest

from checker.errors import UnusableInput
from checker.grading.model import Suite, SuiteCheck
from checker.grading.rules import Rules

SUITES = (Suite("step1", "One", 10, (SuiteCheck("step1.url", "a", 10),)),)


def test_rules_are_read(tmp_path):
    """Points, the cost of a day and days late come from a small file."""
    path = tmp_path / "rules.toml"
    path.write_text(
        '[points]\n"step1.url" = 3\n'
        "[late]\npercent_per_day = 10\nmost_percent = 50\n[late.days]\nada = 2\n"
    )
    rules = Rules.read(path)
    assert rules == Rules({"step1.url": 3}, 10, 50, {"ada": 2})
    assert Rules.from_json(rules.to_json()) == rules
    assert rules.weigh(SUITES)[0].max_score == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "cannot be read"),
        ("pionts = 1", "pionts is not known"),
        ("late = 1", "late is no table"),
        ("[points]\na = -1\nb = 'x'\n[late]\nx = 1", "late.x is not known; points.a is no number"),
        ("[late]\npercent_per_day = 101", "percent_per_day is no number from 0 to 100"),
    ],
)
def test_bad_rules(tmp_path, text, words):
    """All that is wrong with a file of rules is told."""
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(UnusableInput, match=words):
        Rules.read(path)


def test_points_for_no_check():
    """Points for a check that does not exist are refused with the name that was meant."""
    with pytest.raises(UnusableInput, match=r"did you mean step1\.url"):
        Rules({"step1.ulr": 3}).weigh(SUITES)
