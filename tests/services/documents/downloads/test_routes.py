from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from libs.contracts.applications import ApplicationMoved
from libs.ids import new_id
from libs.web.signed.document_links import (
    CASE_PAPERS_PATH,
    LINKS_PATH,
    DocumentLink,
    OfficerLink,
    link_key,
    make_link,
    make_officer_link,
    officer_link_key,
)
from libs.web.signed.signatures import derived_key, sign
from services.documents.locker import use_cases as locker
from services.documents.retention.use_cases import note_applications
from tests.libs.web.running import CITIZEN
from tests.services.documents.retention.scenes import submitted
from tests.services.documents.running import Documents
from tests.services.identity.running import Reply

MASTER = "a-master-secret-for-tests-of-papers"
MINISTRY = "lgd"


async def used_paper(documents: Documents) -> tuple[Any, UUID]:
    """A paper that an application to the ministry has."""
    paper, application_id = await documents.paper(), new_id()
    event = submitted(paper["document_id"], application_id=application_id, citizen_id=CITIZEN)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [event])
    return paper, application_id


async def by_key(
    documents: Documents, paper: Any, application_id: UUID, *, ministry: str = MINISTRY, key: str
) -> Reply:
    """Fetch a paper as a ministry that signs its request."""
    body = orjson.dumps(
        {"application_id": str(application_id), "document_id": paper["document_id"]}
    )
    headers = sign(key, f"msg_{new_id()}", documents.time.at, body)
    return await documents.call(
        "POST",
        f"/v1/ministries/{ministry}/documents",
        body,
        headers={**headers, "content-type": "application/json"},
        citizen_id=None,
    )


async def by_link(documents: Documents, paper: Any, *, age: timedelta = timedelta(0)) -> Reply:
    """Fetch a paper by a link."""
    link = DocumentLink(UUID(paper["document_id"]), MINISTRY)
    path = make_link(link, link_key(MASTER), documents.time.at - age)
    return await documents.call("GET", path, citizen_id=None)


async def views(documents: Documents) -> dict[tuple[str, str], int]:
    async with documents.database.transaction() as tx:
        rows = await tx.fetch("SELECT ministry, way, times FROM document_views")
    return {(row["ministry"], row["way"]): row["times"] for row in rows}


async def test_the_ministry_fetches_with_its_own_key(documents: Documents) -> None:
    """Only the ministry of the application, and every time is counted."""
    paper, application_id = await used_paper(documents)
    own = derived_key(MASTER, MINISTRY)
    for _ in range(2):
        got = await by_key(documents, paper, application_id, key=own)
        assert (got.status, len(got.raw)) == (200, paper["size_bytes"])
    other = derived_key(MASTER, "mohfw")
    forged = await by_key(documents, paper, application_id, key=other)
    assert (forged.status, forged.problem) == (401, "signature_invalid")
    foreign = await by_key(documents, paper, application_id, ministry="mohfw", key=other)
    assert (foreign.status, foreign.problem) == (404, "document_unknown")
    unrelated = await by_key(documents, paper, new_id(), key=own)
    assert (unrelated.status, unrelated.problem) == (404, "document_unknown")
    assert await views(documents) == {(MINISTRY, "key"): 2}


async def test_of_a_moved_application_the_present_ministry_fetches(documents: Documents) -> None:
    """With its own key; the former one's opens nothing any more."""
    paper, application_id = await used_paper(documents)
    moved = ApplicationMoved(
        application_id=application_id,
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        citizen_id=CITIZEN,
        public_service_id="S001",
        ministry="mohfw",
        move_id=new_id(),
        from_ministry=MINISTRY,
        document_ids=(UUID(paper["document_id"]),),
    )
    async with documents.database.transaction() as tx:
        await note_applications(tx, [moved])
    present = derived_key(MASTER, "mohfw")
    got = await by_key(documents, paper, application_id, ministry="mohfw", key=present)
    assert (got.status, len(got.raw)) == (200, paper["size_bytes"])
    former = await by_key(documents, paper, application_id, key=derived_key(MASTER, MINISTRY))
    assert (former.status, former.problem) == (404, "document_unknown")


