"""Shows that verdicts do not depend on how much else is being judged.

    python tests/benchmarks/verdicts.py [process|strong]

Judges the whole corpus with 1, 2 and 8 workers at once, twice, and compares every result, all but
its duration, with that of the first run. Prints a line a run; ends with status 1 if any differs.
"""

import dataclasses
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from checker.corpus import load_cases
from checker.examiner import Assignment, examine
from checker.kata import load_steps
from checker.results import Isolation, StepResult
from checker.sandbox import Limits
from checker.workers import Workers

SEED = 7


def judge(isolation: Isolation, share: int, shares: int) -> dict[str, StepResult]:
    """The results of one share of the corpus, by the names of their cases."""
    steps = load_steps()
    cases = [case for step in steps for case in load_cases(step)][share::shares]
    workers = Workers(isolation)
    workers.expected = len(cases)
    results: list[StepResult] = []
    assignments = [Assignment(case.step, case.source) for case in cases]
    examine(assignments, steps, workers.take, Limits(), SEED, results.append)
    workers.close()
    names = [f"{case.step.name}: {case.name}" for case in cases]
    return {
        name: dataclasses.replace(result, duration=0.0)
        for name, result in zip(names, results, strict=True)
    }


def main() -> None:
    # Where it is set, each process would compile the checker anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    isolation = Isolation(sys.argv[1]) if len(sys.argv) > 1 else Isolation.STRONG
    first: dict[str, StepResult] = {}
    different = 0
    for count in (1, 2, 8) * 2:
        began = time.perf_counter()
        found: dict[str, StepResult] = {}
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            for part in pool.map(judge, [isolation] * count, range(count), [count] * count):
                found |= part
        first = first or found
        wrong = [name for name in first if first[name] != found[name]]
        different += len(wrong)
        seconds = time.perf_counter() - began
        print(f"{count} at once: {len(found)} results, {len(wrong)} differ, {seconds:.1f} s")
        for name in wrong:
            print(f"  {name}\n    {first[name]}\n    {found[name]}")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
