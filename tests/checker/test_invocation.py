"""What the checker says to type, as it was started."""

from pathlib import Path

import pytest

from checker import origin
from checker.invocation import command_of

PLAIN = Path("/home/me/.venv")
CACHED = Path("/home/me/.cache/uv/archive-v0/x")
UV = {"UV": "/usr/bin/uv"}
UV_RUN = UV | {"UV_RUN_RECURSION_DEPTH": "1"}
RUN_BY_PIPX = Path("/home/me/.cache/pipx/e566")
INSTALLED_BY_PIPX = Path("/home/me/.local/share/pipx/venvs/fastapi-databases-kata")


@pytest.mark.parametrize(
    ("started", "prefix", "environment", "command"),
    [
        ("/x/checker/__main__.py", PLAIN, {}, "python -m checker"),
        ("/x/grade_them.py", PLAIN, {}, "python -m checker"),
        ("/x/checker/__main__.py", PLAIN, UV, "python -m checker"),
        ("/x/checker/__main__.py", PLAIN, UV_RUN, "uv run python -m checker"),
        ("/x/bin/checker", PLAIN, UV_RUN, "uv run checker"),
        ("/x/bin/checker", PLAIN, {}, "checker"),
        ("C:/x/Scripts/checker.exe", PLAIN, {}, "checker"),
        ("/x/bin/fastapi-databases-kata", PLAIN, {}, "fastapi-databases-kata"),
        ("/x/bin/fastapi-databases-kata", CACHED, UV, "uvx fastapi-databases-kata"),
        ("/x/bin/checker", CACHED, UV, "uvx --from fastapi-databases-kata checker"),
        ("/x/bin/fastapi-databases-kata", RUN_BY_PIPX, {}, "pipx run fastapi-databases-kata"),
        ("/x/bin/fastapi-databases-kata", INSTALLED_BY_PIPX, {}, "fastapi-databases-kata"),
    ],
)
def test_as_it_was_started(monkeypatch, started, prefix, environment, command):
    """The command starts the checker again in the way that it was started."""
    monkeypatch.setattr(origin, "note", dict)
    assert command_of(started, prefix, environment) == command


@pytest.mark.parametrize(
    ("note", "command"),
    [
        ({"url": "file:///my%20disk/k.whl", "archive_info": {}}, "'/my disk/k.whl'"),
        ({"url": "file:///checkout", "dir_info": {}}, "/checkout"),
        ({"url": "https://me:secret@example.org/k.whl"}, "https://example.org/k.whl"),
        (
            {"url": "https://example.org/k", "vcs_info": {"vcs": "git", "commit_id": "a"}},
            "git+https://example.org/k@a",
        ),
    ],
)
def test_from_where_it_came(monkeypatch, note, command):
    """What uvx and pipx took the package from is named again, quoted and without a password."""
    monkeypatch.setattr(origin, "note", lambda: note)
    script = "/x/bin/fastapi-databases-kata"
    assert command_of(script, CACHED, UV) == f"uvx --from {command} fastapi-databases-kata"
    assert (
        command_of(script, RUN_BY_PIPX, {}) == f"pipx run --spec {command} fastapi-databases-kata"
    )
