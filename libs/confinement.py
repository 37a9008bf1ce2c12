"""Confines a process that opens files of strangers, so that it has nothing to steal.

The process does it to itself, before it reads the first byte (`libs.limited_child`). It uses two
means of the Linux kernel that need no right. By Landlock it reads our code and its own folder,
writes there only, and neither looks into nor signals other processes. By seccomp it opens no
socket, starts no process or program, and has no call to look into one. What a kernel lacks is left
out, and `libs.confinement_check` says so at the start.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_CHECKOUT: Final = Path(__file__).parents[1]
_libc: Final = ctypes.CDLL(None, use_errno=True)

# linux/prctl.h
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_FILTER: Final = 2
_KILL: Final = 9  # the module `signal` would be loaded for each file

# linux/landlock.h; the numbers of the calls are the same on all architectures
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_WRITE: Final = 0x61B2  # files and folders: write, make, remove, move; no devices, links, sockets
_RIGHTS_OF: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights a version knows; later ones 16
_TCP, _SIGNALS_AND_SOCKETS = 0b11, 0b11

_READABLE: Final = ("/usr", "/lib", "/lib64", sys.prefix, sys.base_prefix)
_READABLE_FILES: Final = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")

# asm/unistd.h: calls that reach something outside, on x86_64 and aarch64
_DENIED: Final = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "io_uring_setup": (425, 425),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    # Landlock leaves these: what a file is like besides its content, and who watches a folder
    "truncate": (76, 45),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    # and who gets the CPU among the processes of a user
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
_SIGNALS: Final = {"kill": (62, 129), "tgkill": (234, 131)}
_PRLIMIT: Final = (302, 261)
_CLONE, _CLONE3 = (56, 220), 435
_ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_OF_X32: Final = 0x40000000  # the same calls by other numbers

# linux/filter.h, linux/seccomp.h: an instruction is code, jump if true, jump if false, operand
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENT_AT = 0, 4, 16
_ALLOW, _END_PROCESS, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_DENY: Final = (_RETURN, 0, 0, _ERROR | errno.EPERM)
_THREAD: Final = 0x10000
_Instruction = tuple[int, int, int, int]


def confine_itself(package: str, folder: str | None) -> None:
    """Confine this process, for good; protections that the kernel lacks are left out.

    Args:
        package: the package of ours whose code it needs besides the libraries.
        folder: the only one that it needs; None for none.
    """
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _close_files(package, folder)
    _close_calls(_filter)


def hide_itself() -> None:
    """Let no process of the same user read the memory and the environment of this one."""
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent(pid: int) -> None:
    """Have the kernel kill this process when the one that started it ends, or has ended."""
    _libc.prctl(_SET_DEATH_SIGNAL, _KILL, 0, 0, 0)
    if os.getppid() != pid:
        os.kill(os.getpid(), _KILL)


def close_network() -> None:
    """Let this process and those that it starts make no socket; those that are open stay."""
    _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _close_calls(_filter_of_sockets)


def main(arguments: list[str]) -> None:
    """Print the forbidden things that this process can do; none, if it is confined."""
    import json  # not at the top: the process of each file would load them
    import socket

    (folder,) = arguments
    environment = Path(f"/proc/{os.getppid()}/environ")
    attempts: Mapping[str, Callable[[], object]] = {
        "read the environment of its caller": environment.read_bytes,
        "read other folders": lambda: [*Path(folder).parent.iterdir()],
        "write to other folders": lambda: (Path(folder).parent / f"{folder}-beside").touch(),
        "open a socket": lambda: socket.socket().close(),
        "start a process": lambda: os._exit(0) if os.fork() == 0 else os.wait(),
    }
    possible = []
    for name, attempt in attempts.items():
        with suppress(OSError):
            attempt()
            possible.append(name)
    sys.stdout.write(json.dumps(possible))


def _close_files(package: str, folder: str | None) -> None:
    version = _libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return
    rights = (1 << _RIGHTS_OF.get(version, 16)) - 1
    attributes = struct.pack(
        "=QQQ",
        rights,
        _TCP if version >= 4 else 0,
        _SIGNALS_AND_SOCKETS if version >= 6 else 0,
    )[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    readable = [*_READABLE, str(_CHECKOUT / "libs"), str(_CHECKOUT / package)]
    allowed = [(path, _READ_FILE | _READ_FOLDER) for path in readable]
    allowed += [(path, _READ_FILE) for path in _READABLE_FILES]
    if folder:
        allowed.append((folder, _READ_FILE | _READ_FOLDER | _WRITE & rights))
    for path, access in allowed:
        with suppress(FileNotFoundError):
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, opened), 0)
            os.close(opened)
    _libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _close_calls(filtering: Callable[[], Iterator[_Instruction]]) -> None:
    if os.uname().machine not in _ARCHITECTURES:
        return
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in filtering())
    held = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    _libc.prctl(_SET_SECCOMP, _SECCOMP_FILTER, head, 0, 0)


def _filter_of_sockets() -> Iterator[_Instruction]:
    yield from _denying({name: _DENIED[name] for name in ("socket", "connect", "io_uring_setup")})
    yield _RETURN, 0, 0, _ALLOW


def _denying(calls: Mapping[str, tuple[int, int | None]]) -> Iterator[_Instruction]:
    column, architecture = _ARCHITECTURES[os.uname().machine]
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _EQUAL, 1, 0, architecture
    yield _RETURN, 0, 0, _END_PROCESS
    yield _LOAD, 0, 0, _NUMBER_AT
    yield _AT_LEAST, 0, 1, _OF_X32
    yield _DENY
    for number in _numbers(calls, column):
        yield _EQUAL, 0, 1, number
        yield _DENY


def _filter() -> Iterator[_Instruction]:
    column, _ = _ARCHITECTURES[os.uname().machine]
    yield from _denying(_DENIED)
    yield _EQUAL, 0, 1, _CLONE3  # its flags cannot be seen; the C library takes the older call
    yield _RETURN, 0, 0, _ERROR | errno.ENOSYS
    yield from _if_argument(_CLONE[column], (_HAS, 1, 0, _THREAD))
    for number in _numbers(_SIGNALS, column):
        yield from _if_argument(number, (_EQUAL, 1, 0, os.getpid()))
    yield from _if_argument(_PRLIMIT[column], (_EQUAL, 1, 0, 0))  # 0 is itself
    yield _RETURN, 0, 0, _ALLOW


def _numbers(calls: Mapping[str, tuple[int, int | None]], column: int) -> Iterator[int]:
    for numbers in calls.values():
        number = numbers[column]
        if number is not None:
            yield number


def _if_argument(number: int, *checks: _Instruction) -> Iterator[_Instruction]:
    """Allow a call if its first argument passes one of the checks; else deny it."""
    yield _EQUAL, 0, len(checks) + 3, number
    yield _LOAD, 0, 0, _ARGUMENT_AT
    yield from checks
    yield _DENY
    yield _RETURN, 0, 0, _ALLOW
