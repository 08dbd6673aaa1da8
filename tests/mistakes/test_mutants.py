"""No small edit of a solution passes, unless it changes nothing that the step asks for."""

import importlib.util
import re
from pathlib import Path

import pytest

from checker.examiner import Assignment, examine
from checker.kata import load_steps
from checker.results import Status
from checker.sandbox import Limits
from checker.workers import Workers

STEPS = load_steps()
# What a mutant may change and still be right, each with its reason.
EQUIVALENT = {
    r"(drop|empty|change|upper-case) '(A small app|Return every|Connect while)": "a docstring",
    r"swap '(A small app|Return every|Connect while)": "a docstring that moves is a plain string",
    r"swap (import|from) .* / (import|from) ": "imports may stand in any order",
    r"swap from fastapi .* / DATABASE_URL": "an import is needed only before its first use",
    r"swap (database = |async def fetch_users).* / (async def|@)": (
        "a function looks its names up when it is called"
    ),
    r"alias (databases|FastAPI)": "an import may have another name where nothing uses it yet",
    r"upper-case 'SELECT": "SQL does not tell upper from lower case",
    r"drop asynccontextmanager": "FastAPI takes an async generator for lifespan as well",
    r"rename parameter app": "the parameter's name is the author's own",
}


def all_mutants():
    """Every mutant of every solution once, as (step, what was changed, program)."""
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {}
    for step in STEPS:
        for name, program in module.mutants(step.solution.read_text("utf-8")):
            found.setdefault((step, program), name)
    return [(step, name, program) for (step, program), name in found.items()]


@pytest.fixture(scope="module")
def survivors():
    """The mutants that pass, as `step: what was changed`."""
    mutants = all_mutants()
    assert len(mutants) > 200
    workers = Workers()
    workers.expected = len(mutants)
    results = []
    assignments = [Assignment(step, program.encode()) for step, _, program in mutants]
    examine(assignments, STEPS, workers.take, Limits(), 7, results.append)
    workers.close()
    return [
        f"{step.name}, {name}"
        for (step, name, _), result in zip(mutants, results, strict=True)
        if result.status is Status.PASSED
    ]


def test_no_mutant_survives_unexplained(survivors):
    """Each mutant fails or is equivalent for a reason that is listed."""
    unexplained = [
        name for name in survivors if not any(re.search(known, name) for known in EQUIVALENT)
    ]
    assert unexplained == []


@pytest.mark.parametrize("known", EQUIVALENT)
def test_each_reason_is_needed(survivors, known):
    """A listed reason explains at least one mutant."""
    assert any(re.search(known, name) for name in survivors)
