"""The resident parent: it has the libraries loaded, and forks a worker for each request (Linux).

A request comes on a socket, with four descriptors: the worker's requests, answers and output,
and a socket to the worker's watcher. The resident parent never sees a learner's file, never
runs a thread, and does nothing but fork; what it forks is a watcher, which forks the worker.
"""

import json
import os
import signal
import socket
from types import SimpleNamespace
from typing import Any, NoReturn

from checker.inside.probe import preload, private_channel, remember, serve
from checker.inside.walls import (
    SCRATCH,
    SET_CHILD_SUBREAPER,
    SET_DEATH_SIGNAL,
    SET_DUMPABLE,
    Libc,
    close_door,
    furnish,
    leave_root,
    take_identity,
)
from checker.inside.watcher import report, watch

LONGEST_REQUEST = 4096
DESCRIPTORS = 4
LATER = ["httpx"]


def reside(names: list[str], control: int, *, strong: bool) -> NoReturn:
    """Fork a worker for each request on the socket `control`, until it is closed."""
    libc = Libc()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if strong:
        leave_root(libc)
    missing = preload(names)
    libraries = remember(names)
    later = LATER
    user, group = os.getuid(), os.getgid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once
    requests = socket.socket(fileno=control)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, DESCRIPTORS)
        if not message:
            os._exit(0)
        try:
            child = libc.fork_into_namespaces() if strong else os.fork()
        except OSError as error:
            report(socket.socket(fileno=descriptors.pop()), walls=str(error))
        else:
            if child == 0:
                requests.close()
                settings = json.loads(message) | {"user": user, "group": group}
                start_watcher(libc, settings, descriptors, libraries, missing, strong)
        for descriptor in descriptors:
            os.close(descriptor)
        if later and not missing:
            # The first worker need not wait for what only some steps use.
            missing, later = preload(later), []


def start_watcher(
    libc: Libc,
    settings: dict[str, Any],
    descriptors: list[int],
    libraries: SimpleNamespace,
    missing: str | None,
    strong: bool,
) -> NoReturn:
    """In a new process: raise the walls, fork the worker, and watch over it until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *channel, number = descriptors
    checker = socket.socket(fileno=number)
    try:
        if strong:
            take_identity(libc, settings["user"], settings["group"])
            furnish(libc)
        else:
            os.setsid()
            libc.set_option(SET_CHILD_SUBREAPER, 1)
            os.chdir(settings["folder"])
        worker = os.fork()
    except OSError as error:
        report(checker, walls=str(error))
        os._exit(1)
    if worker == 0:
        checker.close()
        start_worker(libc, channel, settings, libraries, missing, strong)
    for descriptor in channel:
        os.close(descriptor)
    try:
        watch(checker, worker)
    finally:
        os._exit(
            1
        )  # whatever went wrong: the worker ends with its namespace, and nobody is told twice


def start_worker(
    libc: Libc,
    channel: list[int],
    settings: dict[str, Any],
    libraries: SimpleNamespace,
    missing: str | None,
    strong: bool,
) -> NoReturn:
    """In a new process: take the place of a probe that was started by itself."""
    os.setsid()
    libc.set_option(SET_DEATH_SIGNAL, signal.SIGKILL)
    for number, descriptor in enumerate(channel):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if strong:
        close_door(libc)
    else:
        libc.set_option(SET_DUMPABLE, 0)
    folder = SCRATCH if strong else settings["folder"]
    # One by one: what `update` goes through on its way would be copied for this worker.
    for variable in ("HOME", "TMPDIR"):
        os.environ[variable] = folder
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, value in list(vars(Libc).items()):
        if callable(value) or isinstance(value, staticmethod):
            delattr(Libc, name)  # its class can be found, and a function leads to its module
    serve(private_channel(), missing, libraries, watched=True, walled=strong)
