"""What a student may see of a result."""

from dataclasses import replace

from checker.exporters.student import HIDDEN, for_student
from checker.results import Status


def test_points_and_outcomes_stay(sample):
    """A student sees the points and the outcome of every check, hidden or not."""
    for graded in sample:
        shown = for_student(graded.result, sample.suites)
        assert (shown.score, shown.status) == (graded.result.score, graded.result.status)
        for seen, step in zip(shown.steps, graded.result.steps, strict=True):
            assert [(c.status, c.score) for c in seen.checks] == [
                (c.status, c.score) for c in step.checks
            ]


def test_texts_of_hidden_checks_go(sample):
    """Title, problem, place and detail of a hidden check, and the step's output, are gone."""
    ben = sample.graded[2].result
    shown = for_student(ben, sample.suites).steps[1]
    hidden = shown.checks[1]
    assert (hidden.title, hidden.problem) == (HIDDEN, "A hidden check did not pass.")
    assert (hidden.fix, hidden.location, hidden.detail) == (None, None, None)
    assert "secret" not in hidden.id
    assert shown.output == ""
    assert "secret" not in repr(shown)


def test_a_check_that_waits_does_not_tell_for_what(sample):
    """A check that waits for a hidden one does not name it."""
    waiting = for_student(sample.graded[2].result, sample.suites).steps[1].checks[2]
    assert waiting.status is Status.SKIPPED
    assert waiting.problem == f"Waits for: {HIDDEN}."


def test_a_hidden_check_that_was_skipped(sample):
    """A hidden check that waits for another does not say for which, nor that it did not pass."""
    ben = sample.graded[2].result
    one, two = ben.steps
    checks = (two.checks[0], replace(two.checks[1], status=Status.SKIPPED), two.checks[2])
    result = replace(ben, steps=(one, replace(two, checks=checks)))
    hidden = for_student(result, sample.suites).steps[1].checks[1]
    assert (hidden.title, hidden.problem) == (HIDDEN, None)


def test_a_step_without_hidden_checks_stays(sample):
    """A step that has no hidden checks is shown as it is, with its output."""
    ben = sample.graded[2].result
    assert for_student(ben, sample.suites).steps[0] == ben.steps[0]
