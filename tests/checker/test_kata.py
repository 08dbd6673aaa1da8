"""The steps as data."""

import pytest

from checker.errors import CheckerError, UnusableInput
from checker.kata import find_step, load_steps, step_problems

SOUND = {
    "title": "t",
    "goal": "g",
    "learned": "l",
    "why": "w",
    "points": 25,
    "gap": "# TODO\n",
    "hints": ["a", "b", "c"],
    "traps": ["d"],
}


def test_the_steps_are_in_order_and_worth_100():
    """There are four steps of 25 points."""
    steps = load_steps()
    assert [step.name for step in steps] == ["step1", "step2", "step3", "step4"]
    assert [step.points for step in steps] == [25] * 4


def test_a_sound_step_has_no_problems():
    """A table with every field is sound."""
    assert step_problems(SOUND) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": None}, "title is not str"),
        ({"points": "25"}, "points is not int"),
        ({"hints": ["one"]}, "there are not three hints"),
        ({"extra": 1}, "extra is not known"),
    ],
)
def test_each_problem_of_a_step_is_named(change, problem):
    """What is wrong with a table is said."""
    assert problem in step_problems(SOUND | change)


def test_every_problem_is_listed(tmp_path):
    """Loading names the problems of all steps, not only the first."""
    for name, text in (("step1_a", "title = 1"), ("step2_b", "not toml")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "step.toml").write_text(text)
    with pytest.raises(CheckerError) as caught:
        load_steps(tmp_path)
    assert "title is not str" in str(caught.value)
    assert "goal is missing" in str(caught.value)
    assert "step2_b" in str(caught.value)


@pytest.mark.parametrize(
    ("word", "near"),
    [("stpe3", "step3"), ("fetch_users", "step3_fetch_users")],
)
def test_nearest_name(word, near):
    """A word that is no step is answered with the nearest name."""
    with pytest.raises(UnusableInput, match=f"There is no step '{word}': did you mean {near}"):
        find_step(word, load_steps())


@pytest.mark.parametrize(
    ("word", "near"), [("hnt", "hint"), ("checkk", "check"), ("al", "all"), ("stp3", "step3")]
)
def test_nearest_command(word, near):
    """Where a command may be meant, the nearest of both is named."""
    with pytest.raises(UnusableInput, match=f"no command or step '{word}': did you mean {near}"):
        find_step(word, load_steps(), ["check", "hint", "init", "all"])


@pytest.mark.parametrize("word", ["list", "status", "zzz"])
def test_no_near_command(word):
    """A word like no command and no step is answered with the steps and where commands stand."""
    with pytest.raises(UnusableInput) as caught:
        find_step(word, load_steps(), ["check", "hint", "init"])
    assert "step1, step2, step3, step4." in str(caught.value)
    assert "--help" in str(caught.value)


@pytest.mark.parametrize("word", ["step10", "10", "step33"])
def test_a_step_that_there_is_not(word):
    """The number of no step is answered with those there are, not as a slip of the finger."""
    with pytest.raises(UnusableInput, match=f"There is no step '{word}': the steps are step1"):
        find_step(word, load_steps(), ["check"])


@pytest.mark.parametrize("word", ["", "zzz", "0", "5", "\x1b[31m"])
def test_no_near_name(word):
    """A word like no step is answered with all steps, and cannot steer the terminal."""
    with pytest.raises(UnusableInput) as caught:
        find_step(word, load_steps())
    assert "\x1b" not in str(caught.value)
