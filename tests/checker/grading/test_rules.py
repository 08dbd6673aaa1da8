"""An instructor's rules."""

from pathlib import Path

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
        (
            "[points]\na = -1\nb = 'x'\n[late]\nx = 1",
            "late.x is not known; points of 'a' is no whole number from 0 on; points of 'b'",
        ),
        ("[late]\ndays = {ada = 0.5}", "late.days of 'ada' is no whole number from 0 on"),
        ("[late]\ndays = {ada = -1}", "late.days of 'ada' is no whole number from 0 on"),
        ("[late]\ndays = 1", "late.days is no table"),
        ("[late]\ndays = {ada = 1}", "late.percent_per_day, what each of late.days costs, is mis"),
        (
            "[points]\nstep3.returns_every_row = 8",
            'put a name with a dot in quotes, as in "step3.returns_every_row" = 1',
        ),
        ("[late]\npercent_per_day = 101", "percent_per_day is no whole number from 0 to 100"),
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


def test_no_file():
    """A file of rules that is not there ends in a sentence, not in an error's number."""
    with pytest.raises(UnusableInput, match=r"cannot be read \(No such file.*--rules") as told:
        Rules.read(Path("nowhere"))
    assert "Errno" not in str(told.value)


def shown(name):
    """A name as a report may show it."""
    return f"'{name}" if name.startswith("-") else " ".join(name.split())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"'-ann": 1, "new line": 2, "ada": 3}, {"-ann": 1, "new\nline": 2, "ada": 3}),
        ({"-ann": 1}, {"-ann": 1}),
        ({"-ann": 1, "'-ann": 2}, {"-ann": 1, "'-ann": 2}),
        ({"two names": 1}, {"two names": 1}),
        ({"bbo": 1}, {"bbo": 1}),
    ],
)
def test_names_as_a_report_shows_them(given, meant):
    """A name may be given as it is or as a report shows it, unless several are shown so."""
    names = {"ada", "-ann", "new\nline", "two  names", "two\nnames"}
    assert Rules(days_late=given).for_names(names, shown).days_late == meant


def test_who_is_late_but_handed_in_nothing():
    """A name that no submission has is told with those near to it."""
    rules = Rules(days_late={"ada": 1, "bbo": 2, "x": 3})
    assert rules.names_of_nobody(["ada", "bob"]) == {"bbo": ["bob"], "x": []}
