"""Runs the proofs of `quiz.toml`: reads questions as JSON, writes which options hold.

A program of its own, because what a proof leaves open may keep its interpreter from ending.
"""

import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path


def attempt(code, names):
    """The value of an expression inside an async function, or the exception it raised."""
    exec(f"async def attempted():\n    return {code}", names)
    try:
        return asyncio.run(names["attempted"]())
    except Exception as error:
        return error


def outcome(program):
    """The names that a program leaves, with what it printed and the exception that ended it."""
    names = {"attempt": attempt, "error": None}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(program, "<proof>", "exec"), names)
        except Exception as error:
            names["error"] = error
    return names | {"printed": printed.getvalue().rstrip("\n")}


def proven(question):
    """For each option whether it holds, in a fresh folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        names = outcome(question["program"])
        held = [bool(eval(holds, names | {"option": text})) for text, holds in question["options"]]
        os.chdir(Path(folder).parent)
    return {"held": held, "printed": names["printed"], "error": repr(names["error"])}


warnings.simplefilter("ignore")  # coroutines that are never awaited are the point of some proofs
print(json.dumps([proven(question) for question in json.load(sys.stdin)]), flush=True)
os._exit(0)
