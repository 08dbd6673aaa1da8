"""Gradescope's results, field for field."""

import json
from dataclasses import replace

import pytest

from checker.errors import UnusableInput
from checker.exporters import gradescope

# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
FIELDS = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
TEST_FIELDS = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


@pytest.fixture
def documents(sample, tmp_path):
    """The documents of the sample class by submission."""
    gradescope.export(sample, tmp_path)
    files = sorted((tmp_path / "gradescope").iterdir())
    assert len(files) == 6
    return {file.stem: json.loads(file.read_text("ascii")) for file in files}


def test_every_field_is_one_of_the_specification(documents):
    """There are only fields that Gradescope knows, of the type and with the values it knows."""
    for document in documents.values():
        for name, value in document.items():
            assert isinstance(value, FIELDS[name]), name
        assert {value for key, value in document.items() if key.endswith("_format")} <= FORMATS
        assert document["stdout_visibility"] in VISIBILITIES
        for test in document["tests"]:
            for name, value in test.items():
                assert isinstance(value, TEST_FIELDS[name]), name
            assert test["status"] in ("passed", "failed")
            assert test["visibility"] in VISIBILITIES


def test_points_add_up(documents, sample):
    """The points of the tests are those of the submission."""
    for graded in sample:
        name = graded.result.submission
        if name in documents:
            document = documents[name]
            assert document["score"] == graded.result.score
            assert sum(test["score"] for test in document["tests"]) == graded.result.score
            assert sum(test["max_score"] for test in document["tests"]) == graded.result.max_score


def test_one_submission(sample, tmp_path):
    """In an autograder the one submission goes to the file that Gradescope reads."""
    path = tmp_path / "results.json"
    gradescope.write_only(replace(sample, graded=sample.graded[1:2], refused=()), path)
    assert json.loads(path.read_text("ascii"))["score"] == 40


def test_a_refused_submission(sample, tmp_path):
    """One that could not be taken in has no points, and says why."""
    path = tmp_path / "results.json"
    gradescope.write_only(replace(sample, graded=(), refused=sample.refused[:1]), path)
    document = json.loads(path.read_text("ascii"))
    assert (document["score"], set(document) <= set(FIELDS)) == (0, True)
    assert document["output"] == "It could not be graded: It grows to 9 GB."


@pytest.mark.parametrize("graded", [(), slice(0, 2)])
def test_none_or_several_submissions(sample, tmp_path, graded):
    """None or several are refused, and nothing is written."""
    some = sample.graded[graded] if graded else ()
    with pytest.raises(UnusableInput, match="one submission"):
        gradescope.write_only(replace(sample, graded=some, refused=()), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_no_total_beside_hidden_checks(documents, sample, tmp_path):
    """The points of a submission are told, unless a hidden check lets Gradescope hide them."""
    assert documents["ben"]["output"] == "Handed in 2 days late."
    assert not any("40" in document["output"] for document in documents.values())
    suites = tuple(
        replace(suite, checks=tuple(replace(check, hidden=False) for check in suite.checks))
        for suite in sample.suites
    )
    gradescope.export(replace(sample, suites=suites), tmp_path)
    document = json.loads((tmp_path / "gradescope" / "ben.json").read_text("ascii"))
    assert document["output"] == "20 of 40 points.\nHanded in 2 days late."


def test_hidden_checks_are_hidden(documents):
    """What names a hidden check is in a hidden test only."""
    for document in documents.values():
        assert "secret" not in document["output"]
        for test in document["tests"]:
            if "secret" in json.dumps(test) or "args" in json.dumps(test):
                assert test["visibility"] == "hidden"
    hidden = documents["ben"]["tests"][2]
    assert hidden["name"] == "step2: the secret edge case"
    assert hidden["output"].startswith("main.py, line 4:\nfetch_users handed back")
    assert hidden["output"].endswith("The file printed:\nargs")
