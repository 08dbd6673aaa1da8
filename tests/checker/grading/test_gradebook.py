"""The gradebook: what it keeps, what it refuses."""

import hashlib
import json
import os
import sqlite3
import sys
from dataclasses import replace

import pytest

from checker.errors import CheckerError, UnusableInput
from checker.grading.conditions import Conditions
from checker.grading.gradebook import FILE, Gradebook, Progress
from checker.grading.model import Refusal, Suite, SuiteCheck
from checker.grading.rules import Rules
from checker.grading.submission import Submission, told
from checker.results import CheckResult, Isolation, Limit, Location, Status, StepResult
from checker.sandbox import Limits
from checker.workspace import NotHandedIn

SUITES = (Suite("step1", "One", 10, (SuiteCheck("step1.a", "a", 10),)),)


def conditions(**changed):
    return Conditions(
        **{
            "isolation": Isolation.PROCESS,
            "limits": Limits(),
            "seed": 1,
            "more_suites": {},
            **changed,
        }
    )


def submission(name, source=None):
    return Submission(name, {"step1": source or name.encode()}, ("A note.",))


def result(status=Status.PASSED):
    check = CheckResult(
        "step1.a",
        "a",
        status,
        10 if status is Status.PASSED else 0,
        10,
        problem="\ud800\x00<b>",
        location=Location("main.py", 3),
    )
    return StepResult(
        "step1", "One", status, check.score, 10, 0.5, Limit.OUTPUT, "\x1b[31m\ud800", (check,)
    )


@pytest.fixture
def open_book(tmp_path):
    """Open the gradebook in one folder, as often as wanted, one after the other."""
    opened = []

    def open_book():
        for book in opened:
            book.close()
        opened.append(Gradebook.open(tmp_path / "out"))
        return opened[-1]

    yield open_book
    for book in opened:
        book.close()


def begin(book, again=False, rules=Rules(), **changed):  # noqa: B008  # rules are never changed
    book.begin(conditions(**changed), rules.weigh(SUITES), rules, again=again)
    return [submission.name for submission in book.to_grade()]


def test_what_is_recorded_is_read_back(open_book):
    """Results, sources, notes and refusals come back as they were, whatever they hold."""
    book = open_book()
    book.take_in([submission("b"), Refusal("z.zip", "Broken."), submission("a")])
    assert begin(book) == ["a", "b"]
    book.record("b", [result()])
    book = open_book()
    (graded,) = book
    assert graded.result.steps == (result(),)
    assert graded.sources == {"step1": b"b"}
    assert graded.notes == ("A note.",)
    assert book.refused == (Refusal("z.zip", "Broken."),)
    assert book.suites == SUITES
    assert book.progress == Progress(2, 1)
    assert (book.head.score, book.head.max_score, book.head.seed) == (10, 10, 1)


def test_only_what_changed_is_graded_again(open_book):
    """Graded anew is what has other bytes, other conditions, or was asked for."""
    book = open_book()
    book.take_in([submission("a"), submission("b")])
    for name in begin(book):
        book.record(name, [result()])
    book.take_in([submission("a"), submission("b", b"y = 2"), submission("c")])
    assert begin(book) == ["b", "c"]
    assert begin(book, limits=Limits(wall_time=3)) == ["a", "b", "c"]
    assert begin(book, more_suites={"test_step1_x.py": ""}) == ["a", "b", "c"]
    assert begin(book) == ["b", "c"]
    for name in ("b", "c"):
        book.record(name, [result()])
    assert begin(book) == []
    assert begin(book, again=True) == ["a", "b", "c"]
    book.record("a", [result()])
    assert begin(book, again=True) == ["b", "c"]  # the run before was interrupted
    book.record("b", [result(Status.ERROR)])
    assert begin(book) == ["b", "c"]


