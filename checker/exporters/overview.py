"""A class at a glance, counted in one pass."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from checker.grading.model import Graded, Grades
from checker.results import Status

BANDS = 10
MOST_SHOWN = 10
MOST_TEXTS = 10_000
Counted = tuple[str, str, int]
"""The steps in which something was so, what it was, and in how many submissions."""


@dataclass
class Tally:
    """Texts, each with the number of submissions that it was told of, and the steps it stood in."""

    counts: Counter[str] = field(default_factory=Counter)
    steps: dict[str, set[str]] = field(default_factory=dict)

    def add(self, told: Iterable[tuple[str, str]]) -> None:
        """Count what was told of one submission, as steps with texts: each text once.

        Rare texts are left out when there are too many.
        """
        seen = set()
        for step, text in told:
            if text in self.counts or len(self.counts) < MOST_TEXTS:
                self.steps.setdefault(text, set()).add(step)
                seen.add(text)
        self.counts.update(seen)

    def most(self, order: Sequence[str]) -> list[Counted]:
        """The texts told most, equal ones in the order of their first step, then by themselves."""
        in_order = {text: sorted(steps, key=order.index) for text, steps in self.steps.items()}
        ranked = sorted(
            self.counts,
            key=lambda text: (-self.counts[text], order.index(in_order[text][0]), text),
        )
        return [
            (", ".join(in_order[text]), text, self.counts[text]) for text in ranked[:MOST_SHOWN]
        ]

    @property
    def more(self) -> int:
        """How many texts there are besides those told most."""
        return max(0, len(self.counts) - MOST_SHOWN)


@dataclass
class Overview:
    """How many submissions came out how; it grows by `add` and stays small."""

    steps: tuple[str, ...] = ()
    statuses: Counter[Status] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    max_score: int = 0
    failed: Tally = field(default_factory=Tally)
    mistakes: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, grades: Grades) -> "Overview":
        """The overview of a class."""
        overview = cls(tuple(suite.step for suite in grades.suites))
        for graded in grades:
            overview.add(graded)
        return overview

    def add(self, graded: Graded) -> None:
        """Count one submission."""
        result = graded.result
        self.statuses[result.status] += 1
        self.scores[result.score] += 1
        self.max_score = max(self.max_score, result.max_score)
        self.passed.update(step.step for step in result.steps if step.status is Status.PASSED)
        self.failed.add(
            (step.step, check.title)
            for step in result.steps
            for check in step.checks
            if check.status is Status.FAILED
        )
        self.mistakes.add(
            (step.step, in_any_line(step.first_problem.problem or ""))
            for step in result.steps
            if step.first_problem
        )

    @property
    def submissions(self) -> int:
        """How many submissions were graded."""
        return self.statuses.total()

    @property
    def mean(self) -> float:
        """The mean of the scores; 0 if there are none."""
        total = sum(score * count for score, count in self.scores.items())
        return total / self.submissions if self.submissions else 0.0

    @property
    def median(self) -> float:
        """The median of the scores; 0 if there are none."""
        if not self.scores:
            return 0.0
        ordered = list(self._ordered())
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

    def _ordered(self) -> Iterator[int]:
        for score in sorted(self.scores):
            yield from [score] * self.scores[score]

    @property
    def bands(self) -> list[tuple[str, int]]:
        """How many scores lie in each tenth of the points; the last holds full marks, too."""
        counts = [0] * BANDS
        for score, count in self.scores.items():
            counts[min(BANDS - 1, BANDS * score // (self.max_score or 1))] += count
        edges = [100 * number // BANDS for number in range(BANDS + 1)]
        return [
            (f"{low} to {high if high == 100 else high - 1} %", count)
            for (low, high), count in zip(pairwise(edges), counts, strict=True)
        ]

    @property
    def checks_missed(self) -> list[Counted]:
        """The checks that failed in most submissions."""
        return self.failed.most(self.steps)

    @property
    def mistakes_made(self) -> list[Counted]:
        """The problems that were the first of a step in most submissions."""
        return self.mistakes.most(self.steps)


def in_any_line(problem: str) -> str:
    """A problem that is the same in whatever line."""
    return re.sub(r"\b([Ll])ine \d+", r"\1ine N", problem)
