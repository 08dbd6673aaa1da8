"""Files for students: none stays that is no longer true, and none goes that is not ours."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from checker.commands.grade import Wishes, write_reports
from checker.errors import UnusableInput
from checker.exporters import feedback, gradescope, handouts

BOTH = pytest.mark.parametrize("exporter", [gradescope, feedback])


def without(sample, *names):
    """The class without some of its submissions."""
    left = tuple(one for one in sample.graded if one.result.submission not in names)
    return replace(sample, graded=left)


def stems(folder):
    """The names in a folder, without what comes behind the dot."""
    return {path.stem for path in folder.iterdir()}


@BOTH
def test_who_is_gone_leaves_no_file(sample, tmp_path, exporter):
    """The file of a submission that is no longer there goes; the others stay."""
    exporter.export(sample, tmp_path)
    folder = tmp_path / exporter.FOLDER
    first = stems(folder)
    exporter.export(without(sample, "ben", "dan"), tmp_path)
    assert stems(folder) == first - {"ben", "dan"}
    exporter.export(sample, tmp_path)
    assert stems(folder) == first


@BOTH
def test_files_of_others_stay(sample, tmp_path, exporter):
    """A file that we did not write, one changed since, and a link are never removed."""
    exporter.export(sample, tmp_path)
    folder = tmp_path / exporter.FOLDER
    (ben,) = folder.glob("ben.*")
    (dan,) = folder.glob("dan.*")
    (cleo,) = folder.glob("cleo.*")
    (folder / f"eve{ben.suffix}").write_text("mine")
    ben.write_text("See me after class.")
    kept = tmp_path / "kept"
    dan.rename(kept)
    dan.symlink_to(kept)
    exporter.export(without(sample, "ben", "dan", "cleo"), tmp_path)
    assert ben.read_text() == "See me after class."
    assert (folder / f"eve{ben.suffix}").exists()
    assert dan.is_symlink()
    assert not cleo.exists()


@BOTH
def test_what_was_changed_is_not_written_over(sample, tmp_path, exporter):
    """A file that somebody changed or put there stays and is named, until it is removed."""
    folder = tmp_path / exporter.FOLDER
    assert exporter.export(sample, tmp_path) == []
    (ben,) = folder.glob("ben.*")
    (dan,) = folder.glob("dan.*")
    (cleo,) = folder.glob("cleo.*")
    written = ben.read_text()
    ben.write_text("See me after class.")
    exporter.export(without(sample, "dan"), tmp_path)
    dan.write_text("I know you.")
    cleo.unlink()
    assert exporter.export(sample, tmp_path) == [ben, dan]
    assert ben.read_text() == "See me after class."
    assert dan.read_text() == "I know you."
    assert cleo.exists()
    ben.unlink()
    assert exporter.export(sample, tmp_path) == [dan]
    assert ben.read_text() == written


@BOTH
def test_what_was_not_changed_is_written_anew(sample, tmp_path, exporter):
    """A file that is as it was written gets its new contents."""
    exporter.export(sample, tmp_path)
    (ben,) = (tmp_path / exporter.FOLDER).glob("ben.*")
    written = ben.read_text()
    later = tuple(replace(one, remarks=(*one.notes, "A new note.")) for one in sample.graded)
    assert exporter.export(replace(sample, graded=later), tmp_path) == []
    assert ben.read_text() != written


@pytest.mark.parametrize("noted", ["", "[]", "{", "\udcff", "[" * 100_000, '{"ben.md": [1]}'])
def test_a_note_that_is_spoilt_removes_nothing(sample, tmp_path, noted):
    """Where the note cannot be read, all files stay, and the next note is whole again."""
    feedback.export(sample, tmp_path)
    note = handouts.note(tmp_path / "feedback")
    note.write_bytes(noted.encode("utf-8", "surrogateescape"))
    feedback.export(without(sample, "ben"), tmp_path)
    assert "ben" in stems(tmp_path / "feedback")
    assert len(json.loads(note.read_text("ascii"))) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_in_place_of_a_note(tmp_path):
    """What lies where the note should be is never waited for."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(handouts.note(tmp_path / "folder"))
    with handouts.writing(tmp_path / "folder") as write:
        assert write("ann.md", ["page"])
    assert handouts.note(tmp_path / "folder").is_file()


