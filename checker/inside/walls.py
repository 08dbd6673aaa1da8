"""The walls between one worker and the next: namespaces of its own for each (Linux).

The outer wall stands already when this runs: bubblewrap has given the resident parent a file
system that holds libraries only, no network, and no privileges. Each worker then gets user,
mount, pid, network, ipc and uts namespaces of its own inside of it, so that it can name no
process, socket or file of another. The numbers are those of the Linux headers.
"""

import ctypes
import os
import signal
import struct
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from checker.inside.filter import filter_program

NOBODY = 65534
INSIDE_USER = 1000
SCRATCH = "/scratch"
SCRATCH_SIZE = "size=64m,nr_inodes=8k,mode=700"

NEW_NAMESPACES = {
    "mount": 0x0002_0000,
    "uts": 0x0400_0000,
    "ipc": 0x0800_0000,
    "user": 0x1000_0000,
    "pid": 0x2000_0000,
    "network": 0x4000_0000,
}
NO_SETUID, NO_DEVICES, NO_PROGRAMS = 2, 4, 8  # MS_NOSUID, MS_NODEV, MS_NOEXEC
CLONE3 = 435  # the system call, on every machine
# Options of prctl.
SET_DEATH_SIGNAL, SET_DUMPABLE, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVILEGES = 1, 4, 36, 38
SET_SECCOMP, FILTER_CALLS = 22, 2
CAPABILITY_VERSION = 0x2008_0522
NAMESPACE_KINDS = ("user", "net", "mnt", "pid", "ipc", "uts", "cgroup", "time")


class Header(ctypes.Structure):
    """`struct __user_cap_header_struct`."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def system_calls() -> SimpleNamespace:
    """The system calls that Python has no name for; each raises `OSError` with what it did.

    Whatever ctypes has to make for them is made here: once frames and ctypes are closed to the
    learner's code (`guard.remove_tools`), they can be called, and no others be made.
    """
    libc, python = ctypes.CDLL(None, use_errno=True), ctypes.pythonapi
    last_error = ctypes.get_errno
    # Unlike `libc` it keeps the interpreter's lock, which a child could not get back.
    clone = ctypes.PyDLL(None, use_errno=True).syscall
    before, after = python.PyOS_BeforeFork, python.PyOS_AfterFork_Parent
    after_in_child = python.PyOS_AfterFork_Child
    how = (ctypes.c_uint64 * 8)(sum(NEW_NAMESPACES.values()), 0, 0, 0, signal.SIGCHLD)
    cloning = (CLONE3, ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how)))
    dropping = (ctypes.byref(Header(CAPABILITY_VERSION, 0)), (ctypes.c_uint32 * 6)())
    filtering = filter_argument()
    mounting, setting, setting_capabilities = libc.mount, libc.prctl, libc.capset

    def fork_into_namespaces() -> int:
        """Fork like `os.fork`, the child as the first process of new namespaces.

        `os.fork` after `unshare` would take one process more, and each costs milliseconds.
        """
        before()
        pid = int(clone(*cloning))
        if pid == 0:
            after_in_child()
            return 0
        number = last_error()
        after()
        if pid < 0:
            raise OSError(number, f"cannot make new namespaces: {os.strerror(number)}")
        return pid

    def mount(kind: str, place: str, flags: int, options: str = "") -> None:
        """Mount a new file system of that kind."""
        arguments = (kind.encode(), place.encode(), kind.encode(), flags, options.encode())
        refuse_failure(mounting(*arguments), f"mount {kind} on {place}")

    def set_option(option: int, value: int) -> None:
        """Set an option of this process by `prctl`."""
        refuse_failure(setting(option, value, 0, 0, 0), f"set option {option}")

    def filter_calls() -> None:
        """Refuse system calls from now on, in this process and all that it starts."""
        if filtering is not None:
            mode, program, _ = filtering
            refuse_failure(setting(SET_SECCOMP, mode, program, 0, 0), "filter system calls")

    def drop_capabilities() -> None:
        """Give up every privilege inside the user namespace."""
        refuse_failure(setting_capabilities(*dropping), "drop capabilities")

    def refuse_failure(result: int, what: str) -> None:
        if result != 0:
            number = last_error()
            raise OSError(number, f"cannot {what}: {os.strerror(number)}")

    known = (fork_into_namespaces, mount, set_option, filter_calls, drop_capabilities)
    # No class of ours: those can be found, and a method leads to its module.
    return SimpleNamespace(**{call.__name__: call for call in known})


def filter_argument() -> tuple[Any, ...] | None:
    """What `prctl` takes to filter system calls; `None` on machines without a filter of ours."""
    program = filter_program()
    if program is None:
        return None
    steps = ctypes.create_string_buffer(program, len(program))
    length = len(program) // struct.calcsize("HBBI")
    head = ctypes.create_string_buffer(struct.pack("HP", length, ctypes.addressof(steps)))
    # With the steps themselves, which must stay.
    return ctypes.c_ulong(FILTER_CALLS), ctypes.byref(head), steps


def leave_root(calls: SimpleNamespace) -> None:
    """Become nobody, if bubblewrap was started by root; ordinary users are nobody already."""
    if os.geteuid() == 0:
        # bubblewrap's own mount for root hides parts of /proc, which forbids further ones below.
        calls.mount("proc", "/proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    calls.set_option(SET_DUMPABLE, 0)


def take_identity(calls: SimpleNamespace, user: int, group: int) -> None:
    """Be a user of the new namespaces, who is `user` and `group` outside."""
    calls.set_option(SET_DUMPABLE, 1)  # or the files below would belong to root
    tell("/proc/self/setgroups", "deny")
    tell("/proc/self/uid_map", f"{INSIDE_USER} {user} 1")
    tell("/proc/self/gid_map", f"{INSIDE_USER} {group} 1")
    calls.set_option(SET_DUMPABLE, 0)


def tell(file: str, text: str) -> None:
    """Write to a file of the kernel's, with as little of Python as that takes."""
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def furnish(calls: SimpleNamespace) -> None:
    """Mount what the new namespaces need, as their first process, and shut the door to others."""
    calls.mount("proc", "/proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
    calls.mount("tmpfs", SCRATCH, NO_SETUID | NO_DEVICES, SCRATCH_SIZE)
    for kind in NAMESPACE_KINDS:
        with suppress(FileNotFoundError):  # not every kernel has all kinds
            tell(f"/proc/sys/user/max_{kind}_namespaces", "0")
    os.chdir(SCRATCH)


def close_door(calls: SimpleNamespace) -> None:
    """Give up the privileges that made the walls, before any of the learner's code runs."""
    calls.drop_capabilities()
    calls.set_option(SET_NO_NEW_PRIVILEGES, 1)
    calls.set_option(SET_DUMPABLE, 0)
    calls.filter_calls()
