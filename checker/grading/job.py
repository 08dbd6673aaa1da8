"""A job: a process that judges one submission after the other, and has its workers to itself.

It reads JSON lines, first the conditions and then submissions, and answers each submission with
a line. It ends when nobody writes to it any more, so none is left behind by a killed checker.
"""

import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn, Self

from checker.errors import CheckerError, UnusableInput
from checker.examiner import Assignment, examine
from checker.grading.conditions import Conditions, written
from checker.grading.submission import Submission
from checker.kata import PACKAGE, Step, load_steps
from checker.results import StepResult, as_json
from checker.workers import Workers
from checker.workspace import NoSource

# The job is to find this very package, even if another one is installed.
START = f"""
import json, sys
sys.path[:] = [sys.argv[1], *json.loads(sys.argv[2])]
import checker
del sys.path[0]
from {__name__} import main
main()
"""
PATIENCE = 15
"""Seconds a job has to end its workers."""


class JobLost(Exception):
    """The process of a job is gone without an answer."""


class JobOverdue(JobLost):
    """A job was ended because it did not answer in time: a suite, which knows no limit, hangs."""


class Job:
    """A job's process, from outside. Calls are made by one thread at a time."""

    def __init__(self, conditions: Conditions) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", START, str(PACKAGE.parent), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for the checker, which ends its jobs in good order.
            start_new_session=sys.platform != "win32",
        )
        with suppress(OSError):  # a job that is gone shows when it does not answer
            self._send(conditions.to_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def judge(self, submission: Submission, longest: float) -> tuple[StepResult, ...]:
        """The results of a submission, for which the job has so many seconds.

        Raises `JobLost`, and `CheckerError` if the job could not work, which is no accident.
        """
        overdue = threading.Event()
        timer = threading.Timer(longest, self._end_overdue, [overdue])
        timer.daemon = True
        timer.start()
        try:
            self._send(submission.to_json())
            answer = json.loads(self._stream(self._process.stdout).readline() or "null")
        except (OSError, ValueError) as error:
            raise JobLost from error
        finally:
            timer.cancel()
        if answer is None:
            raise JobOverdue if overdue.is_set() else JobLost
        if "fault" in answer:
            kind = UnusableInput if answer["unusable"] else CheckerError
            raise kind(answer["fault"])
        return tuple(map(StepResult.from_json, answer["steps"]))

    def close(self) -> None:
        """End the process, its workers first."""
        self._end()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                self._stream(stream).close()

    def stop(self) -> None:
        """Ask the process to end; another thread may be waiting for an answer."""
        self._process.terminate()

    def _end(self) -> None:
        self.stop()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _end_overdue(self, overdue: threading.Event) -> None:
        overdue.set()
        self._end()

    def _send(self, document: dict[str, Any]) -> None:
        stream = self._stream(self._process.stdin)
        stream.write(json.dumps(document).encode() + b"\n")
        stream.flush()

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def main() -> None:
    """Judge what comes in on standard input, as a process of its own."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    requests = sys.stdin.buffer
    # Nothing else that prints can come between our lines.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(KeyboardInterrupt, BrokenPipeError):
        try:
            judge_all(requests, answers)
        except CheckerError as error:
            unusable = isinstance(error, UnusableInput)
            write(answers, {"fault": str(error), "unusable": unusable})


def end(_number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order, so that no worker is left behind."""
    raise KeyboardInterrupt


def judge_all(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each submission with its results, in one pytest session."""
    conditions = Conditions.from_json(json.loads(requests.readline()))
    steps = load_steps()
    results: list[StepResult] = []

    workers = Workers(conditions.isolation)
    workers.expected = sys.maxsize
    with closing(workers), tempfile.TemporaryDirectory(prefix="kata-suites-") as folder:
        examine(
            assignments(requests, answers, steps, results),
            steps,
            workers.take,
            conditions.limits,
            conditions.seed,
            results.append,
            written(conditions.more_suites, Path(folder), steps),
        )


def assignments(
    requests: IO[bytes], answers: IO[bytes], steps: tuple[Step, ...], results: list[StepResult]
) -> Iterator[Assignment]:
    """What is to be judged, file by file, as it comes in; `results` has what became of the last.

    The data of a file is drawn by what is in it: no other submission can tell it what to expect,
    and whoever hands in the same gets the same.
    """
    gc.freeze()  # what is loaded by now stays, and no collection needs to look at it
    while line := requests.readline():
        submission = Submission.from_json(json.loads(line))
        for step in steps:
            match submission.files.get(step.name):
                case NoSource() as missing:
                    yield Assignment(step, missing=missing)
                case bytes() as file:
                    yield Assignment(step, file, salt=hashlib.sha256(file).hexdigest())
        write(answers, {"steps": list(map(as_json, results))})
        results.clear()


def write(stream: IO[bytes], document: dict[str, Any]) -> None:
    """Write a JSON line."""
    stream.write(json.dumps(document).encode() + b"\n")
    stream.flush()
