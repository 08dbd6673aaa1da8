"""What several tests share: the real command in a real process, and workspaces to point it at."""

import os
import shutil
import subprocess
import sys

import pytest

from checker.kata import SOLUTIONS, STEPS


@pytest.fixture
def environment(tmp_path):
    """The environment of a command: the user's own, with a temporary folder of the test's."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    wanted = {"TMPDIR": str(temporary), "TEMP": str(temporary), "COLUMNS": "80"}
    unwanted = {"NO_COLOR", "FORCE_COLOR", "PYTHONPATH"}
    return {key: value for key, value in os.environ.items() if key not in unwanted} | wanted


@pytest.fixture
def run(tmp_path, environment):
    """Run `python -m checker` with arguments in an empty folder; the finished process."""

    def run(*arguments, timeout=60, cwd=tmp_path, **more):
        return subprocess.run(
            [sys.executable, "-m", "checker", *map(str, arguments)],
            cwd=cwd,
            env=environment | more.pop("env", {}),
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
            **more,
        )

    return run


@pytest.fixture
def workspace(tmp_path):
    """A learner's fresh workspace, made of the starters."""
    return shutil.copytree(STEPS, tmp_path / "mine" / "steps").parent


@pytest.fixture
def solved(tmp_path):
    """A workspace in which every step is solved."""
    return shutil.copytree(SOLUTIONS, tmp_path / "solved")
