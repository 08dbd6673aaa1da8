"""Comparing two gradebooks."""

from dataclasses import replace

from checker.grading.compare import Cause, Change, changes
from checker.grading.model import Graded
from checker.results import CheckResult, Status, StepResult, SubmissionResult


def graded(name, lost=0, **points):
    """A submission whose checks gave these points, and from which lateness took some."""
    checks = tuple(CheckResult(id, id, Status.PASSED, score, 10) for id, score in points.items())
    score = sum(points.values())
    step = StepResult("step1", "One", Status.PASSED, score, 20, 0.0, None, "", checks)
    result = SubmissionResult.of(name, (step,))
    return Graded(replace(result, score=score - lost), {})


def test_what_lateness_did():
    """Where only lateness took points it is the reason, and where checks did too, it is one."""
    before = [graded("ada", a=10), graded("bob", a=10, b=5), graded("eve", lost=3, a=10)]
    after = [graded("ada", lost=4, a=10), graded("bob", lost=2, a=10, b=9), graded("eve", a=10)]
    assert list(changes(before, after)) == [
        Change("ada", 10, 6, (Cause("lateness", 0, -4),)),
        Change("bob", 15, 17, (Cause("b", 5, 9), Cause("lateness", 0, -2))),
        Change("eve", 7, 10, (Cause("lateness", -3, 0),)),
    ]


def test_whose_score_is_the_same():
    """Whoever has the same score did not change, whatever the checks gave."""
    assert list(changes([graded("ada", a=10, b=0)], [graded("ada", a=0, b=10)])) == []


def test_a_new_check_that_gives_nothing():
    """A check that was not there before and gives no points is no reason for a change."""
    (change,) = changes([graded("ada", a=5)], [graded("ada", a=10, b=0)])
    assert change.causes == (Cause("a", 5, 10),)


def test_who_came_and_who_left():
    """Who is on one side only has no score on the other."""
    assert list(changes([graded("ada", a=1)], [graded("bob", a=2)])) == [
        Change("ada", 1, None),
        Change("bob", None, 2),
    ]
