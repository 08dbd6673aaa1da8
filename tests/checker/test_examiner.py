"""The pytest session that judges, whatever the environment asks of pytest."""

import os

import pytest

from checker.examiner import own_environment


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS", "CI", "BUILD_NUMBER"])
def test_own_environment(monkeypatch, name):
    """What changes how pytest works is kept from it, and given back."""
    monkeypatch.setenv(name, "1")
    with own_environment():
        assert name not in os.environ
    assert os.environ[name] == "1"
