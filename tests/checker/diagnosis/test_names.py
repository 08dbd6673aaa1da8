"""Names that are missing, in files built to make the search for them long."""

import pytest

from checker.diagnosis import Evidence, diagnose
from checker.program import Missing
from checker.source import Source

HOSTILE = {
    "one name, many times": "x=1\n" * 15_000,
    "many names": "".join(f"a{n}=1\n" for n in range(6_500)),
    "many near names": "".join(f"databas{n}=1\n" for n in range(4_000)),
    "many addresses": "DATABASE_UR='sqlite:///x'\n" * 2_300,
    "many functions": "".join(f"async def f{n}(): await x\n" for n in range(2_300)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["DATABASE_URL", "database", "fetch_users", "app"])
def test_hostile_file_gets_its_words(text, name):
    """No number of names makes the search for the right one run away."""
    evidence = Evidence(Missing(name, name), about=name, fix="Write it.")
    assert diagnose(evidence, Source(text.encode())).problem
