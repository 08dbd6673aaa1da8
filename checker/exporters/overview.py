"""A class at a glance, counted in one pass."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from checker.grading.model import Graded, Grades
from checker.results import Status

BANDS = 10
MOST_SHOWN = 10
MOST_MISTAKES = 10_000


@dataclass
class Overview:
    """How many submissions came out how; it grows by `add` and stays small."""

    statuses: Counter[Status] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    max_score: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, grades: Grades) -> "Overview":
        """The overview of a class."""
        overview = cls()
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
        for step in result.steps:
            self.failed.update(
                (step.step, check.title) for check in step.checks if check.status is Status.FAILED
            )
            if step.first_problem:
                self._count_mistake(step.step, step.first_problem.problem or "")

    def _count_mistake(self, step: str, problem: str) -> None:
        """Count a mistake, in whatever line; rare ones are left out when there are too many."""
        problem = re.sub(r"\b([Ll])ine \d+", r"\1ine N", problem)
        if (step, problem) in self.mistakes or len(self.mistakes) < MOST_MISTAKES:
            self.mistakes[step, problem] += 1

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
    def checks_missed(self) -> list[tuple[str, str, int]]:
        """The checks that failed most often, as step, title and count."""
        return [(*key, count) for key, count in self.failed.most_common(MOST_SHOWN)]

    @property
    def mistakes_made(self) -> list[tuple[str, str, int]]:
        """The problems that were told first most often, as step, text and count."""
        return [(*key, count) for key, count in self.mistakes.most_common(MOST_SHOWN)]
