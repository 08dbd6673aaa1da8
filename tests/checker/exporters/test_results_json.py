"""`results.json` is what its schema says."""

import json

import jsonschema
import pytest

from checker.exporters import results_json
from checker.kata import PACKAGE


@pytest.mark.parametrize("grades", ["sample", "judged"])
def test_schema(request, grades, tmp_path):
    """The document is valid, of a hand-made class as of real results."""
    grades = request.getfixturevalue(grades)
    results_json.export(grades, tmp_path)
    document = json.loads((tmp_path / "results.json").read_text("ascii"))
    schema = json.loads((PACKAGE / "results-schema.json").read_text("utf-8"))
    jsonschema.validate(document, schema)
    names = [one["submission"] for one in document["submissions"]]
    assert len(names) == len(list(grades))
    checks = [c for one in document["submissions"] for s in one["steps"] for c in s["checks"]]
    assert {c["id"] for c in checks if c["hidden"]} <= {"step2.secret"}
    assert all(c["hidden"] for c in checks if c["id"] == "step2.secret")
    assert document["score"] == sum(one["score"] for one in document["submissions"])


def test_an_empty_class(sample, tmp_path):
    """A class without submissions is a valid document, too."""
    from dataclasses import replace

    results_json.export(replace(sample, graded=(), refused=()), tmp_path)
    document = json.loads((tmp_path / "results.json").read_text("ascii"))
    assert (document["submissions"], document["refused"]) == ([], [])