def test_what_is_the_same_is_judged_once(open_book):
    """What one handed in is judged for all who handed in the same, or nothing for one reason."""
    missing = NotHandedIn("There is no file", "Hand it in")
    two = (*SUITES, Suite("step2", "Two", 10, ()))
    files = {"a": (b"1", b"2"), "b": (b"1", missing), "c": (b"1", b"2"), "d": (b"3", missing)}
    book = open_book()
    book.take_in(
        Submission(name, {"step1": first, "step2": second})
        for name, (first, second) in files.items()
    )
    book.begin(conditions(), two, Rules(), again=False)
    steps = {"step1": result(), "step2": replace(result(Status.FAILED), step="step2")}
    seen = {}
    for asked in book.to_grade():
        seen[asked.name] = list(asked.files)
        graded = book.record(asked.name, [steps[step] for step in asked.files])
        assert graded == {Status.FAILED: 2 if asked.name == "a" else 1}
    assert seen == {"a": ["step1", "step2"], "b": ["step2"], "d": ["step1"]}
    assert book.progress == Progress(4, 4)
    assert [graded.result.submission for graded in book] == ["a", "b", "c", "d"]
    assert {graded.result.steps for graded in book} == {tuple(steps.values())}


def test_a_file_that_reads_like_a_reason(open_book):
    """No file is taken for the reason why there is none, whatever stands in it."""
    reason = NotHandedIn("There is no file", "Hand it in")
    text = json.dumps(told(reason)).encode()
    alike = [text, text + b"\0", b"\0" + text, hashlib.sha256(text).hexdigest().encode()]
    book = open_book()
    book.take_in([submission("a", reason), *(submission(f"b{text}", text) for text in alike)])
    begin(book)
    kept = {asked.name: asked.files["step1"] for asked in book.to_grade()}
    assert isinstance(kept.pop("a"), NotHandedIn)
    assert kept == {f"b{text}": text for text in alike}


def test_what_is_judged_stays_judged(open_book):
    """What could not be judged for one does not undo what was judged for another meanwhile."""
    book = open_book()
    book.take_in([submission("a", b"1"), submission("b", b"1")])
    assert begin(book) == ["a", "b"]
    assert book.record("a", [result()]) == {Status.PASSED: 2}
    assert book.record("b", [result(Status.ERROR)]) == {}
    assert book.statuses == {Status.PASSED: 2}


def test_points_and_lateness(open_book):
    """Rules are applied when reports are made, so nothing is graded again for them."""
    book = open_book()
    book.take_in([submission("a")])
    begin(book)
    book.record("a", [result()])
    rules = Rules(points={"step1.a": 30}, percent_per_day=10, days_late={"a": 2})
    assert begin(book, rules=rules) == []
    (graded,) = book
    assert (graded.result.score, graded.result.max_score) == (24, 30)
    assert graded.result.steps[0].checks[0].score == 30
    assert graded.notes[1] == "2 days late: 20 % less, which is 6 of 30 points."
    assert begin(book, rules=replace(rules, days_late={"a": 1})) == []
    (graded,) = book
    assert graded.notes[1] == "1 day late: 10 % less, which is 3 of 30 points."


def test_no_submissions(open_book):
    """A class without submissions is wrong usage, and says what was found instead."""
    with pytest.raises(UnusableInput, match=r"no submissions \(notes\.txt: No hand-in\.\):"):
        open_book().take_in([Refusal("notes.txt", "No hand-in.")])
    with pytest.raises(UnusableInput, match=r"\(a: No hand-in\. And 1 more\):"):
        open_book().take_in([Refusal("a", "No hand-in."), Refusal("b", "No hand-in.")])
    with pytest.raises(UnusableInput, match="no submissions: name a folder"):
        open_book().take_in([])


def test_what_was_begun_in_vain(open_book, tmp_path):
    """A gradebook into which nothing came goes, with a new folder; one that holds some stays."""
    book = open_book()
    with pytest.raises(UnusableInput):
        book.take_in([])
    book.abandon()
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    open_book().abandon()
    assert list((tmp_path / "out").iterdir()) == []
    book = open_book()
    book.take_in([submission("a")])
    book.abandon()
    assert list(open_book().names) == ["a"]


