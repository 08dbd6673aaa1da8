"""Where another machine finds the same kata."""

import subprocess

import pytest

from checker.origin import from_note, requirement


@pytest.mark.parametrize(
    ("noted", "url"),
    [
        (
            {"url": "https://example.org/kata", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+https://example.org/kata@abc",
        ),
        (
            {
                "url": "https://me:secret@example.org/kata",
                "vcs_info": {"vcs": "git", "commit_id": "a"},
            },
            "git+https://example.org/kata@a",
        ),
        (
            {"url": "https://example.org/kata.whl", "archive_info": {}},
            "https://example.org/kata.whl",
        ),
        (
            {"url": "https://me:secret@example.org/k.whl", "archive_info": {}},
            "https://example.org/k.whl",
        ),
        ({"url": "file:///home/me/kata.whl", "archive_info": {}}, None),
        ({"url": "file:///nowhere/at/all", "dir_info": {"editable": True}}, None),
        ({"url": "ssh://example.org/k", "vcs_info": {"vcs": "git", "commit_id": "a"}}, None),
        ({}, None),
    ],
)
def test_an_installers_note(noted, url):
    """An address that others can reach is taken, without a login; of any other nothing is said."""
    assert from_note(noted) == url


def test_a_checkout_stands_for_its_commit(tmp_path):
    """A checkout is its commit in the repository that it was cloned from."""

    def git(*arguments):
        command = ["git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.org"]
        done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    note = {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}
    assert from_note(note) is None
    git("remote", "add", "origin", "git@example.org:course/kata.git")
    commit = git("rev-parse", "HEAD")
    assert from_note(note) == f"git+https://example.org/course/kata.git@{commit}"


def test_a_requirement_names_the_distribution():
    """Whatever is known, the requirement begins with the distribution's name."""
    assert requirement().startswith("fastapi-databases-kata")
