"""What a user types to run the checker."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from checker import DISTRIBUTION

SCRIPTS = (DISTRIBUTION, "checker")


def command_of(started: str, prefix: Path, environment: Mapping[str, str]) -> str:
    """What starts the checker again as it was started: by `python -m`, a script, uv or pipx.

    `started` is `sys.argv[0]` and `prefix` the environment that the checker is installed in. What
    `uvx` and `pipx run` make is in nobody's search path, so their own words are needed again. uv
    tells the processes it starts of itself (https://docs.astral.sh/uv/reference/environment/);
    pipx keeps what it only runs beside what it installs, which lies in `venvs`.
    """
    script = Path(started).stem
    command = script if script in SCRIPTS else "python -m checker"
    if "UV_RUN_RECURSION_DEPTH" in environment:  # set by `uv run`
        return f"uv run {command}"
    if command == script and "UV" in environment:
        return f"uvx {from_source('--from', command)}"
    if command == script and "pipx" in prefix.parts and "venvs" not in prefix.parts:
        return f"pipx run {from_source('--spec', command)}"
    return command


def from_source(option: str, script: str) -> str:
    """A script, and where its package comes from unless that goes without saying."""
    from checker.origin import source

    package = source()
    return script if package == script else f"{option} {shlex.quote(package)} {script}"


COMMAND = command_of(sys.argv[0], Path(sys.prefix), os.environ)
"""Every text that tells a command begins with it."""
