"""The command line: what it takes, what it says, and what it ends with."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import typer

from checker import __version__
from checker.cli import app
from checker.kata import PACKAGE, load_steps

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX way of doing it")


def processes(word):
    """The command lines of running processes that hold a word (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


@pytest.mark.parametrize("word", ["step3", "3", "step3_fetch_users", "STEP3"])
def test_a_step_has_three_names(run, solved, word):
    """A step is meant by its name, its number or its folder."""
    done = run(word, "--workspace", solved)
    assert done.returncode == 0, done.stderr
    assert "Fetch every user" in done.stdout


def test_options_may_come_first(run, solved):
    """Options are taken before and after the step."""
    assert run("--workspace", solved, "step1").returncode == 0


def test_all_on_solutions_is_a_valid_report(run, solved):
    """`all --json` prints one document that the published schema accepts, and exits 0."""
    done = run("all", "--workspace", solved, "--json", "--seed", "5", "--isolation", "process")
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads((PACKAGE / "schema.json").read_text("utf-8")))
    assert done.returncode == 0
    assert done.stderr == ""
    assert (report["status"], report["score"], report["max_score"]) == ("passed", 100, 100)
    assert (report["seed"], report["isolation"]) == (5, "process")
    assert [step["step"] for step in report["steps"]] == [step.name for step in load_steps()]


def test_json_leaves_no_trace(run, workspace):
    """A run for a program writes nothing into the workspace."""
    before = sorted(workspace.rglob("*"))
    assert run("all", "--workspace", workspace, "--json").returncode == 1
    assert sorted(workspace.rglob("*")) == before


def test_one_seed_draws_the_same_data(run, workspace):
    """Two runs with one seed see the same rows."""
    file = workspace / "steps" / "step3_fetch_users" / "main.py"
    solution = load_steps()[2].folder.parent.parent / "solutions" / file.parent.name / "main.py"
    file.write_text(
        solution.read_text("utf-8").replace(
            "return await database.fetch_all(query)",
            "rows = await database.fetch_all(query)\n    print([tuple(r) for r in rows])\n"
            "    return rows",
        )
    )
    outputs = [
        json.loads(run("3", "-w", workspace, "--json", "--seed", seed).stdout)["steps"][0]["output"]
        for seed in (1, 1, 2)
    ]
    assert outputs[0] == outputs[1] != outputs[2]
    assert len(outputs[0]) > 100


def test_overview_of_a_fresh_workspace(run, workspace):
    """Without arguments the checker shows where one is and what to type, and exits 0."""
    done = run(cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "0 of 4 steps done" in done.stdout
    assert "python -m checker step1" in done.stdout
    assert done.stdout.count("to do") == 4


def test_unknown_step_names_the_nearest(run, workspace):
    """A misspelt step ends with status 2 and the name that was meant."""
    done = run("stp3", cwd=workspace)
    assert done.returncode == 2
    assert "did you mean step3?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "meant"), [("hnt", "hint"), ("help", "--help"), ("solutoin step1", "solution")]
)
def test_unknown_command_names_the_nearest(run, workspace, words, meant):
    """A misspelt command is not called a step only, and the one that was meant is named."""
    done = run(*words.split(), cwd=workspace)
    assert done.returncode == 2
    word = words.split()[0]
    assert f"There is no command or step '{word}': did you mean {meant}?" in done.stderr


def test_unknown_choice(run, workspace):
    """What may stand there is told, in no library's words."""
    done = run("ci", "foo", cwd=workspace)
    assert done.returncode == 2
    assert done.stderr.startswith("Invalid value for 'system': 'foo' is not one of 'github',")


@pytest.mark.parametrize("arguments", [["step1", "--bogus"], ["--seed", "many"], ["init"]])
def test_wrong_usage(run, workspace, arguments):
    """Wrong usage ends with status 2, says why and names the help."""
    done = run(*arguments, cwd=workspace)
    assert done.returncode == 2
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr


@POSIX
def test_an_error_breaks_between_words(emulator):
    """In a terminal an error that is longer than a line breaks between words."""
    shown = emulator("step1", columns=50)
    shown.wait_for("step folders: go to one that does, name it with --workspace DIR, or make one")
    assert shown.end() == 2


