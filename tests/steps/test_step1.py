"""Step 1: import databases and FastAPI, and define DATABASE_URL."""

import pytest


@pytest.mark.check(points=1, fix="Correct the line that is marked.")
def test_file_runs(program):
    """the file runs"""
    program.load()


@pytest.mark.check(
    points=6,
    after="file_runs",
    about="databases",
    fix="Write  import databases  at the top of the file.",
)
def test_imports_databases(program):
    """databases is imported"""
    assert program.holds("databases"), "The file does not import databases."


@pytest.mark.check(
    points=6,
    after="file_runs",
    about="FastAPI",
    fix="Write  from fastapi import FastAPI  at the top of the file.",
)
def test_imports_fastapi(program):
    """FastAPI is imported"""
    assert program.holds("fastapi.FastAPI"), "The file does not import FastAPI."


@pytest.mark.check(
    points=12,
    after="file_runs",
    about="DATABASE_URL",
    fix='Write  DATABASE_URL = "sqlite:///./test.db"  with three slashes before the dot.',
)
def test_database_url(program):
    """DATABASE_URL is the address of test.db"""
    url = program.look("DATABASE_URL")
    assert url == "sqlite:///./test.db", "DATABASE_URL is not the address of ./test.db."
