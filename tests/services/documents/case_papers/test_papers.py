"""A paper of an officer is taken, kept with its case and given to nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from libs.contracts.cases import CasePapersChanged
from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.ids import new_id
from libs.web.signed.document_links import OfficerLink, make_officer_link, officer_link_key
from libs.web.signed.hand_ins import make_right, right_key
from services.documents.case_papers import rules, use_cases
from services.documents.retention.jobs import delete_ended
from services.documents.retention.use_cases import erase_citizens
from tests.libs.web.running import CITIZEN
from tests.services.documents.case_papers.scenes import CASE, MASTER, OFFICER, right, send, taken
from tests.services.documents.retention.running import sweep
from tests.services.documents.running import Documents, running
from tests.services.documents.scenes import archive, armed_pdf, jpeg, photo_with_position
from tests.services.identity.running import Reply

ERASED = CitizenErased(citizen_id=CITIZEN)


async def opened(documents: Documents, document_id: UUID) -> Reply:
    """Fetch a paper by the link that cases gives an officer for it."""
    link = OfficerLink(document_id, "lgd", OFFICER)
    token = make_officer_link(link, officer_link_key(MASTER), documents.time.at)
    bearer = documents.identity.token(sub=str(OFFICER), roles=["officer"])
    return await documents.call(
        "GET",
        f"/v1/case-papers/{token}",
        headers={"authorization": f"Bearer {bearer}"},
        citizen_id=None,
    )


async def say(documents: Documents, *kept: UUID, is_final: bool = False) -> list[Any]:
    """Hear from cases which papers the case has."""
    event = CasePapersChanged(
        occurred_at=documents.time.at, case_id=CASE, document_ids=kept, is_final=is_final
    )
    async with documents.database.transaction() as tx:
        return list(await use_cases.note_kept(tx, [event]))


async def left(documents: Documents) -> int:
    """Delete what has ended; count the papers of cases that are left."""
    async with documents.database.transaction() as tx:
        await delete_ended(tx, documents.clock)
        return int(await tx.fetchval("SELECT count(*) FROM case_papers"))


async def erase(documents: Documents) -> list[Any]:
    """Hear that the citizen is erased; return the confirmations."""
    async with documents.database.transaction() as tx:
        return list(await erase_citizens(tx, [ERASED]))


async def test_a_paper_of_an_officer_is_checked_cleaned_and_encrypted(documents: Documents) -> None:
    """As a citizen's: by content, written again without its position; and in no locker."""
    receipt = await taken(documents, photo_with_position())
    assert (receipt.case_id, receipt.paper, receipt.visit) == (CASE, "field_report", 3)
    got = await opened(documents, receipt.document_id)
    assert (got.status, len(got.raw)) == (200, receipt.size_bytes)
    assert b"Maker of phones" not in got.raw
    assert got.headers["content-disposition"].startswith('attachment; filename="field_report-')
    assert all(b"\xff\xd8\xff" not in each.read_bytes()[:200] for each in documents.objects())
    assert (await documents.call("GET", "/v1/documents")).body["items"] == []
    own = f"/v1/documents/{receipt.document_id}"
    for path in ("", "/content", "/thumbnail"):
        assert (await documents.call("GET", own + path)).problem == "document_unknown"


async def test_several_pages_are_one_paper_and_a_pdf_loses_what_is_active(
    documents: Documents,
) -> None:
    """Its scripts, attachments and links."""
    receipt = await taken(documents, armed_pdf(), jpeg())
    assert (receipt.media_type, receipt.pages) == ("application/pdf", 2)
    got = await opened(documents, receipt.document_id)
    for word in (b"EMBEDDED-CONTENT", b"PINNED-CONTENT", b"JavaScript", b"track"):
        assert word not in got.raw


async def test_what_is_no_paper_is_refused(documents: Documents) -> None:
    """By its content, and with the same words as to a citizen."""
    for files, problem in (
        ((archive(),), "document_type_unknown"),
        ((b"",), "document_empty"),
    ):
        assert (await send(documents, *files)).problem == problem
    async with documents.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM case_papers") == 0


async def test_a_right_is_one_officers_for_a_quarter_of_an_hour(documents: Documents) -> None:
    """Nobody else sends anything with it, and a forged one is none."""
    for reply in (
        await send(documents, jpeg(), who=new_id()),
        await send(documents, jpeg(), age=timedelta(minutes=15)),
    ):
        assert (reply.status, reply.problem) == (404, "document_link_ended")
    assert (await send(documents, jpeg(), role="programme")).problem == "role_missing"
    forged = make_right(right(), right_key("another-secret-for-tests-of-papers"), documents.time.at)
    token = documents.identity.token(sub=str(OFFICER), roles=["officer"])
    reply = await documents.call(
        "POST",
        f"/v1/case-papers/{forged}",
        aiohttp.FormData({"file": "x"}),
        headers={"authorization": f"Bearer {token}"},
        citizen_id=None,
    )
    assert reply.problem == "document_link_ended"


async def test_the_same_files_again_are_the_same_paper(documents: Documents) -> None:
    """Of this officer and case; another officer learns nothing of it."""
    first, again = await taken(documents), await taken(documents)
    assert first.document_id == again.document_id
    other = await taken(documents, who=UUID(int=9), officer_id=UUID(int=9))
    assert other.document_id != first.document_id
    assert await left(documents) == 2


