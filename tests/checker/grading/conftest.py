"""A class to grade, and the command that grades it."""

import shutil
import sys
from pathlib import Path

import pytest

from checker.kata import SOLUTIONS, STEPS


@pytest.fixture(scope="session")
def hand_ins(tmp_path_factory):
    """A small class: right, untouched, hostile, incomplete, broken, and with an ugly name."""
    place = tmp_path_factory.mktemp("class")
    shutil.copytree(SOLUTIONS, place / "ada")
    shutil.copytree(STEPS, place / "bob")
    (place / "eve").mkdir()
    (place / "eve" / "main.py").write_text("import os\nos._exit(0)\n")
    name = "=cmd()\n[bold]" if sys.platform != "win32" else "=cmd()"
    shutil.copytree(SOLUTIONS / "step1_database_url", place / name / "step1")
    (place / "broken.zip").write_bytes(b"PK\x03\x04 no more")
    (place / "notes.txt").write_text("no hand-in")
    return place


@pytest.fixture(scope="session")
def jobs_of():
    """Tells the jobs that a process has started, itself or by others (Linux)."""

    def jobs_of(pid):
        return [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if b"checker.grading.job" in read(path)
            and f" {pid} ".encode() in read(path.with_name("stat")).rpartition(b")")[2]
        ]

    return jobs_of


def read(path):
    """What is in a file of a process; nothing if that has just ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
