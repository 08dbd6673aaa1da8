"""What judging costs: our steps beside plain pytest and check50, in one run.

    python -m pip install check50
    python tests/benchmarks/steps.py [ROUNDS]

Prints one table. A *step* row is the CPU time of one step of the solutions at isolation level
strong, in the worker (with its walls and its watcher) and in the checker. The other rows are
whole processes. `ratio` is taken round by round against one cold import of the stack, so that it
holds on a machine whose speed drifts. All times are milliseconds.
"""

import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checker.examiner import Assignment, examine
from checker.kata import SOLUTIONS, load_steps
from checker.results import Isolation, Status
from checker.sandbox import Limits
from checker.workers import Workers

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
STEPS = load_steps()
IMPORT = [sys.executable, "-c", "import fastapi, databases, aiosqlite"]
ALL = [sys.executable, "-m", "checker", "all", "--workspace", "solutions"]
# The same two questions that the suite of step 3 asks first, as a plain test asks them.
PLAIN = """
import asyncio, sqlite3
import main

def test_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("test.db") as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?, ?)", [(n, "x") for n in range(30)])
    assert len(asyncio.run(main.fetch_users())) == 30

def test_async():
    assert asyncio.iscoroutinefunction(main.fetch_users)
"""


def milliseconds(command: list[str], folder: Path, expected: int = 0) -> float:
    """The wall time of one run, which must end with the expected status."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return (time.perf_counter() - began) * 1000


def cpu_of_steps(rounds: int) -> tuple[list[float], list[float]]:
    """CPU times of the worker and of the checker for each step of the solutions, warm."""
    workers = Workers(Isolation.STRONG)
    assignments = [Assignment(step, step.solution.read_bytes()) for step in STEPS] * (rounds + 1)
    workers.expected = len(assignments)
    given, own = [], [cpu_of_this_process()]

    def take():
        given.append(workers.take())
        return given[-1]

    def announce(result) -> None:
        assert result.status is Status.PASSED
        own.append(cpu_of_this_process())

    examine(assignments, STEPS, take, Limits(), 1, announce)
    workers.close()
    # The first round fills caches, and collects the suites.
    inside = [worker.cpu_time * 1000 for worker in given[len(STEPS) :]]
    return inside, [b - a for a, b in itertools.pairwise(own)][len(STEPS) :]


def cpu_of_this_process() -> float:
    """CPU milliseconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def check50_command(folder: Path) -> list[str] | None:
    """check50 on a solution, with checks written for this comparison; nothing without check50."""
    if shutil.which("check50") is None:
        return None
    return ["check50", "--dev", "--output", "json", "--", str(folder)]


def main() -> None:
    # Where it is set, each process would compile the checker anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    inside, own = cpu_of_steps(rounds)
    rows = {"step, CPU in the worker": inside, "step, CPU in the checker": own}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shutil.copy(SOLUTIONS / STEPS[2].folder.name / "main.py", folder)
        (folder / "test_main.py").write_text(PLAIN)
        checks = shutil.copytree(HERE / "check50", folder / "checks")
        commands = {
            "import the stack": (IMPORT, ROOT),
            "all: four steps": (ALL, ROOT),
            "plain pytest, step 3": ([sys.executable, "-m", "pytest", "-q"], folder),
        }
        if command := check50_command(checks):
            commands["check50, step 3"] = (command, folder)
        for command, where in commands.values():
            milliseconds(command, where)
        for _ in range(rounds):
            for name, (command, where) in commands.items():
                rows.setdefault(name, []).append(milliseconds(command, where))
    print(f"{'':26} {'min':>8} {'median':>8} {'max':>8} {'ratio':>8}")
    for name, values in rows.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        base = rows["import the stack"]
        ratio = (
            statistics.median(a / b for a, b in zip(values, base, strict=True))
            if len(values) == len(base)
            else middle / statistics.median(base)
        )
        print(f"{name:26} {low:8.1f} {middle:8.1f} {high:8.1f} {ratio:8.3f}")
    print(json.dumps({"rounds": rounds, "python": sys.version.split()[0]}))


if __name__ == "__main__":
    main()
