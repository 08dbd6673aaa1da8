"""What a run leaves for the machine that it runs on."""

import base64
import json
import re

import pytest
from junitparser import JUnitXml

LOOKS_LIKE_COMMANDS = 'print("::error::forged\\n::add-mask::a\\n  ##[error]forged")\n'


@pytest.fixture
def on_github(solved, run, tmp_path):
    """Run the checker as GitHub Actions would on a workspace with a mistake and loud output."""
    main = solved / "step3_fetch_users" / "main.py"
    text = main.read_text("utf-8").replace("return await", "return")
    main.write_text(LOOKS_LIKE_COMMANDS + text, "utf-8")

    def on_github(*arguments, **more):
        env = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
        }
        return run(*arguments, "--workspace", solved, env=env | more)

    return on_github


def obeyed(text):
    """The lines of a log that GitHub takes for commands."""
    lines, token = [], None
    for line in text.split("\n"):
        if token:
            token = None if line.strip() == f"::{token}::" else token
        elif stop := re.fullmatch(r"::stop-commands::(\w+)", line):
            token = stop[1]
        elif line.strip().startswith("::") or "##[" in line:
            lines.append(line)
    assert token is None
    return lines


@pytest.mark.parametrize("word", ["step3", "all"])
def test_annotations(on_github, word):
    """GitHub is told the first problem with its place, and obeys nothing that the code printed."""
    done = on_github(word)
    assert done.returncode == 1
    (line,) = obeyed(done.stdout)
    assert line.startswith("::error file=solved/step3_fetch_users/main.py,line=16,col=12,title=")
    assert "::fetch_users handed back a coroutine" in line
    assert obeyed(done.stderr) == []


def test_summary_and_output(on_github, tmp_path):
    """The summary has the points and the code, the output a result for Classroom."""
    on_github("all")
    summary = (tmp_path / "summary").read_text("utf-8")
    assert "# 83 of 100 points" in summary
    assert "> 16 |     return database.fetch_all(query)" in summary
    name, _, encoded = (tmp_path / "output").read_text().strip().partition("=")
    result = json.loads(base64.b64decode(encoded))
    assert name == "result"
    assert (result["status"], result["max_score"]) == ("fail", 100)
    assert sum(test["score"] for test in result["tests"]) == 83


def test_json_stays_alone_on_standard_output(on_github, tmp_path):
    """With --json the document is all there is; annotations go to the other stream."""
    done = on_github("all", "--json")
    assert json.loads(done.stdout)["score"] == 83
    assert obeyed(done.stdout) == []
    assert len(obeyed(done.stderr)) == 1
    assert (tmp_path / "summary").exists()


def test_a_summary_that_cannot_be_written(on_github, tmp_path):
    """Where the summary cannot be written the verdict stands, and one sentence says so."""
    done = on_github("step1", GITHUB_STEP_SUMMARY=str(tmp_path / "no" / "summary"))
    assert done.returncode == 0
    assert "The file that GITHUB_STEP_SUMMARY names cannot be written" in done.stderr


def test_elsewhere_nothing_is_told(run, solved):
    """Without GITHUB_ACTIONS no command is printed."""
    done = run("all", "--workspace", solved, env={"CI": "true"})
    assert "::" not in done.stdout + done.stderr


def test_junit(run, solved, tmp_path):
    """--junit writes the checks to a file as well."""
    done = run("all", "--workspace", solved, "--junit", tmp_path / "junit.xml")
    assert done.returncode == 0
    suites = list(JUnitXml.fromfile(str(tmp_path / "junit.xml")))
    assert [suite.name for suite in suites] == ["step1", "step2", "step3", "step4"]
    assert all(suite.failures == suite.errors == suite.skipped == 0 for suite in suites)
    assert "Score 100 of 100" in done.stdout


def test_junit_that_cannot_be_written(run, solved, tmp_path):
    """A JUnit file in no folder is wrong usage, in one sentence."""
    done = run("step1", "--workspace", solved, "--junit", tmp_path / "no" / "junit.xml")
    assert done.returncode == 2
    assert "name one in a folder that you may write to" in done.stderr
