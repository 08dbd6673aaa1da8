"""Grades a made-up class, and tells what it costs.

    python tests/benchmarks/grading.py [SUBMISSIONS] [--distinct] [--alone N] [--steps N]
                                       [--keep FOLDER]

Makes a class (right and wrong programs of the corpus, hostile ones, folders and archives, broken
ones, ugly names) from a fixed seed, grades it with `python -m checker grade` at isolation level
strong on all processors, and prints the rate, the peak memory of each kind of process (Linux),
and the wall time of a submission as a ratio to one cold import of the stack, to a plain pytest
run of one step and, where it is installed, to check50 on one step: medians of five runs just
before and just after grading. As many as `--alone` says, drawn from all, are graded once more, each
by a command of its own, and must get the same checks. What several handed in alike is judged once;
with `--distinct` each file ends with a remark of its own, so that none is like another. `--steps`
has only the first steps handed in, so that a large class takes less long. With `--keep` the class
is kept in a folder.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from checker.corpus import load_cases
from checker.grading.gradebook import Gradebook
from checker.kata import SOLUTIONS, load_steps
from checker.results import SubmissionResult
from steps import HERE, IMPORT, PLAIN, ROOT, check50_command, milliseconds

STEPS = load_steps()
HOSTILE = (
    b"import os\nos._exit(0)\n",
    b"while True:\n    pass\n",
    b"import sys\nwhile True:\n    sys.stdout.write('x' * 65536)\n",
    b"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
    b"kept = []\nwhile True:\n    kept.append('x' * 10_000_000)\n",
)
UGLY = ("=1+1", "-rf", "<script>", "[bold]x", "a'\"b", "new\nline", "n" * 200, "Zoë 名")
RUNS = 5


def make_class(folder: Path, count: int, steps: int, *, distinct: bool) -> int:
    """A class of so many hand-ins of so many steps, the same each time; how many files differ."""
    contents = set()
    draw = random.Random(count)
    programs = {step.name: [case.source for case in load_cases(step)] for step in STEPS}
    for number in range(count):
        ugly = f" {draw.choice(UGLY)}" if draw.random() < 0.05 else ""
        name = f"{ugly.strip()} {number:05}" if ugly else f"s{number:05}"
        files = {
            f"{step.folder.name}/main.py": program(step.name, programs, draw)
            for step in STEPS[:steps]
        }
        if distinct:
            files = {path: b"%s\n# %d\n" % (files[path], number) for path in files}
        contents.update(files.items())
        hand_in(folder / name, files, draw)
    return len(contents)


def program(step: str, programs: dict[str, list[bytes]], draw: random.Random) -> bytes:
    """A program: mostly right, often wrong, seldom hostile."""
    kind = draw.random()
    if kind < 0.5:
        return next(SOLUTIONS.glob(f"{step}_*/main.py")).read_bytes()
    return draw.choice(HOSTILE) if kind > 0.995 else draw.choice(programs[step])


def hand_in(place: Path, files: dict[str, bytes], draw: random.Random) -> None:
    """Hand in files as a folder or an archive, of which some are broken."""
    kind = draw.random()
    if kind < 0.7:
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True)
            (place / name).write_bytes(content)
        return
    path = place.with_name(f"{place.name}{'.zip' if kind < 0.9 else '.tar.gz'}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for name, content in files.items():
            (Path(made) / name).parent.mkdir(parents=True)
            (Path(made) / name).write_bytes(content)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
        else:
            with tarfile.open(path, "w:gz") as archive:
                archive.add(made, arcname="work")
    if draw.random() < 0.1:
        path.write_bytes(path.read_bytes()[:-200])


class Peaks(threading.Thread):
    """Watches how much memory a process and its jobs take at most, in MiB (Linux)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.most: dict[str, float] = defaultdict(float)
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.5):
            for path in Path("/proc").glob("[0-9]*/status"):
                try:
                    status = path.read_text()
                    command = path.with_name("cmdline").read_bytes()
                except OSError:
                    continue
                if "VmHWM:" not in status:  # it is at its end
                    continue
                if kind := self.kind(int(path.parent.name), status, command):
                    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
                    self.most[kind] = max(self.most[kind], peak)

    def kind(self, pid: int, status: str, command: bytes) -> str | None:
        if pid == self.pid:
            return "the checker"
        ours = int(status.partition("PPid:")[2].split()[0]) == self.pid
        return "a job" if ours and b"checker.grading.job" in command else None


