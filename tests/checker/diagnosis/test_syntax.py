"""Files that Python cannot read."""

import pytest

from checker.diagnosis.syntax import Text, diagnose_syntax
from checker.source import Source
from checker.worker import Raised


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("x = 'a#b' # c", "x = '   '    "),
        ('x = "it\'s"', 'x = "    "'),
        (r"x = 'a\'b'", "x = '    '"),
        ("x = '''a\nb'''\ny", "x = ''' \n '''\ny"),
        ("x = ''", "x = ''"),
    ],
)
def test_strings_and_comments_are_blanked(text, blanked):
    """What stands in strings and comments is no code."""
    assert "\n".join(Text(text).lines) == blanked


@pytest.mark.parametrize(
    ("text", "unclosed", "unopened"),
    [
        ("f(x)", "", ""),
        ("f(x", "(", ""),
        ("f(x]", "(", "]"),
        ("f)", "", ")"),
        ("[(", "[(", ""),
        ("'(' # (", "", ""),
    ],
)
def test_brackets(text, unclosed, unopened):
    """Brackets are matched, those in strings and comments apart."""
    read = Text(text)
    assert "".join(opened.sign for opened in read.unclosed) == unclosed
    assert (read.unopened.sign if read.unopened else "") == unopened


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 'x\n", 1), ("a = 1\nb = '''x\n\n", 2), ("a = 'x\\\ny'\n", None), ("a = 'x'\n", None)],
)
def test_open_string(text, line):
    """The first string without an end is found where it begins."""
    opened = Text(text).open_string
    assert (opened.line if opened else None) == line


HOSTILE = {
    "brackets": "(" * 60_000,
    "quotes": '"' * 59_999,
    "words": "a b " * 15_000,
    "decorators": "@x\n" * 20_000,
    "lines": "x\n" * 30_000,
    "blanks": " " * 60_000 + "x",
    "equals": "=" * 60_000,
    "hyphens": "a-" * 30_000 + "=",
    "one word": "a" * 60_000 + " b",
    "prints": "print " * 10_000,
    "imports": "import " * 8_000,
    "imported": "import " + "a, " * 20_000,
    "defs": "def " * 15_000,
    "conditions": "if " + "a" * 60_000 + "=",
    "nested": "[(" * 15_000 + ")]" * 15_000,
    "colons": "a:" * 30_000,
    "backslashes": "\\" * 60_000,
    "import and blanks": "import" + " " * 60_000,
    "arrows": "if " + ")->" * 20_000,
    "arrows and braces": "if " + ")->" * 10_000 + "{" * 30_000 + "x",
    "nested condition": "0x\nif a" + "(" * 3_000 + ")" * 3_000,
    "odd signs": "\u2028" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_its_words(name):
    """No text makes a rule run away."""
    raised = Raised(
        {"type": "SyntaxError", "message": "invalid syntax", "unreadable_at": [1, 1], "frames": []}
    )
    assert diagnose_syntax(raised, Source(HOSTILE[name].encode())).problem