def test_a_note_reaches_no_other_folder(sample, tmp_path):
    """A name in the note that leads out of the folder is passed over."""
    feedback.export(sample, tmp_path)
    outside = tmp_path / "outside.md"
    outside.write_text("x")
    names = ("../outside.md", str(outside), "x" * 5000, "y/" * 5000, "..", "", "\0", "\ud800")
    noted = dict.fromkeys(names, handouts.digest(outside))
    note = handouts.note(tmp_path / "feedback")
    for use in (feedback.remove, lambda folder: feedback.export(sample, folder)):
        note.write_text(json.dumps(noted), "ascii")
        use(tmp_path)
        assert outside.read_text() == "x"


@BOTH
def test_a_folder_that_is_a_link(sample, tmp_path, exporter):
    """Behind a link nothing is written or removed, though a note says it was ours."""
    out, other = tmp_path / "out", tmp_path / "other"
    out.mkdir()
    exporter.export(sample, out)
    (out / exporter.FOLDER).rename(other)
    (out / exporter.FOLDER).symlink_to(other)
    before = {path: path.read_bytes() for path in other.iterdir()}
    with pytest.raises(UnusableInput, match="symbolic link"):
        exporter.export(without(sample, "ben"), out)
    handouts.remove(out / exporter.FOLDER)
    assert {path: path.read_bytes() for path in other.iterdir()} == before


@pytest.mark.parametrize("same", [True, False])
def test_a_name_in_other_letters(tmp_path, same):
    """Where `Ann` is the file `ann`, it stays as the new one; where it is another, it goes."""
    folder = tmp_path / "pages"
    old, new = folder / "Ann.md", folder / "ann.md"
    with handouts.writing(folder) as write:
        write(old.name, ["x"])
    with handouts.writing(folder) as write:
        write(new.name, ["x"])
        distinct = stems(folder) == {"Ann", "ann"}
        if distinct and same:
            old.unlink()
            old.hardlink_to(new)
    assert new.exists()
    assert old.exists() is (same or not distinct)


def test_what_breaks_off_is_noted(tmp_path):
    """A run that breaks off removes nothing, and the next one knows all files of both."""
    folder = tmp_path / "pages"
    with handouts.writing(folder) as write:
        write("a.md", ["1"])
    with suppress(KeyboardInterrupt), handouts.writing(folder) as write:
        write("b.md", ["2"])
        raise KeyboardInterrupt
    assert stems(folder) == {"a", "b"}
    handouts.remove(folder)
    assert list(tmp_path.iterdir()) == []


def test_pages_that_are_not_asked_for_go(sample, tmp_path, monkeypatch):
    """Grading without `--feedback` leaves no pages of an earlier time, but what was added."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    write_reports(sample, tmp_path, Wishes(feedback=True), print)
    assert len(stems(tmp_path / "feedback")) == 8
    write_reports(sample, tmp_path, Wishes(), print)
    assert not (tmp_path / "feedback").exists()
    write_reports(sample, tmp_path, Wishes(feedback=True), print)
    (tmp_path / "feedback" / "mine.txt").write_text("x")
    write_reports(sample, tmp_path, Wishes(), print)
    assert stems(tmp_path / "feedback") == {"mine"}


def test_what_stays_is_said(sample, tmp_path, monkeypatch):
    """Whoever grades is told which files were kept, and what to do about it."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    said = []
    write_reports(sample, tmp_path, Wishes(feedback=True), said.append)
    assert said == []
    page = tmp_path / "feedback" / "ben.md"
    page.write_text("See me after class.")
    write_reports(sample, tmp_path, Wishes(feedback=True), said.append)
    (sentence,) = said
    assert f"kept as they are: {page}. Remove" in sentence


def test_a_folder_that_is_not_ours_stays(tmp_path):
    """Without a note a folder is left alone, even an empty one."""
    (tmp_path / "feedback").mkdir()
    feedback.remove(tmp_path)
    assert (tmp_path / "feedback").exists()
