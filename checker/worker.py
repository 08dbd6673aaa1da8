"""A worker: the child process that runs a learner's file and answers questions about it."""

import base64
import json
import queue
import re
import secrets
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, Any, Self

from checker.errors import CheckerError
from checker.results import Isolation, Limit
from checker.sandbox import Limits, Sandbox

Json = dict[str, Any]


class WorkerLost(Exception):
    """The learner's code put the worker out of action: no later question can be answered."""


class LimitBroken(WorkerLost):
    """The learner's code broke a limit; `line` is where it was, if that is known."""

    def __init__(self, limit: Limit, line: int | None = None) -> None:
        super().__init__(f"the limit {limit} was broken")
        self.limit = limit
        self.line = line


class Ended(WorkerLost):
    """The worker's process ended before its time; `status` as in `Popen.returncode`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the worker ended with status {status}")
        self.status = status


class Garbled(WorkerLost):
    """Something other than the answer asked for came out of the worker."""


class Raised(Exception):
    """The learner's code raised an exception; the worker goes on.

    `type` is the exception's class by name, `frames` the places in the learner's file that it
    passed through, outermost first, as (line, column, function); `unreadable_at` is set where
    Python could make no program of the file.
    """

    def __init__(self, described: Json) -> None:
        self.type = text_of(described, "type") or "Exception"
        self.message = text_of(described, "message")
        self.name = text_of(described, "name") or None
        self.frames = [place for place in map(place_of, list_of(described, "frames")) if place]
        self.unreadable_at = place_of([*list_of(described, "unreadable_at"), ""])
        super().__init__(f"{self.type}: {self.message}")


class Occupied(Exception):
    """The database file cannot be filled for a check, because the learner's program has it."""


class TooLarge(Exception):
    """A value of the learner's program has more parts than an answer may hold."""


Place = tuple[int, int, str]

MOST_UNREAD = 100
MARK = re.compile(rb"\0([0-9a-f]{16})\0")
MARK_LENGTH = 18


def text_of(described: Json, key: str) -> str:
    """A text out of an answer; empty if there is none."""
    value = described.get(key)
    return value if isinstance(value, str) else ""


def list_of(described: Json, key: str) -> list[Any]:
    """A list out of an answer; empty if there is none."""
    value = described.get(key)
    return value if isinstance(value, list) else []


def place_of(value: Any) -> Place | None:
    """A place in the learner's file out of an answer."""
    match value:
        case [int(line), int(column), str(function)] if line > 0:
            return line, max(column, 1), function[:100]
    return None


