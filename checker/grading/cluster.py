"""Has submissions judged by the workers of a Dask cluster: the extra `cluster`.

The submissions travel with the tasks, so the machines share no disk. Dask gives a batch whose
worker died to another one.
"""

import json
import logging
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from importlib.metadata import version
from itertools import islice
from typing import Any, Self

from distributed import Client, Future, KilledWorker, Worker, WorkerPlugin, as_completed, get_worker

from checker.errors import CheckerError, UnusableInput
from checker.grading.conditions import Conditions, file_digests, versions
from checker.grading.executor import Judge, Verdict, unjudged
from checker.grading.submission import Submission
from checker.kata import Step, load_steps

BATCH = 16
"""Submissions in a task: enough to make its way over the network worthwhile."""
TO_ANSWER = 5
"""Seconds that a scheduler has to answer."""
TO_SAY_SO = 3
"""Seconds after which it is said that there are no workers yet."""
TO_HAVE_WORKERS = 30
"""Seconds more that a scheduler has to find a worker."""
PLUGIN = "kata-judges"


class Judges(WorkerPlugin):
    """What a Dask worker has: a judge for each of its threads, with processes of its own."""

    name = PLUGIN

    def __init__(self, conditions: Conditions, wanted: dict[str, str]) -> None:
        self._conditions = conditions.to_json()
        self._wanted = wanted

    def setup(self, worker: Worker) -> None:
        """Get as many judges ready as tasks run at once; refuses with another kata installed."""
        if differences(self._wanted, all_versions()):
            raise RuntimeError("the kata or its libraries are of other versions here")
        conditions, steps = Conditions.from_json(self._conditions), load_steps()
        self._judges = [Judge(conditions, steps) for _ in range(worker.state.nthreads)]
        self._idle: queue.SimpleQueue[Judge] = queue.SimpleQueue()
        for judge in self._judges:
            self._idle.put(judge)

    def teardown(self, worker: Worker) -> None:
        """End their processes."""
        for judge in self._judges:
            judge.stop()

    def judge(self, batch: str) -> str:
        """The verdicts on a batch of submissions, both as JSON."""
        judge = self._idle.get()
        try:
            submissions = map(Submission.from_json, json.loads(batch))
            return json.dumps([judge.judge(submission).to_json() for submission in submissions])
        finally:
            self._idle.put(judge)


def judge_batch(batch: str) -> str:
    """The verdicts on a batch; the task of a Dask worker."""
    plugin = get_worker().plugins[PLUGIN]
    assert isinstance(plugin, Judges)
    return plugin.judge(batch)


def all_versions() -> dict[str, str]:
    """What has to be the same on all machines."""
    return versions() | {"distributed": version("distributed"), "kata": file_digests()[:12]}


def differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """What is of another version than wanted, in words."""
    return [
        f"{name} {found.get(name)} instead of {value}"
        for name, value in wanted.items()
        if found.get(name) != value
    ]


class ClusterExecutor:
    """Judges on the workers of a Dask scheduler at an address as `tcp://host:8786`."""

    def __init__(
        self,
        conditions: Conditions,
        steps: tuple[Step, ...],
        address: str,
        say: Callable[[str], None],
    ) -> None:
        self._steps = steps
        self._address = address
        self._say = say
        for name in ("distributed", "distributed.client"):
            # What Dask says of lost connections is told in words of our own.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = self._connect()
        try:
            self._compare_versions()
            self._client.register_plugin(Judges(conditions, all_versions()))
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._client.status == "running":
            self._client.unregister_worker_plugin(PLUGIN)
        self._client.close()

    def judge(self, submissions: Iterator[Submission]) -> Iterator[Verdict]:
        """The verdict on each submission, as soon as its batch is done, in any order."""
        running: dict[Future[str], list[Submission]] = {}
        done = as_completed(loop=self._client.loop)

        def start(batch: list[Submission]) -> None:
            document = json.dumps([submission.to_json() for submission in batch])
            future = self._client.submit(judge_batch, document, pure=False)
            running[future] = batch
            done.add(future)

        batches = iter(lambda: list(islice(submissions, BATCH)), [])
        for batch in islice(batches, 2 * sum(self._client.nthreads().values()) + 1):
            start(batch)
        for future in done:
            batch = running.pop(future)
            try:
                yield from map(Verdict.from_json, json.loads(self._result(future)))
            except KilledWorker:
                # One of them kills its workers; alone it can do no harm to others.
                if len(batch) == 1:
                    yield unjudged(batch[0], self._steps)
                for submission in batch if len(batch) > 1 else ():
                    start([submission])
            for more in islice(batches, 1):
                start(more)

    def _result(self, future: "Future[str]") -> str:
        try:
            return future.result()
        except CancelledError as error:
            raise CheckerError(
                f"The scheduler at {self._address} is gone: start it again and run the same "
                "command; what was graded stays."
            ) from error

    def _connect(self) -> Client:
        try:
            client = Client(self._address, timeout=TO_ANSWER, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise UnusableInput(
                f"There is no Dask scheduler at {self._address!r}: start one with  dask scheduler"
                "  or name another with --cluster tcp://HOST:PORT."
            ) from error
        try:
            self._wait_for_workers(client)
        except BaseException:
            client.close()
            raise
        return client

    def _wait_for_workers(self, client: Client) -> None:
        start_some = f"start some with  dask worker {self._address}"
        with suppress(TimeoutError):
            client.wait_for_workers(1, timeout=TO_SAY_SO)
            return
        self._say(f"Waiting for workers of the scheduler at {self._address}: {start_some}")
        try:
            client.wait_for_workers(1, timeout=TO_HAVE_WORKERS)
        except TimeoutError as error:
            raise UnusableInput(
                f"The scheduler at {self._address} has no workers: {start_some}"
            ) from error

    def _compare_versions(self) -> None:
        """Make sure that the workers would judge as this machine does."""
        wanted = all_versions()
        found: dict[str, Any] = self._client.run(all_versions, on_error="return")
        for worker, here in sorted(found.items()):
            if not isinstance(here, dict):
                raise UnusableInput(
                    f"The worker {worker} cannot judge ({here}): install the kata with its extra "
                    "cluster there."
                )
            if wrong := differences(wanted, here):
                raise UnusableInput(
                    f"The worker {worker} has {', '.join(wrong)}: install the same there."
                )