async def test_a_link_lives_for_15_minutes(documents: Documents) -> None:
    """It needs no other credential, ends, cannot be forged, and is counted."""
    paper = await documents.paper()
    got = await by_link(documents, paper)
    assert (got.status, len(got.raw)) == (200, paper["size_bytes"])
    assert got.headers["content-disposition"].startswith("attachment")
    assert (await by_link(documents, paper, age=timedelta(minutes=14))).status == 200
    late = await by_link(documents, paper, age=timedelta(minutes=15))
    assert (late.status, late.problem) == (404, "document_link_ended")
    forged = make_link(
        DocumentLink(UUID(paper["document_id"]), MINISTRY),
        link_key("another-master-secret"),
        datetime.now(UTC),
    )
    assert (await documents.call("GET", forged, citizen_id=None)).status == 404
    assert await views(documents) == {(MINISTRY, "link"): 2}


async def test_a_link_to_a_deleted_paper_says_that_it_is_gone(documents: Documents) -> None:
    """A ministry takes the submission without it; a link that is not known says nothing of it."""
    paper = {"document_id": str(new_id())}
    gone = await by_link(documents, paper)
    assert (gone.status, gone.problem) == (404, "document_unknown")
    late = await by_link(documents, paper, age=timedelta(minutes=15))
    assert (late.status, late.problem) == (404, "document_link_ended")


async def test_an_officer_fetches_a_paper_of_a_case(documents: Documents) -> None:
    """With a link of one's own, while it is valid and logged in; its citizen sees the ministry."""
    paper = await documents.paper()
    officer, other = new_id(), new_id()

    def path(*, age: timedelta = timedelta(0)) -> str:
        link = OfficerLink(UUID(paper["document_id"]), MINISTRY, officer)
        token = make_officer_link(link, officer_link_key(MASTER), documents.time.at - age)
        return f"{CASE_PAPERS_PATH}/{token}"

    async def fetch(path: str, who: UUID | None, role: str = "officer") -> Reply:
        token = documents.identity.token(sub=str(who), roles=[role])
        headers = {"authorization": f"Bearer {token}"} if who else {}
        return await documents.call("GET", path, headers=headers, citizen_id=None)

    got = await fetch(path(), officer)
    assert (got.status, len(got.raw)) == (200, paper["size_bytes"])
    assert got.headers["content-disposition"].startswith("attachment")
    for refused, problem in (
        (await fetch(path(age=timedelta(minutes=15)), officer), "document_link_ended"),
        (await fetch(path(), other), "document_link_ended"),
        (await fetch(path(), officer, role="programme"), "role_missing"),
        (await fetch(path(), None), "token_missing"),
    ):
        assert (refused.problem, refused.raw[:1]) == (problem, b"{")
    as_a_ministry = path().replace(CASE_PAPERS_PATH, LINKS_PATH)
    assert (await fetch(as_a_ministry, None)).problem == "document_link_ended"
    assert await views(documents) == {(MINISTRY, "link"): 1}
    async with documents.database.transaction() as tx:
        await locker.delete_of_citizen(tx, CITIZEN)
    assert (await fetch(path(), officer)).problem == "document_unknown"


async def test_its_citizen_sees_who_has_looked(documents: Documents) -> None:
    """The ministry, how often, and when, whichever way it came."""
    paper, application_id = await used_paper(documents)
    await by_link(documents, paper)
    first_at = documents.time.at
    documents.time.forward(minutes=1)
    await by_key(documents, paper, application_id, key=derived_key(MASTER, MINISTRY))
    shown = await documents.call("GET", f"/v1/documents/{paper['document_id']}")
    listed = await documents.call("GET", "/v1/documents")
    assert listed.body["items"][0]["fetched_by"] == shown.body["fetched_by"]
    (fetches,) = shown.body["fetched_by"]
    assert (fetches["ministry"], fetches["times"]) == (MINISTRY, 2)
    times = [datetime.fromisoformat(fetches[name]) for name in ("first_at", "last_at")]
    assert times == [first_at, documents.time.at]


async def test_a_paper_in_which_a_virus_was_found_later_is_not_given(documents: Documents) -> None:
    """To nobody; the ministry has its reference and hears why."""
    paper, application_id = await used_paper(documents)
    async with documents.database.transaction() as tx:
        await locker.save_state(tx, UUID(paper["document_id"]), "infected")
    address = f"/v1/documents/{paper['document_id']}"
    for reply in (
        await by_link(documents, paper),
        await by_key(documents, paper, application_id, key=derived_key(MASTER, MINISTRY)),
        await documents.call("GET", f"{address}/content"),
    ):
        assert (reply.status, reply.problem) == (422, "document_infected")
    assert (await documents.call("GET", address)).body["state"] == "infected"
    assert await views(documents) == {}
