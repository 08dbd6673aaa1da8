"""Grades a class: what was handed in goes into a gradebook, and comes out judged."""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checker.errors import UnusableInput
from checker.files import real
from checker.grading.conditions import Conditions, describe_suites, read_suites, written
from checker.grading.entries import clean
from checker.grading.executor import Executor, LocalExecutor
from checker.grading.gradebook import Gradebook, Progress
from checker.grading.intake import take_in
from checker.grading.model import Suite
from checker.grading.rules import Rules
from checker.kata import Step, load_steps
from checker.results import Isolation, Status
from checker.sandbox import Limits


@dataclass(frozen=True)
class Order:
    """What is to be graded, and how.

    `seed` draws the test data; without one a gradebook goes on with its own. `jobs` is the number
    of processes, by default one more than there are processors; with `cluster`, the address of a
    Dask scheduler, its workers do the work instead. `suite` is a folder with more pytest files,
    `rules` a file with points and what lateness costs. With `again` all is graded anew.
    With `single` the one path is one submission, which may be refused, as in an autograder.
    """

    paths: tuple[Path, ...]
    out: Path
    isolation: Isolation = Isolation.STRONG
    limits: Limits = field(default_factory=Limits)
    seed: int | None = None
    jobs: int | None = None
    cluster: str | None = None
    suite: Path | None = None
    rules: Path | None = None
    again: bool = False
    single: bool = False

    @property
    def source(self) -> str:
        """From where it takes in what was handed in, in words for the gradebook."""
        paths = sorted({clean(str(real(path))) for path in self.paths})
        return json.dumps([*paths, self.single])


Watch = Callable[[Progress, Mapping[Status, int]], None]
"""Told how far grading is and how many came out how: once before it, then for each submission."""
Say = Callable[[str], None]
"""Told in a sentence what whoever grades should know meanwhile."""
ShownAs = Callable[[str], str]
"""How the report from which names are copied into rules shows one."""


def grade_class(order: Order, watch: Watch, say: Say, shown_as: ShownAs) -> Gradebook:
    """Grade what an order asks for, and what was graded before is not again.

    The gradebook is open and the caller closes it; whatever stops this, what was graded stays in
    it. Raises `UnusableInput` and `CheckerError`.
    """
    steps = load_steps()
    rules = Rules.read(order.rules) if order.rules else Rules()
    more = read_suites(order.suite, steps) if order.suite else {}
    suites = rules.weigh(suites_of(steps, more))
    if order.single and len(order.paths) != 1:
        raise UnusableInput(
            "Gradescope wants the result of one submission, and here are "
            f"{len(order.paths)}: name one PATH."
        )
    if order.jobs and order.cluster:
        raise UnusableInput(
            "--jobs has no effect on a cluster, whose workers have their own: leave it out."
        )
    gradebook = Gradebook.open(order.out)
    try:
        if order.single and gradebook.progress.submissions > 1:
            raise UnusableInput(
                "Gradescope wants the result of one submission, and the folder for the results "
                "holds those of a class: name a new folder with --out DIR."
            )
        handed_in = take_in(order.paths, steps, real(order.out), single=order.single)
        gradebook.take_in(handed_in, source=order.source, may_be_none=order.single)
        names = set(gradebook.names)
        rules = rules.for_names(names, shown_as)
        if nobody := rules.names_of_nobody(names):
            say(late_without_hand_in(nobody))
        conditions = conditions_for(order, gradebook, more)
        gradebook.begin(conditions, suites, rules, again=order.again)
        judge_all(order, conditions, steps, gradebook, watch, say)
    except BaseException:
        gradebook.abandon()
        raise
    return gradebook


def late_without_hand_in(names: Mapping[str, Sequence[str]]) -> str:
    """The sentence about names in the rules that are nobody's, with the names near to them."""
    shown = (
        f"{name!r} (did you mean {' or '.join(map(repr, near))}?)" if near else repr(name)
        for name, near in names.items()
    )
    return (
        f"The rules have days in late.days for names that no submission has: {', '.join(shown)}. "
        "Write names as in grades.csv."
    )


def suites_of(steps: tuple[Step, ...], more: dict[str, str]) -> tuple[Suite, ...]:
    """The suites of all steps, with an instructor's."""
    with tempfile.TemporaryDirectory(prefix="kata-suites-") as folder:
        return describe_suites(steps, written(more, Path(folder), steps))


def conditions_for(order: Order, gradebook: Gradebook, more: dict[str, str]) -> Conditions:
    """How submissions are judged; the seed is drawn once for a gradebook."""
    kept = gradebook.conditions.seed if gradebook.conditions else secrets.randbelow(2**31)
    seed = kept if order.seed is None else order.seed
    return Conditions(order.isolation, order.limits, seed, more)


def judge_all(
    order: Order,
    conditions: Conditions,
    steps: tuple[Step, ...],
    gradebook: Gradebook,
    watch: Watch,
    say: Say,
) -> None:
    """Judge what is not graded yet, and record each result at once."""
    submissions, graded = gradebook.progress
    statuses = gradebook.statuses
    watch(Progress(submissions, graded), statuses)
    if graded == submissions:
        return
    with executor_for(order, conditions, steps, submissions - graded, say) as executor:
        for verdict in executor.judge(gradebook.to_grade()):
            new = gradebook.record(verdict.name, verdict.steps)
            graded += new.total()
            statuses += new
            statuses[Status.ERROR] += any(step.status is Status.ERROR for step in verdict.steps)
            watch(Progress(submissions, graded), statuses)


def executor_for(
    order: Order, conditions: Conditions, steps: tuple[Step, ...], submissions: int, say: Say
) -> Executor:
    """What judges: processes of this machine, or a cluster."""
    if order.cluster:
        try:
            from checker.grading.cluster import ClusterExecutor
        except ImportError as error:
            raise UnusableInput(
                "Grading on a cluster needs Dask: install it with  "
                "python -m pip install 'fastapi-databases-kata[cluster]'"
            ) from error
        return ClusterExecutor(conditions, steps, order.cluster, say)
    # One more than processors: what only waits for its time to be up would leave one idle.
    jobs = order.jobs or (os.cpu_count() or 1) + 1
    return LocalExecutor(conditions, steps, min(jobs, submissions))
