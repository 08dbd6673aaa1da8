"""Step 2: create database, a databases.Database built from DATABASE_URL."""

import pytest


@pytest.mark.check(points=1, fix="Correct the line that is marked.")
def test_file_runs(program):
    """the file runs"""
    program.load()


@pytest.mark.check(
    points=1,
    after="file_runs",
    about="DATABASE_URL",
    fix='Write both imports and  DATABASE_URL = "sqlite:///./test.db"  as step 1 asks.',
)
def test_step1_still_holds(program):
    """what step 1 asked for still holds"""
    assert program.holds("databases"), "The file does not import databases."
    assert program.holds("fastapi.FastAPI"), "The file does not import FastAPI."
    url = program.look("DATABASE_URL")
    assert url == "sqlite:///./test.db", "DATABASE_URL is not the address of ./test.db."


@pytest.mark.check(
    points=12,
    after="file_runs",
    about="database",
    fix="Call the class  databases.Database  and name what it returns database.",
)
def test_database_is_an_instance(program):
    """database is a databases.Database"""
    assert program.is_a("database", "databases.Database"), (
        "database is not an instance of databases.Database."
    )


@pytest.mark.check(
    points=11,
    after="database_is_an_instance",
    about="database",
    fix="Put the variable DATABASE_URL between the parentheses of databases.Database(...).",
)
def test_database_is_built_from_url(program):
    """database is built from DATABASE_URL"""
    assert program.look("database.url") == program.look("DATABASE_URL"), (
        "database has another address than DATABASE_URL."
    )
    # The proof: run the file once more with another DATABASE_URL, and see database follow.
    with program.loaded_with(DATABASE_URL="sqlite:///./set-by-the-checker.db"):
        assert program.look("database.url") == "sqlite:///./set-by-the-checker.db", (
            "database does not follow when DATABASE_URL changes: it is built from something else."
        )
