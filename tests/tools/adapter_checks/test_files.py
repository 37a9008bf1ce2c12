"""The check of ministries that exchange files, on the sandbox's clerk."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from pydantic import SecretStr

from services.ministries.deliveries.adapters import sftp
from services.ministries.deliveries.adapters.contract import Link
from tests.sandbox.running import Sandbox, file_link, sandbox
from tests.services.ministries.scenes import LAND
from tools.adapter_checks.files import CHECKS, run_checks
from tools.adapter_checks.platform import Platform
from tools.embedded.ports import free_port

REAL = b"batch_no,row_no\n7,1\nEND,1\n"
BREAKS: Mapping[str, set[str]] = {
    "missing_row": {"answered", "papers", "corrected"},
    "doubled_row": {"answered", "papers", "accounted", "corrected"},
    "swapped_rows": {"answered", "papers", "accounted", "corrected", "withdrawn"},
    "unknown_batch": {"answered", "papers", "accounted", "corrected", "withdrawn"},
    "excel_date": {"answered", "papers", "typed", "corrected", "withdrawn"},
    "eaten_zeros": {"answered", "papers", "typed", "corrected", "withdrawn"},
    "renamed_column": {"answered", "papers", "shaped", "corrected", "withdrawn"},
    "wrong_count": {"answered", "papers", "shaped", "corrected", "withdrawn"},
    "half_written": {"answered", "papers", "corrected", "withdrawn"},
    "windows_1252": {"answered", "papers", "shaped", "corrected", "withdrawn"},
    "byte_order_mark": set(),
}
WAIT_S = 120.0
BROKEN_WAIT_S = 8.0


def another_key() -> SecretStr:
    """A private key that no server knows."""
    return SecretStr(asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode())


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def running(tmp_path: Path, port: int) -> AsyncIterator[Sandbox]:
    async with sandbox(tmp_path, sftp_port=port) as running:
        yield running


@pytest.fixture
def link(port: int) -> Link:
    return file_link(LAND, port)


async def found(link: Link, *, wait_s: float = WAIT_S, forger: SecretStr | None = None) -> set[str]:
    """The names of the checks that a ministry does not pass."""
    platform = Platform(LAND, [])
    link = replace(link, fetch_paper=platform.fetch)
    other = replace(link, ssh_key=forger or another_key())
    paper = platform.paper()
    said = await run_checks(link, other, paper, public_service_id="S001", wait_s=wait_s)
    assert said.keys() == CHECKS.keys()
    return {name for name, wrong in said.items() if wrong}


async def test_a_clerk_who_does_all_passes(running: Sandbox, link: Link) -> None:
    """Five rows in two batches, the first of them twice, one with a paper; no file is left."""
    assert await found(link) == set()
    rows = await running.ledger("submissions")
    assert sorted(row["kind"] for row in rows) == ["corrected", *["submitted"] * 3, "withdrawn"]
    assert {row["is_right"] for row in await running.ledger("papers")} == {1}
    async with sftp.opened(link) as folder:
        assert await folder.names("to-ministry", suffixes=(".csv",)) == []
        assert await folder.names("from-ministry", suffixes=(".csv",)) == []


@pytest.fixture(scope="module")
async def findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """The checks that fail, by what the files have wrong; all are played at the same time."""

    async def play(fault: str) -> set[str]:
        port = free_port()
        async with sandbox(tmp_path_factory.mktemp(fault), sftp_port=port) as running:
            if BREAKS[fault]:
                await running.behave(LAND, mode="never")
            await running.set_faults(LAND, file_fault=fault)
            return await found(
                file_link(LAND, port), wait_s=BROKEN_WAIT_S if BREAKS[fault] else WAIT_S
            )

    return dict(zip(BREAKS, await asyncio.gather(*map(play, BREAKS)), strict=True))


@pytest.mark.parametrize("fault", BREAKS)
async def test_what_a_file_has_wrong_is_found(fault: str, findings: Mapping[str, set[str]]) -> None:
    """Under the name of its rule, and whatever follows from it; a mark of Excel is no fault."""
    breaks = BREAKS[fault]
    if breaks:  # what nobody decides, or nobody can read
        breaks = breaks | {"decided"}
    assert findings[fault] == breaks


async def test_a_ministry_that_never_decides_is_found(running: Sandbox, link: Link) -> None:
    """It acknowledges all, and says no more."""
    await running.behave(LAND, mode="never")
    assert await found(link, wait_s=5.0) == {"decided"}


async def test_a_repeated_batch_that_opens_new_cases_is_found(running: Sandbox, link: Link) -> None:
    """The same rows have another number then."""
    await running.set_faults(LAND, ignore_idempotency=True)
    assert await found(link) == {"once"}


async def test_a_server_that_knows_us_not_fails_all(running: Sandbox, link: Link) -> None:
    """Another key of ours, or another host key than the pinned one."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    pinned = link.connection.model_copy(update={"host_key": other})
    assert await found(replace(link, ssh_key=another_key())) == CHECKS.keys()
    assert await found(replace(link, connection=pinned)) == CHECKS.keys()


async def test_a_server_that_lets_anybody_in_is_found(running: Sandbox, link: Link) -> None:
    """Whoever knows the ministry's id could read its citizens' forms."""
    assert await found(link, forger=link.ssh_key) == {"private"}


async def test_answers_to_real_batches_are_left(running: Sandbox, link: Link) -> None:
    """A ministry that is connected can be checked again; its file waits for the platform."""
    async with sftp.opened(link) as folder:
        await folder.write("from-ministry/real.csv", REAL)
    assert await found(link) == set()
    async with sftp.opened(link) as folder:
        assert await folder.names("from-ministry", suffixes=(".csv",)) == ["real.csv"]
        left = await folder.read("from-ministry/real.csv", limit=100)
    assert left is not None
    assert left.content == REAL
