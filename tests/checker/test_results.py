"""The report and its schema."""

import json
import runpy
from pathlib import Path

import pytest

from checker.kata import PACKAGE
from checker.results import Status, worst


@pytest.mark.parametrize("name", ["schema.json", "results-schema.json"])
def test_published_schema_is_current(name):
    """The published schemas are what the models say (`python .ci/schema.py` writes them)."""
    script = Path(__file__).parents[2] / ".ci" / "schema.py"
    made = runpy.run_path(str(script))["schema"](name)
    assert json.loads((PACKAGE / name).read_text("utf-8")) == json.loads(made)


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ([Status.PASSED], Status.PASSED),
        ([Status.PASSED, Status.FAILED], Status.FAILED),
        ([Status.PASSED, Status.SKIPPED], Status.FAILED),
        ([Status.FAILED, Status.ERROR], Status.ERROR),
        ([], Status.FAILED),
    ],
)
def test_a_pass_needs_every_part(statuses, whole):
    """A whole passes only if it has parts and all of them passed."""
    assert worst(statuses) is whole
