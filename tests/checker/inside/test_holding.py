"""Names that keep other values, whatever the program gives them."""

import ast

import pytest

from checker.inside.holding import Holding


class Text(str):
    """A text of another type, as a library's address is."""

    __slots__ = ()


def run(program):
    """The names of a program in which X is held at `held`."""
    tree = ast.fix_missing_locations(Holding({"X": "held"}).visit(ast.parse(program)))
    names = {"Text": Text}
    exec(compile(tree, "main.py", "exec"), names)
    return names


@pytest.mark.parametrize(
    "program",
    [
        "X = 'a'",
        "X: str = 'a'",
        "Y = X = 'a'",
        "X, Y = 'a', 'b'",
        "if True:\n    X = 'a'",
        "try:\n    X = 'a'\nfinally:\n    pass",
        "for X in ('a',):\n    Y = X\nassert Y == 'held'",
        "Y = (X := 'a')\nassert Y == 'held'",
        "X = 'a'\nX += 'b'",
        "def f():\n    global X\n    X = 'a'\nf()",
        "X = (lambda: 'a')()",
        "from os import sep as X",
        "import contextlib\nwith contextlib.nullcontext('a') as X:\n    assert X == 'held'",
    ],
)
def test_a_name_is_held(program):
    """Whatever way a name is bound at module level, it has the held value."""
    assert run(program)["X"] == "held"


def test_the_type_stays():
    """A text of a class of its own is held in that class."""
    assert type(run("X = Text('a')")["X"]) is Text


def test_other_names_are_let_alone():
    """Names of functions and classes are their own, and other names keep their values."""
    names = run("Y = 'a'\nclass C:\n    X = 'b'\ndef f():\n    X = 'c'\n    return X\nZ = f()")
    assert (names["Y"], names["C"].X, names["Z"]) == ("a", "b", "c")


def test_the_program_runs_in_an_ordinary_dict():
    """A program cannot tell by its names that it is held."""
    assert run("Y = type(locals()) is dict")["Y"] is True