@pytest.mark.parametrize("where", ["nowhere", "empty", "file"])
def test_no_workspace(run, tmp_path, where):
    """A folder that is no workspace ends with status 2 and what to do."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    done = run("step1", "--workspace", tmp_path / where)
    assert done.returncode == 2
    assert "python -m checker init" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_version_and_help(run):
    """Version and help are told without a workspace."""
    assert run("--version").stdout.strip() == __version__
    shown = run("--help")
    assert shown.returncode == 0
    assert "Exit status" in shown.stdout


def test_each_command_has_a_manual(run):
    """The help names every command whole, and each one's help has an example."""
    listed = run("--help").stdout.partition("Commands:")[2]
    assert "..." not in listed
    for name, command in typer.main.get_command(app).commands.items():
        assert re.search(rf"^  {name} +\S", listed, re.M), name
        assert "Example" in (command.epilog or ""), name
        assert all(option.help for option in command.params), name
    assert "  python -m checker reset step3 --carry\n" in run("reset", "--help").stdout


COMPLETIONS = [
    ("checker ", {"lesson", "step1", "all"}),
    ("checker st", {"step1", "step4"}),
    ("checker hint st", {"step1", "step4"}),
    ("checker lesson c", {"closing"}),
    ("checker step3 --pl", {"--plain"}),
]


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
@pytest.mark.parametrize(("typed", "offered"), COMPLETIONS)
def test_a_shell_completes(run, typed, offered):
    """A shell is offered commands, steps and options where they may stand."""
    words = typed.split(" ")
    env = {"COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    shown = run(env=env | {"_CHECKER_COMPLETE": "complete_bash"}).stdout.split()
    assert offered <= set(shown)
    assert all(word.startswith(words[-1]) for word in shown)


@pytest.mark.parametrize(
    "setting", ["wall_time=nan", "wall_time=0", "memory=1e9", "memory=-1", "start=3", "memory"]
)
def test_unusable_limit(run, solved, setting):
    """A limit that means nothing is refused, with those there are."""
    done = run("step1", "-w", solved, "--limit", setting)
    assert done.returncode == 2
    assert setting in done.stderr
    assert "wall_time, cpu_time, memory" in done.stderr


def test_modules_of_the_current_folder_are_not_imported(run, solved):
    """A submission as current folder cannot give the checker its modules."""
    for name in ("secrets", "json", "rich", "pytest", "fastapi"):
        (solved / f"{name}.py").write_text("import os\nos._exit(0)\n")
    (solved / "step1_database_url" / "main.py").write_text("")
    done = run("step1", "--json", cwd=solved)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["status"] == "failed"


def test_a_python_without_the_libraries(environment):
    """The Python outside the virtual environment is told in one sentence how to get inside."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "checker"],  # -S leaves out what is installed
        cwd=PACKAGE.parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "source .venv/bin/activate" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_optimised_python_is_refused(run, solved):
    """Python's -O removes checks, so the checker refuses to run with it."""
    done = run("step1", "-w", solved, env={"PYTHONOPTIMIZE": "2"})
    assert done.returncode != 0
    assert "PYTHONOPTIMIZE" in done.stderr


@POSIX
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_standard_streams(environment, solved, closed):
    """A closed stream changes neither the verdict nor brings a traceback."""
    command = f"{sys.executable} -m checker step1 -w {solved} {closed}"
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@POSIX
def test_closed_output_pipe_keeps_the_status(environment, solved):
    """A reader that leaves early changes nothing: no traceback, the verdict's status."""
    command = f"{sys.executable} -m checker all --workspace {solved}; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | true"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr.strip() == "0"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_full_disk_under_the_output(environment, solved, option):
    """An output that cannot be written ends with one sentence and status 3."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "checker", "step1", "-w", str(solved), *option],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(environment, workspace, tmp_path, number):
    """Ctrl-C and a termination end with status 130, one sentence, no process, no file."""
    main = workspace / "steps" / "step1_database_url" / "main.py"
    main.write_text("open(__file__ + '.started', 'w').close()\nwhile True:\n    pass\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", "step1", "-w", str(workspace)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    temporary = Path(environment["TMPDIR"])
    while not list(temporary.glob("*/main.py.started")):
        assert process.poll() is None
        time.sleep(0.01)  # polling for what the worker does, not waiting for a time
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "Interrupted. Nothing was lost."
    assert out == ""
    assert list(temporary.iterdir()) == []
    assert processes(str(temporary)) == []


def test_piped_output_has_no_escapes(run, workspace):
    """Piped output holds no terminal codes and fits 80 columns."""
    done = run("step3", "-w", workspace)
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_output_in_ascii(run, workspace):
    """Where the encoding cannot draw, signs are made of ASCII."""
    done = run("step3", "-w", workspace, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1, done.stderr
    assert done.stdout.isascii()
    assert "x failed" in done.stdout


def test_user_options_for_pytest_do_not_count(run, solved):
    """Options that the environment has for pytest change no verdict."""
    env = {"PYTEST_ADDOPTS": "--collect-only -k nothing", "PYTEST_PLUGINS": "no_such_plugin"}
    assert run("step1", "-w", solved, env=env).returncode == 0
