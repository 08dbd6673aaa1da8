"""The recipes behind the commands."""

import json
import shutil

import pytest

from checker.kata import PACKAGE, ROOT, load_steps


def test_starters_fail_for_the_intended_reason(run, workspace):
    """On the starters each step fails first at what it asks for, at the gap."""
    report = json.loads(run("all", "-w", workspace, "--json").stdout)
    firsts = [
        next(check for check in step["checks"] if check["status"] != "passed")
        for step in report["steps"]
    ]
    assert [check["id"] for check in firsts] == [
        "step1.imports_databases",
        "step2.database_is_an_instance",
        "step3.fetch_users_is_async",
        "step4.app_is_fastapi",
    ]
    for step, check in zip(load_steps(), firsts, strict=True):
        lines = (step.folder / "main.py").read_text("utf-8").splitlines()
        assert lines[check["location"]["line"] - 1].startswith("# TODO")


def test_a_check_whose_ground_failed_is_skipped(run, workspace):
    """A check that cannot be reached says for what it waits, and gives no points."""
    report = json.loads(run("step3", "-w", workspace, "--json").stdout)
    skipped = [check for check in report["steps"][0]["checks"] if check["status"] == "skipped"]
    assert len(skipped) == 5
    assert skipped[0]["problem"] == "Waits for: fetch_users is an async function."
    assert {check["score"] for check in skipped} == {0}


@pytest.fixture
def copy(tmp_path):
    """A copy of the checkout, without the corpus, to verify and to damage."""
    checkout = tmp_path / "copy"
    names = shutil.ignore_patterns("__pycache__")
    for name in ("steps", "solutions", "tests/steps"):
        shutil.copytree(ROOT / name, checkout / name, ignore=names)
    shutil.copytree(
        PACKAGE, checkout / "checker", ignore=shutil.ignore_patterns("kata", "__pycache__")
    )
    return checkout


def test_verify_accepts_the_kata(run, copy):
    """The kata as it is has no problems."""
    done = run("verify", cwd=copy)
    assert done.returncode == 0, done.stdout
    assert "4 solutions pass" in " ".join(done.stdout.split())


def test_verify_runs_the_corpus(run, copy):
    """A case that does not come out as it must is named."""
    (copy / "tests" / "mistakes").mkdir()
    (copy / "tests" / "mistakes" / "step1.toml").write_text(
        "[[right]]\nname = 'wrong indeed'\nprogram = ''\n"
        "[[mistake]]\nname = 'right indeed'\nedit = []\ncheck = 'database_url'\n"
    )
    done = run("verify", "--json", cwd=copy)
    assert done.returncode == 1, done.stderr
    problems = "\n".join(json.loads(done.stdout)["problems"])
    assert "step1, case 'wrong indeed': fails at step1.imports_databases" in problems
    assert "step1, case 'right indeed': passes" in problems


def test_a_worked_in_checkout_still_has_its_starters(run, copy):
    """A learner may work in the checkout itself: starters, overview and `init` know the gaps."""
    main = copy / "steps" / "step1_database_url" / "main.py"
    main.write_text("import databasess\n")
    shown = run(cwd=copy).stdout
    assert "failed   step1" in shown
    assert "databasess" in shown
    assert shown.count("to do") == 3
    assert run("init", "fresh", cwd=copy).returncode == 0
    made = copy / "fresh" / "steps" / "step1_database_url" / "main.py"
    assert made.read_bytes() == load_steps()[0].starter
    assert "somebody has worked on it" in " ".join(run("verify", cwd=copy).stdout.split())


def test_verify_lists_every_problem(run, copy):
    """`verify` names all that is wrong, not the first."""
    (copy / "solutions" / "step2_database_instance" / "main.py").write_text("x = 1\n")
    table = copy / "steps" / "step4_lifecycle" / "step.toml"
    table.write_text(table.read_text("utf-8").replace("# TODO", "# done"))
    suite = copy / "tests" / "steps" / "test_step1.py"
    suite.write_text(suite.read_text("utf-8").replace("points=12", "points=13"))
    done = run("verify", "--json", cwd=copy)
    assert done.returncode == 1, done.stderr
    problems = "\n".join(json.loads(done.stdout)["problems"])
    assert "step1: the checks are worth 26 points, step.toml says 25" in problems
    assert "step2: the solution fails at step2.step1_still_holds" in problems
    assert "step3: main.py is not the solution before it" in problems
    assert "step4: the gap has no line that begins with # TODO" in problems


