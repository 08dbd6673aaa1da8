"""The solutions are an app that serves."""

import re
import subprocess
import sys

import httpx
import pytest

from checker.kata import SOLUTIONS


def test_uvicorn_serves_the_last_solution():
    """`uvicorn main:app` in the last solution's folder starts, answers and stops."""
    pytest.importorskip("uvicorn")
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "main:app", "--port", "0"],
        cwd=SOLUTIONS / "step4_lifecycle",
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert server.stderr is not None
        log = ""
        while not (address := re.search(r"http://127\.0\.0\.1:\d+", log)):
            line = server.stderr.readline()
            assert line, log
            log += line
        response = httpx.get(f"{address[0]}/openapi.json", trust_env=False)
        assert response.status_code == 200
    finally:
        server.terminate()
        assert "Application shutdown complete" in server.communicate(timeout=30)[1]
