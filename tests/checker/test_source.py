"""A learner's file, analysed as text."""

import ast
import time

import pytest

from checker.source import Source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a = 1\r\nb = 2\r", "a = 1\nb = 2\n"),
        (b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        (b"# coding: latin-1\n# \xe9\n", "# coding: latin-1\n# é\n"),
        (b"# coding: nonsense\n", "# coding: nonsense\n"),
        (b"\xff", "\ufffd"),
    ],
)
def test_text(data, text):
    """Any bytes become text, with one kind of line end."""
    assert Source(data).text == text


@pytest.mark.parametrize("data", [b"(", b"\0", b"(" * 60_000, b"-" * 60_000 + b"1", b"\xff = 1"])
def test_no_tree(data):
    """What cannot be parsed has no tree and no names, and stops nothing."""
    source = Source(data)
    assert source.tree is None
    assert source.names == frozenset()
    assert source.end.line == 1


def test_names_are_the_files_own():
    """Names that the file gives count, names that it imports do not."""
    source = Source(b"import a\nfrom b import c as d\nx = 1\ndef f(): y = 2\nclass K: pass\n")
    assert source.names == {"x", "f", "y", "K"}
    assert source.binding("d").line == 2
    assert source.binding("K").line == 5


def test_the_gap_is_the_first_todo_comment():
    """The gap is where a comment begins with TODO."""
    assert Source(b"x = '# TODO'\n\n  # TODO: here\n# TODO: there\n").gap.line == 3
    assert Source(b"x = 1 # TODO\n").gap is None


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("x = f(1,\n      2)\n", "f(1, 2)"),
        ("x = 'é' + y; z\n", "'é' + y"),
        (f"x = {'a' * 60}\n", "a" * 60),
        (f"x = {'a' * 61}\n", "a" * 59 + "…"),
        ("x = (1" + "\n" * 40_000 + "+2)\n", "1…"),
        ("x = (1" + " " * 40_000 + "+2)\n", "1…"),
    ],
)
def test_quote(text, quoted):
    """A piece is quoted on one line, and cut where it is long."""
    source = Source(text.encode())
    [value] = source.values("x")
    assert source.quote(value) == quoted


def test_quoting_huge_pieces_takes_no_time():
    """What a quotation cannot show is not read."""
    source = Source(b"x = (0" + b"\n" * 60_000 + b"+0)\n")
    [value] = source.values("x")
    began = time.process_time()
    for _ in range(3_000):
        source.quote(value)
    assert time.process_time() - began < 3


def test_function_around():
    """The innermost function around a node is found, for a function the one outside it."""
    source = Source(b"a\nclass K:\n def f():\n  def g(): b\n  c\n")
    names = {n.id: n for n in source.nodes if isinstance(n, ast.Name)}
    found = {name: source.function_around(node) for name, node in names.items()}
    assert {name: node and node.name for name, node in found.items()} == {
        "a": None,
        "b": "g",
        "c": "f",
    }
    assert source.function_around(source.function("g")) is source.function("f")
    assert source.function_around(source.function("f")) is None
