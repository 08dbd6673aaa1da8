"""Grading on a cluster: a real scheduler and real workers, on the loopback address."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from checker.grading.gradebook import Gradebook
from checker.kata import SOLUTIONS, STEPS

pytest.importorskip("distributed", reason="needs the extra cluster")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
LEVEL = ("--isolation", "process", "--seed", "7")


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler, and the processes of its two workers, of a thread each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    dask = [sys.executable, "-m", "distributed.cli"]
    worker = [*dask[:2], "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    worker += ["--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path)]
    scheduler = [*dask[:2], "distributed.cli.dask_scheduler", "--no-dashboard", "--host", address]
    processes = [subprocess.Popen(scheduler, **quiet)]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    yield address, processes[1:]
    for process in processes:
        process.kill()
        process.wait()


def read(folder):
    """What a gradebook says, but for how long it took."""
    with Gradebook.read(folder) as book:
        return [
            replace(
                graded.result,
                steps=tuple(replace(step, duration=0.0) for step in graded.result.steps),
            )
            for graded in book
        ]


def test_a_worker_is_killed_in_the_middle(run, environment, tmp_path, cluster, jobs_of):
    """The batch of a worker that dies is graded by the other, as it would be on this machine."""
    address, workers = cluster
    for number in range(40):
        whose = (STEPS if number % 4 else SOLUTIONS) / "step1_database_url"
        copy = shutil.copytree(whose, tmp_path / "class" / f"s{number:02}" / "step1")
        with (copy / "main.py").open("a", encoding="utf-8") as file:
            file.write(f"# {number}\n")  # or the first would be judged for all
    grading = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "checker",
            "grade",
            "class",
            "--out",
            "out",
            "--cluster",
            address,
            *LEVEL,
        ],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    began = time.monotonic()
    while not jobs_of(workers[0].pid) and time.monotonic() < began + 60:
        time.sleep(0.01)  # polling until this worker judges, not waiting for a time
    workers[0].send_signal(signal.SIGKILL)
    _, told = grading.communicate(timeout=120)
    assert (grading.returncode, told) == (0, "")
    assert run("grade", "class", "--out", "local", *LEVEL, timeout=120).returncode == 0
    assert read(tmp_path / "out") == read(tmp_path / "local")


def test_workers_of_other_versions(run, tmp_path, solved, cluster):
    """A worker that would judge differently is refused by name, before anything is judged."""
    address, workers = cluster
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, checker; checker.__version__ = '9.9'\n"
            "from distributed.cli.dask_worker import main; main()",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--host",
            "127.0.0.1",
            "--no-dashboard",
        ],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        for worker in workers:
            worker.kill()
        done = run("grade", solved, "--out", "out", "--cluster", address, *LEVEL)
        other.kill()
    assert done.returncode == 2, done.stderr
    assert "has checker 9.9 instead of" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_scheduler(run, solved):
    """A scheduler that is not there ends in one sentence that says how to start one."""
    done = run("grade", solved, "--out", "out", "--cluster", "tcp://127.0.0.1:1", *LEVEL)
    assert done.returncode == 2
    assert "There is no Dask scheduler" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_workers_yet(environment, tmp_path, solved, cluster):
    """A scheduler without workers is waited for, and that is said."""
    address, workers = cluster
    for worker in workers:
        worker.kill()
        worker.wait()
    command = [sys.executable, "-m", "checker", "grade", solved, "--out", "out"]
    with subprocess.Popen(
        [*command, "--cluster", address, *LEVEL],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as grading:
        told = grading.stderr.readline()
        grading.kill()
    assert "Waiting for workers of the scheduler" in told
    assert f"dask worker {address}" in told


def test_without_dask(run, solved, tmp_path):
    """Without the extra, the sentence says what to install."""
    (tmp_path / "distributed").mkdir()
    (tmp_path / "distributed" / "__init__.py").write_text("raise ImportError('no')\n")
    env = {"PYTHONPATH": str(tmp_path)} | {"PYTHONSAFEPATH": "1"}
    out = tmp_path / "out"
    done = run("grade", solved, "--out", out, "--cluster", "x", *LEVEL, env=env, cwd=os.sep)
    assert "[cluster]" in done.stderr, done.stderr
    assert done.returncode == 2
