from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationDecided,
    ApplicationMoved,
    ApplicationWithdrawn,
)
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.ids import new_id
from services.documents.locker import queries
from services.documents.processing.processor import workplace
from services.documents.retention.jobs import delete_ended
from services.documents.retention.rules import KEPT_AFTER_CASE
from services.documents.retention.use_cases import (
    erase_citizen,
    erase_citizens,
    note_applications,
)
from services.documents.storage.store import DocumentStore, object_store
from tests.libs.web.running import CITIZEN
from tests.services.documents import scenes
from tests.services.documents.case_papers.scenes import taken
from tests.services.documents.retention.running import sweep
from tests.services.documents.retention.scenes import NUMBER, submitted
from tests.services.documents.running import TUS, Documents, stranger
from tests.services.scenes import left_alone


def moved(document_id: str, *, application_id: UUID, ministry: str) -> ApplicationMoved:
    return ApplicationMoved(
        application_id=application_id,
        tracking_number=NUMBER,
        citizen_id=CITIZEN,
        public_service_id="S001",
        ministry=ministry,
        move_id=new_id(),
        from_ministry="cabinet",
        document_ids=(UUID(document_id),),
    )


def withdrawn(application_id: UUID) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application_id,
        tracking_number=NUMBER,
        citizen_id=CITIZEN,
        public_service_id="S001",
        ministry="lgd",
    )


async def consume(documents: Documents, *events: Event) -> None:
    async with documents.database.transaction() as tx:
        await note_applications(tx, events)


async def left_after_deleting(documents: Documents) -> int:
    """Delete what has ended, and count papers and uploads; the running service deletes, too."""
    async with documents.database.transaction() as tx:
        await delete_ended(tx, documents.clock)
        sql = "SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM uploads)"
        return int(await tx.fetchval(sql))


async def test_an_open_application_keeps_its_paper(documents: Documents) -> None:
    """However old the paper is; when the case has ended it stays for half a year, and is gone."""
    paper, application_id = await documents.paper(), new_id()
    await consume(documents, submitted(paper["document_id"], application_id=application_id))
    shown = (await documents.call("GET", "/v1/documents")).body["items"][0]
    assert (shown["needed_by"], shown["kept_until"]) == ([NUMBER], None)
    documents.time.forward(days=1000)
    assert await left_after_deleting(documents) == 1
    ended = withdrawn(application_id).model_copy(update={"occurred_at": documents.time.at})
    await consume(documents, ended)
    documents.time.forward(days=KEPT_AFTER_CASE.days - 1)
    assert await left_after_deleting(documents) == 1
    documents.time.forward(days=2)
    assert await left_after_deleting(documents) == 0
    await sweep(documents)
    assert documents.objects() == []
    async with documents.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM document_uses") == 0


async def test_an_appeal_needs_the_papers_again(documents: Documents) -> None:
    """Those of the application and its own, until it is decided; also where both come at once."""
    paper, application_id = await documents.paper(), new_id()
    fields = withdrawn(application_id).model_dump(exclude={"event_id"})
    decided = ApplicationDecided(**fields, outcome="refused")
    appeal = ApplicationAppealed(**fields, document_ids=(UUID(paper["document_id"]),))
    await consume(documents, submitted(paper["document_id"], application_id=application_id))
    for batch in ((decided,), (appeal,), (decided, appeal)):
        await consume(documents, *batch)
        shown = (await documents.call("GET", "/v1/documents")).body["items"][0]
        assert shown["needed_by"] == ([] if batch == (decided,) else [NUMBER])
    await consume(documents, appeal, ApplicationDecided(**fields, outcome="approved"))
    assert (await documents.call("GET", "/v1/documents")).body["items"][0]["needed_by"] == []


async def test_a_deleted_paper_stays_for_an_open_application_only(documents: Documents) -> None:
    """It has left the locker, the answer says who needs it, and it is gone with the case."""
    paper, application_id = await documents.paper(), new_id()
    await consume(documents, submitted(paper["document_id"], application_id=application_id))
    reply = await documents.call("DELETE", f"/v1/documents/{paper['document_id']}")
    assert (reply.status, reply.body["needed_by"]) == (200, [NUMBER])
    assert (await documents.call("GET", "/v1/documents")).body["items"] == []
    for path in ("", "/content", "/thumbnail"):
        gone = await documents.call("GET", f"/v1/documents/{paper['document_id']}{path}")
        assert (gone.status, gone.problem) == (404, "document_unknown")
    documents.time.forward(days=30)
    assert await left_after_deleting(documents) == 1
    decided = ApplicationDecided(**withdrawn(application_id).model_dump(), outcome="approved")
    await consume(documents, decided)
    assert await left_after_deleting(documents) == 0


async def test_a_deleted_paper_waits_for_its_last_receipt(documents: Documents) -> None:
    """An application may come with a receipt that is still valid, and its event may be late."""
    paper = await documents.paper()
    reply = await documents.call("DELETE", f"/v1/documents/{paper['document_id']}")
    assert reply.body["needed_by"] == []
    documents.time.forward(hours=71)
    assert await left_after_deleting(documents) == 1
    documents.time.forward(hours=2)
    assert await left_after_deleting(documents) == 0


async def test_a_paper_is_kept_as_long_as_its_newest_receipt(documents: Documents) -> None:
    """Half a year after it was given a receipt is fetched: an application may come with it."""
    paper = await documents.paper()
    documents.time.forward(days=documents.settings.unused_kept_days, hours=-1)
    await documents.call("GET", f"/v1/documents/{paper['document_id']}")
    documents.time.forward(hours=71)
    assert await left_after_deleting(documents) == 1
    documents.time.forward(hours=2)
    assert await left_after_deleting(documents) == 0


