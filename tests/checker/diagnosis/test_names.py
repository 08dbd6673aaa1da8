"""Names that are missing, in files built to make the search for them long."""

import time

import pytest

from checker.diagnosis import Evidence, diagnose
from checker.program import Missing
from checker.source import Source

MOST_CPU = 3.0
"""Seconds that the checker may be busy with one diagnosis."""
HOSTILE = {
    "one name, many times": "x=1\n" * 15_000,
    "many names": "".join(f"a{n}=1\n" for n in range(6_500)),
    "many near names": "".join(f"databas{n}=1\n" for n in range(4_000)),
    "many addresses": "DATABASE_UR='sqlite:///x'\n" * 2_300,
    "lines of nothing in a text": '"""' + "\n" * 20_000 + '"""\n',
    "many names for a long value": "a=" * 9_000 + "(0" + "\n" * 40_000 + "+0)\n",
    "functions in functions": "".join(f"{' ' * n}def f{n}():\n" for n in range(95))
    + f"{' ' * 95}{'x;' * 1_000}x\n",
    "many functions": "".join(f"async def f{n}(): await x\n" for n in range(2_300)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["DATABASE_URL", "database", "fetch_users", "app"])
def test_hostile_file_gets_its_words(text, name):
    """No number of names makes the search for the right one run away."""
    evidence = Evidence(Missing(name, name), about=name, fix="Write it.")
    began = time.process_time()
    assert diagnose(evidence, Source(text.encode())).problem
    assert time.process_time() - began < MOST_CPU


@pytest.mark.parametrize("name", ["database", "fetch_users"])
def test_code_in_a_text_is_found(name):
    """Code between quotes is told, however it is indented and with empty lines above."""
    text = f'"""\n\n\n\t  async  def {name} ()\n"""\n'
    evidence = Evidence(Missing(name, name), about=name)
    assert "between quotes" in diagnose(evidence, Source(text.encode())).problem
