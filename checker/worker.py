"""A worker: the child process that runs a learner's file and answers questions about it."""

import base64
import hmac
import json
import queue
import re
import secrets
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from typing import IO, Any, Self

from checker.results import Limit
from checker.sandbox import Limits, Sandbox

Json = dict[str, Any]


class WorkerLost(Exception):
    """The learner's code put the worker out of action: no later question can be answered."""


class LimitBroken(WorkerLost):
    """The learner's code broke a limit; `line` is where it was, if that is known.

    `most` is what was allowed, in seconds, bytes, or what the limit counts.
    """

    def __init__(self, limit: Limit, most: float, line: int | None = None) -> None:
        super().__init__(f"the limit {limit} was broken")
        self.limit = limit
        self.most = most
        self.line = line


class Ended(WorkerLost):
    """The worker's process ended before its time; `status` as in `Popen.returncode`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the worker ended with status {status}")
        self.status = status


class Garbled(WorkerLost):
    """Something other than the answer asked for came out of the worker."""


class Orphaned(Exception):
    """The worker's resident parent died and took the worker with it: nobody's fault."""


class Faulty(Exception):
    """The worker could not be started; the text says why."""


class Patched(Exception):
    """The learner's code replaced a part of the library; `name` is the part's full name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was replaced")
        self.name = name


class Raised(Exception):
    """The learner's code raised an exception; the worker goes on.

    `type` is the exception's class by name, `frames` the places in the learner's file that it
    passed through, outermost first, as (line, column, function); `unreadable_at` is set where
    Python could make no program of the file.
    """

    def __init__(self, described: Json) -> None:
        self.type = text_of(described, "type") or "Exception"
        self.message = without_addresses(text_of(described, "message"))
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
LONGEST_ENDING = 2.0
"""Seconds that a worker may take to end after it closed its channel."""
# How the interpreter's own report begins of where it was when a limit of time was broken.
TIME_IS_UP = b"Timeout ("
LAST_WORDS = (TIME_IS_UP, b"Current thread 0x", b"Thread 0x", b"Fatal Python error")
MARK_LENGTH = 18
FILE_INSIDE = "main.py"
ADDRESS = re.compile(r"\b0x[0-9a-f]{8,16}\b")


def without_addresses(text: str) -> str:
    """A text in which places in memory are not told: they differ from run to run."""
    return ADDRESS.sub("0x...", text)


def text_of(described: Json, key: str) -> str:
    """A text out of an answer; empty if there is none."""
    value = described.get(key)
    return value if isinstance(value, str) else ""


def list_of(described: Json, key: str) -> list[Any]:
    """A list out of an answer; empty if there is none."""
    value = described.get(key)
    return value if isinstance(value, list) else []


def limit_of(answer: Json) -> Limit | None:
    """The limit that an answer says was broken."""
    name = text_of(answer, "limit")
    return Limit(name) if name in list(Limit) else None


def place_of(value: Any) -> Place | None:
    """A place in the learner's file out of an answer."""
    match value:
        case [int(line), int(column), str(function)] if line > 0:
            return line, max(column, 1), function[:100]
    return None


