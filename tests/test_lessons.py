"""The lessons' examples and the closing page's app run, and print what they say."""

import os
import re
import subprocess
import sys

import pytest

from checker.kata import CLOSING, SOLUTIONS, load_steps

PAGES = [*(step.folder / "lesson.md" for step in load_steps()), CLOSING]


def blocks(page, language="python"):
    """The blocks of code in a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


EXAMPLES = [
    pytest.param(code, id=f"{page.parent.name}-{number}")
    for page in PAGES[:-1]
    for number, code in enumerate(blocks(page))
]


def run(folder, code):
    """What a program prints, and what it should print by its comments."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), re.findall(r"print\(.*\) +# (.*)", code)


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_runs(tmp_path, code):
    """The example is a whole program, and prints what its comments say."""
    printed, promised = run(tmp_path, code)
    assert printed == promised
    assert promised


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_fits_two_screens(page):
    """A page has at most two screens of 50 lines, and code that 80 columns need not break."""
    lines = page.read_text("utf-8").splitlines()
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 100
    code = [line for block in blocks(page, r"\w*") for line in block.splitlines()]
    assert max(map(len, code)) <= 78


@pytest.mark.parametrize("step", load_steps(), ids=lambda step: step.name)
def test_what_is_to_do_fits_the_frame(step):
    """A TODO fits the frame around code at 80 columns, and its first line is a sentence."""
    lines = step.gap.strip().splitlines()
    assert max(map(len, lines)) <= 68
    first = next(line for line in lines if line.startswith("# TODO"))
    assert first.endswith(".")


@pytest.mark.parametrize("step", load_steps(), ids=lambda step: step.name)
def test_lesson_keeps_the_solution_to_itself(step):
    """No line that the step asks for stands in its lesson."""
    lesson = step.folder / "lesson.md"
    asked = set(step.solution.read_text("utf-8").splitlines()) - set(step.before.splitlines())
    own = [
        line for line in asked if re.search(r"\b(DATABASE_URL|database|fetch_users|app)\b", line)
    ]
    shown = lesson.read_text("utf-8")
    assert own
    assert [line for line in own if line.strip() in shown] == []


@pytest.mark.filterwarnings(r"ignore:\s*on_event is deprecated")
def test_both_ways_of_step_4_connect_and_disconnect(tmp_path, monkeypatch):
    """The two columns of lesson 4 are two programs of one meaning."""
    import asyncio
    from contextlib import asynccontextmanager

    import databases
    from fastapi import FastAPI

    monkeypatch.chdir(tmp_path)
    (table,) = blocks(PAGES[3], "text")
    rows = table.splitlines()[2:]
    for cut in (slice(0, 36), slice(37, None)):
        archive = databases.Database("sqlite:///./archive.db")
        names = {
            "asynccontextmanager": asynccontextmanager,
            "FastAPI": FastAPI,
            "archive": archive,
        }
        exec("\n".join(row[cut] for row in rows), names)

        async def life(archive=archive, reader=names["reader"]):
            async with reader.router.lifespan_context(reader):
                return archive.is_connected

        assert asyncio.run(life())
        assert not archive.is_connected


@pytest.fixture
def app_folder(tmp_path):
    """The last step's solution with the closing page's route, and the page's table."""
    route, table, *_ = blocks(PAGES[-1])
    solution = (SOLUTIONS / load_steps()[-1].folder.name / "main.py").read_text("utf-8")
    (tmp_path / "main.py").write_text(f"{solution}\n\n{route}", "utf-8")
    assert run(tmp_path, table) == ([], [])
    return tmp_path


@pytest.mark.parametrize("library", ["databases", "sqlalchemy"])
def test_closing_page_serves_its_app(app_folder, library):
    """The commands of the closing page serve the users, with `databases` and with SQLAlchemy."""
    pytest.importorskip("uvicorn")
    *_, client, bridge = blocks(PAGES[-1])
    if library == "sqlalchemy":
        pytest.importorskip("greenlet")
        (app_folder / "main.py").write_text(bridge, "utf-8")
    install, serve = "".join(blocks(PAGES[-1], "sh")).splitlines()
    assert install == 'python -m pip install uvicorn "sqlalchemy[asyncio]"'
    server = subprocess.Popen(
        [sys.executable, *serve.split()[1:], "--port", "0"],
        cwd=app_folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert server.stderr is not None
        log = ""
        while not (address := re.search(r"http://127\.0\.0\.1:\d+", log)):
            line = server.stderr.readline()
            assert line, log
            log += line
        printed, promised = run(app_folder, client.replace("http://127.0.0.1:8000", address[0]))
        assert printed == promised != []
    finally:
        server.terminate()
        assert "Application shutdown complete" in server.communicate(timeout=30)[1]
