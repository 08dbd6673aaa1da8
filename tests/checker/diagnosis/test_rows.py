"""Wrong rows, with queries built to make the search for the reason long."""

import time

import pytest

from checker.diagnosis import Comparison, Evidence, diagnose
from checker.program import AsManyRows, Call
from checker.source import Source

PROGRAM = Source(b"async def fetch_users():\n    return await database.fetch_all(query)\n")
MOST_CPU = 3.0
"""Seconds that the checker may be busy with one diagnosis."""


def diagnosis(*queries):
    """The diagnosis where these queries gave one row instead of two."""
    seen = [{"id": 1}]
    calls = [Call("fetch_all", True, False, query, 2, 1) for query in queries]
    evidence = Evidence(
        AssertionError("The rows are wrong."),
        about="fetch_users",
        seen=seen,
        comparison=Comparison(seen, AsManyRows(2)),
        queries=calls,
    )
    return diagnose(evidence, PROGRAM)


@pytest.mark.parametrize(
    "query",
    ["select" + " " * 1960 + '"id"from users', "select " * 280, "select" + " a" * 990],
    ids=["spaces", "selects", "columns"],
)
def test_hostile_queries_get_their_words(query):
    """No query, and no number of them, makes the search for what it leaves out run away."""
    began = time.process_time()
    assert diagnosis(*[query] * 1_000).problem
    assert time.process_time() - began < MOST_CPU


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT id,\n\n  name\n FROM users", "selects id, name only"),
        ("\n SELECT * FROM people", "reads people"),
        ("SELECT * FROM users GROUP  BY id", "has GROUP BY"),
        ("SELECT users.*  FROM users", "too few rows"),
    ],
)
def test_what_a_query_leaves_out(query, words):
    """A query is read alike however it is spaced."""
    assert words in diagnosis(query).problem


def test_a_call_that_blocks_is_told_alone():
    """What stood still is told with its line, without the list that the suite compared."""
    evidence = Evidence(
        AssertionError("fetch_users stops every other request."),
        about="fetch_users",
        comparison=Comparison(["time.sleep in line 2"] * 5, []),
    )
    found = diagnose(evidence, PROGRAM)
    assert "time.sleep" in found.problem
    assert found.location.line == 2
    assert found.detail is None