def test_a_place_that_cannot_be_written(tmp_path):
    """Where no file can be made is wrong usage, not a fault of the checker."""
    (tmp_path / FILE).mkdir()
    with pytest.raises(UnusableInput, match="cannot be written"):
        Gradebook.open(tmp_path)


def test_a_folder_without_permission(open_book, tmp_path, monkeypatch):
    """A folder that must not be written to is wrong usage, with a gradebook in it or without."""
    open_book().close()
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    for folder in (tmp_path, tmp_path / "out"):
        with pytest.raises(UnusableInput, match="no permission to write there"):
            Gradebook.open(folder)


def test_how_the_graded_came_out(open_book):
    """Statuses are those of what is graded as it is now."""
    book = open_book()
    book.take_in([submission("a"), submission("b"), submission("c")])
    begin(book)
    assert book.record("a", [result(Status.FAILED)]) == {Status.FAILED: 1}
    assert book.record("b", [result()]) == {Status.PASSED: 1}
    assert book.statuses == {Status.PASSED: 1, Status.FAILED: 1}
    begin(book, limits=Limits(wall_time=3))
    assert book.statuses == {}


def test_another_class(open_book):
    """Grades of one class are not mixed with those of another, and stay as they were."""
    book = open_book()
    book.take_in([submission("a")])
    with pytest.raises(UnusableInput, match="another class"):
        book.take_in([submission("x"), submission("y")])
    assert list(book.names) == ["a"]


def test_other_paths(open_book):
    """Other PATHs may add submissions; one that is not at them is not dropped, but told."""
    book = open_book()
    book.take_in([submission("a"), submission("b")], source="class")
    book.take_in([submission("a"), submission("b"), submission("c")], source="class, late")
    for things in ([submission("a")], [Refusal("class", "No telling.")]):
        with pytest.raises(UnusableInput, match=r"grades of [ab] and \d more, not found"):
            book.take_in(things, source="a", may_be_none=True)
        assert list(book.names) == ["a", "b", "c"]
    book.take_in([submission("a")], source="class, late")
    assert list(book.names) == ["a"]


def test_who_left_is_no_longer_reported(open_book):
    """Reports are about what was handed in last."""
    book = open_book()
    book.take_in([submission("a"), submission("b")])
    book.take_in([submission("a"), submission("c")])
    assert list(book.names) == ["a", "c"]


