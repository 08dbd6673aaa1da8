"""Lets `python -m pytest` judge the solutions with the suites, as plain pytest."""

import random

import pytest

from checker.kata import SOLUTIONS, load_steps
from checker.program import Program, Table
from checker.sandbox import Limits
from checker.source import Source
from checker.workers import Workers
from checker.workspace import FILE


@pytest.fixture(scope="module")
def program(request):
    """The solution of the step whose suite is running."""
    step = next(step for step in load_steps() if step.suite == request.path)
    source = Source((SOLUTIONS / step.folder.name / FILE).read_bytes())
    workers = Workers()
    with workers.take() as worker:
        worker.take(source.data, Limits())
        yield Program(worker, source)
    workers.close()


@pytest.fixture
def users(program):
    """The table `users` of the solution's test.db."""
    return Table(program, "users", random.Random(0))
