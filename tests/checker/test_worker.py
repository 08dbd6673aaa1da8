"""Learners' code that hangs, floods or leaves something behind, through the real command.

What is hostile on purpose is in `tests/mistakes/attacks.toml`.
"""

import io
import json
import sys
import time
from pathlib import Path

import pytest

from checker.kata import SOLUTIONS, load_steps
from checker.results import Limit
from checker.sandbox import Ending, Limits
from checker.worker import LimitBroken, Worker

STEP3 = load_steps()[2].folder.name
SOLUTION = (SOLUTIONS / STEP3 / "main.py").read_text("utf-8")


@pytest.fixture
def judge(run, workspace, environment):
    """Judge a text as step 3: the JSON of the step, after looking for leftovers."""

    def judge(source, *arguments, beside=None):
        folder = workspace / "steps" / STEP3
        (folder / "main.py").write_text(source, encoding="utf-8")
        for name, text in (beside or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        done = run("step3", "-w", workspace, "--json", *arguments)
        assert done.stderr == ""
        assert list(Path(environment["TMPDIR"]).iterdir()) == []
        assert leftovers(environment["TMPDIR"]) == []
        step = json.loads(done.stdout)["steps"][0]
        assert done.returncode == {"passed": 0, "failed": 1, "error": 3}[step["status"]]
        return step

    return judge


def leftovers(temporary):
    """Processes that were started in a test's temporary folder (Linux)."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"HOME={temporary}".encode() in environ.read_bytes():
                found.append(environ.parent.name)
        except OSError:
            continue
    return found


def first(step):
    """The first check that did not pass."""
    return next(check for check in step["checks"] if check["status"] != "passed")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import databases\nwhile True:\n    pass\n", (2, 3)),
        (SOLUTION.replace("    query =", "    while True:\n        pass\n    query ="), (14, 15)),
        (
            SOLUTION.replace(
                "    query =", "    import asyncio\n    await asyncio.Event().wait()\n    query ="
            ),
            (15,),
        ),
    ],
    ids=["while loading", "in a function", "awaiting for ever"],
)
def test_endless_code_ends_with_its_line(judge, source, line):
    """Code that never ends breaks the wall time, and the line it was at is named."""
    began = time.monotonic()
    step = judge(source, "--limit", "wall_time=1")
    assert time.monotonic() - began < 30
    assert (step["status"], step["limit"]) == ("failed", "wall_time")
    assert first(step)["location"]["line"] in line


@pytest.mark.parametrize("where", ["while loading", "in a loop without end"])
def test_flood_of_output(judge, where):
    """Too much output breaks its limit; the report holds no more than the limit allows."""
    loop = "while True:" if where != "while loading" else "for _ in range(99):"
    step = judge(f"{loop}\n    print('x' * 9999)\n")
    assert (step["status"], step["limit"]) == ("failed", "output")
    assert len(step["output"]) <= 64 * 1024
    assert first(step)["id"] == "step3.file_runs"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_processes_left_behind_are_ended(judge):
    """A process that left the group and outlives the check is ended."""
    source = SOLUTION + (
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'while 1: pass'], "
        "start_new_session=True)\n"
    )
    assert judge(source)["status"] == "passed"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_process_with_another_environment_is_ended(judge, tmp_path):
    """A process that shed group and environment is ended, too."""
    number = tmp_path / "pid"
    source = SOLUTION + (
        "import subprocess, sys\nsleeper = subprocess.Popen([sys.executable, '-S', '-c', "
        "'import time\\nwhile 1: time.sleep(9)'], env={}, start_new_session=True)\n"
        f"open({str(number)!r}, 'w').write(str(sleeper.pid))\n"
    )
    assert judge(source)["status"] == "passed"
    remains = Path(f"/proc/{number.read_text()}/cmdline")
    # A zombie, which only the system's first process can bury, has no command line.
    assert not remains.exists() or remains.read_bytes() == b""


def test_folders_of_the_learner_are_left_alone(judge, tmp_path):
    """A program that goes to another folder loses nothing there."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("thesis")
    step = judge(f"import os\nos.chdir({str(precious)!r})\n" + SOLUTION)
    assert (precious / "thesis.txt").read_text() == "thesis"
    assert step["checks"][0]["status"] == "passed"


@pytest.mark.skipif(sys.platform == "win32", reason="needs rm")
def test_deeply_nested_folders_are_removed(judge):
    """A scratch folder nested deeper than Python's stack is removed."""
    judge("import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\n" + SOLUTION)


@pytest.mark.parametrize(
    "change",
    [
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\n",
        "import sys\nsys.stdout.detach()\n",
        "import os\nos.close(1)\n",
        "import os\nos.environ.clear()\n",
        "import sys\nsys.path.clear()\n",
        "import asyncio\nloop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\n"
        "loop.run_until_complete(asyncio.sleep(0))\nloop.close()\n",
    ],
)
def test_each_load_finds_everything_unchanged(judge, change):
    """What a load changes around it does not reach the next load."""
    assert judge(change + SOLUTION)["status"] == "passed"


def test_files_beside_main_do_not_count(judge):
    """Planted configuration and modules are never read."""
    step = judge(
        "import databases, json, conftest\n",
        beside={
            "conftest.py": "import os\nos._exit(0)\n",
            "pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "databases.py": "DATABASE_URL = 1\n",
            "json.py": "import os\nos._exit(0)\n",
            "sitecustomize.py": "import os\nos._exit(0)\n",
        },
    )
    assert first(step)["id"] == "step3.file_runs"
    assert "conftest" in first(step)["problem"]


def test_solutions_cannot_be_imported(judge):
    """The worker sees neither the checkout nor the kata's own data."""
    step = judge("from solutions.step3_fetch_users.main import *\n")
    assert "solutions" in first(step)["problem"]
    step = judge("from checker.kata.solutions.step3_fetch_users.main import *\n")
    assert step["status"] == "failed"


def test_environment_is_bare(judge, monkeypatch, environment):
    """The worker's environment holds nothing of the user's."""
    environment["SECRET_TOKEN"] = "hunter2"
    step = judge(SOLUTION + "import os\nprint(sorted(os.environ))\nprint(os.getcwd())\n")
    assert step["status"] == "passed"
    assert "SECRET_TOKEN" not in step["output"]


def test_output_is_shown_once(judge):
    """What a file prints is told once, though it is loaded several times."""
    step = judge("print('hello')\n" + SOLUTION)
    assert step["output"] == "hello\n"


def test_connection_left_open(judge):
    """A connection that nobody closes keeps nobody waiting."""
    source = SOLUTION.replace(
        "    query =",
        "    import aiosqlite\n\n    connection = await aiosqlite.connect('x.db')\n    query =",
    )
    began = time.monotonic()
    assert judge(source)["status"] == "passed"
    assert time.monotonic() - began < 9


class Dripping:
    """A pipe that gives one piece after the other."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def read(self, _count):
        """The next piece."""
        return next(self.pieces, b"")


class Told:
    """A sandbox whose probe tells certain pieces, and nothing else."""

    main = "main.py"
    watched = is_orphaned = False

    def __init__(self, answers=(), output=()):
        self.requests = io.BytesIO()
        self.answers, self.output = Dripping(answers), Dripping(output)

    def begin(self, limits):
        """Nothing has to begin."""

    def ending(self, seconds):
        """It ended well."""
        return Ending(0)

    def end(self):
        """Nothing has to end."""

    def remove(self):
        """Nothing has to go."""


@pytest.mark.parametrize("stream", ["answers", "output"])
def test_bytes_that_drip_cost_no_more_than_their_number(stream):
    """What comes in single bytes is not copied anew with each of them."""
    most = {"answers": Limits().answer, "output": Limits().output}[stream]
    pieces = [b"x" * (most - 1_000), *[b"x"] * 100_000]
    began = time.process_time()
    with Worker(Told(**{stream: pieces})):
        pass
    assert time.process_time() - began < 2


def test_answers_are_cut_at_newlines():
    """An answer may come in pieces, and a piece may hold several."""
    worker = Worker(Told(answers=[b'{"a"', b': 1}\n{"b": 2}\n{', b"}", b"\n"]))
    with worker:
        pass
    lines = iter(worker._answers.get_nowait, None)
    assert list(lines) == [b'{"a": 1}', b'{"b": 2}', b"{}"]


class Slow(Told):
    """A sandbox whose watcher has no processor to end its worker with for five seconds."""

    def ending(self, seconds):
        """It ends late."""
        return Ending(-9, Limit.PROCESSES) if seconds >= 5 else None


def test_last_words_are_worth_waiting_for_the_end():
    """A worker that wrote where it was broke a limit: which one is told, however late it ends."""
    worker = Worker(Slow(answers=[b"Current thread 0x01 (most recent call first):\n"]))
    with worker:
        worker.take(b"", Limits())
        with pytest.raises(LimitBroken) as broken:
            worker.ask("load")
    assert broken.value.limit is Limit.PROCESSES
