"""Keeps workers loading their libraries ahead of the moment they are needed."""

import os
from collections import deque

from checker.worker import Worker


class Workers:
    """Gives out workers, each for one step, and has the next ones ready.

    `expected` is how many more will be asked for; at most one for each processor is kept ready.
    """

    def __init__(self) -> None:
        self.expected = 1
        self._ahead = os.cpu_count() or 1
        self._ready: deque[Worker] = deque()

    def prepare(self) -> None:
        """Start workers ahead, as many as will be needed soon."""
        while len(self._ready) < min(self.expected, self._ahead):
            self._ready.append(Worker())

    def take(self) -> Worker:
        """A worker for one step; the caller closes it."""
        self.prepare()
        worker = self._ready.popleft() if self._ready else Worker()
        self.expected -= 1
        self.prepare()
        return worker

    def close(self) -> None:
        """End the workers that nobody took."""
        while self._ready:
            self._ready.popleft().close()