def grade(folder: Path, out: Path) -> tuple[float, dict[str, float]]:
    """Seconds for grading a class, and the peaks of memory."""
    command = [sys.executable, "-m", "checker", "grade", str(folder), "--out", str(out)]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--seed", "1"], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as process:
        peaks = Peaks(process.pid)
        peaks.start()
        assert process.wait() == 0
    peaks.done.set()
    return time.perf_counter() - began, peaks.most


def others(folder: Path) -> Iterator[tuple[str, list[str], Path]]:
    """What to compare with: name, command, and folder to run it in."""
    shutil.copy(SOLUTIONS / STEPS[2].folder.name / "main.py", folder)
    (folder / "test_main.py").write_text(PLAIN)
    yield "one import of the stack", IMPORT, ROOT
    yield "plain pytest, one step", [sys.executable, "-m", "pytest", "-q"], folder
    checks = shutil.copytree(HERE / "check50", folder / "checks")
    if command := check50_command(checks):
        yield "check50, one step", command, folder


def results(out: Path) -> dict[str, SubmissionResult]:
    """The results in a gradebook, but for how long they took."""
    with Gradebook.read(out) as book:
        return {
            graded.result.submission: replace(
                graded.result,
                steps=tuple(replace(step, duration=0.0) for step in graded.result.steps),
            )
            for graded in book
        }


def differing(folder: Path, out: Path, made: Path, count: int) -> tuple[int, list[str]]:
    """How many submissions of a sample were graded alone, and which of them then differ."""
    together = {name: checks_of(result) for name, result in results(out).items()}
    paths = sorted(folder.iterdir())
    sample = random.Random(1).sample(paths, min(count, len(paths)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        alone = [
            (name, checks_of(result))
            for graded in pool.map(lambda path: graded_alone(path, made), sample)
            for name, result in graded.items()
        ]
    return len(alone), [name for name, checks in alone if checks != together.get(name)]


def graded_alone(path: Path, made: Path) -> dict[str, SubmissionResult]:
    """The result of one hand-in that is graded by itself; none if it is refused."""
    with tempfile.TemporaryDirectory(dir=made) as out:
        command = [sys.executable, "-m", "checker", "grade", str(path), "--out", out]
        alone = [*command, "--seed", "1"]
        done = subprocess.run(alone, cwd=ROOT, capture_output=True, check=False)
        return {} if done.returncode else results(Path(out))


def checks_of(result: SubmissionResult) -> list[tuple[str, str]]:
    """What came of the checks."""
    return [(check.id, check.status) for step in result.steps for check in step.checks]


def main() -> None:
    # Where it is set, each process would compile the checker anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=2000)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--alone", type=int, default=10)
    parser.add_argument("--steps", type=int, default=len(STEPS))
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    count = asked.count
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        folder = asked.keep or work / "class"
        different = make_class(folder, count, asked.steps, distinct=asked.distinct)
        (work / "other").mkdir()
        compared = list(others(work / "other"))
        times = defaultdict(list)
        for _ in range(RUNS):
            for name, command, where in compared:
                times[name].append(milliseconds(command, where) / 1000)
        seconds, peaks = grade(folder, work / "out")
        for _ in range(RUNS):
            for name, command, where in compared:
                times[name].append(milliseconds(command, where) / 1000)
        graded = len(results(work / "out"))
        each = seconds / graded
        print(f"{graded} of {count} graded in {seconds:.0f} s: {1 / each:.1f} a second")
        print(f"of {count * asked.steps} files {different} differ")
        for kind, peak in peaks.items():
            print(f"peak memory of {kind}: {peak:.0f} MiB")
        for name, values in times.items():
            print(f"a submission to {name}: {each / statistics.median(values):.3f}")
        alone, wrong = differing(folder, work / "out", work, asked.alone)
        print(f"graded otherwise when alone: {wrong or 'none'} of {alone}")


if __name__ == "__main__":
    main()
