"""What a worker may use, as far as its own process can hold itself to it.

The keys of `limits` are those of `checker.sandbox.Limits`: seconds and bytes.
"""

import contextlib
import errno
import faulthandler
import math
import os
import signal
import sys
import time
from typing import Any

if sys.platform != "win32":  # here, or each forked worker would import it anew
    import resource

Json = dict[str, Any]

# Beyond what the learner's code is told to use there is room for the worker itself.
SPARE_PROCESSES = 2
OPEN_FILES = 128
STARTERS = frozenset({"fork", "forkpty", "_fork_exec", "fork_exec", "posix_spawn"})


def confine(limits: Json, answers: int, *, watched: bool, walled: bool) -> None:
    """Set the limits of this process; what breaks one writes the line it was at to `answers`.

    A process that nobody watches ends itself when its time is up. Only one that is `walled` in
    a user namespace can have its processes counted by the system: elsewhere that would count
    whatever else its user runs.
    """
    if not watched:
        faulthandler.dump_traceback_later(limits["wall_time"] + 0.5, exit=True, file=answers)
    if sys.platform == "win32":
        return
    faulthandler.register(signal.SIGXCPU, file=answers, chain=True)
    seconds = math.ceil(limits["cpu_time"] + time.process_time())
    restrict(resource.RLIMIT_CPU, seconds, seconds + 1)
    restrict(resource.RLIMIT_AS, limits["memory"] + address_space())
    restrict(resource.RLIMIT_FSIZE, limits["file_size"])
    restrict(resource.RLIMIT_CORE, 0)
    restrict(resource.RLIMIT_NOFILE, OPEN_FILES)
    if walled:
        restrict(resource.RLIMIT_NPROC, limits["processes"] + SPARE_PROCESSES)


def restrict(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a resource limit, as far as the system has it and lets it be lowered."""
    with contextlib.suppress(OSError, ValueError):
        most = resource.getrlimit(which)[1]
        wanted = [soft, soft if hard is None else hard]
        if most != resource.RLIM_INFINITY:
            wanted = [min(value, most) for value in wanted]
        resource.setrlimit(which, (wanted[0], wanted[1]))


def address_space() -> int:
    """Bytes of address space that this process has already, for its libraries."""
    try:
        pages = int(read("/proc/self/statm").split()[0])
    except (OSError, ValueError):
        return 1 << 29
    return pages * os.sysconf("SC_PAGE_SIZE")


def read(file: str) -> str:
    """A file of the kernel's, with as little of Python as that takes."""
    descriptor = os.open(file, os.O_RDONLY)
    text = b""
    try:
        while more := os.read(descriptor, 16384):  # a page at a time, however much is asked for
            text += more
    finally:
        os.close(descriptor)
    return text.decode("utf-8", "replace")


def starved() -> float:
    """Seconds that this thread was ready to run and had no processor (Linux only)."""
    return starvation_of("self")


def starvation_of(process: int | str) -> float:
    """Seconds that a process's first thread was ready to run and had no processor."""
    try:
        return int(read(f"/proc/{process}/schedstat").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def broken_by(error: BaseException) -> str | None:
    """The limit that an exception tells of, if it tells of one."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "processes"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EAGAIN and starts_processes(error):
        return "processes"
    return "file_size" if number in (errno.EFBIG, errno.ENOSPC) else None


def starts_processes(error: BaseException) -> bool:
    """Whether an exception comes out of code that starts a process."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and bool(STARTERS.intersection(trace.tb_frame.f_code.co_names))