def test_a_folder_that_is_taken(tmp_path):
    """A folder with other things in it is refused, and left as it is."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UnusableInput, match="other things"):
        Gradebook.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\0" * 500])
def test_a_file_that_is_no_gradebook(tmp_path, content):
    """Another file under the gradebook's name ends in a sentence."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(CheckerError):
        Gradebook.open(tmp_path)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA user_version = 99", "a newer version of the checker: update"),
        ("PRAGMA user_version = 1", "an older version of the checker: name"),
        ("PRAGMA application_id = 7", "no gradebook"),
    ],
)
def test_a_gradebook_of_another_kind(open_book, tmp_path, statement, words):
    """A gradebook of another version, or another program's database, is refused."""
    open_book().close()
    connection = sqlite3.connect(tmp_path / "out" / FILE)
    connection.execute(statement)
    connection.close()
    with pytest.raises(UnusableInput, match=words):
        Gradebook.open(tmp_path / "out")


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON refusal (name)",
        "CREATE TRIGGER more AFTER INSERT ON refusal BEGIN SELECT 1; END",
        "DROP VIEW present; CREATE VIEW present AS "
        f"{ENDLESS} 'a' AS name, '[]' AS notes, 1 AS done FROM n",
        "INSERT INTO submission VALUES (x'00', '[]', 1)",
    ],
)
def test_a_gradebook_with_more_in_it(open_book, tmp_path, statement):
    """What else somebody put into a gradebook is never run: the file is none of ours."""
    open_book().close()
    connection = sqlite3.connect(tmp_path / "out" / FILE)
    connection.executescript(statement)
    connection.close()
    with pytest.raises(UnusableInput, match="no gradebook"):
        Gradebook.read(tmp_path / "out")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdict SET result = '{}'",
        "UPDATE verdict SET result = '7'",
        "UPDATE verdict SET result = '{'",
        'UPDATE verdict SET result = replace(result, \'"score": 10\', \'"score": "ten"\')',
        *(
            f"UPDATE verdict SET result = json_set(result, '$.{field}', {value})"
            for field, value in (
                ("title", "5"),
                ("step", "5"),
                ("output", "json('[]')"),
                ("duration", "1e999"),
                ("score", "-3"),
                ("max_score", "1.5"),
                ("checks[0].id", "NULL"),
                ("checks[0].fix", "7"),
                ("checks[0].location.line", "'x'"),
            )
        ),
        "UPDATE submission SET notes = '7'",
        "DELETE FROM file",
        "UPDATE source SET data = '[]'",
        "DELETE FROM source",
        "UPDATE source SET data = 9999999999999",
        "UPDATE about SET value = '{\"days\": 1}' WHERE key = 'rules'",
        """UPDATE about SET value = '{"percent_per_day": "x"}' WHERE key = 'rules'""",
        "UPDATE about SET value = '[1]' WHERE key = 'suites'",
    ],
)
def test_a_row_that_is_no_result(open_book, tmp_path, statement):
    """What is no result ends in a sentence that names the gradebook."""
    book = open_book()
    book.take_in([submission("a")])
    begin(book)
    book.record("a", [result()])
    book.close()
    connection = sqlite3.connect(tmp_path / "out" / FILE)
    connection.executescript(statement)
    connection.close()
    with Gradebook.read(tmp_path / "out") as book, pytest.raises(UnusableInput, match=FILE):
        list(book)


def test_a_text_that_is_damaged(open_book, tmp_path):
    """Bytes that are no text show as such, and nothing else is lost."""
    book = open_book()
    book.take_in([submission("a")])
    begin(book)
    book.record("a", [result()])
    book._run("UPDATE submission SET notes = CAST(x'5b22ff225d' AS TEXT)")
    (graded,) = open_book()
    assert graded.notes == ("\ufffd",)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
def test_a_pipe_beside_it(tmp_path, end):
    """What SQLite would wait for without end is refused by its name."""
    os.mkfifo(tmp_path / f"{FILE}{end}")
    with pytest.raises(UnusableInput, match=f"{end}' is no plain file"):
        Gradebook(tmp_path / FILE)


@pytest.mark.parametrize("value", ["{}", "[", "7"])
def test_conditions_that_are_none(open_book, value):
    """What a run before left must be what a run leaves."""
    book = open_book()
    book.take_in([submission("a")])
    begin(book)
    book._note("conditions", value)
    with pytest.raises(UnusableInput, match=FILE):
        _ = book.conditions
    book._note("intake", "x")
    with pytest.raises(UnusableInput, match=FILE):
        book.take_in([submission("a")])


def test_one_run_at_a_time(open_book, tmp_path):
    """A second run in the same folder is told to wait."""
    open_book().take_in([submission("a")])
    with pytest.raises(UnusableInput, match="in use"):
        Gradebook.open(tmp_path / "out")


def test_no_gradebook_to_compare_with(tmp_path):
    """What is to be compared with has to be there."""
    with pytest.raises(UnusableInput, match="no gradebook"):
        Gradebook.read(tmp_path)


def test_a_full_disk(open_book):
    """A disk that fills ends in a sentence, and what was recorded stays."""
    book = open_book()
    book.take_in([submission("a"), submission("b")])
    begin(book)
    book.record("a", [result()])
    book._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(CheckerError, match="free some disk space"):
        book.take_in([submission("a"), submission("b", b"#" * 60_000)])
    book = open_book()
    assert book.progress == Progress(2, 1)
