"""The learner's progress."""

import json
import os

import pytest

from checker.progress import FILE, Progress, State
from checker.results import KATA, CheckResult, Location, Status, StepResult

NAMES = ("step1", "step2", "step3")
PLACE = Location("main.py", 9, 5)


def result(step, status=Status.PASSED, place=PLACE):
    """What came of checking a step that has one check."""
    check = CheckResult(f"{step}.check", "Title", status, 0, 1, location=place)
    return StepResult(step, "Title", status, 0, 1, 0.1, None, "", (check,))


@pytest.fixture
def progress(tmp_path):
    """The progress kept in an empty folder, read anew at each call."""
    return lambda **options: Progress(tmp_path, NAMES, **options)


def test_the_file_can_be_read_by_a_person(run, solved):
    """The file says in words how far the learner is with each step."""
    assert "1 of 4 steps done" in run("step1", "-w", solved).stdout
    assert json.loads((solved / FILE).read_text()) == {
        "schema": 2,
        "kata": KATA,
        "latest": "step1",
        "steps": {"step1": {"state": "passed", "hints": 0, "problem": None}},
        "quiz": {},
    }
    assert "2 of 4 steps done" in run("step3", "-w", solved).stdout


def test_a_step_that_fails_again_is_told_so(progress):
    """A step that passed once and fails now is neither done nor as if it had never passed."""
    progress().record([result("step1"), result("step2")])
    progress().record([result("step1", Status.FAILED)])
    assert progress().done == {"step2"}
    assert progress().of("step1").state is State.BROKEN
    assert progress().of("step1").problem == PLACE
    assert progress().of("step3").state is State.OPEN


def test_a_fault_of_the_checker_changes_nothing(progress):
    """A result for which the checker is at fault takes no pass away."""
    progress().record([result("step1")])
    progress().record([result("step1", Status.ERROR)])
    assert progress().done == {"step1"}


def test_the_current_step(progress):
    """The step to work on is the latest, the next open one when it passed, and the last of all."""
    assert (progress().latest, progress().current) == (None, "step1")
    progress().record([result("step2", Status.FAILED)])
    assert (progress().latest, progress().current) == ("step2", "step2")
    progress().record([result("step2")])
    assert (progress().latest, progress().current) == ("step2", "step3")
    progress().record([result("step3")])
    assert progress().current == "step1"
    progress().record([result(name) for name in NAMES])
    assert (progress().latest, progress().current) == ("step3", "step3")


def test_hints_and_quiz_are_remembered(progress):
    """Hint tiers only grow, each answer replaces the last to its question."""
    progress().record_hints("step2", 2)
    progress().record_hints("step2", 1)
    progress().record_quiz({"one": False, "two": True})
    progress().record_quiz({"one": True})
    assert progress().of("step2").hints == 2
    assert progress().quiz == {"one": True, "two": True}


def test_two_windows_lose_nothing(progress):
    """What another window saved meanwhile is kept."""
    mine, other = progress(), progress()
    mine.record([result("step1")])
    other.record_hints("step2", 1)
    mine.record_quiz({"one": True})
    assert progress().done == {"step1"}
    assert progress().of("step2").hints == 1
    assert mine.of("step2").hints == 1


def test_a_reset_step_is_open_again(progress):
    """A reset forgets the problem's place, keeps the hints, and that the step passed before."""
    progress().record_hints("step1", 1)
    progress().record([result("step1"), result("step2", Status.FAILED)])
    progress().record_reset("step1")
    progress().record_reset("step2")
    assert (progress().of("step1").state, progress().of("step1").hints) == (State.BROKEN, 1)
    assert (progress().of("step2").state, progress().of("step2").problem) == (State.OPEN, None)


def test_without_saving(progress, tmp_path):
    """Progress that is not to be saved is kept in memory."""
    kept = progress(save=False)
    assert kept.record([result("step1")])
    assert kept.record([result("step2")])
    assert kept.done == {"step1", "step2"}
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_schema_1(progress, tmp_path):
    """The file of the first version is read on."""
    first = {"schema": 1, "kata": KATA, "done": ["step1", "step3"]}
    (tmp_path / FILE).write_text(json.dumps(first))
    assert progress().done == {"step1", "step3"}
    progress().record([result("step2")])
    assert progress().done == set(NAMES)
    assert json.loads((tmp_path / FILE).read_text())["schema"] == 2


FRESH = f'{{"schema": 2, "kata": "{KATA}", "latest": null, "steps": %s, "quiz": %s}}'


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("[]", "belongs to something else"),
        ("[" * 9999, "is damaged"),
        ('{"schema": 1, "kata": "other", "done": ["step1"]}', "belongs to something else"),
        (f'{{"schema": 3, "kata": "{KATA}", "more": 1}}', "written by a newer version"),
        (f'{{"schema": 2, "kata": "{KATA}"}}', "is damaged"),
        (FRESH % ("[]", "{}"), "is damaged"),
        (FRESH % ('{"step1": {"state": "flown", "hints": 0, "problem": null}}', "{}"), "damaged"),
        (FRESH % ('{"step1": {"state": "open", "hints": 9, "problem": null}}', "{}"), "damaged"),
        (FRESH % ('{"step1": {"state": "open", "hints": 0, "problem": [1]}}', "{}"), "damaged"),
        (FRESH % ("{}", '{"one": "yes"}'), "is damaged"),
        ("x" * 99999, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_set_aside(progress, tmp_path, text, word):
    """A damaged, foreign or newer file is kept under a dated name, and the learner is told."""
    (tmp_path / FILE).write_text(text)
    fresh = progress()
    assert fresh.record([result("step1")])
    assert word in fresh.remark
    [kept] = tmp_path.glob(".kata-progress.2*.json")
    assert kept.read_text() == text
    assert str(kept) in fresh.remark
    assert progress().done == {"step1"}
    assert fresh.record([result("step2")])
    assert fresh.remark == ""


def test_the_word_comes_from_the_command(run, solved):
    """The command tells what became of a file that it cannot use, and does its work."""
    (solved / FILE).write_text("{")
    done = run("step2", "-w", solved)
    assert done.returncode == 0, done.stderr
    assert "1 of 4 steps done" in done.stdout
    assert "The progress file is damaged, so a new one was begun" in " ".join(done.stdout.split())


def test_only_reading_moves_nothing(progress, tmp_path):
    """A file that cannot be used stays where it is until something has to be saved."""
    (tmp_path / FILE).write_text("{")
    assert progress().done == set()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_link_is_not_followed(progress, tmp_path):
    """A progress file that is a link is replaced; what it points to is left alone."""
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / FILE).symlink_to(target)
    assert progress().record([result("step1")])
    assert target.read_text() == "precious"
    assert not (tmp_path / FILE).is_symlink()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes all")
def test_a_read_only_workspace(run, solved):
    """Where progress cannot be saved the verdict is told all the same."""
    solved.chmod(0o555)
    done = run("step2", "-w", solved)
    solved.chmod(0o755)
    assert done.returncode == 0
    assert "cannot be saved" in done.stdout


def test_a_full_disk(progress, tmp_path):
    """Where nothing can be written the old file stays, it is said once, and memory goes on."""
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    progress().record([result("step1")])
    before = (tmp_path / FILE).read_bytes()
    full = progress()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        saved = full.record([result("step2")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not saved
    assert "cannot be saved" in full.remark
    assert full.record([result("step3")])
    assert full.done == set(NAMES)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).read_bytes() == before
