"""The commands `init` and `update`: what comes into a workspace, and what stays as it is."""

import json
import re

import pytest

from checker.commands.contents import NOTE, contents
from checker.commands.update import Change, bring
from checker.kata import STEPS, load_steps
from checker.origin import requirement
from checker.workspace import Workspace

FIRST = "steps/step1_database_url/main.py"
SECOND = "steps/step2_database_instance/main.py"
LESSON = "steps/step1_database_url/lesson.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What `init` makes: a folder that no test changes."""
    from checker.commands.init import make

    folder = tmp_path_factory.mktemp("init") / "my kata"
    make(folder, contents())
    return folder


@pytest.fixture
def mine(tmp_path):
    """A workspace made by `init`, to work in."""
    from checker.commands.init import make

    make(tmp_path / "mine", contents())
    return tmp_path / "mine"


def test_what_init_makes(run, tmp_path, made):
    """`init` makes all that a learner needs, and says what to type."""
    done = run("init", "my kata")
    assert done.returncode == 0, done.stderr
    assert "cd 'my kata'" in done.stdout
    for name, data in contents().items():
        assert (tmp_path / "my kata" / name).read_bytes() == data == (made / name).read_bytes()
    for step in load_steps():
        assert (made / "steps" / step.folder.name / "lesson.md").is_file()
    for name in ("README.md", ".gitignore", "steps/closing.md", ".vscode/tasks.json"):
        assert (made / name).is_file()


@pytest.mark.parametrize("name", [".vscode/tasks.json", ".devcontainer/devcontainer.json"])
def test_what_editors_read(made, name):
    """The files for editors are JSON but for their comments, and run the checker."""
    text = (made / name).read_text("utf-8")
    document = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.M))
    assert "checker" in json.dumps(document)


def test_another_installation(made):
    """README and dev container install what is installed here, from where others can reach it."""
    for name in ("README.md", ".devcontainer/devcontainer.json"):
        text = (made / name).read_text("utf-8").replace('\\"', '"')
        assert f'python -m pip install "{requirement()}"' in text
        assert not re.search(r"(?<!\$)\{[a-z]+\}", text)


def test_the_readme_tells_real_commands(made, run):
    """Each command of the learner's README is one that the checker knows."""
    words = re.findall(r"python -m checker ([a-z]+)\b", (made / "README.md").read_text("utf-8"))
    known = run("--help").stdout
    for word in set(words) - {"step", "watch", "quiz"}:
        assert f"\n  {word} " in known


@pytest.mark.parametrize("layout", ["file", "full"])
def test_init_overwrites_nothing(run, tmp_path, layout):
    """`init` refuses a file and a folder that holds something."""
    target = tmp_path / "there"
    if layout == "full":
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    else:
        target.write_text("mine")
    done = run("init", "there")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*mine*")) == [target / "mine.txt"] * (layout == "full")


def test_init_on_a_full_disk(run_on_full_disk, tmp_path):
    """Where `init` cannot write it takes back what it made."""
    done = run_on_full_disk("init", "new")
    assert done.returncode == 2
    assert "cannot be made" in done.stderr
    assert not (tmp_path / "new").exists()


def test_update_leaves_work_alone(mine):
    """New texts come, an untouched starter too, what is missing as well; work stays."""
    (mine / FIRST).write_text("my work\n")
    (mine / "README.md").unlink()
    newer = {name: data + b"\nnewer\n" for name, data in contents().items()}
    changes = bring(Workspace.find(mine), newer | {"steps/step9_new/main.py": b"new\n"})
    assert changes[FIRST] is Change.KEPT
    assert (mine / FIRST).read_text() == "my work\n"
    assert {changes["README.md"], changes["steps/step9_new/main.py"]} == {Change.ADDED}
    assert set(changes.values()) == {Change.KEPT, Change.ADDED, Change.UPDATED}
    for name, data in newer.items():
        assert name == FIRST or (mine / name).read_bytes() == data
    again = bring(Workspace.find(mine), newer)
    assert set(again.values()) == {Change.KEPT, Change.SAME}


def test_update_after_two_versions(mine):
    """A file that was updated once and not touched is updated again."""
    for version in (b"one", b"two"):
        changes = bring(Workspace.find(mine), contents() | {LESSON: version})
        assert changes[LESSON] is Change.UPDATED
        assert (mine / LESSON).read_bytes() == version


def test_links_are_left_alone(mine, tmp_path):
    """What a learner has put in a file's place is not written through."""
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (mine / LESSON).unlink()
    (mine / LESSON).symlink_to(precious)
    assert bring(Workspace.find(mine), contents())[LESSON] is Change.KEPT
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("text", [None, "{", '{"kata": "other", "files": {}}', "[" * 9999])
def test_without_its_note(mine, text):
    """Where it is not known what was untouched, everything that differs stays."""
    (mine / NOTE).unlink()
    if text:
        (mine / NOTE).write_text(text)
    changes = bring(Workspace.find(mine), contents() | {SECOND: b"newer"})
    assert changes.pop(SECOND) is Change.KEPT
    assert set(changes.values()) == {Change.SAME}


def test_the_command_lists_changes(run, mine):
    """`update` says what it brought and what it left alone."""
    (mine / FIRST).write_text("my work\n")
    (mine / LESSON).unlink()
    done = run("update", cwd=mine)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"added +{LESSON}", done.stdout)
    assert re.search(rf"yours, kept +{FIRST}", done.stdout)
    assert SECOND not in done.stdout


def test_update_on_a_full_disk(run_on_full_disk, mine):
    """Where `update` cannot write it says so, and nothing is lost."""
    (mine / FIRST).write_text("my work\n")
    (mine / LESSON).unlink()
    done = run_on_full_disk("update", cwd=mine)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert (mine / FIRST).read_text() == "my work\n"


def test_the_kata_itself_is_not_updated(run):
    """In a clone the command says how a clone is updated."""
    done = run("update", "--workspace", STEPS.parent)
    assert done.returncode == 2
    assert "git pull" in done.stderr
