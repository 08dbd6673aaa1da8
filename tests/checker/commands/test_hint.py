"""The command `hint`."""

import functools

import pytest

from checker.kata import load_steps
from checker.progress import Progress


def test_each_call_gives_the_next(run, workspace):
    """Three tiers come one after the other; then all stay, and the lesson is named."""
    hints = load_steps()[0].hints
    shown = [" ".join(run("hint", cwd=workspace).stdout.split()) for _ in range(4)]
    for tiers, text in zip((1, 2, 3, 3), shown, strict=True):
        assert [" ".join(hint.split()) in text for hint in hints] == [
            number <= tiers for number in (1, 2, 3)
        ]
    assert "for a stronger hint python -m checker hint step1" in shown[0]
    assert "for a stronger hint" not in shown[2]
    assert "python -m checker lesson step1" in shown[2]
    assert Progress(workspace, ["step1"]).of("step1").hints == 3
    assert "3 hints used" in run(cwd=workspace).stdout


def test_all_at_once(run, workspace):
    """`--all` gives every hint of the step that is named."""
    done = run("hint", "2", "--all", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "Hint 3 of 3" in done.stdout
    assert "Create the database instance" in done.stdout


def test_where_nothing_can_be_kept(run, workspace):
    """Where the next call would give the same hint again, the way to all of them is told."""
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    size = resource.RLIMIT_FSIZE
    full = functools.partial(resource.setrlimit, size, (10, resource.getrlimit(size)[1]))
    said = " ".join(run("hint", cwd=workspace, preexec_fn=full).stdout.split())
    assert "cannot be saved" in said
    assert "for a stronger hint python -m checker hint step1 --all" in said


def test_peeking_moves_nobody(run, workspace):
    """To look at the hints or the lesson of another step, or to open it, is not to go there."""
    for words in (["hint", "3"], ["lesson", "3"], ["open", "3"]):
        assert run(*words, cwd=workspace, env={"VISUAL": "true"}).returncode == 0
        assert "run   python -m checker step1" in run("lesson", cwd=workspace).stdout
    run("3", cwd=workspace)
    assert "run   python -m checker step3" in run("lesson", cwd=workspace).stdout
