"""What a process that opens files of strangers can reach, tried from inside one."""

import asyncio
import json
import os
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from libs.confinement_check import ConfinementCheck
from libs.limited_process import ProcessLimits, run_limited
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from tests.libs.opener.running import opener
from tests.waiting import until

_TRY: Final = """
import ctypes, os, signal, socket, sys
call = lambda *all: ctypes.CDLL(None, use_errno=True).syscall(*all) < 0 and denied()
def denied():
    raise OSError(ctypes.get_errno(), "")
try:
    print({code})
except OSError as failure:
    print("denied", failure.errno)
"""
_ARM = platform.machine() == "aarch64"


async def tried(code: str, folder: Path) -> str:
    """Try something in a process for files of strangers; return what it printed."""
    program = _TRY.replace("{code}", code)
    limits = ProcessLimits(deadline_s=30.0)
    printed = await run_limited("tests.libs.limited_main", program, limits=limits, folder=folder)
    return printed.decode()


@pytest.mark.parametrize(
    "code",
    [
        "open(f'/proc/{os.getppid()}/environ').read()",
        "os.listdir(f'/proc/{os.getppid()}/root/')",
        "os.listdir('/proc')",
        "os.listdir('..')",
        "open('../beside').read()",
        "open('../new', 'w')",
        "os.rename('../beside', 'mine')",
        "os.link('../beside', 'mine')",
        "open('/etc/passwd').read()",
        "open('/dev/shm/new', 'w')",
        "os.symlink('../beside', 'link') or open('link').read()",
        "open({checkout!r} + '/pyproject.toml').read()",
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.kill(os.getppid(), signal.SIGCONT)",
        "os.kill(0, signal.SIGCONT)",
        "os.pidfd_open(os.getppid())",
        "call(117 if {arm} else 101, 16, os.getppid(), 0, 0)",
        "call(425, 1, ctypes.create_string_buffer(120))",
        "call(97 if {arm} else 272, 0x10000000)",
        "__import__('resource').prlimit(os.getppid(), 7)",
        "os.truncate('../beside', 0)",
        "os.chmod('../beside', 0o600)",
        "os.chown('../beside', os.getuid(), os.getgid())",
        "os.utime('../beside')",
        "os.setxattr('../beside', 'user.name', b'')",
        "call(27 if {arm} else 254, ctypes.CDLL(None).inotify_init(), b'..', 0x100)",
        # Each sets what is set already, so that a failing test changes nothing for its caller.
        "os.setpriority(0, os.getppid(), os.getpriority(0, os.getppid()))",
        "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(os.getppid()))",
        "os.sched_setscheduler(os.getppid(), os.SCHED_OTHER, os.sched_param(0))",
    ],
)
async def test_it_reaches_nothing_of_others(code: str, tmp_path: Path) -> None:
    """No environment, memory, folder, socket, program or process but its own, nor their CPU."""
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "beside").write_text("a paper of somebody else")
    code = code.replace("{checkout!r}", repr(str(Path.cwd()))).replace("{arm}", str(_ARM))
    printed = await tried(f"(os.chdir({str(folder)!r}), {code})", folder)
    assert printed.startswith("denied")


async def test_it_works_in_its_folder(tmp_path: Path) -> None:
    """It reads and writes there, has threads, and may load our code later."""
    code = (
        f"(os.chdir({str(tmp_path)!r}), os.mkdir('a'), open('a/b', 'w').write('x'), "
        "os.rename('a/b', 'c'), os.rmdir('a'), os.listdir('.'), __import__('libs.ids') and 1, "
        "(t := __import__('threading').Thread(target=lambda: None)).start(), t.join())"
    )
    assert "['c']" in await tried(code, tmp_path)


def gaps_in(metrics: Metrics) -> float:
    """What the metric says."""
    text = metrics.render().decode()
    (line,) = [each for each in text.splitlines() if each.startswith("nagorik_confinement_gaps{")]
    return float(line.split()[-1])


async def found(opener: Opener, folder: Path) -> tuple[bool, str, float]:
    """What the component says of an opener: ready or not, the detail, the metric."""
    metrics, stop = Metrics("documents"), asyncio.Event()
    confinement = ConfinementCheck(metrics, opener, folder)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(confinement.run(stop))
        await until(lambda: confinement.health().detail != "not tried yet")
        stop.set()
    health = confinement.health()
    return health.ready, health.detail, gaps_in(metrics)


async def test_it_is_said_that_the_user_is_the_services(tmp_path: Path) -> None:
    """By trying: nothing else is possible without an opener, and with one of the same user."""
    gap = (True, "such a process can act as the user of this service", 1)
    assert await found(Opener(), tmp_path) == gap
    async with opener() as running:
        assert await found(running.client, tmp_path) == gap


async def test_it_is_said_that_no_file_can_be_opened(tmp_path: Path) -> None:
    """Until the opener is there, and again when it goes: the service is not ready."""
    metrics, stop = Metrics("documents"), asyncio.Event()
    async with opener() as running, asyncio.TaskGroup() as tasks:
        hidden = running.socket.rename(running.folder / "hidden")
        confinement = ConfinementCheck(metrics, running.client, tmp_path)
        tasks.create_task(confinement.run(stop))
        await until(lambda: confinement.health().detail == "the opener does not answer")
        assert not confinement.health().ready
        assert gaps_in(metrics) == 1
        hidden.rename(running.socket)
        await until(lambda: confinement.health().ready)
        stop.set()


async def test_a_service_that_does_more_stays_ready(tmp_path: Path) -> None:
    """Decisions over ministries' interfaces do not wait for the opener of their workbooks."""
    metrics, stop = Metrics("ministries"), asyncio.Event()
    confinement = ConfinementCheck(metrics, Opener(str(tmp_path / "socket")), required=False)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(confinement.run(stop))
        await until(lambda: confinement.health().detail == "the opener does not answer")
        assert confinement.health().ready
        assert gaps_in(metrics) == 1
        stop.set()


def _another_user_runs_this() -> bool:
    """Whether user 65534 reaches this Python and this checkout; only root may try."""
    command = [sys.executable, "-c", "import libs.opener.server"]
    only = {"PYTHONPATH": str(Path.cwd())}
    with suppress(OSError):
        return subprocess.run(command, user=65534, env=only, check=False).returncode == 0  # noqa: S603
    return False


@pytest.mark.skipif(
    os.getuid() != 0 or not _another_user_runs_this(),
    reason="only root starts a process of another user, who has to reach Python and checkout",
)
async def test_an_opener_of_another_user_leaves_no_gap(tmp_path: Path) -> None:
    """As in production."""
    async with opener(of_user=65534) as running:
        assert await found(running.client, tmp_path) == (True, "confined", 0)


async def test_a_process_that_hides_is_closed_to_others_of_its_user() -> None:
    """The kernel gives its memory and environment to nobody without a right over processes."""
    get_dumpable = 3
    program = (
        "import ctypes; from libs.confinement import hide_itself; hide_itself(); "
        f"print(ctypes.CDLL(None).prctl({get_dumpable}, 0, 0, 0, 0))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert printed == b"0\n"


async def test_the_attempts_find_what_is_possible(tmp_path: Path) -> None:
    """In a process that is not confined every one of them succeeds."""
    folder = tmp_path / "own"
    folder.mkdir()
    program = f"from libs.confinement import main; main([{str(folder)!r}])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert len(json.loads(printed)) == 5
