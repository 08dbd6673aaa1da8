"""Attacks fail, or do no harm; nothing of them is left, and honest programs pass between them.

By default every other attack is judged by warm workers at level strong, and a sample of them at
level process, by cold workers and for an ordinary user. KATA_ALL_ATTACKS names the ways in which
all are judged; CI judges all of them at strong, KATA_ALL_ATTACKS="strong process cold ordinary" in
every way.
"""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from checker.kata import load_steps
from checker.results import Limit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks at the machine by /proc")

HERE = Path(__file__).parent
ORDINARY = 1000
LONGEST = 60.0
"""Seconds after which even a machine under load must have come to a verdict."""
MOST_CPU = 3.0
"""Seconds that the checker itself may be busy with one program."""
# Of the attacks that a way of judging contains, every so many are judged in that way.
SAMPLES = {"strong": 2, "process": 3, "cold": 16, "ordinary": 8}
TOGETHER = 3
"""Arenas that share the attacks of one way: most of what hangs only waits."""


def load(name):
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ATTACKS = load("attacks").load_attacks()


def ways():
    """Every way of judging with every attack that is judged in it."""
    asked = os.environ.get("KATA_ALL_ATTACKS", "").split()
    for way, every in SAMPLES.items():
        contained = [
            name
            for name, attack in ATTACKS.items()
            if not attack.beside and (way in ("strong", "ordinary") or attack.level == "process")
        ]
        yield from ((way, name) for name in contained[:: 1 if way in asked else every])


WAYS = list(ways())


class Arenas:
    """Arenas at work at once, each in a process of its own: their outcomes and last words."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, way, names):
        """Let an arena judge some attacks in one way."""
        place = self.folder / f"{way}-{len(self.running)}"
        (place / "temporary").mkdir(parents=True)
        user = {}
        if way == "ordinary":
            user = {"user": ORDINARY, "group": ORDINARY, "extra_groups": []}
            os.chown(place / "temporary", ORDINARY, ORDINARY)
        (place / "names").write_text("\n".join(names), "utf-8")
        with (
            open(place / "names", "rb") as asked,
            open(place / "outcomes", "wb") as told,
            open(place / "errors", "wb") as errors,
        ):
            process = subprocess.Popen(
                [sys.executable, HERE / "arena.py", "strong" if user else way],
                stdin=asked,
                stdout=told,
                stderr=errors,
                cwd=place / "temporary",
                env=environment(place / "temporary", home=bool(user)),
                start_new_session=True,
                **user,
            )
        self.running.append((way, process, place))

    def outcomes(self):
        """All that came of the attacks, by way and name."""
        found = {}
        for way, process, place in self.running:
            try:
                process.wait(timeout=LONGEST + 10 * len(WAYS) / TOGETHER)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for line in (place / "outcomes").read_text("utf-8").splitlines():
                outcome = json.loads(line)
                found[way, outcome.get("name", "")] = outcome
            if process.returncode != 0:
                words = (place / "errors").read_text("utf-8", "replace").strip()
                found[way, "died"] = words.splitlines()[-1] if words else "without a word"
        return found


def environment(temporary, *, home):
    """The environment of an arena, with a temporary folder of its own."""
    own = {"TMPDIR": str(temporary)} | ({"HOME": str(temporary)} if home else {})
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | own


@pytest.fixture(scope="module")
def folder():
    """A folder that another user can get to, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="arenas-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def outcomes(request, folder):
    """What came of all the attacks that this run of pytest is to judge."""
    wanted = [
        item.callspec.params["attack"]
        for item in request.session.items
        if getattr(item, "callspec", None) and "attack" in item.callspec.params
    ]
    arenas = Arenas(folder)
    for way in SAMPLES:
        names = [name for other, name in wanted if other == way]
        for part in range(TOGETHER):
            if names[part::TOGETHER] and cannot(way) is None:
                arenas.start(way, names[part::TOGETHER])
    return arenas.outcomes()


