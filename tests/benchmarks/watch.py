"""Measures the time from a save to the verdict on the screen, beside that of plain pytest.

    python tests/benchmarks/watch.py [SAVES]

Step 3 is watched in a real pseudo-terminal and saved again and again, right and wrong in turn,
each time with other content. A save lasts until the bytes of its own verdict arrive: the line
the program prints says which save it was. Now and then, in the same minute, the same step's
suite is run by plain pytest on the solution, as one would do by hand. Prints milliseconds of
wall time and, below, how many times longer the other takes.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect

ROOT = Path(__file__).parents[2]
STEP = "step3_fetch_users"
SOLUTION = (ROOT / "solutions" / STEP / "main.py").read_text("utf-8")
WRONG = SOLUTION.replace("return await", "return")
PYTEST = [sys.executable, "-m", "pytest", "-q", "tests/steps/test_step3.py"]
SAVES_PER_RUN_OF_PYTEST = 5


def save(file: Path, text: str) -> None:
    """Save as most editors do: write a new file, put it in the place of the old."""
    new = file.with_name("new")
    new.write_text(text, "utf-8")
    new.replace(file)


def save_to_verdict(child: "pexpect.spawn[str]", file: Path, number: int) -> float:
    """Milliseconds from a save to its verdict on the screen."""
    began = time.perf_counter()
    save(file, (WRONG if number % 2 else SOLUTION) + f"\n\nprint('save', '{number:03}.')\n")
    child.expect_exact(f"save {number:03}.")
    return 1000 * (time.perf_counter() - began)


def plain_pytest() -> float:
    """Milliseconds of one run of the step's suite by plain pytest."""
    began = time.perf_counter()
    subprocess.run(PYTEST, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


def measure(folder: Path, saves: int) -> tuple[list[float], list[float]]:
    """The times of all saves, and of the runs of plain pytest between them."""
    shutil.copytree(ROOT / "steps", folder / "steps")
    file = folder / "steps" / STEP / "main.py"
    child = pexpect.spawn(
        sys.executable,
        ["-m", "checker", "watch", "step3", "--workspace", str(folder)],
        env=os.environ | {"TERM": "xterm-256color"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    child.expect_exact("to do")
    save_to_verdict(child, file, 999)
    watched, by_pytest = [], [plain_pytest()]
    for number in range(saves):
        watched.append(save_to_verdict(child, file, number))
        if number % SAVES_PER_RUN_OF_PYTEST == 0:
            by_pytest.append(plain_pytest())
    child.send("q")
    child.expect(pexpect.EOF)
    return watched, by_pytest[1:]


def main() -> None:
    # Where it is set, each process would compile the checker anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        watched, by_pytest = measure(Path(folder), saves)
    print(f"{'milliseconds':26} {'min':>8} {'median':>8} {'max':>8}")
    for name, values in (("save to verdict, watched", watched), ("plain pytest", by_pytest)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:26} {low:8.0f} {middle:8.0f} {high:8.0f}")
    ratio = statistics.median(by_pytest) / statistics.median(watched)
    print(f"{'ratio of the medians':26} {'':8} {ratio:8.1f}")


if __name__ == "__main__":
    main()
