"""The command `open`."""

import sys
from pathlib import Path

import pytest

from checker.commands.open import edit_command, wanted_editor
from checker.results import Location

PLACE = Location("main.py", 15, 5)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a shell script is the editor")


@pytest.mark.parametrize(
    ("editor", "arguments"),
    [
        ("code --wait", ["--wait", "--goto", "/w/main.py:15:5"]),
        ("/usr/bin/vim", ["+15", "/w/main.py"]),
        ("nvim", ["+15", "/w/main.py"]),
        ("nano", ["+15,5", "/w/main.py"]),
        ("emacs -nw", ["-nw", "+15:5", "/w/main.py"]),
        ("subl", ["/w/main.py:15:5"]),
        ("hx", ["/w/main.py:15:5"]),
        ("kate", ["--line", "15", "--column", "5", "/w/main.py"]),
        ("Code.exe", ["--goto", "/w/main.py:15:5"]),
        ("ed", ["/w/main.py"]),
    ],
)
def test_the_place_as_each_editor_takes_it(editor, arguments):
    """A known editor is told the line, an unknown one the file only."""
    assert edit_command(editor.split(), Path("/w/main.py"), PLACE)[1:] == arguments
    assert edit_command(["vim"], Path("/w/main.py"), None) == ["vim", "/w/main.py"]


@pytest.mark.parametrize(
    ("environment", "editor"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "nano"}, ["code", "--wait"]),
        ({"VISUAL": "", "EDITOR": "nano"}, ["nano"]),
        ({"TERM_PROGRAM": "vscode"}, ["code"]),
        ({"EDITOR": "vim", "TERM_PROGRAM": "vscode"}, ["vim"]),
    ],
)
def test_which_editor(environment, editor):
    """VISUAL goes before EDITOR, and a terminal of VS Code means VS Code."""
    assert wanted_editor(environment) == editor


@pytest.mark.parametrize("environment", [{}, {"EDITOR": "  "}, {"EDITOR": "'"}])
def test_no_editor(environment):
    """Where none is named, or in a way that means nothing, there is no editor."""
    assert wanted_editor(environment) == []


def test_no_editor_names_the_file(run, workspace):
    """Without an editor the sentence names the file, and says how to name an editor."""
    unset = {"VISUAL": "", "EDITOR": "", "TERM_PROGRAM": ""}
    done = run("open", cwd=workspace, env=unset)
    assert done.returncode == 2
    assert f"open {Path('steps', 'step1_database_url', 'main.py')} yourself" in done.stderr
    assert "EDITOR=nano" in done.stderr


@POSIX
def test_a_usual_editor_in_a_terminal(terminal, workspace, tmp_path):
    """In a terminal, without an editor named, one that is usually there is taken."""
    nano = tmp_path / "bin" / "nano"
    nano.parent.mkdir()
    nano.write_text('#!/bin/sh\necho "nano was called with $@"\n')
    nano.chmod(0o755)
    env = {"VISUAL": "", "EDITOR": "", "TERM_PROGRAM": "", "PATH": f"{nano.parent}:/bin"}
    child = terminal("open", "-w", workspace, size=(24, 200), env=env)
    shown = child.finish()
    assert "nano was called with +3,1 " in shown
    assert child.exitstatus == 0


@pytest.fixture
def editor(tmp_path):
    """An editor called vim that notes with what it was called."""
    program = tmp_path / "vim"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\n')
    program.chmod(0o755)
    return program


@POSIX
def test_at_the_last_problem(run, workspace, editor):
    """It opens the step at hand, at the gap first, then at the line of the last problem."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    env = {"EDITOR": str(editor), "VISUAL": ""}
    done = run("open", cwd=workspace, env=env)
    assert done.returncode == 0, done.stderr
    assert "python -m checker step1" in done.stdout
    called = editor.with_name("called")
    assert called.read_text().splitlines() == ["+3", str(main)]
    main.write_text("import databases\nfrom fastapi import FastAPI\n\nDATABASE_URL = 1\n")
    run("step1", cwd=workspace)
    run("open", cwd=workspace, env=env)
    assert called.read_text().splitlines() == ["+4", str(main)]


@POSIX
@pytest.mark.parametrize(
    ("program", "words"), [("no-such-editor", "is not there"), ("false", "ended with status 1")]
)
def test_an_editor_that_fails(run, workspace, program, words):
    """An editor that is not there or fails ends in one sentence."""
    done = run("open", cwd=workspace, env={"VISUAL": program})
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
