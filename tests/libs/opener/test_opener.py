"""Files that another process opens: what it gets, gives back, and what becomes of trouble."""

import asyncio
import os
import signal
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from libs.errors import Unavailable
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from services.ministries.deliveries.adapters import sheet_worker
from tests.libs.opener.running import PROGRAMS, RunningOpener, opener
from tests.waiting import PATIENCE_S, until

MIB = 1024 * 1024
LIMITS = ProcessLimits(memory_bytes=256 * MIB, cpu_s=5, deadline_s=30.0, answer_bytes=100)
WAITS = "import time; time.sleep(600)"


async def run(by: Opener, program: str, *, module: str = PROGRAMS) -> str:
    """Run a program without files."""
    return (await by.run(module, program, limits=LIMITS)).decode()


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_it_gets_files_and_gives_back_what_was_made(tmp_path: Path) -> None:
    """By name, also large ones, none that was not asked for; nothing of them stays there."""
    (tmp_path / "source-00").write_bytes(bytes(20 * MIB))
    (tmp_path / "content").write_text("of an attempt before")
    program = (
        "import os, sys; os.chdir(os.environ['TMPDIR']); print(sorted(os.listdir()), "
        "os.path.getsize('source-00'), len(sys.stdin.buffer.read())); os.mkdir('thumbnail'); "
        "open('other', 'w').write('x'); open('content', 'w').write('made')"
    )
    async with opener() as running:
        printed = await running.client.run(
            PROGRAMS,
            program,
            limits=LIMITS,
            standard_input=bytes(3 * MIB),
            folder=tmp_path,
            wanted=("content", "thumbnail"),
        )
        assert names_in(running.files) == []
    assert printed.decode() == f"['source-00'] {20 * MIB} {3 * MIB}\n"
    assert (tmp_path / "content").read_text() == "made"
    assert names_in(tmp_path) == ["content", "source-00"]


@pytest.mark.parametrize(
    ("program", "by_limit", "was_told"),
    [
        ("bytes(300 * 2**20)", True, False),
        ("print('x' * 200)", True, False),
        ("1 / 0", False, False),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", False, True),
    ],
)
async def test_a_limit_is_the_files_fault_and_a_defect_is_not(
    program: str, by_limit: bool, was_told: bool
) -> None:
    """As without an opener, which goes on."""
    async with opener() as running:
        with pytest.raises(ProcessEnded) as ended:
            await run(running.client, program)
        assert (ended.value.by_limit, ended.value.was_told) == (by_limit, was_told)
        assert await run(running.client, "print(1)") == "1\n"


async def test_it_runs_what_is_on_its_list_only() -> None:
    """Another module is a defect of ours."""
    async with opener() as running:
        with pytest.raises(ProcessEnded) as ended:
            await run(running.client, "csv", module=sheet_worker.__name__)
    assert (ended.value.by_limit, ended.value.was_told) == (False, False)


async def test_more_than_a_paper_can_have_is_not_taken(tmp_path: Path) -> None:
    """Nothing of it is read."""
    with (tmp_path / "source-00").open("wb") as file:
        file.truncate(1024 * MIB + 1)
    async with opener() as running:
        with pytest.raises(ProcessEnded) as ended:
            await running.client.run(PROGRAMS, "print(1)", limits=LIMITS, folder=tmp_path)
    assert ended.value.by_limit


async def test_only_the_user_of_the_service_is_served() -> None:
    """By what the kernel says of the other end."""
    async with opener(user_id=os.getuid() + 1) as running:
        with pytest.raises(Unavailable):
            await run(running.client, "print(1)")


