"""Where a worker runs."""

import tempfile

import pytest

from checker.errors import CheckerError
from checker.sandbox import FreshInterpreter, library_paths


def test_no_scratch_folder_is_told(monkeypatch):
    """Where no scratch folder can be made, a sentence says what to do."""
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    with pytest.raises(CheckerError, match="set TMPDIR"):
        FreshInterpreter()


def test_the_checkout_is_no_library(monkeypatch):
    """Neither the current folder nor the checkout is on the worker's path."""
    paths = library_paths()
    assert "" not in paths
    assert any("site-packages" in path for path in paths)
    from checker.kata import ROOT

    assert str(ROOT) not in paths
