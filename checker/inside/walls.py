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


class Libc:
    """The system calls that Python has no name for; each raises `OSError` with what it did."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._filter = filter_program()

    def fork_into_namespaces(self) -> int:
        """Fork like `os.fork`, the child as the first process of new namespaces.

        `os.fork` after `unshare` would take one process more, and each costs milliseconds.
        """
        flags = sum(NEW_NAMESPACES.values())
        python, arguments = ctypes.pythonapi, (ctypes.c_uint64 * 8)(flags, 0, 0, 0, signal.SIGCHLD)
        # Unlike `self._libc` it keeps the interpreter's lock, which the child could not get back.
        call = ctypes.PyDLL(None, use_errno=True).syscall
        python.PyOS_BeforeFork()
        pid = int(call(CLONE3, ctypes.byref(arguments), ctypes.c_size_t(ctypes.sizeof(arguments))))
        if pid == 0:
            python.PyOS_AfterFork_Child()
            return 0
        number = ctypes.get_errno()
        python.PyOS_AfterFork_Parent()
        if pid < 0:
            raise OSError(number, f"cannot make new namespaces: {os.strerror(number)}")
        return pid

    def mount(self, kind: str, place: str, flags: int, options: str = "") -> None:
        """Mount a new file system of that kind."""
        arguments = (kind.encode(), place.encode(), kind.encode(), flags, options.encode())
        self._check(self._libc.mount(*arguments), f"mount {kind} on {place}")

    def set_option(self, option: int, value: int) -> None:
        """Set an option of this process by `prctl`."""
        self._check(self._libc.prctl(option, value, 0, 0, 0), f"set option {option}")

    def filter_calls(self) -> None:
        """Refuse system calls from now on, in this process and all that it starts."""
        program = self._filter
        if program is None:
            return
        steps = ctypes.create_string_buffer(program, len(program))
        length = len(program) // struct.calcsize("HBBI")
        head = ctypes.create_string_buffer(struct.pack("HP", length, ctypes.addressof(steps)))
        mode, where = ctypes.c_ulong(FILTER_CALLS), ctypes.c_void_p(ctypes.addressof(head))
        self._check(self._libc.prctl(SET_SECCOMP, mode, where, 0, 0), "filter system calls")

    def drop_capabilities(self) -> None:
        """Give up every privilege inside the user namespace."""
        none = (ctypes.c_uint32 * 6)()
        header = Header(CAPABILITY_VERSION, 0)
        self._check(self._libc.capset(ctypes.byref(header), none), "drop capabilities")

    @staticmethod
    def _check(result: int, what: str) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"cannot {what}: {os.strerror(number)}")


def leave_root(libc: Libc) -> None:
    """Become nobody, if bubblewrap was started by root; ordinary users are nobody already."""
    if os.geteuid() == 0:
        # bubblewrap's own mount for root hides parts of /proc, which forbids further ones below.
        libc.mount("proc", "/proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.set_option(SET_DUMPABLE, 0)


def take_identity(libc: Libc, user: int, group: int) -> None:
    """Be a user of the new namespaces, who is `user` and `group` outside."""
    libc.set_option(SET_DUMPABLE, 1)  # or the files below would belong to root
    tell("/proc/self/setgroups", "deny")
    tell("/proc/self/uid_map", f"{INSIDE_USER} {user} 1")
    tell("/proc/self/gid_map", f"{INSIDE_USER} {group} 1")
    libc.set_option(SET_DUMPABLE, 0)


def tell(file: str, text: str) -> None:
    """Write to a file of the kernel's, with as little of Python as that takes."""
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def furnish(libc: Libc) -> None:
    """Mount what the new namespaces need, as their first process, and shut the door to others."""
    libc.mount("proc", "/proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
    libc.mount("tmpfs", SCRATCH, NO_SETUID | NO_DEVICES, SCRATCH_SIZE)
    for kind in NAMESPACE_KINDS:
        with suppress(FileNotFoundError):  # not every kernel has all kinds
            tell(f"/proc/sys/user/max_{kind}_namespaces", "0")
    os.chdir(SCRATCH)


def close_door(libc: Libc) -> None:
    """Give up the privileges that made the walls, before any of the learner's code runs."""
    libc.drop_capabilities()
    libc.set_option(SET_NO_NEW_PRIVILEGES, 1)
    libc.set_option(SET_DUMPABLE, 0)
    libc.filter_calls()
