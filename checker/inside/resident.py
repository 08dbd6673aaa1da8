"""The resident parent: it has the libraries loaded, and forks a worker for each request (Linux).

A request comes on a socket: the path of a scratch folder, with four descriptors, which are the
worker's requests, answers and output, and a socket to the worker's watcher. The resident parent
never sees a learner's file, never runs a thread, and does nothing but fork; what it forks is a
watcher, which forks the worker.
"""

import contextlib
import os
import random
import signal
import socket
from _signal import SIG_DFL  # type: ignore[import-not-found]
from _signal import signal as set_handler  # which stays when everybody else loses it
from collections.abc import Callable
from types import SimpleNamespace
from typing import NoReturn

from checker.inside.probe import keep, preload, private_channel, rehearse, remember, serve
from checker.inside.record import close_interpreter
from checker.inside.walls import (
    SET_CHILD_SUBREAPER,
    SET_DEATH_SIGNAL,
    SET_DUMPABLE,
    close_door,
    furnish,
    leave_root,
    system_calls,
    take_identity,
)
from checker.inside.watcher import report, watch

LONGEST_REQUEST = 4096
DESCRIPTORS = 4


def reside(
    names: list[str], control: int, register_at_fork: Callable[[], None], *, strong: bool
) -> NoReturn:
    """Fork a worker for each request on the socket `control`, until it is closed.

    `register_at_fork` registers what libraries want done in a child. The children of this process,
    which has neither threads nor locks, need nothing of it; those of its workers may.
    """
    calls = system_calls()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if strong:
        leave_root(calls)
    missing = preload(names)
    own = SimpleNamespace(
        strong=strong,
        calls=calls,
        register_at_fork=register_at_fork,
        missing=missing,
        libraries=remember(names),
        user=os.getuid(),
        group=os.getgid(),
    )
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once
    requests = socket.socket(fileno=control)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, DESCRIPTORS)
        if not message:
            os._exit(0)
        try:
            child = calls.fork_into_namespaces() if strong else os.fork()
        except OSError as error:
            report(socket.SocketType(fileno=descriptors.pop()), walls=str(error))
        else:
            if child == 0:
                os.close(control)
                start_watcher(own, message.decode(), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if own.libraries.answers is None:
            # The first worker need not wait for this, and closes its interpreter by itself.
            with contextlib.suppress(Exception):  # what fails will fail in a worker, and be told
                rehearse(own.libraries)
            own.libraries.answers = close_interpreter()
            keep()


def start_watcher(own: SimpleNamespace, folder: str, descriptors: list[int]) -> NoReturn:
    """In a new process: raise the walls, fork the worker, and watch over it until it ends."""
    set_handler(signal.SIGCHLD, SIG_DFL)
    *channel, number = descriptors
    try:
        if own.strong:
            take_identity(own.calls, own.user, own.group)
            furnish(own.calls)
        else:
            os.setsid()
            own.calls.set_option(SET_CHILD_SUBREAPER, 1)
            os.chdir(folder)
        worker = os.fork()
    except OSError as error:
        report(socket.SocketType(fileno=number), walls=str(error))
        os._exit(1)
    if worker == 0:
        os.close(number)
        start_worker(own, folder, channel)
    for descriptor in channel:
        os.close(descriptor)
    try:
        # The class below `socket.socket`, which would take its time to be made.
        watch(socket.SocketType(fileno=number), worker)
    finally:
        # Whatever went wrong: the worker ends with its namespace, and nobody is told twice.
        os._exit(1)


def start_worker(own: SimpleNamespace, folder: str, channel: list[int]) -> NoReturn:
    """In a new process: take the place of a probe that was started by itself."""
    os.setsid()
    own.calls.set_option(SET_DEATH_SIGNAL, signal.SIGKILL)
    for number, descriptor in enumerate(channel):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if own.strong:
        close_door(own.calls)
    else:
        own.calls.set_option(SET_DUMPABLE, 0)
    for variable in ("HOME", "TMPDIR"):
        if os.environ[variable] != folder:
            os.environ[variable] = folder
    set_handler(signal.SIGINT, signal.default_int_handler)
    own.register_at_fork()
    random.seed()  # as one of those handlers would have had it, or all workers draw the same
    serve(private_channel(), own.missing, own.libraries, watched=True, walled=own.strong)
