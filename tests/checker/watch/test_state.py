"""What an event and a state lead to."""

from dataclasses import replace

import pytest

from checker.kata import load_steps
from checker.results import Status, StepResult
from checker.source import Source
from checker.watch.state import (
    Check,
    Judged,
    Key,
    Leave,
    Page,
    Remember,
    RememberHints,
    Reset,
    Saved,
    State,
    Tick,
    Told,
    Unusable,
    Verdict,
    keys_of,
    start,
    update,
)

STEPS = load_steps()


def verdict(step=STEPS[0], *, passed=False):
    """A verdict on a step."""
    status = Status.PASSED if passed else Status.FAILED
    result = StepResult(step.name, step.title, status, 0, 25, 0.1, None, "", ())
    return Verdict(result, Source(b""))


def after(state, *events):
    """The state after events, and the effects of the last."""
    effects = ()
    for event in events:
        state, effects = update(state, Key(event) if type(event) is str else event)
    return state, effects


def seen(*, passed=False, index=0, **more):
    """A state in which a verdict is shown."""
    state = State(STEPS, index, run=1, **more)
    return after(state, Judged(1, verdict(STEPS[index], passed=passed)))[0]


def test_the_step_is_checked_at_once():
    """Watching begins with a check."""
    state, effects = start(State(STEPS, 2))
    assert effects == (Check(STEPS[2], 1),)
    assert state.checking


def test_a_save_is_checked():
    """A save of the step's file leads to a check; the old verdict stays until there is a new."""
    state, effects = after(seen(), Saved("step1"))
    assert effects == (Check(STEPS[0], 2),)
    assert state.verdict is not None


@pytest.mark.parametrize("page", Page)
def test_a_save_shows_the_verdict(page):
    """Whoever saves wants to see what came of it, whatever they were reading."""
    state, _ = after(replace(seen(), page=page, scroll=5), Saved("step1"))
    assert (state.page, state.scroll) == (Page.VERDICT, 0)


@pytest.mark.parametrize(("saved", "key"), [("step3", "n"), ("step1", "p")])
def test_the_save_of_another_step_is_mentioned(saved, key):
    """Nobody is taken to another step by surprise: it is said which key leads there."""
    state, effects = after(seen(index=1), Saved(saved))
    assert effects == ()
    assert state.index == 1
    assert f"press {key} " in state.notice


def test_the_verdict_of_an_overtaken_check_is_dropped():
    """Only the verdict on the last content is shown."""
    state, _ = after(seen(), Saved("step1"), Saved("step1"))
    assert after(state, Judged(2, verdict(passed=True))) == (state, ())
    shown, _ = after(state, Judged(3, verdict(passed=True)))
    assert shown.passed
    assert not shown.checking


def test_a_pass_does_not_advance():
    """A pass is shown and remembered; the next step waits for its key."""
    state, effects = after(State(STEPS, run=1), Judged(1, verdict(passed=True)))
    assert state.index == 0
    assert state.done == {"step1"}
    assert [type(effect) for effect in effects] == [Remember]
    state, effects = after(state, "n")
    assert state.index == 1
    assert state.verdict is None
    assert effects == (Check(STEPS[1], 2),)


def test_a_pass_that_is_lost_is_known():
    """A step that fails after it passed is done no more, but has passed once."""
    state, _ = after(seen(passed=True), Saved("step1"), Judged(2, verdict()))
    assert state.done == frozenset()
    assert state.once == {"step1"}


def test_next_after_the_last_step():
    """After the last step comes the first that is left, and when none is left the end."""
    last = len(STEPS) - 1
    state, _ = after(seen(passed=True, index=last, done=frozenset({"step1"})), "n")
    assert state.step.name == "step2"
    names = frozenset(step.name for step in STEPS)
    state, effects = after(seen(passed=True, index=last, done=names), "n")
    assert state.page is Page.END
    assert effects == ()


def test_the_only_step_left():
    """Where nothing else is left to do, next stays and says so."""
    names = frozenset(step.name for step in STEPS[:-1])
    state, effects = after(seen(index=len(STEPS) - 1, done=names), "n")
    assert effects == ()
    assert "last step" in state.notice


def test_previous():
    """Previous goes back, but not before the first step."""
    assert after(seen(index=2), "p")[0].index == 1
    state, effects = after(seen(), "p")
    assert (state.index, effects) == (0, ())
    assert "first step" in state.notice


