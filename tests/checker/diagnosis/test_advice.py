"""Remarks on code that passes."""

import pytest

from checker.diagnosis.advice import advise
from checker.source import Source

DEPRECATED = {"category": "DeprecationWarning", "message": "on_event is deprecated", "line": None}


def tips(code, *warnings):
    """The remarks on a program, as (line, text)."""
    found = advise(Source(code.encode()), list(warnings))
    return [(tip.location.line if tip.location else None, tip.text) for tip in found]


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("URL = 'postgresql://ada:secret@localhost/db'\n", 1, "password"),
        ("q = f'SELECT * FROM users WHERE id = {i}'\n", 1, "bind parameters"),
        ("\nq = 'SELECT * FROM users WHERE id = %s' % i\n", 2, "bind parameters"),
        ("q = 'select * from users where id = ' + i\n", 1, "bind parameters"),
        ("q = 'SELECT * FROM {}'.format(t)\n", 1, "bind parameters"),
        ("@app.on_event('startup')\nasync def f(): pass\n", 2, "The handler f runs at startup"),
        ("@app.on_event('shutdown')\nasync def connect(): pass\n", 2, "runs at shutdown"),
    ],
)
def test_tip(code, line, words):
    """What could be better is told with its line."""
    [(where, text)] = tips(code)
    assert where == line
    assert words in text


def test_deprecated_events():
    """Where Python warned of on_event, the first use is named and lifespan is shown."""
    [(where, text)] = tips(
        "import x\n@app.on_event('startup')\nasync def startup(): pass\n", DEPRECATED
    )
    assert where == 2
    assert "FastAPI(lifespan=...)" in text
    assert "of this step" not in text  # it is told in every step, and one lesson shows it


def test_events_beside_lifespan():
    """Where lifespan is given as well, the tip is that FastAPI ignores on_event."""
    [(where, text)] = tips(
        "app = FastAPI(lifespan=lifespan)\n@app.on_event('startup')\nasync def startup(): pass\n",
        DEPRECATED,
    )
    assert where == 2
    assert "ignores on_event" in text


@pytest.mark.parametrize(
    "code",
    [
        "URL = 'sqlite:///./test.db'\n",
        "URL = 'https://example.org/a:b@c'\n",
        "q = 'SELECT * ' 'FROM users'\n",
        "q = 'SELECT * ' + 'FROM users'\n",
        "text = f'{x} rows'\n",
        "@app.on_event('startup')\nasync def open_database(): pass\n",
        "@app.on_event('shutdown')\nasync def disconnect(): pass\n",
        "@app.get('/')\nasync def f(): pass\n",
    ],
)
def test_no_tip(code):
    """Code that is fine gets no remark."""
    assert tips(code) == []
