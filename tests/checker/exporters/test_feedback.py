"""The pages for students."""

from dataclasses import replace

from checker.exporters import feedback
from checker.grading.model import Refusal


def page_of(grades, folder):
    """The page of a class of one."""
    feedback.export(grades, folder)
    (path,) = (folder / "feedback").iterdir()
    return path.read_text("utf-8")


def test_every_failed_check_is_explained(several, tmp_path):
    """Each failed check has its problem, its fix and its line; of a hidden one nothing is told."""
    page = page_of(several, tmp_path)
    assert page.count("\n### ❌ ") == 3
    assert "Problem: ``sqlite:///./test.db is no `await`.``\n" in page
    assert "Problem: A hidden check did not pass.\n" in page
    assert "Problem: One row is missing.\n" in page
    assert page.count("Fix: Put await in front of database.fetch_all(query).\n") == 2
    assert page.count("Line 4 of main.py") == 2
    assert "SELECT" not in page
    assert "secret" not in page


def test_what_was_refused(sample, tmp_path):
    """What was not taken in has a page with the reason, under a name that no other page has."""
    refused = (Refusal("ben", "Broken."), Refusal("Ben", "No link."), Refusal("x.zip", "<b>@all"))
    feedback.export(replace(sample, refused=refused), tmp_path)
    pages = {path.stem: path.read_text("utf-8") for path in (tmp_path / "feedback").iterdir()}
    assert pages["ben"].startswith("# ben: 20 of 40 points")
    assert pages["ben (not graded)"] == ("# ben: not graded\n\nIt could not be taken in: Broken.\n")
    assert "No link." in pages["Ben (not graded 2)"]
    assert pages["x.zip"].endswith("It could not be taken in: `<b>@all`\n")
    assert len(pages) == 9


def test_many_refused_under_one_name(sample, tmp_path):
    """Each has a page, and however many there are the names of the files stay short."""
    refused = tuple(Refusal("x" * 200, f"No. {number}") for number in range(300))
    assert feedback.export(replace(sample, refused=refused), tmp_path) == []
    names = [path.name for path in (tmp_path / "feedback").glob("xxx*")]
    assert len(names) == 300
    assert max(map(len, names)) < 200


def test_code_of_a_line_is_shown_once(several, tmp_path):
    """Two failed checks in one line show the code around it once."""
    assert page_of(several, tmp_path).count('> 4 |     return database.fetch_all("x")') == 1


def test_a_skipped_check_is_not_explained(sample, tmp_path):
    """A check that waits for another says so, and has no section of its own."""
    feedback.export(sample, tmp_path)
    page = (tmp_path / "feedback" / "ben.md").read_text("utf-8")
    assert "skipped: it returns every row (0 of 5). Waits for: a hidden check.\n" in page
    assert "### ❌ it returns every row" not in page
