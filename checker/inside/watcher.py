"""Watches over one worker: ends it when it breaks a limit, and all that it started with it.

The watcher is the first process of the worker's pid namespace, or, where there is none, the
parent to which orphans of the worker come back. It runs none of the learner's code.
"""

import contextlib
import json
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any, NoReturn

from checker.inside.limits import read, starvation_of

TICK = 0.05
"""Seconds between two looks at what the worker uses."""
GRACE = 0.5
"""Seconds beyond the wall time in which the probe itself can tell where the program waits."""
LAST_WORDS = 0.5
"""Seconds that a worker has to write down where it was, after it broke a limit."""
SOCKET = 2 << 20
"""Bytes that the system may keep for what is sent to a socket and not read, with its peer."""
SPARE_MEMORY = 32 << 20
"""Bytes beyond the limit, which the system keeps for each process: by that it fails in its line."""
HIDDEN = "0"
"""What stands for an address that one may not know."""
EVERYBODY = -1
"""What `kill` takes for all processes but oneself: those of a namespace, for the first in it."""
scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
CLOCK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def watch(checker: socket.SocketType, worker: int) -> NoReturn:
    """Watch until the worker ends or the checker closes the socket; then end everything.

    The checker sends the limits, and with them the step's clock begins.
    """
    ended: Any = os.pidfd_open(worker)
    limits: dict[str, Any] = {}
    began = base = 0.0
    broken: str | None = None
    while True:
        ready, _, _ = select.select([checker, ended], [], [], TICK if limits else None)
        if ended in ready:
            break
        if checker in ready:
            message = receive(checker)
            if not message:
                break
            limits = scan(message.decode(), 0)[0]
            limits["memory"] += SPARE_MEMORY
            began = time.monotonic() - starvation_of(worker)
            # Its own: the worker, which began as the same, may be using more by now.
            base = used_by([os.getpid()], 0)["memory"]
        elif limits:
            used = used_by(descendants(), base)
            if os.getpid() == 1:
                used["memory"] += SOCKET * sockets()
            used["wall_time"] = time.monotonic() - began - starvation_of(worker) - GRACE
            broken = next((name for name, most in limits.items() if used.get(name, 0) > most), None)
            if broken:
                break
    if broken:
        stop_descendants()
        # Before the worker goes on: nothing that it answers from now on is to count.
        report(checker, broken=True)
        # What it is told while it is stopped comes before all else that it does.
        signal_all({worker}, signal.SIGXCPU)
        signal_all({worker}, signal.SIGCONT)
        select.select([ended], [], [], LAST_WORDS)
    status = end(worker)
    # The system that sends the signal and the one that tells the times do not count alike.
    enough = 0.9 if status == -signal.SIGXCPU else 1.0
    if not broken and limits and cpu_time_of_children() >= enough * limits["cpu_time"]:
        broken = "cpu_time"
    spent = time.process_time() + cpu_time_of_children()
    report(checker, status=status, limit=broken, cpu_time=spent)
    os._exit(0)


def receive(checker: socket.SocketType) -> bytes:
    """A message of the checker's; empty if there is nobody left."""
    with contextlib.suppress(OSError):
        return checker.recv(4096)
    return b""


def report(checker: socket.SocketType, **what: Any) -> None:
    """Tell the checker that a limit is broken, and at last how the worker ended."""
    with contextlib.suppress(OSError):
        checker.send(json.dumps(what).encode())


def end(worker: int) -> int | None:
    """Kill everything below this process; the worker's status as in `Popen.returncode`."""
    status = None
    while True:
        kill_descendants()
        try:
            pid, ended = os.waitpid(-1, 0)
        except ChildProcessError:
            return status
        if pid == worker:
            status = os.waitstatus_to_exitcode(ended)


def kill_descendants() -> None:
    """Kill every process below this one, however fast they multiply."""
    signal_all({EVERYBODY} if os.getpid() == 1 else stop_descendants(), signal.SIGKILL)


def stop_descendants() -> set[int]:
    """Stop every process below this one, so that it starts nothing more; tells which they are."""
    if os.getpid() == 1:
        signal_all({EVERYBODY}, signal.SIGSTOP)
        return {EVERYBODY}
    stopped: set[int] = set()
    while new := set(descendants()) - stopped:
        signal_all(new, signal.SIGSTOP)
        stopped |= new
    return stopped


def signal_all(processes: set[int], number: int) -> None:
    """Send a signal to processes, some of which may be gone."""
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process, number)


def descendants() -> list[int]:
    """The processes below this one: all there are, if it is the first of its namespace."""
    if os.getpid() == 1:
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if path.name != "1"]
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        for children in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                below = [int(number) for number in read(str(children)).split()]
                found += below
                waiting += below
    return found


def used_by(processes: list[int], base: float) -> dict[str, float]:
    """What processes use together: CPU seconds, threads, and bytes of memory.

    Those that still run the worker's program share `base` bytes of it. They hide where their stack
    begins, or have it where it was in this process; a program that took its place has it elsewhere.
    """
    stack = fields_of(os.getpid())[25]
    used = {"cpu_time": cpu_time_of_children(), "memory": 0.0, "processes": 0.0}
    for process in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = fields_of(process)
            used["cpu_time"] += (int(fields[11]) + int(fields[12])) / CLOCK
            # Address space: what is shared, or let go for a moment, shows nowhere else.
            shared = base if fields[25] in (HIDDEN, stack) else 0.0
            used["memory"] += max(0.0, int(fields[20]) - shared)
            used["processes"] += int(fields[17])
    return used


def fields_of(process: int) -> list[str]:
    """What the system says of a process, from its state on (`man 5 proc_pid_stat`)."""
    return read(f"/proc/{process}/stat").rpartition(")")[2].split()


def sockets() -> int:
    """The sockets of this network namespace."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(read("/proc/net/sockstat").split()[2])
    return 0


def cpu_time_of_children() -> float:
    """CPU seconds of the processes below this one that are gone."""
    times = os.times()
    return times.children_user + times.children_system
