"""Has submissions judged, many at a time: by processes of this machine."""

import queue
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, Self

from checker.grading.conditions import Conditions
from checker.grading.job import Job, JobLost, JobOverdue
from checker.grading.submission import Submission
from checker.kata import Step
from checker.results import CheckResult, Status, StepResult, as_json

TRIES = 2
GENEROSITY = 5
"""How many times longer than its steps may take the judging of a submission may."""


class Verdict(NamedTuple):
    """What became of a submission's files."""

    name: str
    steps: tuple[StepResult, ...]

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """The verdict that `to_json` made this document of."""
        steps = tuple(map(StepResult.from_json, document["steps"]))
        return cls(document["name"], steps)

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON document."""
        return {"name": self.name, "steps": list(map(as_json, self.steps))}


class Executor(Protocol):
    """Something that judges submissions; a context manager that ends what it started."""

    def __enter__(self) -> Self:
        """Get ready."""

    def __exit__(self, *exc: object) -> None:
        """End all processes of one's own."""

    def judge(self, submissions: Iterator[Submission]) -> Iterator[Verdict]:
        """The verdict on each submission, as soon as it is there, in any order.

        No more submissions are taken than can be worked on soon. Raises `CheckerError` when
        nothing can be judged at all.
        """


class Judge:
    """Judges one submission after the other in a job, which is replaced when it is lost."""

    def __init__(self, conditions: Conditions, steps: tuple[Step, ...]) -> None:
        self._conditions = conditions
        self._steps = steps
        limits = conditions.limits
        self._longest = limits.start + GENEROSITY * len(steps) * limits.wall_time
        self._job: Job | None = None
        self._closed = False

    def judge(self, submission: Submission) -> Verdict:
        """The verdict on a submission: an error if its job was lost again and again."""
        for _ in range(0 if self._closed else TRIES):
            if self._job is None:
                self._job = Job(self._conditions)
            try:
                return Verdict(submission.name, self._job.judge(submission, self._longest))
            except JobOverdue:
                self.close()
                return unjudged(
                    submission,
                    self._steps,
                    f"Judging this submission took more than {self._longest:g} seconds, and was "
                    "ended.",
                    "If you have suites of your own, let every loop in them end; else report it to "
                    "whoever gave you the kata.",
                )
            except JobLost:
                self.close()
                if self._closed:
                    break
        return unjudged(submission, self._steps)

    def stop(self) -> None:
        """Have a call of `judge` in another thread end soon."""
        self._closed = True
        if job := self._job:
            job.stop()

    def close(self) -> None:
        """End the job."""
        if self._job:
            self._job.close()
            self._job = None


LOST = f"The process that judged this submission was lost {TRIES} times."
AGAIN = "Grade again; if that does not help, report it to whoever gave you the kata."


def unjudged(
    submission: Submission, steps: tuple[Step, ...], problem: str = LOST, fix: str = AGAIN
) -> Verdict:
    """The verdict on a submission that could not be judged, and why."""
    results = tuple(
        not_judged(step, problem, fix) for step in steps if step.name in submission.files
    )
    return Verdict(submission.name, results)


def not_judged(step: Step, problem: str, fix: str) -> StepResult:
    """The result of a step that could not be judged: the submission is not at fault."""
    check = CheckResult(
        id=f"{step.name}.judged",
        title="the step could be judged",
        status=Status.ERROR,
        score=0,
        max_score=step.points,
        problem=problem,
        fix=fix,
    )
    return StepResult(
        step=step.name,
        title=step.title,
        status=Status.ERROR,
        score=0,
        max_score=step.points,
        duration=0.0,
        limit=None,
        output="",
        checks=(check,),
    )


class LocalExecutor:
    """Judges in some processes of this machine, each fed by a thread."""

    def __init__(self, conditions: Conditions, steps: tuple[Step, ...], jobs: int) -> None:
        self._judges = [Judge(conditions, steps) for _ in range(jobs)]
        self._to_do: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Verdict | BaseException] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, args=(judge,), daemon=True)
            for judge in self._judges
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        for judge in self._judges:
            self._to_do.put(None)
            judge.stop()
        for thread in self._threads:
            thread.join()

    def judge(self, submissions: Iterator[Submission]) -> Iterator[Verdict]:
        """The verdict on each submission, as soon as it is there, in any order."""
        waiting = 0
        for submission in submissions:
            self._to_do.put(submission)
            waiting += 1
            # One more than are worked on, so that no job waits for the gradebook.
            if waiting > len(self._judges):
                yield self._next()
                waiting -= 1
        for _ in range(waiting):
            yield self._next()

    def _next(self) -> Verdict:
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        return done

    def _work(self, judge: Judge) -> None:
        try:
            while submission := self._to_do.get():
                self._done.put(judge.judge(submission))
        except BaseException as error:
            self._done.put(error)
        finally:
            judge.close()
