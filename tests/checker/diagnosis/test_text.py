"""What is code in a text that may not parse, and which brackets and quotes lack a partner."""

import pytest

from checker.diagnosis.text import Text


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
