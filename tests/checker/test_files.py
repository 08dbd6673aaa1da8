"""Files are written so that nothing is lost, under names that every system can hold."""

import os
import stat
import sys

import pytest

from checker.files import file_name, replace_file, replacing, set_aside


def test_what_was_there_is_kept(tmp_path):
    """With `keep` each earlier content stays under a name of its own, however fast one writes."""
    path = tmp_path / "main.py"
    kept = [replace_file(path, str(number).encode(), keep=True) for number in range(4)]
    assert path.read_text() == "3"
    assert kept[0] is None
    assert [old.read_text() for old in kept[1:]] == ["0", "1", "2"]
    assert all(old.suffix == ".py" for old in kept[1:])
    assert len(list(tmp_path.iterdir())) == 4


def test_without_keep(tmp_path):
    """Without `keep` the old content is replaced, and nothing else is left."""
    path = tmp_path / "main.py"
    path.write_text("old")
    assert replace_file(path, b"new") is None
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("main.py", "new")]


@pytest.mark.skipif(sys.platform == "win32", reason="rights as POSIX has them")
def test_rights_of_a_new_file(tmp_path):
    """A file gets the rights that any new file would get."""
    before = os.umask(0o022)
    try:
        replace_file(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


def test_a_failure_changes_nothing(tmp_path):
    """What cannot be put in place leaves everything as it was."""
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(folder, b"data")
    assert sorted(tmp_path.rglob("*")) == [folder, folder / "inside"]


def test_links_and_folders_are_set_aside(tmp_path):
    """A link keeps its target, a folder what it holds."""
    target = tmp_path / "target"
    target.write_text("target")
    link = tmp_path / "link"
    link.symlink_to(target)
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    assert set_aside(link).is_symlink()
    assert (set_aside(folder) / "inside").is_dir()
    assert target.read_text() == "target"
    assert not link.exists()
    assert not folder.exists()


def test_a_file_is_replaced_as_a_whole(tmp_path):
    """Until all is written the old file stays, and afterwards nothing else is left."""
    path = tmp_path / "report"
    path.write_text("old")
    with replacing(path) as file:
        file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_keeps_the_old_file(tmp_path):
    """What breaks off in the middle leaves the old file, and no part of the new one."""
    path = tmp_path / "report"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as file:
        file.write("new" * 10_000 + "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["ann", "Anna Müller_123", "a.b-c@d (2)", "step3.py"])
def test_an_ordinary_name_stays(name):
    """Names that every system takes are not changed."""
    assert file_name(name) == name


STRANGE = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "a/b",
    "a\\b",
    "a:b",
    "a_b\n",
    "-rf",
    "nul",
    "COM1.txt",
    "x" * 300,
    "x" * 301,
    "ü" * 200,
    "\x00",
    "\udcff",
    "\u202e",
    "name.",
    "name ",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_made_safe(tmp_path, name):
    """Other names become names of files in this very folder, short enough to be written."""
    made = tmp_path / f"{file_name(name)}.json"
    made.write_text("")
    assert [path.name for path in tmp_path.iterdir()] == [made.name]
    assert not made.name.startswith((".", "-"))
    assert made.name.isprintable()


def test_no_two_names_become_one():
    """Different names stay different."""
    assert len({file_name(name) for name in STRANGE}) == len(STRANGE)


@pytest.mark.parametrize("name", ["O’Hara", "a/b", "nul"])
def test_nobody_can_take_the_name_made_for_another(name):
    """A plain name that is what another becomes is changed itself, in capitals or ligatures too."""
    made = file_name(name)
    assert file_name(made).startswith(f"{made}-")
    assert file_name(made.upper()) != made.upper()
    assert file_name("x-ﬀ00ff11") != "x-ﬀ00ff11"
