"""Judges one file after the other in a thread, in one pytest session; the latest is what counts."""

import queue
import threading
import time
from collections.abc import Callable, Iterator

from checker.examiner import Assignment
from checker.results import StepResult
from checker.source import Source
from checker.watch.state import Judged, Verdict
from checker.worker import Worker
from checker.workers import Workers

Announce = Callable[[StepResult], None]
Examine = Callable[[Iterator[Assignment], Callable[[], Worker], Announce], None]


class Judge:
    """Judges what it is asked to, and tells `emit` the verdict.

    A request overtakes the one before it: a check that still runs is given up. What stops the
    examination (a fault of the checker) is told to `emit` as well.
    """

    def __init__(
        self, examine: Examine, workers: Workers, emit: Callable[[Judged | BaseException], None]
    ) -> None:
        self._examine = examine
        self._workers = workers
        self._emit = emit
        self._wanted: queue.SimpleQueue[tuple[int, Assignment] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._latest = self._running = 0
        self._assignment: Assignment | None = None
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._work, name="judge", daemon=True)

    def open(self) -> None:
        """Get ready."""
        self._thread.start()

    def request(self, run: int, assignment: Assignment) -> None:
        """Judge that, and give up what is still being judged; a later `run` is a larger number."""
        self._overtake(run)
        self._wanted.put((run, assignment))

    def close(self) -> None:
        """Give up, and wait until nothing of it is left."""
        self._overtake(self._latest + 1)
        self._wanted.put(None)
        self._thread.join()

    def _overtake(self, run: int) -> None:
        with self._lock:
            self._latest = run
            if self._worker:
                self._worker.abandon()

    def _work(self) -> None:
        try:
            self._examine(self._assignments(), self._take, self._announce)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            self._emit(error)

    def _assignments(self) -> Iterator[Assignment]:
        """What is to be judged, as it comes."""
        while wanted := self._wanted.get():
            self._running, self._assignment = wanted
            if self._running == self._latest:
                yield self._assignment
                self._worker = None

    def _take(self) -> Worker:
        """A worker, while the next one gets ready for the next request."""
        self._workers.expected = 2
        worker = self._workers.take()
        with self._lock:
            self._worker = worker
            if self._running != self._latest:
                worker.abandon()
        return worker

    def _announce(self, result: StepResult) -> None:
        assert self._assignment
        verdict = Verdict(result, Source(self._assignment.source), time.strftime("%H:%M:%S"))
        self._emit(Judged(self._running, verdict))
