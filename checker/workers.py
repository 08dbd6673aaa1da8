"""Gives out workers, and keeps the next ones ready ahead of the moment they are needed."""

import os
import sys
from collections import deque

from checker.errors import CheckerError
from checker.resident import Resident, no_walls
from checker.results import Isolation
from checker.sandbox import FreshInterpreter
from checker.worker import Faulty, Orphaned, Worker

CAN_FORK = sys.platform == "linux"
TRIES = 2


class Workers:
    """Gives out workers, each for one step, and has the next ones ready.

    `expected` is how many more will be asked for. A worker is forked from a resident parent that
    has the libraries loaded, or, if it is to be `cold` or cannot be forked, is an interpreter of
    its own; to those who ask it questions both are the same.
    """

    def __init__(self, isolation: Isolation = Isolation.PROCESS, *, cold: bool = False) -> None:
        self.expected = 1
        self.isolation = isolation
        self.cold = self._must_be_cold(isolation, cold)
        self._resident: Resident | None = None
        self._ready: deque[Worker] = deque()

    @staticmethod
    def _must_be_cold(isolation: Isolation, cold: bool) -> bool:
        return isolation is Isolation.PROCESS and (cold or not CAN_FORK)

    def demand(self, isolation: Isolation, *, cold: bool = False) -> None:
        """Give out workers of that kind from now on; those of another kind are ended."""
        cold = self._must_be_cold(isolation, cold)
        if (isolation, cold) != (self.isolation, self.cold):
            self.close()
            self.isolation, self.cold = isolation, cold

    def prepare(self) -> None:
        """Start workers ahead, as many as will be needed soon.

        A forked one is there in milliseconds, so one is enough; of others, one a processor.
        """
        ahead = (os.cpu_count() or 1) if self.cold else 1
        while len(self._ready) < min(self.expected, ahead):
            self._ready.append(self._new())

    def take(self) -> Worker:
        """A worker for one step; the caller closes it.

        A resident parent that is lost is replaced, once. Raises `CheckerError` if no worker
        can be had.
        """
        for _ in range(TRIES):
            self.prepare()
            worker = self._ready.popleft() if self._ready else self._new()
            try:
                worker.wait_until_ready()
            except (Faulty, Orphaned) as fault:
                worker.close()
                last_words = self.close()
                reason = str(fault) or last_words
                continue
            self.expected -= 1
            self.prepare()
            return worker
        raise self._no_worker(reason)

    def close(self) -> str:
        """End the workers that nobody took, and their parent; the last that one had to say."""
        while self._ready:
            self._ready.popleft().close()
        parent, self._resident = self._resident, None
        return parent.close() if parent else ""

    def _new(self) -> Worker:
        if self.cold:
            return Worker(FreshInterpreter())
        if self._resident is None:
            self._resident = Resident(self.isolation)
        return Worker(self._resident.fork())

    def _no_worker(self, reason: str) -> CheckerError:
        if self.isolation is Isolation.STRONG:
            return no_walls(reason)
        return CheckerError(
            f"The worker could not start: {reason or 'it said nothing'}. "
            "Install the kata once more with  python -m pip install -e ."
        )
