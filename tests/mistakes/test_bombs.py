"""While a bomb goes off, the machine stays responsive and the checker's own memory stays flat."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from checker.kata import STEPS, load_steps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks at processes by /proc")

MEBIBYTE = 1 << 20
STEP3 = load_steps()[2]
BOMBS = (
    "forks until it is refused",
    "hides its time in children that nobody waits for",
    "takes memory in small pieces",
    "prints without end",
    "prints marks without end",
)
PULSE = """
import sys, threading, time
longest, before = 0.0, time.monotonic()
reader = threading.Thread(target=sys.stdin.read)
reader.start()
while reader.is_alive():
    time.sleep(0.01)
    now = time.monotonic()
    longest, before = max(longest, now - before), now
print(longest)
"""


def attack_program(name):
    """The program of an attack of the corpus."""
    path = Path(__file__).with_name("attacks.py")
    spec = importlib.util.spec_from_file_location("attacks", path)
    sys.modules["attacks"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    namespace = {"namespace": str(Path("/proc/self/ns/pid").readlink())}
    return module.filled_in(module.load_attacks()[name].program, namespace)


class Watched:
    """One step judged by the real command: its report, and what it cost while it ran."""

    def __init__(self, workspace, environment):
        pulse = subprocess.Popen(
            [sys.executable, "-c", PULSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        checker = subprocess.Popen(
            [
                *(sys.executable, "-m", "checker", "step3", "-w", workspace, "--json"),
                *("--isolation", "strong", "--limit", "wall_time=3", "--limit", "cpu_time=2"),
            ],
            cwd=workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        peaks = []
        measuring = threading.Thread(target=follow, args=(checker.pid, peaks))
        measuring.start()
        out, self.errors = checker.communicate(timeout=120)
        measuring.join()
        self.delay = float(pulse.communicate(timeout=60)[0])
        self.memory = max(peaks)
        self.status = checker.returncode
        self.step = json.loads(out)["steps"][0] if self.status in (0, 1) else None


def follow(process, peaks):
    """Note the most memory that a process has used, until it ends."""
    pause = threading.Event()
    while True:
        try:
            status = Path(f"/proc/{process}/status").read_text("utf-8")
        except OSError:
            return
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        if not found:  # it has ended, and nobody has asked for its status yet
            return
        peaks.append(int(found[0]) * 1024)
        pause.wait(0.02)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """Judge a program as step 3 and watch."""
    folder = tmp_path_factory.mktemp("bombs")
    workspace = shutil.copytree(STEPS, folder / "mine" / "steps").parent
    environment = os.environ | {"TMPDIR": str(folder)}

    def judge(program):
        path = workspace / "steps" / STEP3.folder.name / "main.py"
        path.write_text(program, encoding="utf-8")
        watched = Watched(workspace, environment)
        if "--isolation process" in watched.errors.decode():
            pytest.skip(watched.errors.decode())
        return watched

    return judge


@pytest.fixture(scope="module")
def quiet(judge):
    """What judging an honest program costs."""
    watched = judge(STEP3.solution.read_text("utf-8"))
    assert watched.step["status"] == "passed"
    return watched


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_contained(judge, quiet, name):
    """A bomb fails; no process waits long for its turn, and the checker grows by little."""
    bomb = judge(attack_program(name))
    assert bomb.step["status"] == "failed"
    assert bomb.memory < quiet.memory + 48 * MEBIBYTE
    assert bomb.delay < max(1.0, 5 * quiet.delay)
