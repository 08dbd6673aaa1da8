"""What the README tells a reader to type works."""

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


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_command(tmp_path, environment, command):
    """Each documented command runs from a checkout, and ends with 0 or with a verdict."""
    for name in ("checker", "steps", "solutions", "tests/steps"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "kata" / name, ignore=ignore)
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=tmp_path / "kata",
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    on_starters = re.search(r"step\d|all$", command) and "--workspace" not in command
    assert done.returncode == (1 if on_starters else 0), done.stderr
    assert done.stdout
    assert done.stderr == ""


def test_links_lead_somewhere():
    """Each relative link of the README leads to a file."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
