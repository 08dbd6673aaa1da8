"""Noticing a save, however an editor saves and whatever the system tells of it."""

import os
import queue
import shutil

import pytest
import watchfiles

from checker.watch.files import FileWatcher
from checker.watch.state import Saved

PATIENCE = 30


def in_place(file, text):
    """Overwrite the file."""
    file.write_text(text)


def renamed_over(file, text):
    """Write a new file and put it in the place of the old one."""
    new = file.with_name(".main.py.swp")
    new.write_text(text)
    new.replace(file)


def moved_away_first(file, text):
    """Keep the old file as a backup, and write a new one."""
    file.rename(file.with_name("main.py~"))
    file.write_text(text)


def same_size_and_time(file, text):
    """Replace the file by one of the same length and date."""
    before = file.stat()
    renamed_over(file, text[: before.st_size].ljust(before.st_size))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def in_another_folder(file, text):
    """Delete the whole folder and make it anew."""
    shutil.rmtree(file.parent)
    file.parent.mkdir()
    file.write_text(text)


WAYS = [in_place, renamed_over, moved_away_first, same_size_and_time, in_another_folder]


@pytest.fixture
def watching(tmp_path):
    """Two files that are watched, what was told of them, and their watcher to be opened."""
    files = {name: tmp_path / name / "main.py" for name in ("step1", "step2")}
    for file in files.values():
        file.parent.mkdir()
        file.write_text("old")
    told = queue.SimpleQueue()
    watchers = []

    def watching(**options):
        watchers.append(FileWatcher(files, told.put, **options))
        watchers[-1].open()
        return files, told, watchers[-1]

    yield watching
    for watcher in watchers:
        watcher.close()


@pytest.mark.parametrize("poll", [False, True], ids=["told", "polled"])
@pytest.mark.parametrize("save", WAYS)
def test_a_save_is_noticed(watching, save, poll):
    """Whatever way an editor saves, it is noticed, and again the next time."""
    files, told, _ = watching(poll=poll)
    for text in ("one", "two"):
        save(files["step1"], text)
        assert told.get(timeout=PATIENCE) == Saved("step1")
        while files["step1"].read_text().strip() != text or not told.empty():
            told.get(timeout=PATIENCE)


def test_each_file_is_told_apart(watching):
    """It is known which step was saved."""
    files, told, _ = watching()
    files["step2"].write_text("new")
    assert told.get(timeout=PATIENCE) == Saved("step2")


def test_what_is_not_the_file_is_not_told(watching):
    """Other files in the folder do not matter, nor does reading the file."""
    files, told, _ = watching()
    files["step1"].with_name("notes.txt").write_text("mine")
    files["step1"].read_text()
    files["step2"].write_text("new")
    assert told.get(timeout=PATIENCE) == Saved("step2")
    assert told.empty()


def test_a_workspace_that_goes_and_comes_back(watching, tmp_path):
    """A folder that is moved away is noticed, and so is a save after it is back."""
    files, told, _ = watching()
    folder = files["step1"].parent
    folder.rename(tmp_path / "elsewhere")
    assert told.get(timeout=PATIENCE) == Saved("step1")
    (tmp_path / "elsewhere").rename(folder)
    assert told.get(timeout=PATIENCE) == Saved("step1")
    files["step1"].write_text("new")
    assert told.get(timeout=PATIENCE) == Saved("step1")


def test_polling_where_the_system_tells_nothing(watching, monkeypatch):
    """Where saves are found that were never told of, the watcher begins to poll by itself."""

    def watch(*folders, stop_event, rust_timeout, **options):
        while not stop_event.wait(rust_timeout / 1000):
            yield set()

    monkeypatch.setattr(watchfiles, "watch", watch)
    files, told, watcher = watching()
    for text in ("one", "two", "three"):
        files["step1"].write_text(text)
        assert told.get(timeout=PATIENCE) == Saved("step1")
    assert watcher.polling


def test_polling_where_no_watch_is_left(watching, monkeypatch):
    """Where the system has no watch left to give, the watcher polls."""

    def watch(*folders, **options):
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watchfiles, "watch", watch)
    files, told, watcher = watching()
    files["step1"].write_text("new")
    assert told.get(timeout=PATIENCE) == Saved("step1")
    assert watcher.polling


def test_the_system_is_believed_where_it_tells(watching):
    """Where the system tells of saves, there is no polling."""
    files, told, watcher = watching()
    for number in range(5):
        files["step1"].write_text(str(number))
        assert told.get(timeout=PATIENCE) == Saved("step1")
    assert not watcher.polling
