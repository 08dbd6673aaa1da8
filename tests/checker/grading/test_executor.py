"""Having submissions judged by processes."""

import time
from contextlib import closing

import pytest

from checker.grading import job
from checker.grading.conditions import Conditions
from checker.grading.executor import Judge
from checker.grading.submission import Submission
from checker.kata import load_steps
from checker.results import Isolation, Status
from checker.sandbox import Limits

LOOP = {
    "that can be interrupted": "    while True:\n        pass\n",
    "that nothing interrupts": (
        "    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass\n"
    ),
}


@pytest.mark.parametrize("loop", LOOP)
def test_a_suite_that_never_ends(monkeypatch, loop):
    """What hangs in an instructor's suite is ended, and told with the submission and the limit."""
    monkeypatch.setattr(job, "PATIENCE", 1)
    steps = load_steps()
    suite = (
        f"import pytest\n@pytest.mark.check(points=5)\ndef test_x(program):\n    'x'\n{LOOP[loop]}"
    )
    limits = Limits(wall_time=0.25, start=2)
    conditions = Conditions(Isolation.PROCESS, limits, 7, {"test_step1_x.py": suite})
    ada = Submission("ada", {step.name: step.solution.read_bytes() for step in steps})
    began = time.monotonic()
    with closing(Judge(conditions, steps)) as judge:
        verdict = judge.judge(ada)
    assert time.monotonic() - began < 20
    assert verdict.name == "ada"
    assert {step.status for step in verdict.steps} == {Status.ERROR}
    told = verdict.steps[0].checks[0].problem
    assert told == "Judging this submission took more than 7 seconds, and was ended."
