"""What a person sees, and what can never reach the terminal."""

import sys

import pytest

from checker.render import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb", "a   b"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("over\rwritten", r"over\rwritten"),
        ("\x07bell\x08\x7f", r"\x07bell\x08\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("right\u202eleft", r"right\u202eleft"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\ud800", r"\ud800"),
        ("größe ничего 表", "größe ничего 表"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("::error file=x::y\n##[group]", "\\x3a:error file=x::y\n\\x23#[group]"),
        ("rows[::2], std::vector, ## [1]", "rows[::2], std::vector, ## [1]"),
    ],
)
def test_printable(text, shown):
    """Whatever could steer a terminal is written out, everything else stays."""
    assert printable(text) == shown


HOSTILE = r"""
print("[red]markup[/red] [link=https://example.org]x[/link]")
print("\x1b]0;title\x07\x1b[2J\x1b[1;1H all steps passed \u202e")
print("::error::workflow")
raise ValueError("[bold]\x1b[31mpassed\u200b")
"""


@pytest.mark.parametrize("force", [{}, {"FORCE_COLOR": "1"}], ids=["plain", "colour"])
def test_hostile_output_is_shown_as_text(run, workspace, force):
    """Markup and escapes in a learner's output and errors are shown, never obeyed."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    main.write_text(HOSTILE, encoding="utf-8")
    done = run("step1", "-w", workspace, env=force)
    assert done.returncode == 1
    assert "[red]markup[/red]" in done.stdout
    assert r"\x1b[2J" in done.stdout
    for byte in ("\x1b[2J", "\x1b]0", "\x07", "\u202e", "\u200b"):
        assert byte not in done.stdout


def test_long_output_is_cut(run, workspace):
    """Of much output the first lines are shown, and how many more there are."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    main.write_text("for n in range(500):\n    print('line', n)\n")
    shown = run("step1", "-w", workspace).stdout
    assert "line 19" in shown
    assert "line 20" not in shown
    assert "and 480 more lines" in shown


def test_a_failure_at_80_columns(run, workspace):
    """A failure shows its line with a mark, the problem, the fix and what was seen."""
    main = workspace / "steps" / "step3_fetch_users" / "main.py"
    solution = workspace.parent / "solution.py"
    solution.write_text(SOLUTION3.replace("return await", "return"))
    main.write_bytes(solution.read_bytes())
    shown = run("step3", "-w", workspace, "--seed", "3").stdout
    assert "✗ failed   fetch_users returns every row" in shown
    assert "❱ 10 │     return database.fetch_all(query)" in shown
    assert "fetch_users handed back a coroutine, so the query never ran." in shown
    assert "Fix   Put await in front of database.fetch_all(query)." in shown
    assert "rows · got <coroutine Database.fetch_all>" in shown
    assert "Next  save the file and run  python -m checker step3" in shown


SOLUTION3 = """import databases
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"
database = databases.Database(DATABASE_URL)


async def fetch_users():
    query = "SELECT * FROM users"
    return await database.fetch_all(query)
"""


def test_a_pass_says_what_was_learned(run, solved):
    """A pass says what was learned and what comes next."""
    shown = " ".join(run("step3", "-w", solved).stdout.split())
    assert "await hands control back" in shown
    assert "Next step4: Connect and disconnect read python -m checker lesson step4" in shown
    assert "run python -m checker step4 --workspace" in shown


def test_advice_on_passing_code(run, solved):
    """Deprecated code passes, with a remark and its line."""
    main = solved / "step4_lifecycle" / "main.py"
    text = main.read_text("utf-8")
    head = text[: text.index("@asynccontextmanager")]
    main.write_text(
        head + "app = FastAPI()\n\n\n@app.on_event('startup')\nasync def up():\n"
        "    await database.connect()\n\n\n@app.on_event('shutdown')\nasync def down():\n"
        "    await database.disconnect()\n"
    )
    done = run("step4", "-w", solved)
    assert done.returncode == 0
    assert "Tip" in done.stdout
    assert "lifespan" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [80, 120])
def test_in_a_terminal(workspace, environment, columns):
    """In a terminal there are colours, a spinner while a check takes long, and no wide line."""
    import pexpect

    main = workspace / "steps" / "step1_database_url" / "main.py"
    main.write_text("import time\ntime.sleep(1.5)\n")
    child = pexpect.spawn(
        sys.executable,
        ["-m", "checker", "step1", "-w", str(workspace)],
        env=environment | {"TERM": "xterm-256color", "COLUMNS": str(columns)},
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("Checking step1")
    child.expect("failed")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert "\x1b[" in child.before


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_no_color_in_a_terminal(workspace, environment):
    """With NO_COLOR a terminal gets no colours."""
    import pexpect

    text, status = pexpect.run(
        f"{sys.executable} -m checker step1 -w {workspace}",
        env=environment | {"NO_COLOR": "1", "TERM": "xterm-256color"},
        withexitstatus=True,
        encoding="utf-8",
        timeout=30,
    )
    assert status == 1
    assert "failed" in text
    assert "\x1b[3" not in text
    assert "\x1b[1;3" not in text
