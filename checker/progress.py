"""What a learner has done so far, kept in one small file of the workspace."""

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from checker.results import KATA, Status, StepResult
from checker.workspace import NoSource, read_source

FILE = ".kata-progress.json"
SCHEMA = 1


class Progress:
    """The steps, of those in `names`, that passed when they were last checked."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._path = folder / FILE
        self._names = frozenset(names)
        self.done: frozenset[str] = self._read()

    def record(self, results: Iterable[StepResult], *, save: bool) -> bool:
        """Take note of results, and save them if asked to; false if they could not be saved.

        The file is replaced as a whole, so an interruption leaves the old or the new one.
        """
        for result in results:
            passed = result.status is Status.PASSED
            self.done = self.done | {result.step} if passed else self.done - {result.step}
        if not save or self.done == self._read():
            return True
        document = {"schema": SCHEMA, "kata": KATA, "done": sorted(self.done)}
        try:
            self._replace(json.dumps(document, indent=1) + "\n")
        except OSError:
            return False
        return True

    def _replace(self, text: str) -> None:
        handle, name = tempfile.mkstemp(prefix=FILE, dir=self._path.parent)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self._path)
        except OSError:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _read(self) -> frozenset[str]:
        try:
            document = json.loads(read_source(self._path))
        except (NoSource, ValueError, RecursionError):
            return frozenset()
        match document:
            case {"schema": 1, "kata": str(kata), "done": [*names]} if kata == KATA:
                return self._names.intersection(filter(lambda name: isinstance(name, str), names))
        return frozenset()