class Worker:
    """A process that runs one learner's file, wherever and however it was started.

    It loads its libraries while the caller does something else. `take` hands it the file, `ask`
    asks; once one of them raised `WorkerLost`, every later call raises the same.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._limits = Limits()
        self._key = b""
        self._lost: WorkerLost | Orphaned | None = None
        self._ended = False
        self._deadline = time.monotonic() + self._limits.start
        self._answers: queue.SimpleQueue[bytes | WorkerLost | None] = queue.SimpleQueue()
        self._mark = b"\0"
        self._marks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._printed = bytearray()
        self._readers = [
            threading.Thread(target=self._read_answers, args=(sandbox.answers,), daemon=True),
            threading.Thread(target=self._read_output, args=(sandbox.output,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def wait_until_ready(self) -> None:
        """Wait for the libraries; raises `Orphaned`, or `Faulty` if they cannot be loaded."""
        try:
            ready = self._receive()
        except LimitBroken:
            raise Orphaned from None  # a resident parent that says nothing is as good as dead
        except WorkerLost as lost:
            ready = {"reason": str(lost)}
        if not ready.get("ready"):
            raise Faulty(text_of(ready, "reason") or "it said nothing")

    def take(self, source: bytes, limits: Limits) -> None:
        """Give the worker the learner's file; the step's clock starts now."""
        self._limits = limits
        # A watcher knows best how long it takes; without one, or if it fails, this must do.
        patience = 3 * limits.wall_time + 30 if self._sandbox.watched else limits.wall_time + 2
        self._deadline = time.monotonic() + patience
        self._sandbox.begin(limits)
        encoded, key = base64.b64encode(source).decode(), secrets.token_bytes(16)
        number, request = self._request(
            "take", {"source": encoded, "limits": limits.enforced_inside, "key": key.hex()}
        )
        self._key = key
        self._send(request)
        try:
            self._settle(number)
        except (WorkerLost, Orphaned) as lost:  # comes again with the first question
            self._lost = lost

    def ask(self, do: str, **arguments: Any) -> Any:
        """The result of one request to the probe.

        Raises `WorkerLost` or `Orphaned`, `Raised` when the learner's code raised, `TooLarge`,
        `Occupied`, `Patched`.
        """
        if self._lost:
            raise self._lost
        try:
            return self._result(self._exchange(do, arguments))
        except (WorkerLost, Orphaned) as lost:
            self._lost = lost
            self._end()
            raise

    def _exchange(self, do: str, arguments: Json) -> Json:
        number, request = self._request(do, arguments)
        self._send(request)
        return self._settle(number)

    def _request(self, do: str, arguments: Json) -> tuple[str, bytes]:
        number = secrets.token_hex(8)
        self._mark = b"\0" + number.encode() + b"\0"
        return number, json.dumps({"id": number, "do": do, **arguments}).encode() + b"\n"

    def _send(self, request: bytes) -> None:
        # A worker that is gone shows when its answer is read.
        with suppress(OSError):
            self._sandbox.requests.write(request)

    def _settle(self, number: str) -> Json:
        """The answer to the request with that number, when all was read that it printed before."""
        answer = self._receive()
        if answer.get("id") != number:
            raise Garbled("an answer to another request")
        self._wait_for_output(self._mark)
        return answer

    def _result(self, answer: Json) -> Any:
        if isinstance(answer.get("raised"), dict):
            raised = Raised(answer["raised"])
            if limit := limit_of(answer):
                raise self._broken(limit, raised.frames[-1][0] if raised.frames else None)
            raise raised
        if "hung" in answer:
            places = [place for place in map(place_of, list_of(answer, "hung")) if place]
            raise self._broken(Limit.WALL_TIME, places[-1][0] if places else None)
        if "too_large" in answer:
            raise TooLarge
        if "occupied" in answer:
            raise Occupied(text_of(answer, "occupied"))
        if "patched" in answer:
            raise Patched(text_of(answer, "patched")[:200])
        return answer.get("result")

    def _receive(self) -> Json:
        """The next answer, before the deadline and before a limit is broken."""
        while True:
            try:
                line = self._answers.get(timeout=self._left())
            except queue.Empty:
                raise self._broken(Limit.WALL_TIME) from None
            if isinstance(line, WorkerLost):
                raise line
            if line is None:
                raise self._ending()
            if line.startswith(LAST_WORDS):
                at = self._last_line_executed()
                # It broke a limit, and whoever ends it may have to wait for a processor.
                patience = max(LONGEST_ENDING, self._left())
                raise self._ending(patience, line.startswith(TIME_IS_UP), at)
            if not self._sandbox.is_broken():
                return self._signed(line)

    def _signed(self, line: bytes) -> Json:
        """An answer that nobody but the probe can have written."""
        signature, _, text = line.partition(b" ")
        signed = blake2b(text, key=self._key, digest_size=16).hexdigest().encode()
        if not hmac.compare_digest(signature, signed):
            raise Garbled("an answer that the probe did not sign")
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            raise Garbled("an answer that is no JSON") from None
        if not isinstance(answer, dict):
            raise Garbled("an answer that is no object")
        return answer

    def _broken(self, limit: Limit, line: int | None = None) -> LimitBroken:
        return LimitBroken(limit, getattr(self._limits, limit), line)

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
            raise self._broken(Limit.WALL_TIME) from None
        if self._flooded:
            raise self._broken(Limit.OUTPUT)

    def _last_line_executed(self) -> int | None:
        """The learner's line in the report that the interpreter wrote when time was up."""
        with suppress(queue.Empty):
            pattern = re.escape(self._sandbox.main.encode()) + rb'", line (\d{1,6})\b'
            while isinstance(line := self._answers.get(timeout=2), bytes):
                if place := re.search(pattern, line):
                    return int(place[1])
        return None

    def _ending(
        self, patience: float = LONGEST_ENDING, timed_out: bool = False, line: int | None = None
    ) -> WorkerLost:
        """Why nothing more comes out of the worker; `line` is where it was, if it said so.

        Its end is waited for so many seconds.
        """
        ending = self._sandbox.ending(patience)
        if ending is None:
            return Garbled("a closed channel")
        if ending.fault:
            raise Faulty(ending.fault)
        # What was printed before the end may explain it.
        self._readers[1].join(timeout=1)
        if self._flooded:
            return self._broken(Limit.OUTPUT)
        if ending.limit or timed_out:
            return self._broken(ending.limit or Limit.WALL_TIME, line)
        if self._sandbox.is_orphaned:
            raise Orphaned
        return Ended(-9 if ending.status is None else ending.status)

    @property
    def output(self) -> str:
        """What the learner's code printed so far, at most as much as the limit allows.

        What differs from run to run for no reason of the learner's is left out.
        """
        printed = bytes(self._printed[: self._limits.output]).decode("utf-8", "replace")
        return without_addresses(printed.replace(self._sandbox.main, FILE_INSIDE))

    def abandon(self) -> None:
        """Have whoever asks the worker lose it at once; may be called from another thread."""
        self._answers.put(Garbled("nobody wants the answer any more"))

    @property
    def cpu_time(self) -> float | None:
        """Seconds of processor time that the worker took, known when it is closed and watched."""
        ending = self._sandbox.ending(0) if self._ended else None
        return ending.cpu_time if ending else None

    def close(self) -> None:
        """End the worker and everything it started, and remove its files."""
        self._end()
        for reader in self._readers:
            reader.join(timeout=5)
        with suppress(OSError):
            self._sandbox.requests.close()
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
        kept = bytearray()
        with pipe:
            while chunk := pipe.read(65536):
                *ends, start = chunk.split(b"\n")
                for end in ends:
                    self._answers.put(bytes(kept + end))
                    kept.clear()
                kept += start
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
                unread += chunk
                if self._mark in unread:
                    before, _, unread = unread.partition(self._mark)
                    self._printed += before
                    self._marks.put(self._mark)
                # The mark may arrive in two pieces: what could be its start waits.
                self._printed += unread[:-MARK_LENGTH]
                unread = unread[-MARK_LENGTH:]
                if self._flooded:
                    self._answers.put(self._broken(Limit.OUTPUT))
                    self._marks.put(None)
        self._printed += unread
        self._marks.put(None)
