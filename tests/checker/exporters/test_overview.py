"""A class, counted."""

from dataclasses import replace

from checker.exporters import report_html, report_md
from checker.exporters.overview import Overview, Tally
from checker.grading.model import Graded
from checker.results import Status, SubmissionResult


def test_counts(sample):
    """The sample class is counted right."""
    overview = Overview.of(sample)
    assert overview.submissions == 6
    assert overview.statuses == {Status.FAILED: 4, Status.PASSED: 1, Status.ERROR: 1}
    assert overview.passed == {"step1": 4, "step2": 2}
    assert sorted(overview.scores.elements()) == [0, 20, 25, 30, 30, 40]
    assert (round(overview.mean, 2), overview.median) == (24.17, 27.5)
    assert sum(count for _, count in overview.bands) == 6
    assert overview.bands[0][1] == overview.bands[-1][1] == 1
    assert overview.checks_missed[0] == ("step1", "the file runs", 2)


def test_a_mistake_is_one_whatever_its_line(judged):
    """The same mistake in different lines is counted as one."""
    mistakes = [text for _, text, _ in Overview.of(judged).mistakes_made]
    assert not any("line 6" in text for text in mistakes)
    assert any("line N" in text for text in mistakes)


def test_a_mistake_in_several_steps_is_one(sample):
    """Equal mistakes in the steps of one submission are one, and submissions are counted."""
    mistakes = Overview.of(sample).mistakes_made
    assert mistakes[0] == (
        "step1, step2",
        "fetch_users handed back a coroutine, so the query never ran.",
        3,
    )
    tally = Tally()
    tally.add([("step2", "x"), ("step1", "x"), ("step1", "y"), ("step1", "y")])
    assert tally.most(("step1", "step2")) == [("step1, step2", "x", 1), ("step1", "y", 1)]


def test_equal_counts_are_in_order():
    """What is counted equally often is in the order of the steps, then of the texts."""
    tally = Tally()
    tally.add([("step2", "a"), ("step10", "b"), ("step2", "c"), ("step1", "z"), ("step1", "y")])
    tally.add([("step10", "b")])
    order = ("step1", "step2", "step10")
    assert [text for _, text, _ in tally.most(order)] == ["b", "y", "z", "a", "c"]


def test_what_is_not_shown_is_told(sample, tmp_path):
    """Where more was counted than is shown, the reports say how many more."""
    tally = Tally()
    tally.add(("step1", f"text {number:02}") for number in range(12))
    assert (len(tally.most(("step1",))), tally.more) == (10, 2)
    first = sample.graded[1]
    (one, two), problem = first.result.steps, sample.graded[3].result.steps[0].checks[0]
    many = tuple(
        Graded(
            SubmissionResult.of(
                f"student {number:02}",
                (replace(one, checks=(replace(problem, problem=f"Wrong {number:02}."),)), two),
            ),
            {},
        )
        for number in range(13)
    )
    grades = replace(sample, graded=many)
    lines = list(report_md.report(grades))
    assert lines.count("\nAnd 3 more.") == 1
    assert "Wrong 09." in "".join(report_html.page(grades))
    assert "And 3 more." in "".join(report_html.page(grades))


def test_an_empty_class():
    """A class without submissions has zeros."""
    overview = Overview()
    assert (overview.mean, overview.median, overview.submissions) == (0.0, 0.0, 0)
    assert overview.checks_missed == overview.mistakes_made == []
