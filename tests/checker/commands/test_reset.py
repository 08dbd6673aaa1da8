"""The command `reset`."""

import shutil
import sys

import pytest

from checker.kata import SOLUTIONS, load_steps
from checker.progress import Progress, State

STEPS = load_steps()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def mains(workspace):
    """The learner's files, in the order of the steps."""
    return [workspace / "steps" / step.folder.name / "main.py" for step in STEPS]


def backups(main):
    """What stands beside a learner's file under dated names."""
    return [path.read_bytes() for path in sorted(main.parent.glob("main.2*.py"))]


def test_back_to_the_starter(run, workspace, mains):
    """The starter comes back, what was there is kept, where is said, and never overwritten."""
    for text in (b"first\n", b"second\n"):
        mains[1].write_bytes(text)
        done = run("reset", "step2", "--yes", cwd=workspace)
        assert done.returncode == 0, done.stderr
        assert mains[1].read_bytes() == STEPS[1].starter
    assert sorted(backups(mains[1])) == [b"first\n", b"second\n"]
    told = "".join(done.stdout.split())
    [kept] = [path for path in mains[1].parent.glob("main.2*.py") if path.name in told]
    assert kept.read_bytes() == b"second\n"
    again = run("reset", "step2", cwd=workspace)
    assert again.returncode == 0, again.stderr
    assert "fresh already" in again.stdout
    assert len(backups(mains[1])) == 2


def test_carry(run, workspace, mains):
    """`--carry` begins with the learner's own step before, in its line ends, and this gap."""
    mains[0].write_bytes(b"import databases\r\nmine = 1\r\n\r\n")
    done = run("reset", "step2", "--carry", "--yes", cwd=workspace)
    assert done.returncode == 0, done.stderr
    text = mains[1].read_bytes()
    assert text.startswith(b"import databases\r\nmine = 1\r\n")
    assert text.replace(b"\r\n", b"\n").endswith(STEPS[1].gap.encode())
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert backups(mains[1]) == [STEPS[1].starter]
    assert "step1 as it is, which has not passed yet" in " ".join(done.stdout.split())
    assert "no step before step1" in run("reset", "1", "--carry", cwd=workspace).stderr


def test_nobody_to_ask(run, workspace, mains):
    """Without a terminal and without --yes nothing is reset."""
    mains[0].write_bytes(b"mine")
    done = run("reset", "step1", cwd=workspace)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert mains[0].read_bytes() == b"mine"


@POSIX
@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 1)])
def test_asks_in_a_terminal(terminal, workspace, mains, answer, status):
    """In a terminal the learner is asked, and no answer is a no."""
    mains[0].write_bytes(b"mine")
    child = terminal("reset", "-w", workspace)
    child.expect("Begin step1 anew")
    child.sendline(answer)
    child.finish()
    assert child.exitstatus == status
    assert backups(mains[0]) == ([b"mine"] if status == 0 else [])


@POSIX
def test_a_question_breaks_between_words(emulator, workspace, mains):
    """A question that is longer than the terminal is wide breaks between words."""
    mains[0].write_bytes(b"mine")
    shown = emulator("reset", cwd=workspace, columns=60)
    shown.wait_for("kept beside it under another name. [y/N]:")
    shown.press("n\n").end()


def test_a_half_deleted_workspace(run, workspace, mains):
    """A file or folder that is gone comes back; what cannot be done without it says so."""
    mains[0].unlink()
    shutil.rmtree(mains[1].parent)
    for command in ("open", "step1"):
        done = run(command, cwd=workspace)
        assert done.returncode == 2
        assert "python -m checker reset" in done.stderr
    for step, main in zip(STEPS[:2], mains, strict=False):
        assert run("reset", step.name, cwd=workspace).returncode == 0
        assert main.read_bytes() == step.starter


def test_the_solutions_are_nobodys(run):
    """The kata's own solutions cannot be reset."""
    before = (SOLUTIONS / STEPS[0].folder.name / "main.py").read_bytes()
    done = run("reset", "1", "--yes", "--workspace", SOLUTIONS)
    assert done.returncode == 2
    assert (SOLUTIONS / STEPS[0].folder.name / "main.py").read_bytes() == before


def test_progress_knows(run, solved):
    """A step that passed and was reset is shown as passed before."""
    run("step1", "-w", solved)
    run("reset", "step1", "--yes", "-w", solved)
    assert Progress(solved, ["step1"]).of("step1").state is State.BROKEN
    assert "passed before, fails now" in run("-w", solved).stdout


def test_a_full_disk(run_on_full_disk, workspace, mains):
    """Where nothing can be written the file stays as it was, and nothing is left behind."""
    mains[0].write_bytes(b"mine")
    before = sorted(workspace.rglob("*"))
    done = run_on_full_disk("reset", "step1", "--yes", cwd=workspace)
    assert done.returncode == 2
    assert "cannot be reset" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert mains[0].read_bytes() == b"mine"
    assert sorted(workspace.rglob("*")) == before