def test_verify_names_missing_parts(run, copy):
    """`verify` names the files that a step lacks."""
    (copy / "steps" / "step3_fetch_users" / "lesson.md").unlink()
    (copy / "tests" / "steps" / "test_step2.py").unlink()
    (copy / "steps" / "closing.md").unlink()
    done = run("verify", cwd=copy, env={"COLUMNS": "500"})
    assert done.returncode == 1
    assert "lesson.md is missing" in done.stdout
    assert "step2" in done.stdout
    assert "closing.md is missing" in done.stdout


def test_a_damaged_quiz_is_told(run, copy, workspace):
    """`verify` lists every problem of `quiz.toml`; the quiz itself ends with one sentence."""
    file = copy / "steps" / "quiz.toml"
    text = file.read_text("utf-8").replace('step = "step2"', 'step = "step7"')
    file.write_text(text.replace("right = true\n", "", 1))
    done = run("verify", "--json", cwd=copy)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["problems"] == [
        "quiz.toml, question async-driver: there is not exactly one right option",
        "quiz.toml, question creating-opens-nothing: there is no step 'step7'",
        "quiz.toml, question one-address: there is no step 'step7'",
    ]
    done = run("quiz", "-w", workspace, cwd=copy)
    assert done.returncode == 3
    assert "async-driver: there is not exactly one right option" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    file.unlink()
    assert "quiz.toml" in run("quiz", "-w", workspace, cwd=copy).stderr


def test_a_suite_that_is_broken_is_our_fault(run, copy, workspace):
    """A suite that fails itself ends in `error` and status 3, never in a verdict."""
    suite = copy / "tests" / "steps" / "test_step1.py"
    suite.write_text(suite.read_text("utf-8").replace("program.load()", "program.no_such()"))
    done = run("step1", "-w", workspace, "--json", cwd=copy)
    assert done.returncode == 3
    assert json.loads(done.stdout)["status"] == "error"
    suite.write_text("syntax error")
    done = run("step1", "-w", workspace, cwd=copy)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_init_makes_a_workspace(run, tmp_path):
    """`init` makes a workspace that can be worked on at once."""
    done = run("init", "new")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "steps" / "step1_database_url" / "lesson.md").is_file()
    assert run("step1", cwd=tmp_path / "new").returncode == 1


def test_next_after_a_pass_and_a_reset(run, workspace, solved):
    """What comes next is to read, to open and to run, as the overview has it."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    shutil.copy(solved / "step1_database_url" / "main.py", main)
    passed = run("step1", cwd=workspace).stdout
    path = main.parents[1].relative_to(workspace) / "step2_database_instance" / "main.py"
    ways = [
        "read  python -m checker lesson step2",
        f"edit  {path}",
        "run   python -m checker step2",
    ]
    assert [way in passed for way in ways] == [True] * 3
    assert "python -m checker solution step1" in passed
    reset = run("reset", "step1", "--yes", cwd=workspace).stdout
    assert "read  python -m checker lesson step1" in reset
    assert "run   python -m checker step1" in reset


def test_a_file_that_is_gone(run, workspace):
    """Where a step's file is missing, the overview says how to bring it back."""
    (workspace / "steps" / "step1_database_url" / "main.py").unlink()
    said = " ".join(run(cwd=workspace).stdout.split())
    assert "bring steps/step1_database_url/main.py back python -m checker reset step1" in said


def test_a_step_in_two_words(run, workspace):
    """The name of a step may be written in two words."""
    assert "Step 1 " in run("step", "1", cwd=workspace).stdout


def test_points_that_nobody_sees_are_explained(run, workspace, solved):
    """Steps to do show no points, so the score says how many of its points are theirs."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    shutil.copy(solved / "step1_database_url" / "main.py", main)
    done = run("all", cwd=workspace)
    assert "Score 34 of 100, 9 of them for what untouched starters hold already" in done.stdout
    assert "Score 100 of 100\n" in run("all", "-w", solved).stdout


def test_next_step_after_the_last(run, solved):
    """When all steps are done, that is said."""
    assert "All steps are done" in run("all", "-w", solved).stdout
    assert "All steps are done" in run("step4", "-w", solved).stdout