def test_hints_open_one_by_one():
    """Each call opens the next hint, which is remembered; after the last that is said."""
    state = seen()
    for count in (1, 2, 3):
        state, effects = after(state, "h")
        assert effects == (RememberHints(STEPS[0], count),)
        assert state.open_hints == STEPS[0].hints[:count]
    state, effects = after(state, "h")
    assert effects == ()
    assert "all the hints" in state.notice


def test_a_solution_before_the_pass_asks():
    """Before the step passed, its solution is shown on `y` only; a hint is offered instead."""
    assert after(seen(), "s")[0].page is Page.ASK_SOLUTION
    assert after(seen(), "s", "y")[0].page is Page.SOLUTION
    assert after(seen(), "s", "n")[0].page is Page.VERDICT
    assert after(seen(), "s", "h")[0].open_hints == STEPS[0].hints[:1]
    assert after(seen(passed=True), "s")[0].page is Page.SOLUTION
    assert after(seen(once=frozenset({"step1"})), "s")[0].page is Page.SOLUTION


@pytest.mark.parametrize("key", ["n", "x", "enter", "escape", "l", " "])
def test_reset_needs_a_yes(key):
    """Whatever is pressed but `y` resets nothing."""
    state, effects = after(seen(), "x", key)
    assert state.page is Page.VERDICT
    assert not any(isinstance(effect, Reset) for effect in effects)


def test_reset():
    """`y` resets; what is said about it outlives the check that follows, not the one after."""
    state, effects = after(seen(), "x", "y")
    assert effects == (Reset(STEPS[0]),)
    state, _ = after(state, Told("kept"), Saved("step1"), Judged(2, verdict()))
    assert state.notice == "kept"
    assert after(state, Saved("step1"))[0].notice == ""


@pytest.mark.parametrize(("key", "page"), [("l", Page.LESSON), ("i", Page.LIST)])
def test_a_page_is_left_as_it_was_entered(key, page):
    """The key of a page opens and closes it; Escape and `b` close every page."""
    assert after(seen(), key)[0].page is page
    for leave in (key, "escape", "b"):
        assert after(seen(), key, leave)[0].page is Page.VERDICT


def test_the_list_leads_to_a_step():
    """In the list a number goes to that step; elsewhere, and beyond the last, it does nothing."""
    state, effects = after(seen(), "i", "3")
    assert effects == (Check(STEPS[2], 2),)
    assert state.page is Page.VERDICT
    assert after(seen(), "i", "9")[1] == ()
    assert after(seen(), "i", "0")[1] == ()
    assert after(seen(), "3")[0].index == 0


def test_scrolling_stops_at_both_ends():
    """A page scrolls no further than its last row, so that the way back begins at once."""
    state = replace(seen(), page=Page.LESSON, bottom=12)
    assert after(state, " ", " ", " ")[0].scroll == 12
    assert after(state, " ", " ", "k")[0].scroll == 11
    assert after(state, "up")[0].scroll == 0


def test_run_again():
    """`r` checks the file as it is."""
    assert after(seen(), "r")[1] == (Check(STEPS[0], 2),)


def test_a_slow_check_is_mentioned():
    """That a check takes long is known only while it runs."""
    state, _ = after(seen(), "r", Tick.SLOW)
    assert state.slow
    assert not after(state, Judged(2, verdict()))[0].slow
    assert not after(seen(), Tick.SLOW)[0].slow


def test_what_cannot_be_checked():
    """A file that is gone is told until there is a verdict again."""
    state, _ = after(seen(), Saved("step1"), Unusable(2, "gone"))
    assert (state.trouble, state.verdict, state.checking) == ("gone", None, False)
    assert after(state, Unusable(1, "old"))[0].trouble == "gone"
    assert after(state, Saved("step1"), Judged(3, verdict()))[0].trouble == ""


@pytest.mark.parametrize("page", Page)
def test_every_page_can_be_left_for_good(page):
    """Whatever is shown, `q` ends watching, and is listed."""
    state = replace(seen(), page=page)
    assert after(state, "q")[1] == (Leave(),)
    assert keys_of(state)["q"] == "quit"


def test_other_keys_do_nothing():
    """A key without a meaning changes nothing."""
    state = seen()
    for key in ("z", "?", "7", "up", "ä", "\x00", ""):
        assert after(state, key) == (state, ())
