"""Where this installation comes from, as what installs the same again, here or elsewhere."""

import json
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

from checker import DISTRIBUTION, __version__

RELEASE = f"{DISTRIBUTION}=={__version__}"


def requirement() -> str:
    """What `pip install` takes to install what is installed here.

    A checkout stands for the commit that it is at, in the repository that it was cloned from;
    without one there is only the release.
    """
    url = from_note(note())
    return f"{DISTRIBUTION} @ {url}" if url else RELEASE


def source() -> str:
    """What an installer on this machine takes: a path or address, or only the package's name."""
    match noted := note():
        case {"url": str(url)} if url.startswith("file:"):
            return url2pathname(urlsplit(url).path)
        case _:
            return from_note(noted) or DISTRIBUTION


def note() -> dict[str, Any]:
    """What the installer noted about where the package came from (PEP 610), if it did."""
    try:
        noted = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def from_note(noted: dict[str, Any]) -> str | None:
    """The address that an installer's note gives, if others can reach it."""
    match noted:
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            return from_repository(url, commit, vcs)
        case {"url": str(url), "dir_info": dict()}:
            return from_checkout(url2pathname(urlsplit(url).path))
        case {"url": str(url)} if url.startswith("https://"):
            return without_login(url)
    return None


def from_checkout(folder: str) -> str | None:
    """The commit of a checkout in the repository that it was cloned from."""
    url, commit = git(folder, "remote", "get-url", "origin"), git(folder, "rev-parse", "HEAD")
    return from_repository(url, commit, "git") if url and commit else None


def from_repository(url: str, commit: str, vcs: str) -> str | None:
    """A commit of a repository, which is read without a login."""
    if url.startswith("git@") and ":" in url:  # what ssh calls it
        url = "https://" + url.removeprefix("git@").replace(":", "/", 1)
    return f"{vcs}+{without_login(url)}@{commit}" if url.startswith("https://") else None


def without_login(url: str) -> str:
    """An address without the name and the password that it may hold."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def git(folder: str, *arguments: str) -> str | None:
    """What git says about a folder; `None` if it is none of git's, or there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
