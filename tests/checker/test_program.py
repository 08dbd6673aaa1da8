"""What suites see."""

import pytest

from checker.program import MOST_ROWS, AsManyRows, Contents, Program, Thing, decode
from checker.source import Source
from checker.worker import Garbled

ROWS = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]


@pytest.mark.parametrize(
    ("described", "value"),
    [
        ("x", "x"),
        (None, None),
        (1.5, 1.5),
        ({"type": "main.Text", "value": "x"}, "x"),
        ({"type": "list", "list": [1, {"type": "list", "list": [True]}]}, [1, [True]]),
        ({"type": "tuple", "tuple": []}, ()),
        ({"type": "dict", "dict": [["a", 1], [None, "b"]]}, {"a": 1, "None": "b"}),
        ({"type": "main.X", "name": None}, Thing("main.X")),
    ],
)
def test_decode(described, value):
    """Plain values come as they are, others as a Thing."""
    assert decode(described) == value


@pytest.mark.parametrize(
    "described",
    [
        [],
        {},
        {"type": 1, "name": None},
        {"dict": [[1]]},
        {"dict": [1]},
        {"value": {}},
        {"value": 1},
        {"list": {}},
    ],
)
def test_malformed_values_are_garbled(described):
    """A value of the wrong shape is never believed."""
    with pytest.raises(Garbled):
        decode(described)


@pytest.mark.parametrize(
    "rows", [ROWS, tuple(ROWS), ROWS[::-1], [{"name": "Ada", "id": 1}, ROWS[1]]]
)
def test_contents_in_any_order(rows):
    """Rows are the same in any order of rows and of columns."""
    assert rows == Contents(ROWS)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ROWS[:1],
        [*ROWS, ROWS[0]],
        [ROWS[0], ROWS[0]],
        [{"id": 1}, {"id": 2}],
        [{"id": "1", "name": "Ada"}, ROWS[1]],
        [sorted((key, repr(value)) for key, value in row.items()) for row in ROWS],
        None,
        Thing("coroutine"),
        [[1, "Ada"], [2, "Bob"]],
    ],
)
def test_other_contents(rows):
    """Rows that lack, repeat or change anything are others."""
    assert rows != Contents(ROWS)


def test_as_many_rows():
    """Only a list or tuple of that length has as many rows."""
    assert AsManyRows(2) == [1, 2]
    assert AsManyRows(2) != [1]
    assert AsManyRows(2) != "ab"


def test_numbers_of_the_file():
    """The numbers in a file are known, wherever they stand, up to as many as a table has rows."""
    text = f"n = 7\nquery = 'SELECT * FROM users LIMIT 200'\nport = {MOST_ROWS}\nm = 1_000\n"
    assert sorted(Program(None, Source(text.encode())).numbers) == [7, 200, 1000]
