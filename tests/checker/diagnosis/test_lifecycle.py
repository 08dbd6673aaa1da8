"""Applications that do not connect, in files built to make the search for the reason long."""

import time

import pytest

from checker.diagnosis import Comparison, Evidence, diagnose
from checker.source import Source

MOST_CPU = 3.0
"""Seconds that the checker may be busy with one diagnosis."""
HOSTILE = {
    "many uses": "database.connect\n" * 3_800,
    "handed on": "f(database.connect)\n" * 3_200,
    "many functions": "".join(
        f"async def f{n}(): database.connect()\nf{n}\n" for n in range(1_200)
    ),
    "many blocks": "async def f():\n yield\n" + " async with a: pass\n" * 3_000,
    "many routes": "".join(f"@app.get('')\nasync def f{n}(): a.connect\n" for n in range(1_200)),
    "a database many times": "async def f():\n" + " database = 1\n" * 590,
    "many uses in a function": "@x\nasync def f():\n" + " a.b.connect;a.b.disconnect\n" * 210,
    "one handler many times": "def f():\n" + " x\n" * 450 + f"FastAPI(on_startup=[{'f,' * 750}])\n",
    "many lists": "FastAPI(" + ",".join(f"on_startup=[a{n}]" for n in range(3_000)) + ")\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("about", ["connect", "disconnect"])
def test_hostile_file_gets_its_words(text, about):
    """No number of uses makes the search for the wrong one run away."""
    error = AssertionError("database is no longer connected")
    evidence = Evidence(error, about=about, comparison=Comparison(got=False, wanted=True))
    began = time.process_time()
    assert diagnose(evidence, Source(text.encode())).problem
    assert time.process_time() - began < MOST_CPU
