"""What the README tells a reader to type works."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = sorted(
    {
        command
        for command in re.findall(
            r"^(python -m checker.*)$|`(python -m checker[^`]*)`", README, re.M
        )
        for command in command
        if command
    }
)


def test_commands_are_found():
    """The README documents commands."""
    assert len(COMMANDS) >= 8


GUARDED = {"solution", "diff"}
"""Commands that show a solution only after its step passed, unless somebody insists."""


@pytest.fixture
def python(tmp_path, environment):
    """Run python with arguments in a copy of the checkout; the finished process."""
    for name in ("checker", "steps", "solutions", "tests/steps"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "kata" / name, ignore=ignore)
    return lambda arguments: subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path / "kata",
        input="q\n",  # leaves the quiz
        env=environment | {"VISUAL": "true"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_command(python, command):
    """Each documented command runs from a checkout, and ends with 0, a verdict or a refusal."""
    words = shlex.split(command)
    if "grade" in words and sys.platform != "linux":
        pytest.skip("isolation strong exists on Linux only")
    if words[-2:] == ["--workspace", "my-kata"]:
        python(["-m", "checker", "init", "my-kata"])
    done = python(words[1:])
    unfinished = re.search(r"step\d|all$|quiz$", command) and "--workspace" not in command
    refused = words[-1] in GUARDED
    assert done.returncode == (2 if refused else 1 if unfinished else 0), done.stderr
    assert bool(done.stdout) != refused
    assert len(done.stderr.splitlines()) == refused


SUITE, USE = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


def test_documented_suite(python, tmp_path):
    """The example of an instructor's suite can be graded with, and the solution passes it."""
    suite = tmp_path / "kata" / "mine"
    suite.mkdir()
    (suite / "test_step3_mine.py").write_text(SUITE)
    options = ["--suite", "mine", "--isolation", "process", "--json"]
    done = python(["-m", "checker", "grade", "solutions", "--out", "grades", *options])
    assert (done.returncode, done.stderr) == (0, "")
    (submission,) = json.loads(done.stdout)["submissions"]
    check = submission["steps"][2]["checks"][-1]
    assert (check["id"], check["score"]) == ("step3.many_rows", 5)


def test_documented_python(tmp_path, environment):
    """The example of use from Python runs as it is printed."""
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["passed", "25", "solutions", "100"]


def test_links_lead_somewhere():
    """Each relative link of the README leads to a file."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
