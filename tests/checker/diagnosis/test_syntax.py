"""Files that Python cannot read."""

import pytest

from checker.diagnosis.syntax import diagnose_syntax
from checker.source import Source
from checker.worker import Raised

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
