"""Ministries of the sandbox that exchange files, with the platform's adapter."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from libs.clock import utc_now
from libs.errors import Unavailable
from libs.ids import new_id
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.files import FilesAdapter
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.deliveries.values import Batch, ReadFile, ResultFile
from tests.sandbox.running import Sandbox, file_link, sandbox
from tests.services.ministries.scenes import LAND, submission
from tests.waiting import until
from tools.embedded.ports import free_port

PAPER = b"%PDF-1.7 a paper"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def running(tmp_path: Path, port: int) -> AsyncIterator[Sandbox]:
    async with sandbox(tmp_path, sftp_port=port) as running:
        yield running


@pytest.fixture
def link(port: int) -> Link:
    async def paper(_: object) -> bytes:
        return PAPER

    return replace(file_link(LAND, port), fetch_paper=paper)


def batch(number: int = 7) -> Batch:
    """Two deliveries, the first with a paper."""
    deliveries = [plan_delivery(submission(application_id=new_id())) for _ in range(2)]
    paper = {
        "document_id": str(new_id()),
        "kind": "photo",
        "media_type": "image/jpeg",
        "size_bytes": len(PAPER),
        "sha256": sha256(PAPER).hexdigest(),
        "state": "clean",
    }
    first = replace(deliveries[0], documents=orjson.dumps([paper]).decode())
    return Batch(LAND, number, utc_now(), {1: first, 2: deliveries[1]})


async def files(link: Link, count: int) -> list[ResultFile]:
    """Wait for files of the ministry, and put each aside."""
    found: list[ResultFile] = []

    async def have_come() -> bool:
        new = [file async for file in FilesAdapter(link).receive()]
        read = [
            ReadFile(file.name, is_refused=False, report="", sha256=file.sha256) for file in new
        ]
        await FilesAdapter(link).put_aside(read)
        found.extend(new)
        return len(found) >= count

    await until(have_come, every_s=0.2)
    return found


def said(found: list[ResultFile]) -> list[tuple[int, str]]:
    """What files say of rows."""
    return [(row.row_no, row.decision.action) for file in found for row in file.rows]


async def test_a_batch_is_acknowledged_and_decided(running: Sandbox, link: Link) -> None:
    """Row by row; the same batch again is acknowledged again, and decided once."""
    await running.behave(LAND, refusal_rate=1.0)
    sent = batch()
    await FilesAdapter(link).send(sent)
    first = await files(link, 2)
    assert sorted(said(first)) == [
        (1, "received"),
        (1, "refused"),
        (2, "received"),
        (2, "refused"),
    ]
    await FilesAdapter(link).send(sent)
    assert said(await files(link, 1)) == [(1, "received"), (2, "received")]
    rows = await running.ledger("submissions")
    assert [row["idempotency_key"] for row in rows] == [
        str(each.delivery_id) for each in sent.rows.values()
    ]
    assert len(await running.ledger("decisions")) == 2


async def test_a_batch_that_is_gone_again_is_passed_over(
    running: Sandbox, link: Link, tmp_path: Path
) -> None:
    """A file can be removed between the listing of its folder and its reading."""
    await FilesAdapter(link).send(batch())
    await files(link, 1)
    there = tmp_path / "files" / LAND / "to-ministry"
    (there / "batch-000001.csv").symlink_to(there / "nowhere")
    await FilesAdapter(link).send(batch(8))

    async def is_acknowledged() -> bool:
        found = [file async for file in FilesAdapter(link).receive()]
        return "received-batch-000008.csv" in {file.name for file in found}

    await until(is_acknowledged, every_s=0.2)


async def test_its_papers_are_compared(running: Sandbox, link: Link) -> None:
    """They lie beside the batch, and are what the batch says."""
    await FilesAdapter(link).send(batch())
    await files(link, 1)
    papers = await running.ledger("papers")
    assert [paper["is_right"] for paper in papers] == [1]


async def test_a_ministry_that_is_down_lets_nobody_in(running: Sandbox, link: Link) -> None:
    """Nor a stranger; and no clerk works meanwhile."""
    await running.set_faults(LAND, down_for_s=60)
    with pytest.raises(Unavailable):
        await FilesAdapter(link).send(batch())
    await running.call("DELETE", "/faults")
    await FilesAdapter(link).send(batch())
    nobody = link.connection.model_copy(
        update={"address": link.connection.address.replace(LAND, "nobody")}
    )
    with pytest.raises(Unavailable):
        await anext(FilesAdapter(replace(link, connection=nobody)).receive())
