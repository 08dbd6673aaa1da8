"""The commands `solution` and `diff`."""

import sys

import pytest

from checker.kata import load_steps

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.mark.parametrize("command", ["solution", "diff"])
def test_not_before_the_step_passed(run, workspace, command):
    """Without a terminal to ask at, a solution is refused before the step passed."""
    done = run(command, "step1", cwd=workspace)
    assert done.returncode == 2
    assert "--reveal" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_after_the_step_passed(run, workspace):
    """Once the step passed its solution is open, also when it fails again; diff shows the rest."""
    step = load_steps()[0]
    main = workspace / "steps" / step.folder.name / "main.py"
    main.write_text(step.solution.read_text("utf-8") + "# \x1b[31mmine\n")
    assert run("step1", cwd=workspace).returncode == 0
    solution = run("solution", cwd=workspace)
    assert solution.returncode == 0, solution.stderr
    assert 'DATABASE_URL = "sqlite:///./test.db"' in solution.stdout
    assert step.learned.split()[-1] in solution.stdout
    main.write_text("import databases\n" + main.read_text())
    assert run("step1", cwd=workspace).returncode == 0
    shown = run("diff", cwd=workspace).stdout
    assert "  -import databases\n" in shown
    assert r"  -# \x1b[31mmine" in shown


def test_reveal(run, workspace):
    """`--reveal` shows it before, and in plain words whose each line is."""
    assert "import databases" in run("solution", "1", "--reveal", cwd=workspace).stdout
    shown = run("diff", "1", "--reveal", "--plain", cwd=workspace).stdout
    assert "yours, line 3: # TODO" in shown
    assert "solution, line 3: import databases" in shown


def test_no_difference(run, solved):
    """A file that is the solution has no difference."""
    assert "is the solution" in run("diff", "2", "--reveal", "-w", solved).stdout


@POSIX
@pytest.mark.parametrize(("answer", "status", "shown"), [("y", 0, True), ("n", 1, False)])
def test_asks_in_a_terminal(terminal, workspace, answer, status, shown):
    """In a terminal the learner is asked, and decides."""
    child = terminal("solution", "2", "-w", workspace)
    child.expect("step2 has not passed yet")
    child.sendline(answer)
    assert ("databases.Database(DATABASE_URL)" in child.finish()) == shown
    assert child.exitstatus == status


@POSIX
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_leaving_the_question(terminal, workspace, key):
    """Ctrl-C and Ctrl-D at the question end with status 130 and one sentence."""
    child = terminal("solution", "2", "-w", workspace)
    child.expect(r"\[y/N\]: ")
    child.send(key)
    assert "Interrupted. Nothing was lost." in child.finish()
    assert child.exitstatus == 130
