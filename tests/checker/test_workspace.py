"""Finding and reading what a learner handed in."""

import os
import sys

import pytest

from checker.workspace import LARGEST_SOURCE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX kind of file")


@pytest.fixture
def main(workspace):
    """The path of the workspace's first main.py, which is not there."""
    path = workspace / "steps" / "step1_database_url" / "main.py"
    path.unlink()
    return path


def test_step_folders_directly(run, solved):
    """A workspace may hold the step folders themselves."""
    assert run("step2", "-w", solved).returncode == 0


def test_missing_file(run, main, workspace):
    """A missing main.py is unusable input, and is named."""
    done = run("step1", "-w", workspace)
    assert done.returncode == 2
    assert str(main) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_missing_file_among_all(run, main, workspace):
    """With `all` a missing file fails its step, and the others are judged."""
    done = run("all", "-w", workspace, "--json")
    assert done.returncode == 1
    assert '"step1.handed_in"' in done.stdout
    assert '"step4.app_is_fastapi"' in done.stdout


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_unreadable_file(run, main, workspace):
    """A file without read permission is unusable input."""
    main.write_text("")
    main.chmod(0)
    done = run("step1", "-w", workspace)
    assert done.returncode == 2
    assert "check its permissions" in done.stderr


@POSIX
@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "device", "huge"])
def test_something_else_in_its_place(run, main, workspace, kind):
    """What is no plain, small file fails its step with one sentence, and is never opened."""
    secret = workspace / "elsewhere.py"
    secret.write_text("print('secret')")
    words = {
        "link": "a symbolic link",
        "folder": "a folder",
        "pipe": "a named pipe",
        "device": "a symbolic link",
        "huge": "larger than 64 KiB",
    }
    if kind == "link":
        main.symlink_to(secret)
    elif kind == "folder":
        main.mkdir()
    elif kind == "pipe":
        os.mkfifo(main)
    elif kind == "device":
        main.symlink_to("/dev/zero")
    else:
        main.write_bytes(b"#" * (LARGEST_SOURCE + 1))
    done = run("step1", "-w", workspace)
    assert done.returncode == 1, done.stderr
    assert words[kind] in " ".join(done.stdout.split())
    assert "secret" not in done.stdout
    assert "elsewhere" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "does not import databases"),
        (b"\x7fELF\0\0\0", "Python cannot read"),
        (b"import databases\nname = '\xff'\n", "Python cannot read"),
        (b"# coding: no-such-codec\n", "Python cannot read"),
        (b"(" * 60_000, "Python cannot read"),
    ],
    ids=["empty", "binary", "undecodable", "unknown encoding", "deeply nested"],
)
def test_file_that_is_no_program(run, main, workspace, source, words):
    """A file that Python cannot read is a failed step, told in words."""
    main.write_bytes(source)
    done = run("step1", "-w", workspace)
    assert done.returncode == 1, done.stderr
    assert words in " ".join(done.stdout.split())
    assert done.stderr == ""
