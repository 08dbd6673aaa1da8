"""Keeps one worker loading its libraries ahead of the moment it is needed."""

from checker.worker import Worker


class Workers:
    """Gives out workers, each for one step, and has the next one ready.

    `expected` is how many more will be asked for.
    """

    def __init__(self) -> None:
        self.expected = 1
        self._spare: Worker | None = None

    def prepare(self) -> None:
        """Start a worker ahead, if one will be needed."""
        if self._spare is None and self.expected > 0:
            self._spare = Worker()

    def take(self) -> Worker:
        """A worker for one step; the caller closes it."""
        self.prepare()
        worker, self._spare = self._spare or Worker(), None
        self.expected -= 1
        self.prepare()
        return worker

    def close(self) -> None:
        """End the worker that nobody took."""
        if self._spare is not None:
            self._spare.close()
            self._spare = None
