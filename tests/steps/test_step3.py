"""Step 3: write fetch_users, which returns every row of the table users.

The table `users` is drawn by the checker: other columns, other rows, another number of them
at every run.
"""

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
    points=1,
    after="file_runs",
    about="database",
    fix="Write  database = databases.Database(DATABASE_URL)  as step 2 asks.",
)
def test_step2_still_holds(program):
    """what step 2 asked for still holds"""
    assert program.is_a("database", "databases.Database"), (
        "database is not an instance of databases.Database."
    )
    with program.loaded_with(DATABASE_URL="sqlite:///./set-by-the-checker.db"):
        assert program.look("database.url") == "sqlite:///./set-by-the-checker.db", (
            "database is not built from DATABASE_URL."
        )


@pytest.mark.check(
    points=5,
    after="file_runs",
    about="fetch_users",
    fix="Begin the function with  async def fetch_users():",
)
def test_fetch_users_is_async(program):
    """fetch_users is an async function"""
    assert program.is_async("fetch_users"), "fetch_users is not an async function."


@pytest.mark.check(
    points=5,
    after="fetch_users_is_async",
    about="fetch_users",
    fix='Return what  await database.fetch_all("SELECT * FROM users")  gives, all of it.',
)
def test_returns_every_row(program, users):
    """fetch_users returns every row"""
    # More rows than any number in the file: a limit in the query has to show.
    users.refill(at_least=1 + max([100, *program.numbers]))
    rows = program.call("fetch_users")
    assert rows == users.as_many_rows, "fetch_users does not hand back every row of users."


@pytest.mark.check(
    points=4,
    after="returns_every_row",
    about="fetch_users",
    fix="Select every column with * and hand the rows back unchanged.",
)
def test_returns_every_column(program, users):
    """each row has every column"""
    users.refill(at_least=12)
    rows = program.call("fetch_users")
    assert rows == users.contents, "The rows of fetch_users are not the rows of the table users."
    again = program.call("fetch_users")
    assert again == users.contents, "fetch_users changes the table: a second call gives other rows."


@pytest.mark.check(
    points=4,
    after="returns_every_row",
    about="fetch_users",
    fix="Run the query inside fetch_users, so that each call reads the table anew.",
)
def test_reads_anew(program, users):
    """each call reads the table as it is now"""
    # The checks before this one called it, and then the table had another number of rows.
    users.refill(at_least=5)
    rows = program.call("fetch_users")
    assert rows == users.as_many_rows, "fetch_users hands back old rows after the table changed."


@pytest.mark.check(
    points=2,
    after="returns_every_row",
    about="fetch_users",
    fix="Read the rows with  await database.fetch_all(query)  on the database of step 2.",
)
def test_reads_through_fetch_all(program):
    """the rows come through database.fetch_all"""
    # In each of the calls until now.
    assert program.rows_from("database.fetch_all") == program.rows_given, (
        "fetch_users does not use database.fetch_all."
    )


@pytest.mark.check(
    points=2,
    after="returns_every_row",
    about="fetch_users",
    fix="Leave out the call that stands still, or use one that can be awaited.",
)
def test_does_not_block(program):
    """fetch_users never stops the event loop"""
    # In none of the calls until now.
    assert program.blocking_calls() == [], "fetch_users stops every other request while it runs."