async def test_a_paper_given_again_after_its_deletion_is_a_new_one(documents: Documents) -> None:
    """The deleted one does not come back."""
    first = await documents.paper()
    await documents.call("DELETE", f"/v1/documents/{first['document_id']}")
    second = await documents.paper()
    assert second["document_id"] != first["document_id"]


async def test_the_paper_of_another_citizen_is_not_kept(documents: Documents) -> None:
    """An event that names somebody else's paper changes nothing."""
    paper = await documents.paper()
    await consume(
        documents,
        submitted(paper["document_id"], application_id=new_id(), citizen_id=stranger()),
    )
    shown = (await documents.call("GET", "/v1/documents")).body["items"][0]
    assert shown["needed_by"] == []


async def test_events_that_come_again_change_nothing(documents: Documents) -> None:
    """An end that comes twice, or a submission after its end, is the same case."""
    paper, application_id = await documents.paper(), new_id()
    event = submitted(paper["document_id"], application_id=application_id)
    await consume(documents, event, withdrawn(application_id))
    await consume(documents, event, withdrawn(application_id))
    shown = (await documents.call("GET", "/v1/documents")).body["items"][0]
    assert shown["needed_by"] == []


@pytest.mark.parametrize("ministries", [("lgd", "minland"), ("minland", "lgd")])
async def test_several_events_of_an_application_in_one_batch(
    documents: Documents, ministries: tuple[str, str]
) -> None:
    """They name the same paper; the ministry of the last one may fetch it."""
    paper, application_id = await documents.paper(), new_id()
    event = submitted(paper["document_id"], application_id=application_id)
    moves = [
        moved(paper["document_id"], application_id=application_id, ministry=ministry)
        for ministry in ministries
    ]
    await consume(documents, event, *moves)
    async with documents.database.transaction() as tx:
        rows = await tx.fetch("SELECT application_id, ministry FROM document_uses")
    assert [tuple(row) for row in rows] == [(application_id, ministries[-1])]


async def test_an_erased_citizen_has_nothing_left(documents: Documents) -> None:
    """Papers, uploads and their keys are deleted, and their objects at the next sweep."""
    other = stranger()
    kept = await documents.paper(scenes.jpeg(300, 300), citizen_id=other)
    objects_kept = documents.objects()
    await documents.paper()
    address = await documents.begin(10)
    await documents.send(address, 0, b"12345")
    event = CitizenErased(citizen_id=CITIZEN)
    async with documents.database.transaction() as tx:
        confirmed = await erase_citizen(tx, event)
        again = await erase_citizen(tx, event)
    assert (confirmed.deleted["documents"], confirmed.deleted["uploads"]) == (1, 1)
    assert again.event_id == confirmed.event_id
    assert (await documents.call("GET", "/v1/documents")).body["items"] == []
    assert (await documents.call("HEAD", address, headers=TUS)).status == 404
    await sweep(documents)
    assert documents.objects() == objects_kept
    reply = await documents.call("GET", f"/v1/documents/{kept['document_id']}", citizen_id=other)
    assert reply.status == 200


async def test_no_table_is_forgotten(documents: Documents) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column.

    Stops are of mandates, uddoktas and service centres.
    """
    await taken(documents)
    async with documents.database.transaction() as tx:
        erasure = erase_citizens(tx, [CitizenErased(citizen_id=CITIZEN)])
        assert await left_alone(tx, "documents", erasure) == {"stops"}


async def test_an_expired_upload_and_its_pieces_are_deleted(documents: Documents) -> None:
    """A day after it was begun."""
    address = await documents.begin(10)
    await documents.send(address, 0, b"12345")
    documents.time.forward(hours=23)
    assert await left_after_deleting(documents) == 1
    documents.time.forward(hours=2)
    assert await left_after_deleting(documents) == 0
    await sweep(documents)
    assert documents.objects() == []


async def test_only_old_objects_without_a_row_are_orphans(documents: Documents) -> None:
    """What a killed process left is deleted; what is just being written, or has a row, is not."""
    await documents.paper()
    before = documents.objects()
    store = DocumentStore(object_store(documents.settings))
    await store.put(f"documents/{new_id()}/content", b"left behind")
    await store.put(f"uploads/{new_id()}/{new_id()}", b"left behind")
    async with workplace(documents.settings.scratch) as place:
        assert await sweep(documents, after=timedelta(hours=1)) == 0
        assert place.folder.exists()
        assert await sweep(documents) == 3
        assert not place.folder.exists()
    assert documents.objects() == before


async def test_papers_that_are_needed_are_not_read_again_at_once(documents: Documents) -> None:
    """A million of them, all over their time, cost nothing each minute; those behind them go."""
    needed, application_id = await documents.paper(), new_id()
    await consume(documents, submitted(needed["document_id"], application_id=application_id))
    await documents.paper(scenes.jpeg(300, 200))
    documents.time.forward(days=1000)
    at = documents.clock.now()
    async with documents.database.transaction() as tx:
        seen = [await queries.delete_ended(tx, at, limit=1, again=timedelta(days=1)) for _ in "123"]
        left = await tx.fetchval("SELECT document_id::text FROM documents")
    assert (seen, left) == ([1, 1, 0], needed["document_id"])


async def test_one_replica_lists_the_store(documents: Documents) -> None:
    """The others leave it to that one, and the next round may be anybody's."""
    address = await documents.begin(2000)
    await documents.send(address, 0, bytes(1000))
    async with documents.database.transaction() as tx:
        await tx.execute("DELETE FROM uploads")
    connection = await documents.database.dedicated()
    await connection.execute("SELECT pg_advisory_lock(7262422)")
    assert await sweep(documents) == 0
    await connection.close()
    assert await sweep(documents) == 1
