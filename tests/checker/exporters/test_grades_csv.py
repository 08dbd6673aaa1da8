"""`grades.csv` for spreadsheets."""

import csv
from dataclasses import replace

import pytest

from checker.exporters import grades_csv
from checker.exporters.grades_csv import cell
from checker.grading.model import Refusal


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1", " =1", "\n+1", "＝1", "\u200b=1"]
)
def test_a_formula_is_text(name):
    """Nothing that a spreadsheet would calculate begins a cell, whatever hides in front of it."""
    assert not cell(name).lstrip().startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize("name", ["ann", "Anna-Maria", "a=b", "1+1", "b@example.org"])
def test_other_text_stays(name):
    """A sign within a text changes nothing."""
    assert cell(name) == name


@pytest.mark.parametrize("text", ["a;=1+1;b", "a; =1+1", 'a";=1+1', 'a;"=1+1";b', "a;＝1"])
def test_where_a_semicolon_parts_cells(sample, tmp_path, text):
    """A spreadsheet that parts cells at semicolons sees no formula either, in names or notes."""
    (one,) = sample.graded[1:2]
    named = replace(one, result=replace(one.result, submission=text), remarks=(f"{text}.zip",))
    grades = replace(sample, graded=(named,), refused=(Refusal(text, text),))
    grades_csv.export(grades, tmp_path)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert not [part for row in rows for part in row if part.lstrip(' "').startswith(("=", "＝"))]
    lines = (tmp_path / "grades.csv").read_text("utf-8").splitlines()
    assert [line[0] for line in lines] == ['"'] * 3


def test_rows(sample, tmp_path):
    """There is one row a submission and one column a step; what was refused has no points."""
    grades_csv.export(sample, tmp_path)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert rows[2]["submission"] == "ben"
    assert (rows[2]["score"], rows[2]["step1"], rows[2]["step2"]) == ("20", "10", "10")
    assert rows[3]["step2"] == ""
    assert [row["status"] for row in rows[-2:]] == ["refused", "refused"]
    assert {row["score"] for row in rows[-2:]} == {""}