async def test_an_officer_and_an_office_have_a_limit(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of papers in 24 hours; the answer says when to try again."""
    monkeypatch.setattr(rules, "MOST_OF_OFFICER", 1)
    await taken(documents)
    refused = await send(documents, jpeg(300, 300))
    assert (refused.status, refused.problem) == (429, "case_papers_too_many")
    assert int(refused.headers["retry-after"]) > 0
    monkeypatch.setattr(rules, "MOST_OF_OFFICER", 9)
    monkeypatch.setattr(rules, "MOST_OF_OFFICE", 1)
    colleague: dict[str, Any] = {"who": UUID(int=9), "officer_id": UUID(int=9)}
    assert (await send(documents, jpeg(), **colleague)).problem == "case_papers_too_many"
    await taken(documents, **colleague, office_id="union-U1")
    documents.time.forward(hours=25)
    await taken(documents, jpeg(300, 300))


async def test_a_paper_stays_while_its_case_has_it(documents: Documents) -> None:
    """However old; one that no case has, or that was taken back, is gone after two days."""
    kept, unused = await taken(documents), await taken(documents, jpeg(300, 300))
    await say(documents, kept.document_id)
    documents.time.forward(hours=48)
    assert await left(documents) == 2
    documents.time.forward(hours=1)
    assert await left(documents) == 1
    assert (await opened(documents, unused.document_id)).problem == "document_unknown"
    documents.time.forward(days=4000)
    assert await left(documents) == 1
    assert (await opened(documents, kept.document_id)).status == 200
    await say(documents)
    documents.time.forward(hours=49)
    assert await left(documents) == 0
    await sweep(documents)
    assert documents.objects() == []


async def test_an_erasure_is_confirmed_when_cases_has_said_what_stays(documents: Documents) -> None:
    """The papers of an open case go; that of a decided one stays, and names no citizen."""
    decided, gone = await taken(documents), await taken(documents, jpeg(300, 300))
    await say(documents, decided.document_id, gone.document_id)
    assert await erase(documents) == []
    assert await erase(documents) == []
    assert await left(documents) == 2
    (confirmation,) = await say(documents, decided.document_id, is_final=True)
    assert confirmation.citizen_id == CITIZEN
    (again,) = await erase(documents)
    assert again.event_id == confirmation.event_id
    async with documents.database.transaction() as tx:
        rows = await tx.fetch("SELECT document_id, citizen_id FROM case_papers")
        assert await tx.fetchval("SELECT count(*) FROM waiting_confirmations") == 0
    assert [tuple(row) for row in rows] == [(decided.document_id, None)]
    documents.time.forward(days=4000)
    assert await left(documents) == 1
    assert await say(documents, is_final=True) == []
    assert await left(documents) == 0


async def test_a_case_that_is_settled_takes_no_paper(documents: Documents) -> None:
    """A file that was on its way when its citizen was erased is not stored."""
    await say(documents, is_final=True)
    assert (await send(documents, jpeg())).problem == "case_ended"
    assert await left(documents) == 0


async def test_an_erasure_is_confirmed_when_cases_has_lost_the_case(documents: Documents) -> None:
    """The case had the paper before a restore, and cases says that nothing of it stays."""
    lost = await taken(documents)
    await say(documents, lost.document_id)
    assert await erase(documents) == []
    documents.time.forward(days=30)
    assert await left(documents) == 1
    (confirmation,) = await say(documents, is_final=True)
    assert confirmation.citizen_id == CITIZEN
    assert await left(documents) == 0


async def test_a_refused_file_of_an_officer_names_no_citizen(documents: Documents) -> None:
    """It may come when she is erased already, and is remembered for a day."""
    assert (await send(documents, archive())).problem == "document_type_unknown"
    async with documents.database.transaction() as tx:
        rows = await tx.fetch("SELECT opened_for, citizen_id FROM openings")
    assert [tuple(row) for row in rows] == [(OFFICER, OFFICER)]


async def test_the_confirmation_comes_also_when_the_last_paper_goes_by_its_time(
    documents: Documents,
) -> None:
    """A paper of a case of which cases knows nothing any more, after a restore."""
    await taken(documents)
    assert await erase(documents) == []
    documents.time.forward(days=3)
    assert await left(documents) == 0
    async with documents.database.transaction() as tx:
        topics = await tx.fetch("SELECT topic FROM outbox")
    assert [row["topic"] for row in topics] == ["erasures.documents.v1"]


async def test_a_damaged_paper_says_so_and_is_tried_again(documents: Documents) -> None:
    """It counts as damaged until somebody could read it."""
    receipt = await taken(documents)
    (content,) = [each for each in documents.objects() if each.name == "content"]
    whole = content.read_bytes()
    content.write_bytes(whole[:-40])
    assert (await opened(documents, receipt.document_id)).problem == "document_damaged"
    async with documents.database.transaction() as tx:
        assert await use_cases.count_damaged(tx) == 1
    content.write_bytes(whole)
    assert (await opened(documents, receipt.document_id)).status == 200
    async with documents.database.transaction() as tx:
        assert await use_cases.count_damaged(tx) == 0


@pytest.fixture
async def scanned(
    database: Database, dsn_for: Callable[[str], Awaitable[str]], tmp_path: Path
) -> AsyncIterator[Documents]:
    """Documents with a scanner that is away."""
    async with running(
        database, await dsn_for("documents"), tmp_path, scanner=str(tmp_path / "none")
    ) as started:
        yield started


async def test_without_its_scanner_no_paper_of_a_case_is_taken(scanned: Documents) -> None:
    """An office can write the number of the paper instead; nothing is stored unseen."""
    reply = await send(scanned, jpeg())
    assert (reply.status, reply.problem) == (503, "unavailable")
    assert await left(scanned) == 0
