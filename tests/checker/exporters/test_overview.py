"""A class, counted."""

from checker.exporters.overview import Overview
from checker.results import Status


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


def test_an_empty_class():
    """A class without submissions has zeros."""
    overview = Overview()
    assert (overview.mean, overview.median, overview.submissions) == (0.0, 0.0, 0)
    assert overview.checks_missed == overview.mistakes_made == []