def cannot(way):
    """Why attacks cannot be judged in this way here, if so."""
    if way != "ordinary":
        return None
    if os.geteuid() != 0:
        return "this is an ordinary user already"
    try:
        subprocess.run([sys.executable, "-c", ""], user=ORDINARY, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return "an ordinary user cannot reach this interpreter"
    return None


def missing(outcomes, way):
    """Skip where there are no walls to be had; otherwise the arena should not have died."""
    words = outcomes.get((way, "died"), "it did not come to an end")
    if "Isolation strong" in words:
        pytest.skip(words)
    pytest.fail(f"the checker died: {words}")


@pytest.mark.parametrize("attack", WAYS, ids=": ".join)
def test_attack(outcomes, attack):
    """An attack gets its verdict in time, does no harm, and the next program passes."""
    way, name = attack
    if reason := cannot(way):
        pytest.skip(reason)
    if attack not in outcomes:
        missing(outcomes, way)
    wanted, outcome = ATTACKS[name], outcomes[attack]
    assert outcome["status"] == wanted.status, outcome["problems"]
    assert outcome["limit"] in limits(way, wanted.limit), outcome["problems"]
    assert "ESCAPED" not in outcome["output"] + str(outcome["checks"])
    assert not outcome["secret"]
    assert outcome["changes"] == []
    assert outcome["honest"] == ["passed", None]
    assert outcome["seconds"] < LONGEST
    assert outcome["cpu"] < MOST_CPU
    assert outcome["status"] == "passed" or outcome["problems"][0]
    assert steering(outcome["shown"]) == []


def limits(way, limit):
    """The limits that a program may break which must break this one; any, if it is `None`."""
    if limit is None:
        return {None, *Limit}
    # Nobody stands by a cold worker to tell a slow machine from a slow program.
    return {limit, Limit.WALL_TIME} if way == "cold" else {limit}


def steering(shown):
    """What would steer a terminal or a workflow in a text that is shown."""
    signs = {c for c in shown if c != "\n" and unicodedata.category(c).startswith("C")}
    commands = re.findall(r"(?m)^\s*(?:::[A-Za-z][\w-]*(?: .*)?::|##\[)", shown)
    return [*sorted(signs), *commands]


@pytest.mark.parametrize("way", SAMPLES)
def test_nothing_is_left(outcomes, way):
    """When all is judged and the workers are closed, no process and no file is left."""
    if reason := cannot(way):
        pytest.skip(reason)
    if (way, "") not in outcomes:
        missing(outcomes, way)
    assert outcomes[way, ""] == {"left": []}


def test_there_are_attacks_of_all_kinds():
    """The corpus holds at least 80 attacks, and some of each kind."""
    kinds = Counter(attack.kind for attack in ATTACKS.values())
    assert sum(kinds.values()) >= 80
    assert set(kinds) == {
        *("leave", "patch", "lie", "forge", "outlive", "bomb", "signal", "hang"),
        *("read", "write", "network", "plant", "output"),
    }


HARMS = {
    "process": "subprocess.Popen(['sleep', '60'])",
    "descriptor": "os.open('/', os.O_RDONLY)",
    "thread": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "temporary": "tempfile.mkstemp()",
    "shared memory": "open('/dev/shm/kata-harm', 'w').close()",
    "tcp": "socket.create_connection(('127.0.0.1', int(places['tcp'])))",
    "udp": "socket.socket(type=2).sendto(b'x', ('127.0.0.1', int(places['udp'])))",
    "called socket": "socket.socket(socket.AF_UNIX).connect(places['socket'])",
    "abstract": "socket.socket(socket.AF_UNIX).connect('\\0' + places['abstract'])",
    "signal": "os.kill(os.getpid(), signal.SIGUSR1)",
    "secret": "open(places['secret']).read()",
    "canary": "os.unlink(places['canary'])",
    "touched": "open(places['shared'], 'a').close(), os.utime(places['shared'])",
    "memory grew": "keep.append(bytearray(b'x') * (100 << 20))",
    "folder": "os.chdir('/usr')",
}
TRY = """
import os, json, signal, socket, subprocess, sys, tempfile, threading
sys.path.insert(0, {here!r})
import machine
machine.PATIENCE = 0.5
watched, found, keep = machine.Machine(), {{}}, []
places = watched.places
watched.settle()
for name, harm in json.loads(sys.argv[1]).items():
    watched.begin()
    keep.append(eval(harm))
    found[name] = watched.changes()
    watched.settle()
for process in machine.descendants():
    os.kill(process, signal.SIGKILL)
if os.path.exists("/dev/shm/kata-harm"):
    os.unlink("/dev/shm/kata-harm")
watched.leave()
print(json.dumps(found))
"""


def test_harm_is_noticed(tmp_path):
    """Each kind of harm that the arena looks for is seen when it is done."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", TRY.format(here=str(HERE)), json.dumps(HARMS)],
        env=environment(tmp_path, home=False),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name for name in HARMS if name in " ".join(found[name])} == set(HARMS)


PLANTS = [name for name, attack in ATTACKS.items() if attack.beside]


@pytest.fixture
def hand_in(workspace, environment):
    """Judge a workspace as in a submission's own folder, by the installed command: the report."""

    def hand_in(*arguments):
        done = subprocess.run(
            [Path(sys.executable).with_name("checker"), *arguments, "--json"],
            cwd=workspace,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "ESCAPED" not in done.stdout + done.stderr
        assert done.returncode == 1, done.stderr
        return json.loads(done.stdout)

    return hand_in


@pytest.mark.parametrize("name", PLANTS)
def test_planted_files_are_ignored(hand_in, workspace, name):
    """Files that a submission holds beside main.py are neither run nor obeyed."""
    attack = ATTACKS[name]
    folder = workspace / "steps" / attack.step.folder.name
    (folder / "main.py").write_text(attack.program, encoding="utf-8")
    for place in (folder, workspace):
        for file, text in attack.beside.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text, encoding="utf-8")
    [step] = hand_in(attack.step.name)["steps"]
    failed = [check["id"] for check in step["checks"] if check["status"] == "failed"]
    assert (step["status"], failed[0]) == ("failed", "step3.returns_every_row")


def link_to_secret(path, secret):
    path.symlink_to(secret)


def link_to_itself(path, secret):
    path.symlink_to(path.name)


def link_to_device(path, secret):
    path.symlink_to("/dev/zero")


def named_pipe(path, secret):
    os.mkfifo(path)


def plain_folder(path, secret):
    path.mkdir()


def link_folder(path, secret):
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to(path.parent.with_name("elsewhere"))


def huge_file(path, secret):
    path.touch()
    os.truncate(path, 1 << 40)


def named_socket(path, secret):
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.open(path.parent, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)


PLACES = (
    link_to_secret,
    link_to_itself,
    link_to_device,
    named_pipe,
    plain_folder,
    named_socket,
    huge_file,
    link_folder,
)


@pytest.mark.parametrize("start", range(0, len(PLACES), 4))
def test_odd_files_in_place_of_main(hand_in, workspace, tmp_path, start):
    """What is no plain file is never opened: the step failed, and nothing waits for it."""
    secret = tmp_path / "secret"
    secret.write_text("ESCAPED: the secret", "utf-8")
    places = PLACES[start : start + 4]
    for step, put in zip(load_steps(), places, strict=True):
        path = workspace / "steps" / step.folder.name / "main.py"
        path.unlink()
        put(path, secret)
    report = hand_in("all")
    for put, step in zip(places, report["steps"], strict=True):
        assert (put, step["status"], step["score"]) == (put, "failed", 0)
        assert step["checks"][0]["problem"]