def is_running(pid: int) -> bool:
    """Whether a process runs; whose parent has ended may stay as a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def ended_with(running: RunningOpener, task: Awaitable[str]) -> Exception | None:
    try:
        await task
    except (ProcessEnded, Unavailable) as failure:
        return failure
    return None


async def test_a_killed_opener_is_no_fault_of_the_file() -> None:
    """The file may come again, and its process has ended too."""
    async with opener() as running, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(ended_with(running, run(running.client, WAITS)))
        await until(running.children)
        (child,) = running.children()
        running.end(signal.SIGKILL)
        assert isinstance(await task, Unavailable)
        await until(lambda: not is_running(child))


async def test_an_opener_that_is_away_is_no_fault_of_the_file(tmp_path: Path) -> None:
    """Nor is one without a folder; the caller hears when to come again."""
    for socket in (tmp_path / "socket", tmp_path / "none" / "socket"):
        with pytest.raises(Unavailable) as failure:
            await run(Opener(str(socket)), "print(1)")
        assert failure.value.retry_after_s


async def test_an_opener_that_hangs_is_no_fault_of_the_file(tmp_path: Path) -> None:
    """It takes the file, and answers long after."""
    released = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await released.wait()
        writer.write(b'{"ended": null, "parts": []}\n')
        writer.close()

    limits = ProcessLimits(memory_bytes=256 * MIB, cpu_s=5, deadline_s=0.1, answer_bytes=100)
    server = await asyncio.start_unix_server(hang, tmp_path / "socket")
    async with server:
        asyncio.get_running_loop().call_later(3.0, released.set)
        client = Opener(str(tmp_path / "socket"), transfer_s=0.1)
        with pytest.raises(Unavailable):
            await client.run(PROGRAMS, "", limits=limits)


async def test_one_that_is_told_to_end_finishes_what_is_open(tmp_path: Path) -> None:
    """It takes nothing new, and ends well."""
    program = (
        "import os, time\nopen(os.environ['TMPDIR'] + '/begun', 'w')\n"
        "while not os.path.exists(os.environ['TMPDIR'] + '/go'): time.sleep(0.01)\nprint(1)"
    )
    async with opener() as running, asyncio.TaskGroup() as tasks:
        begun = tasks.create_task(
            running.client.run(PROGRAMS, program, limits=LIMITS, folder=tmp_path)
        )
        await until(lambda: [*running.files.glob("*/own/begun")])
        running.end(signal.SIGTERM)
        client = running.client
        await until(lambda: _is_away(client))
        (found,) = running.files.glob("*/own/begun")
        (found.parent / "go").touch()
        assert await begun == b"1\n"
        assert await running.process.wait() == 0


async def _is_away(client: Opener) -> bool:
    with suppress(Unavailable):
        await run(client, "print(1)")
        return False
    return True


async def test_who_goes_away_ends_the_process() -> None:
    """When the caller is cancelled, it has ended before the caller goes on."""
    async with opener() as running:
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            task = tasks.create_task(run(running.client, WAITS))
            await until(running.children)
            task.cancel()
        assert running.children() == []


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        (b"", Unavailable),
        (b'{"ended": null', Unavailable),
        (b'{"ended": null, "parts": [["content", 10]]}\n1', Unavailable),
        (b"[" * 100_000 + b"\n", ProcessEnded),
        (b"x" * 1_000_000, ProcessEnded),
        (b'{"ended": {"by_limit": "no one", "status": 1}, "parts": []}\n', ProcessEnded),
        (b'{"ended": null, "parts": [["", 101]]}\n', ProcessEnded),
        (b'{"ended": null, "parts": [["", -1]]}\n', ProcessEnded),
        (b'{"ended": null, "parts": [["", 1], ["", 1]]}\n11', ProcessEnded),
        (b'{"ended": null, "parts": [["../content", 1]]}\n1', ProcessEnded),
        (b'{"ended": null, "parts": [["other", 1]]}\n1', ProcessEnded),
        (b'{"ended": null, "parts": [["content", 268435457]]}\n1', ProcessEnded),
    ],
)
async def test_what_an_opener_answers_is_not_believed(
    line: bytes, failure: type[Exception], tmp_path: Path
) -> None:
    """A file may have taken it over: too much, another name, no JSON; half of it is no answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(line)
        writer.close()

    (tmp_path / "own").mkdir()
    server = await asyncio.start_unix_server(answer, tmp_path / "socket")
    async with server:
        with pytest.raises(failure):
            await Opener(str(tmp_path / "socket")).run(
                PROGRAMS, "", limits=LIMITS, folder=tmp_path / "own", wanted=("content",)
            )
    assert names_in(tmp_path) in (["own"], ["own", "socket"])
    assert names_in(tmp_path / "own") in ([], ["content"])


async def test_it_has_no_network_no_environment_and_its_own_files_only() -> None:
    """It can make no socket, nobody of its user reads it, and what a killed one left is gone."""
    async with opener() as running:
        await run(running.client, "print(1)")
        status = running.status()
        assert "\nSeccomp:\t2\n" in status
        assert "\nNoNewPrivs:\t1\n" in status
        assert names_in(running.files) == []
        assert running.mode() == "srw-rw----"
