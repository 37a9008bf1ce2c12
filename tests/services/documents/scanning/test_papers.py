import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.telemetry.metrics import Metrics
from services.documents.locker.content import Contents
from services.documents.retention.jobs import ScanAgain
from services.documents.scanning.clamd import Clamd, NoScanner
from services.documents.storage.store import DocumentStore, object_store
from tests.services.documents import scenes
from tests.services.documents.running import Documents, running
from tests.services.documents.scanning.running import FOUND, daemon

DsnFor = Callable[[str], Awaitable[str]]


async def test_an_infected_file_is_not_kept(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Whatever it is called; a clean one is kept as clean."""
    async with (
        daemon() as address,
        running(database, await dsn_for("documents"), tmp_path, scanner=address) as documents,
    ):
        for infected in (scenes.EICAR, scenes.pdf() + scenes.EICAR):
            reply = await documents.give(infected, name="certificate.pdf")
            assert (reply.status, reply.problem) == (422, "document_infected")
        assert documents.objects() == []
        assert (await documents.paper())["state"] == "clean"


def again(documents: Documents, scanner: Clamd | NoScanner) -> ScanAgain:
    store = DocumentStore(object_store(documents.settings))
    return ScanAgain(
        documents.database,
        Contents(store, documents.database),
        scanner,
        Metrics("documents"),
        documents.clock,
    )


async def state_of(documents: Documents) -> str:
    listed = await documents.call("GET", "/v1/documents")
    return str(listed.body["items"][0]["state"])


async def test_a_paper_is_scanned_when_the_daemon_is_back(documents: Documents) -> None:
    """Until then the state says that nobody has looked; a virus found late is shown too."""
    await documents.paper()
    assert not await again(documents, NoScanner()).scan()
    assert await state_of(documents) == "not_scanned"
    async with daemon() as address:
        assert await again(documents, Clamd(address, 5)).scan()
        assert not await again(documents, Clamd(address, 5)).scan()
    assert await state_of(documents) == "clean"


async def test_a_virus_that_is_found_late_is_shown(documents: Documents) -> None:
    """The paper is not given to anybody from then on."""
    await documents.paper()
    async with daemon(answers=FOUND) as address:
        await again(documents, Clamd(address, 5)).scan()
    assert await state_of(documents) == "infected"


@pytest.mark.parametrize(
    ("harm", "damage"), [("cut", "unreadable"), ("flipped", "unreadable"), ("missing", "missing")]
)
async def test_a_damaged_paper_holds_up_no_other_and_is_told(
    documents: Documents, harm: str, damage: str
) -> None:
    """The others are scanned; its citizen sees a true word, and can give the paper again."""
    damaged = await documents.paper()
    other = await documents.paper(scenes.jpeg(300, 200))
    (content,) = [
        each
        for each in documents.objects()
        if each.name == "content"
        and each.stat().st_size > damaged["size_bytes"] > 0
        and await _is_of(documents, each, damaged)
    ]
    await asyncio.to_thread(_harm, content, harm)
    download = await documents.call("GET", f"/v1/documents/{damaged['document_id']}/content")
    assert (download.status, download.problem) == (422, "document_damaged")
    async with daemon() as address:
        assert await again(documents, Clamd(address, 5)).scan()
    listed = (await documents.call("GET", "/v1/documents")).body["items"]
    assert {each["document_id"]: (each["state"], each.get("damage")) for each in listed} == {
        damaged["document_id"]: ("not_scanned", damage),
        other["document_id"]: ("clean", None),
    }
    receipt = await documents.call("GET", f"/v1/documents/{damaged['document_id']}")
    assert (receipt.status, receipt.problem) == (422, "document_damaged")
    assert (await documents.paper())["document_id"] != damaged["document_id"]


async def _is_of(documents: Documents, content: Path, paper: Any) -> bool:
    async with documents.database.transaction() as tx:
        object_id = await tx.fetchval(
            "SELECT object_id::text FROM documents WHERE document_id = $1",
            UUID(paper["document_id"]),
        )
    return object_id in content.parts


def _harm(content: Path, harm: str) -> None:
    raw = content.read_bytes()
    if harm == "missing":
        content.unlink()
    else:
        content.write_bytes(raw[:-1] if harm == "cut" else bytes([raw[0] ^ 1]) + raw[1:])


async def test_a_file_that_the_scanner_refuses_holds_up_no_other(documents: Documents) -> None:
    """It is tried again an hour later, and its state stays the truth: nobody has looked."""
    for width in (300, 310):
        await documents.paper(scenes.jpeg(width, 200))
    async with daemon(answers=b"INSTREAM size limit exceeded. ERROR\0") as address:
        assert await again(documents, Clamd(address, 5)).scan()
        assert not await again(documents, Clamd(address, 5)).scan()
    assert await state_of(documents) == "not_scanned"


async def test_a_file_at_which_the_scanner_ends_is_tried_behind_the_others(
    documents: Documents,
) -> None:
    """A daemon that hangs up at one file scans the others in the next round."""
    odd = await documents.paper(scenes.jpeg(300, 200))
    await documents.paper(scenes.jpeg(310, 200))
    async with daemon(answers=b"") as address:
        assert not await again(documents, Clamd(address, 5)).scan()
    async with documents.database.transaction() as tx:
        first = await tx.fetchval(
            "SELECT document_id::text FROM documents WHERE state = 'not_scanned' ORDER BY scan_at"
        )
    assert first != odd["document_id"]


async def test_how_long_papers_wait_is_measured(documents: Documents) -> None:
    """From when the oldest came; without one that waits it is zero."""
    await documents.paper()
    documents.time.forward(hours=7)
    under_test = again(documents, NoScanner())
    await under_test.scan()
    assert "nagorik_papers_not_scanned_age_seconds" in under_test.metrics.render().decode()
    assert " 25200.0" in under_test.metrics.render().decode()


@pytest.mark.parametrize(
    ("harm", "damage"), [("cut", "unreadable"), ("missing", "missing"), ("row", "unreadable")]
)
async def test_a_scanned_paper_that_turns_out_damaged_can_be_given_again(
    database: Database, dsn_for: DsnFor, tmp_path: Path, harm: str, damage: str
) -> None:
    """Whoever fetches it finds out; from then on it has no receipt, until it is whole again."""
    async with (
        daemon() as address,
        running(database, await dsn_for("documents"), tmp_path, scanner=address) as documents,
    ):
        paper = await documents.paper()
        (content,) = [each for each in documents.objects() if each.name == "content"]
        whole = await asyncio.to_thread(content.read_bytes)
        if harm == "row":
            await _flip_key(documents)
        else:
            await asyncio.to_thread(_harm, content, harm)
        path = f"/v1/documents/{paper['document_id']}"
        assert (await documents.call("GET", f"{path}/content")).problem == "document_damaged"
        (listed,) = (await documents.call("GET", "/v1/documents")).body["items"]
        assert listed.get("damage") == damage
        assert (await documents.call("GET", path)).problem == "document_damaged"
        assert (await documents.paper())["document_id"] != paper["document_id"]
        await documents.call("DELETE", f"/v1/documents/{(await documents.paper())['document_id']}")
        if harm != "row":
            await asyncio.to_thread(content.write_bytes, whole)
            await again(documents, Clamd(address, 5)).scan()
            assert (await documents.call("GET", path)).status == 200


async def _flip_key(documents: Documents) -> None:
    async with documents.database.transaction() as tx:
        await tx.execute(
            "UPDATE documents SET content_key = overlay(content_key PLACING 'AAAA' FROM 30)"
        )
