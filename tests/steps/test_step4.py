"""Step 4: create app, which connects database at startup and disconnects it at shutdown."""

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
    points=1,
    after="file_runs",
    about="fetch_users",
    fix="Write the async function fetch_users as step 3 asks.",
)
def test_step3_still_holds(program, users):
    """what step 3 asked for still holds"""
    assert program.is_async("fetch_users"), "fetch_users is not an async function."
    users.refill()
    rows = program.call("fetch_users")
    assert rows == users.contents, "fetch_users does not hand back every row of users."
    assert program.rows_from("database.fetch_all") == program.rows_given, (
        "fetch_users does not use database.fetch_all."
    )
    assert program.blocking_calls() == [], "fetch_users stops every other request."


@pytest.mark.check(
    points=4,
    after="file_runs",
    about="app",
    fix="Call the class  FastAPI  and name what it returns app.",
)
def test_app_is_fastapi(program):
    """app is a FastAPI application"""
    assert program.is_a("app", "fastapi.FastAPI"), "app is not an instance of FastAPI."


@pytest.mark.check(
    points=2,
    after=("step2_still_holds", "app_is_fastapi"),
    about="connect",
    fix="Connect when the app starts, not while the file is being loaded.",
)
def test_starts_disconnected(program):
    """nothing is connected before the app starts"""
    program.load()
    assert program.look("database.is_connected") is False, (
        "database is connected before the app has started."
    )


@pytest.mark.check(
    points=6,
    after="starts_disconnected",
    about="connect",
    fix="Have the app await database.connect() at startup, by lifespan or by a startup handler.",
)
def test_connects_on_startup(program, users):
    """database is connected when the app has started"""
    program.start("app", users)
    assert program.look("database.is_connected") is True, (
        "database is not connected when the app has started."
    )
    assert program.has_awaited("database.connect"), "database.connect() was never awaited."


@pytest.mark.check(
    points=3,
    after="connects_on_startup",
    about="disconnect",
    fix="Leave the connection alone until the app stops: disconnect in the shutdown only.",
)
def test_stays_connected(program, users):
    """database stays connected while the app serves"""
    program.start("app", users)
    program.get("/no/such/page")
    users.refill(at_least=1)
    program.call("fetch_users")
    assert program.look("database.is_connected") is True, (
        "database is no longer connected after a request, or after fetch_users."
    )


@pytest.mark.check(
    points=6,
    after="connects_on_startup",
    about="disconnect",
    fix="Have the app await database.disconnect() at shutdown, after the yield of lifespan or"
    " by a shutdown handler.",
)
def test_disconnects_on_shutdown(program, users):
    """database is disconnected when the app has stopped"""
    program.start("app", users)
    program.stop()
    assert program.look("database.is_connected") is False, (
        "database is still connected after the app has stopped."
    )
    assert program.has_awaited("database.disconnect"), "database.disconnect() was never awaited."
