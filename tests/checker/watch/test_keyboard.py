"""What a terminal sends, as keys."""

import pytest

from checker.watch.keyboard import key_of, keys_in


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("n", ["n"]),
        ("N", ["n"]),
        ("nn", ["n", "n"]),
        ("\r", ["enter"]),
        ("\n", ["enter"]),
        ("\x03", ["interrupt"]),
        ("\x1b", ["escape"]),
        ("\x1b[A", ["up"]),
        ("\x1bOB", ["down"]),
        ("\x1b[6~", ["pagedown"]),
        ("\x1b[200~quit\x1b[201~", []),
        ("\x1b[1;5C", []),
        (" ", [" "]),
        ("ü", ["ü"]),
    ],
)
def test_keys(sent, keys):
    """Keys have names; a sequence that is none of ours is no key, nor are its letters."""
    assert keys_in(sent) == keys


@pytest.mark.parametrize(
    ("line", "key"), [("n\n", "n"), ("  Next\n", "n"), ("\n", "enter"), ("", "enter")]
)
def test_lines(line, key):
    """A line stands for the key that it begins with."""
    assert key_of(line).name == key
