"""Judges attacks one after the other, and tells of each what came of it.

    python arena.py strong|process|cold < NAMES > OUTCOMES

The names stand one a line; each outcome is a line of JSON. After each attack an honest program
is judged, and a look is taken at all that an attack could have touched. Attacks that only
strong isolation contains are judged only where a harmless program was seen behind all walls.
"""

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from attacks import Attack, filled_in, load_attacks
from machine import Machine
from rich.console import Console

from checker.examiner import Assignment, examine
from checker.kata import Step, load_steps
from checker.render import Glyphs, step_view
from checker.results import Isolation, Status, StepResult
from checker.sandbox import Limits
from checker.source import Source
from checker.workers import Workers

LIMITS = Limits(wall_time=2, cpu_time=1)
NAMESPACES = ("pid", "net", "mnt", "ipc", "uts", "user")
HARMLESS = f"""
import os
for name in {NAMESPACES}:
    print(os.readlink("/proc/self/ns/" + name))
print(os.getpid())
"""


class Arena:
    """One session in which attacks and honest programs take turns."""

    def __init__(self, level: str, attacks: list[Attack]) -> None:
        self.strong = level == "strong"
        self.machine = Machine()
        self.attacks = attacks
        isolation = Isolation.STRONG if self.strong else Isolation.PROCESS
        self.workers = Workers(isolation, cold=level == "cold")
        self.results: list[StepResult] = []
        self.steps = load_steps()

    def run(self) -> list[str]:
        """Judge everything; what is left in the end."""
        self.workers.expected = 1 << 30  # there always is another one to get ready for
        try:
            examine(
                self._assignments(),
                self.steps,
                self.workers.take,
                LIMITS,
                seed=1,
                announce=self.results.append,
            )
        finally:
            self.workers.close()
            left = self.machine.leave()
        return left

    def _assignments(self) -> Iterator[Assignment]:
        yield Assignment(self.steps[0], HARMLESS.encode())
        if self.strong and not is_behind_walls(self.results[-1].output):
            raise SystemExit("no walls were seen: nothing that needs them is judged")
        yield self._honest(self.steps[2])
        self.machine.settle()
        for attack in self.attacks:
            program = filled_in(attack.program, self.machine.places)
            self.machine.begin()
            began, busy = time.monotonic(), time.process_time()
            yield Assignment(attack.step, program.encode("utf-8", "surrogatepass"))
            seconds, cpu = time.monotonic() - began, time.process_time() - busy
            changes = self.machine.changes()
            result = self.results[-1]
            yield self._honest(attack.step)
            self._tell(attack, result, changes, seconds, cpu)
            self.results.clear()

    def _honest(self, step: Step) -> Assignment:
        return Assignment(step, step.solution.read_bytes())

    def _tell(
        self, attack: Attack, result: StepResult, changes: list[str], seconds: float, cpu: float
    ) -> None:
        honest = self.results[-1]
        source = Source(attack.program.encode("utf-8", "surrogatepass"))
        document = {
            "name": attack.name,
            "status": result.status,
            "limit": result.limit,
            "problems": [c.problem for c in result.checks if c.status is Status.FAILED],
            "checks": [(c.id, c.status, c.problem, c.detail) for c in result.checks],
            "output": result.output,
            "changes": changes,
            "seconds": seconds,
            "cpu": cpu,
            "honest": [honest.status, honest.first_problem and honest.first_problem.problem],
            "shown": shown(result, attack.step, source),
            "secret": self.machine.word in repr(result),
        }
        print(json.dumps(document), flush=True)


def shown(result: StepResult, step: Step, source: Source) -> str:
    """The result as a learner would read it in a terminal without colours."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    console.print(step_view(result, step, source, "main.py", 0, 4, Glyphs.of(console)))
    return console.file.getvalue()


def is_behind_walls(output: str) -> bool:
    """Whether a program was in namespaces that are not this process's, as one of their first."""
    *seen, number = output.split()
    own = [str(Path(f"/proc/self/ns/{name}").readlink()) for name in NAMESPACES]
    return len(seen) == len(own) and not set(seen) & set(own) and int(number) < 10


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))  # or the workers would find this folder, too
    known = load_attacks()
    arena = Arena(sys.argv[1], [known[name] for name in sys.stdin.read().splitlines()])
    print(json.dumps({"left": arena.run()}), flush=True)
