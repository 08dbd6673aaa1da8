"""The system calls that a worker may not make (Linux, seccomp).

Refused is what keeps memory that nobody counts, what looks into other processes, and what builds
namespaces and mounts. A filter is a program for the kernel's packet filter; see `seccomp(2)` and
`linux/seccomp.h`. The numbers of the calls are those of `asm/unistd.h` for each architecture.
"""

import errno
import platform
import struct

LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF_0000, 0x0005_0000 | errno.EPERM, 0x8000_0000
NUMBER, ARCHITECTURE = 0, 4  # offsets in `struct seccomp_data`
FIRST_X32 = 0x4000_0000

# memfd_secret, io_uring_setup to _register, pidfd_getfd, open_tree to fspick, mount_setattr
EVERYWHERE = (447, 425, 426, 427, 438, 428, 429, 430, 431, 432, 433, 442)
CALLS = {
    # bpf, keyctl, add_key, request_key, ptrace, process_vm_readv and _writev, kcmp, memfd_create,
    # userfaultfd, perf_event_open, unshare, setns, mount, umount2, pivot_root, shmget, shmat,
    # shmctl, msgget, semget, name_to_handle_at, open_by_handle_at
    "x86_64": (
        *(321, 250, 248, 249, 101, 310, 311, 312, 319, 323, 298, 272),
        *(308, 165, 166, 155, 29, 30, 31, 68, 64, 303, 304),
    ),
    "aarch64": (
        *(280, 219, 217, 218, 117, 270, 271, 272, 279, 282, 241, 97),
        *(268, 40, 39, 41, 194, 196, 195, 186, 190, 264, 265),
    ),
}
SOCKET = {"x86_64": (41, 53), "aarch64": (198, 199)}  # socket, socketpair
FIRST_ARGUMENT = 16  # its lower half, on these machines
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; others, such as AF_VSOCK, know no namespaces.
FAMILIES = (1, 2, 10, 16)
ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}


def filter_program() -> bytes | None:
    """The filter as an array of `struct sock_filter`; `None` on other architectures."""
    machine = platform.machine()
    if machine not in CALLS:
        return None
    refused = (*EVERYWHERE, *CALLS[machine])
    sockets, families = SOCKET[machine], FAMILIES
    behind = len(sockets) + len(families) + 1  # the steps between the last refused call and REFUSE
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (IF_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (IF_AT_LEAST, len(refused) + behind + 1, 0, FIRST_X32),
    ]
    for position, number in enumerate(refused):
        steps.append((IF_EQUAL, len(refused) - position + behind, 0, number))
    for position, number in enumerate(sockets):
        steps.append((IF_EQUAL, len(sockets) - position, 0, number))
    steps += [(RETURN, 0, 0, ALLOW), (LOAD, 0, 0, FIRST_ARGUMENT)]
    for position, family in enumerate(families):
        steps.append((IF_EQUAL, len(families) - position, 0, family))
    steps += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
