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


@pytest.mark.parametrize("inside", ["steps", "steps/step4_lifecycle", "mine/deep"])
def test_from_inside(run, workspace, inside):
    """In a folder inside a workspace, commands mean that workspace, and keep its progress there."""
    here = workspace / inside
    here.mkdir(parents=True, exist_ok=True)
    assert "0 of 4 steps done" in run(cwd=here).stdout
    assert run("quiz", cwd=here, input="q\n").returncode == 1
    assert (workspace / "steps" / ".kata-progress.json").exists() is False
    done = run("step1", "--workspace", ".", cwd=here)
    assert done.returncode == 1, done.stderr
    assert (workspace / ".kata-progress.json").is_file()


def test_the_nearest_workspace(run, workspace, solved):
    """Of two workspaces around a folder the nearer one is meant."""
    inner = solved.rename(workspace / "inner")
    assert run("step2", cwd=inner / "step2_database_instance").returncode == 0


def test_a_workspace_that_is_named_is_that_one(run, workspace):
    """A folder named with --workspace is not left for one above it."""
    (workspace / "empty").mkdir()
    assert run("step1", "--workspace", workspace / "empty").returncode == 2


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


@POSIX
def test_a_linked_step_folder(run, workspace, solved):
    """A step folder that is a link is not followed."""
    folder = workspace / "steps" / "step1_database_url"
    folder.rename(workspace / "moved")
    folder.symlink_to(solved / folder.name)
    done = run("step1", "-w", workspace)
    assert done.returncode == 1
    assert "a symbolic link" in " ".join(done.stdout.split())


@POSIX
@pytest.mark.parametrize("name", ["x" * 300, "we\x1b[31mird", "-odd", "new\nline"])
def test_odd_names_of_workspaces(run, tmp_path, name):
    """An odd name ends in one sentence that cannot steer the terminal."""
    done = run("step1", f"--workspace={tmp_path / name}")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "does not import databases"),
        (b"\x7fELF\0\0\0", "zero bytes"),
        (b"import databases\nname = '\xff'\n", "not stored in UTF-8"),
        (b"# coding: no-such-codec\n", "names an encoding"),
        (b"# coding: undefined\n", "uses the encoding undefined"),
        (b"# coding: idna\n# \xff\n", "uses the encoding idna"),
        (b"# \xff\n", "not stored in UTF-8"),
        (b"(" * 60_000, "too deeply"),
    ],
    ids=[
        "empty",
        "binary",
        "undecodable",
        "unknown encoding",
        "undefined encoding",
        "odd encoding",
        "undecodable comment",
        "deeply nested",
    ],
)
def test_file_that_is_no_program(run, main, workspace, source, words):
    """A file that Python cannot read is a failed step, told in words."""
    main.write_bytes(source)
    done = run("step1", "-w", workspace)
    assert done.returncode == 1, done.stderr
    assert words in " ".join(done.stdout.split())
    assert done.stderr == ""
