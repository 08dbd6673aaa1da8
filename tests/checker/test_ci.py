"""The configurations for systems that check or grade by themselves."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from checker.cli import System
from checker.commands.ci import CONFIGURATIONS, FROM_INDEX
from checker.origin import RELEASE

KATA = "fastapi-databases-kata @ git+https://example.org/kata@0123abc"
BASH = pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("bash"), reason="there is no bash here"
)


@pytest.fixture
def written(tmp_path, run):
    """Write a configuration with the real command; its files by name."""

    def written(system, *more):
        done = run("ci", system, "--out", tmp_path / "out", "--kata", KATA, *more)
        assert done.returncode == 0, done.stderr
        files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
        return {path.relative_to(tmp_path / "out").as_posix(): path for path in files}

    return written


def test_every_system_has_a_configuration():
    """What the command line takes is what there is."""
    assert {system.value for system in System} == set(CONFIGURATIONS)


@pytest.mark.parametrize("system", list(System))
def test_nothing_is_left_open(written, system):
    """Each file names the kata that was asked for, has comments, and no gap to fill."""
    files = written(system)
    assert set(files) == set(CONFIGURATIONS[system].files.values())
    texts = [path.read_text("utf-8") for path in files.values()]
    assert any(KATA in text for text in texts)
    for text in texts:
        assert "@KATA@" not in text
        assert "#" in text


@pytest.mark.parametrize("system", list(System))
def test_a_release_comes_from_whoever_has_its_name(run, tmp_path, system, written):
    """A kata from the package index is warned of beside its name; one from elsewhere is not."""
    done = run("ci", system, "--out", tmp_path / "release", "--kata", RELEASE)
    assert "find out whose" in done.stdout
    files = [path for path in (tmp_path / "release").rglob("*") if path.is_file()]
    (text,) = (text for path in files if RELEASE in (text := path.read_text("utf-8")))
    *above, _ = text.partition(RELEASE)[0].split("\n")
    indent = above[-1].partition("#")[0]
    assert [line.removeprefix(f"{indent}# ") for line in above[-3:]] == list(FROM_INDEX)
    if not text.startswith("#!"):
        yaml.safe_load(text)
    others = [path.read_text("utf-8") for path in written(system).values()]
    assert not any("Whoever owns this name" in text for text in others)


@pytest.mark.parametrize("system", list(System))
def test_nothing_is_overwritten(written, run, tmp_path, system):
    """A file that exists stays, and the command says so in one sentence."""
    files = written(system)
    last = list(CONFIGURATIONS[system].files.values())[-1]
    files[last].write_text("mine")
    done = run("ci", system, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "exists: remove it, or choose another folder with --out." in done.stderr
    assert files[last].read_text() == "mine"


def test_github(written):
    """The workflow may read only, installs the kata from outside, and checks every step."""
    workflow = yaml.safe_load(written("github")[".github/workflows/kata.yml"].read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["env"]["KATA"] == KATA
    checkout, _, install, check = workflow["jobs"]["kata"]["steps"]
    assert checkout["with"]["persist-credentials"] is False
    assert install["working-directory"] == "${{ runner.temp }}"
    assert check["run"] == "checker all"


def test_classroom(written):
    """Classroom's workflow has the names that its reporter insists on, and hands it the output."""
    path = written("classroom")[".github/workflows/classroom.yml"]
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["name"] == "Autograding Tests"
    assert list(workflow["jobs"]) == ["run-autograding-tests"]
    *_, check, report = workflow["jobs"]["run-autograding-tests"]["steps"]
    assert check["continue-on-error"] is True
    runner = report["with"]["runners"]
    output = f"${{{{ steps.{check['id']}.outputs.result }}}}"
    assert report["env"] == {f"{runner.upper()}_RESULTS": output}


def test_gitlab(written):
    """GitLab's job keeps the JUnit file that it has the checker write."""
    job = yaml.safe_load(written("gitlab")[".gitlab-ci.yml"].read_text("utf-8"))["kata"]
    written_to = re.search(r"--junit (\S+)", job["script"][0])[1]
    assert job["artifacts"]["reports"]["junit"] == written_to
    assert job["artifacts"]["when"] == "always"
    assert job["variables"]["KATA"] == KATA


@BASH
def test_gradescope_scripts_are_programs(written):
    """Gradescope's files are scripts that bash can read and that can be run."""
    for path in written("gradescope").values():
        subprocess.run(["bash", "-n", path], check=True)
        assert os.access(path, os.X_OK)


@BASH
def test_gradescope_runs_the_installed_checker(written, tmp_path):
    """`run_autograder` has the installed checker grade the submission into results.json."""
    checker = tmp_path / "kata" / "venv" / "bin" / "checker"
    checker.parent.mkdir(parents=True)
    checker.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$AUTOGRADER/called"\n')
    checker.chmod(0o755)
    (tmp_path / "submission").mkdir()
    subprocess.run(
        [written("gradescope")["run_autograder"]],
        check=True,
        env=os.environ | {"AUTOGRADER": str(tmp_path), "PREFIX": str(tmp_path / "kata")},
    )
    called = (tmp_path / "called").read_text().split("\n")
    assert called[:2] == ["grade", str(tmp_path / "submission")]
    place = called.index("--gradescope")
    assert called[place + 1] == str(tmp_path / "results" / "results.json")
    assert (tmp_path / "results").is_dir()


@pytest.mark.parametrize("kata", ['a"b', "$(id)", "a\nb", "`id`"])
def test_a_requirement_cannot_end_its_quotes(run, tmp_path, kata):
    """A requirement that would be more than text in a configuration is refused."""
    done = run("ci", "gradescope", "--out", tmp_path / "out", "--kata", kata)
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()


def test_an_unwritable_folder(run, tmp_path):
    """A folder that cannot be made is one sentence."""
    (tmp_path / "out").write_text("a file")
    done = run("ci", "github", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "choose a folder that you may write to" in done.stderr
