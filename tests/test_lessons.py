"""Every complete example of the lessons runs."""

import re
import subprocess
import sys

import pytest

from checker.kata import load_steps

EXAMPLES = [
    pytest.param(code, id=f"{step.name}-{number}")
    for step in load_steps()
    for number, code in enumerate(
        re.findall(
            r"```python\n(.*?)```", (step.folder / "lesson.md").read_text("utf-8"), flags=re.DOTALL
        )
    )
    if "import" in code
]


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_runs(tmp_path, code):
    """The example runs, and prints what its comments say."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"print\(.*\) +# (.*)", code)
    assert done.stdout.splitlines() == promised


def test_lessons_fit_two_screens():
    """A lesson has at most two screens of 50 lines and no line over 100 characters."""
    for step in load_steps():
        lines = (step.folder / "lesson.md").read_text("utf-8").splitlines()
        assert len(lines) <= 100
        assert max(map(len, lines)) <= 100