class Worker:
    """A process that runs one learner's file, at isolation level `process`.

    It is started at once and loads its libraries while the caller does something else.
    `take` hands it the file, `ask` asks; once one of them raised `WorkerLost`, every later
    call raises the same.
    """

    isolation = Isolation.PROCESS

    def __init__(self) -> None:
        self._sandbox = Sandbox()
        self._limits = Limits()
        self._lost: WorkerLost | None = None
        self._ended = False
        self._deadline = time.monotonic() + self._limits.start
        self._answers: queue.SimpleQueue[bytes | WorkerLost | None] = queue.SimpleQueue()
        self._marks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._printed = b""
        process = self._sandbox.process
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._requests: IO[bytes] = process.stdin
        self._readers = [
            threading.Thread(target=self._read_answers, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._read_output, args=(process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def take(self, source: bytes, limits: Limits) -> None:
        """Give the worker the learner's file; the step's clock starts now."""
        try:
            ready = self._receive()
        except WorkerLost as lost:
            ready = {"reason": str(lost)}
        if not ready.get("ready"):
            raise CheckerError(
                f"The worker could not start: {text_of(ready, 'reason') or 'it said nothing'}. "
                "Install the kata once more with  python -m pip install -e ."
            )
        self._limits = limits
        encoded = base64.b64encode(source).decode()
        self.ask("take", source=encoded, seconds=limits.wall_time)
        self._deadline = time.monotonic() + limits.wall_time + 2

    def ask(self, do: str, **arguments: Any) -> Any:
        """The result of one request to the probe.

        Raises `WorkerLost`, `Raised` when the learner's code raised, `TooLarge`.
        """
        if self._lost:
            raise self._lost
        try:
            return self._result(self._exchange(do, arguments))
        except WorkerLost as lost:
            self._lost = lost
            self._end()
            raise

    def _exchange(self, do: str, arguments: Json) -> Json:
        number = secrets.token_hex(8)
        request = json.dumps({"id": number, "do": do, **arguments}).encode() + b"\n"
        # A worker that is gone shows when its answer is read.
        with suppress(OSError):
            self._requests.write(request)
        answer = self._receive()
        if answer.get("id") != number:
            raise Garbled("an answer to another request")
        self._wait_for_output(number.encode())
        return answer

    def _result(self, answer: Json) -> Any:
        if isinstance(answer.get("raised"), dict):
            raise Raised(answer["raised"])
        if "hung" in answer:
            places = [place for place in map(place_of, list_of(answer, "hung")) if place]
            raise LimitBroken(Limit.WALL_TIME, places[-1][0] if places else None)
        if "too_large" in answer:
            raise TooLarge
        if "occupied" in answer:
            raise Occupied(text_of(answer, "occupied"))
        return answer.get("result")

    def _receive(self) -> Json:
        """The next answer, before the deadline."""
        try:
            line = self._answers.get(timeout=self._left())
        except queue.Empty:
            raise LimitBroken(Limit.WALL_TIME) from None
        if isinstance(line, WorkerLost):
            raise line
        if line is None:
            raise self._ending()
        if line.startswith(b"Timeout ("):
            raise LimitBroken(Limit.WALL_TIME, self._last_line_executed())
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise Garbled("an answer that is no JSON") from None
        if not isinstance(answer, dict):
            raise Garbled("an answer that is no object")
        return answer

    def _left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._deadline - time.monotonic())

    def _wait_for_output(self, mark: bytes) -> None:
        """Wait until all that was printed before an answer has been read, and is not too much."""
        try:
            while (seen := self._marks.get(timeout=self._left() + 1)) != mark:
                if seen is None:
                    self._marks.put(None)
                    break
        except queue.Empty:
            raise LimitBroken(Limit.WALL_TIME) from None
        if self._flooded:
            raise LimitBroken(Limit.OUTPUT)

    def _last_line_executed(self) -> int | None:
        """The learner's line in the report that the interpreter wrote when time was up."""
        with suppress(queue.Empty):
            pattern = re.escape(self._sandbox.main.encode()) + rb'", line (\d{1,6})\b'
            while isinstance(line := self._answers.get(timeout=2), bytes):
                if place := re.search(pattern, line):
                    return int(place[1])
        return None

    def _ending(self) -> WorkerLost:
        """Why nothing more comes out of the worker."""
        try:
            status = self._sandbox.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return Garbled("a closed channel")
        # What was printed before the end may explain it.
        self._readers[1].join(timeout=1)
        return LimitBroken(Limit.OUTPUT) if self._flooded else Ended(status)

    @property
    def output(self) -> str:
        """What the learner's code printed so far, at most as much as the limit allows."""
        return bytes(self._printed[: self._limits.output]).decode("utf-8", "replace")

    def close(self) -> None:
        """End the worker and everything it started, and remove its files."""
        self._end()
        for reader in self._readers:
            reader.join(timeout=5)
        with suppress(OSError):
            self._requests.close()
        self._sandbox.remove()

    def _end(self) -> None:
        if not self._ended:
            self._sandbox.end()
            self._ended = True

    @property
    def _flooded(self) -> bool:
        return len(self._printed) > self._limits.output

    def _read_answers(self, pipe: IO[bytes]) -> None:
        """Cut what comes out of the probe into lines, none longer than an answer may be."""
        kept = b""
        with pipe:
            while chunk := pipe.read(65536):
                *lines, kept = (kept + chunk).split(b"\n")
                for line in lines:
                    self._answers.put(line)
                if len(kept) > self._limits.answer or self._answers.qsize() > MOST_UNREAD:
                    self._answers.put(Garbled("too much of an answer"))
                    break
        self._answers.put(None)

    def _read_output(self, pipe: IO[bytes]) -> None:
        """Keep the start of what the learner's code prints, up to the limit and a little more."""
        unread = b""
        with pipe:
            while chunk := pipe.read(65536):
                if self._flooded:
                    continue
                # A mark may arrive in two pieces: what could be its start waits.
                parts = re.split(MARK, unread + chunk)
                unread = parts[-1][-MARK_LENGTH:]
                self._printed += b"".join(parts[0:-1:2]) + parts[-1][:-MARK_LENGTH]
                for mark in parts[1::2]:
                    self._marks.put(mark)
                if self._flooded:
                    self._answers.put(LimitBroken(Limit.OUTPUT))
                    self._marks.put(None)
        self._printed += unread
        self._marks.put(None)
