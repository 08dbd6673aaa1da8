"""The learner's progress."""

import json
import os

import pytest

from checker.progress import FILE


def test_a_passed_step_is_remembered(run, solved):
    """The step view counts the steps that passed before."""
    assert "1 of 4 steps done" in run("step1", "-w", solved).stdout
    assert "2 of 4 steps done" in run("step3", "-w", solved).stdout
    assert json.loads((solved / FILE).read_text()) == {
        "schema": 1,
        "kata": "fastapi-databases",
        "done": ["step1", "step3"],
    }


def test_a_step_that_fails_again_is_forgotten(run, solved):
    """A step that no longer passes is no longer done."""
    run("step1", "-w", solved)
    (solved / "step1_database_url" / "main.py").write_text("")
    assert "0 of 4 steps done" in run("step1", "-w", solved).stdout


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": 2}',
        '{"schema": 1, "kata": "other", "done": ["step1"]}',
        "[" * 9999,
    ],
)
def test_a_damaged_file_counts_nothing(run, solved, text):
    """A progress file that cannot be understood stops nothing."""
    (solved / FILE).write_text(text)
    done = run("step2", "-w", solved)
    assert done.returncode == 0, done.stderr
    assert "1 of 4 steps done" in done.stdout


def test_a_link_is_not_followed(run, solved, tmp_path):
    """A progress file that is a link is replaced; what it points to is left alone."""
    target = tmp_path / "precious"
    target.write_text("precious")
    (solved / FILE).symlink_to(target)
    assert run("step2", "-w", solved).returncode == 0
    assert target.read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes all")
def test_a_read_only_workspace(run, solved):
    """Where progress cannot be saved the verdict is told all the same."""
    solved.chmod(0o555)
    done = run("step2", "-w", solved)
    solved.chmod(0o755)
    assert done.returncode == 0
    assert "could not be saved" in done.stdout
