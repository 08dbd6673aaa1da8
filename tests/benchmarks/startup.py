"""Compares checking one step with importing its stack, in pairs, as whole processes.

    python tests/benchmarks/startup.py [PAIRS]

Prints seconds of wall time for both and their ratio, each as minimum, median and maximum. The
ratio is taken pair by pair, so that it holds on a machine whose speed drifts.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECK = [sys.executable, "-m", "checker", "step3", "--workspace", "solutions"]
IMPORT = [sys.executable, "-c", "import fastapi, databases, aiosqlite"]


def seconds(command: list[str]) -> float:
    """The wall time of one run, which must succeed."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    # Where it is set, each process would compile the checker anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for command in (CHECK, IMPORT):
        seconds(command)  # the first run fills the caches
    runs = [(seconds(CHECK), seconds(IMPORT)) for _ in range(pairs)]
    rows = {
        "check one step": [check for check, _ in runs],
        "import the stack": [imported for _, imported in runs],
        "ratio": [check / imported for check, imported in runs],
    }
    print(f"{'':20} {'min':>8} {'median':>8} {'max':>8}")
    for name, values in rows.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:20} {low:8.3f} {middle:8.3f} {high:8.3f}")


if __name__ == "__main__":
    main()
