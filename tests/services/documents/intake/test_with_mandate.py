"""Papers that an uddokta uploads for a citizen, with a mandate."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey, KeySet

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationDecided,
    ApplicationSubmitted,
    Assistance,
    MandateUsed,
)
from libs.contracts.documents import APPEAL_PAPER
from libs.contracts.identity import (
    CitizenErased,
    MandateEnded,
    ServiceCentreChanged,
    UddoktaChanged,
)
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.ids import new_id, new_tracking_number
from libs.web.signed.receipts import read_receipt
from services.documents.retention.jobs import delete_ended
from services.documents.retention.use_cases import erase_citizen, note_applications
from services.documents.stops.use_cases import LATE_EVENTS, forget_over
from tests.libs.web.running import CITIZEN
from tests.services.documents import scenes
from tests.services.documents.running import Documents, stranger
from tests.services.documents.stops.scenes import (
    CENTRE,
    SERVICE,
    UDDOKTA,
    Helping,
    heard,
    helping,
)
from tests.services.identity.running import Reply
from tests.waiting import until
from tools.virtual_users.photo import as_form

NUMBER = new_tracking_number(new_id())
FACTS: dict[str, Any] = {
    "application_id": new_id(),
    "tracking_number": NUMBER,
    "citizen_id": CITIZEN,
    "public_service_id": SERVICE,
    "ministry": "lgd",
}


def used(helper: Helping) -> MandateUsed:
    return MandateUsed(
        mandate_id=helper.mandate_id, application_id=new_id(), tracking_number=NUMBER
    )


def ended(helper: Helping) -> MandateEnded:
    return MandateEnded(mandate_id=helper.mandate_id, reason="revoked")


def suspended(_: Helping) -> UddoktaChanged:
    return UddoktaChanged(uddokta_id=UDDOKTA, service_centre_id=CENTRE, state="suspended")


def centre_paused(_: Helping) -> ServiceCentreChanged:
    name = Text(bn="উত্তরা", en="Uttara")
    return ServiceCentreChanged(
        service_centre_id=CENTRE, name=name, area="30262500", state="paused"
    )


async def locker(documents: Documents, **more: Any) -> list[Any]:
    reply = await documents.call("GET", "/v1/documents", **more)
    return list(reply.body["items"])


async def test_the_paper_is_the_citizens(documents: Documents) -> None:
    """It is in her locker, which says where it came from; the row says who uploaded it."""
    helper = await helping(documents)
    reply = await helper.give()
    assert reply.status == 201, reply.raw
    [kept] = await locker(documents)
    assert kept["document_id"] == reply.body["document_id"]
    assert kept["uploaded_with"] == {
        "mandate_id": str(helper.mandate_id),
        "service_centre_id": CENTRE,
    }
    async with documents.database.transaction() as tx:
        assert await tx.fetchval("SELECT uploaded_by FROM documents") == UDDOKTA
    content = f"/v1/documents/{kept['document_id']}/content"
    assert (await documents.call("GET", content)).status == 200
    assert (await documents.call("GET", content, citizen_id=stranger())).status == 404


async def test_the_receipt_names_owner_and_mandate(documents: Documents) -> None:
    """So applications takes it for this citizen's application with this mandate only."""
    helper = await helping(documents)
    given = (await helper.give()).body
    keys = KeySet.import_key_set(
        (await documents.call("GET", "/.well-known/jwks.json", citizen_id=None)).body
    )
    receipt = read_receipt(given["receipt"], keys)
    assert receipt is not None
    assert (receipt.owner_id, receipt.mandate_id) == (CITIZEN, helper.mandate_id)
    own = await documents.call("GET", f"/v1/documents/{given['document_id']}")
    assert read_receipt(own.body["receipt"], keys) is not None
    assert read_receipt(own.body["receipt"], keys).mandate_id is None  # type: ignore[union-attr]


async def test_nothing_is_told_of_what_else_is_in_the_locker(documents: Documents) -> None:
    """The same photo, given by the citizen or with another mandate, is a paper of its own."""
    photo = scenes.jpeg()
    own = await documents.paper(photo)
    first, second = await helping(documents), await helping(documents)
    given = (await first.give(photo)).body
    assert not {"needed_by", "fetched_by", "kept_until", "uploaded_at"} & given.keys()
    ids = {own["document_id"], given["document_id"], (await second.give(photo)).body["document_id"]}
    assert len(ids) == 3
    again = (await first.give(photo)).body
    assert again["document_id"] == given["document_id"]  # a repeat is the same paper


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/content", "/{id}/thumbnail"])
async def test_the_token_opens_nothing_of_the_locker(documents: Documents, path: str) -> None:
    """Neither what she uploaded herself, nor what was uploaded with the mandate."""
    helper = await helping(documents)
    for document_id in (
        (await documents.paper())["document_id"],
        (await helper.give()).body["document_id"],
    ):
        place = f"/v1/documents{path}".format(id=document_id)
        token = helper.token()
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": helper.proof(token, url=documents.settings.gateway_origin + place),
        }
        for method in ("GET", "DELETE") if path == "/{id}" else ("GET",):
            reply = await documents.call(method, place, headers=headers, citizen_id=None)
            assert (reply.status, reply.problem) == (401, "token_missing")
            as_bearer = {"authorization": f"Bearer {token}"}
            reply = await documents.call(method, place, headers=as_bearer, citizen_id=None)
            assert (reply.status, reply.problem) == (401, "token_invalid")


async def test_the_uddokta_sees_what_was_just_given_and_nothing_else(documents: Documents) -> None:
    """Until the application is sent: with the same mandate only, and none of her own papers."""
    helper, other = await helping(documents), await helping(documents)
    given = (await helper.give()).body["document_id"]
    shown = await helper.look(given)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.raw.startswith(b"\xff\xd8")
    own = (await documents.paper())["document_id"]
    for looking, document_id in ((other, given), (helper, own), (helper, str(new_id()))):
        assert (await looking.look(document_id)).problem == "document_unknown"
    await heard(documents, used(helper))
    assert (await helper.look(given)).problem == "mandate_used"


@pytest.mark.parametrize(
    ("stop", "problem"),
    [
        (ended, "mandate_ended"),
        (used, "mandate_used"),
        (suspended, "uddokta_stopped"),
        (centre_paused, "service_centre_not_running"),
    ],
)
async def test_whoever_is_stopped_uploads_nothing(
    documents: Documents, stop: Callable[[Helping], Any], problem: str
) -> None:
    """Though the token is still valid; the device's proof is used all the same."""
    helper = await helping(documents)
    await heard(documents, stop(helper))
    token = helper.token()
    proof = helper.proof(token)
    assert (await helper.give(token=token, proof=proof)).problem == problem
    assert (await helper.give(token=token, proof=proof)).problem == "proof_invalid"
    assert await locker(documents) == []
    assert documents.objects() == []


async def test_a_mandate_that_ends_during_the_upload_stores_nothing(documents: Documents) -> None:
    """The last look is in the transaction that stores the paper."""
    helper = await helping(documents)

    async with asyncio.TaskGroup() as tasks, documents.database.transaction() as held:
        await held.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
        upload = tasks.create_task(helper.give())
        await until(partial(waits_for, held, "documents"))
        await heard(documents, ended(helper))
    assert (await upload).problem == "mandate_ended"
    assert await locker(documents) == []


async def waits_for(tx: Transaction, table: str) -> bool:
    """Whether somebody waits for a table that a transaction has locked."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass"
    return bool(await tx.fetchval(waiting, table))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"key": ECKey.generate_key("P-256")}, "mandate_for_another"),
        ({"token": None}, "proof_invalid"),
        ({"token": "another token"}, "proof_invalid"),
        ({"url": "http://127.0.0.1:8100/v1/documents"}, "proof_invalid"),
        ({"url": "https://elsewhere.example/v1/documents"}, "proof_invalid"),
        ({"now_s": 1_000_000.0}, "device_clock_wrong"),
    ],
    ids=["key", "no ath", "ath", "address", "site", "clock"],
)
async def test_a_proof_is_of_the_device_for_one_upload_with_this_token(
    documents: Documents, changed: dict[str, Any], problem: str
) -> None:
    """With one thing wrong nothing is stored."""
    helper = await helping(documents)
    token = helper.token()
    reply = await helper.give(token=token, proof=helper.proof(token, **changed))
    assert reply.problem == problem
    assert documents.objects() == []


async def test_without_a_proof_or_with_one_shown_before_nothing_is_taken(
    documents: Documents,
) -> None:
    """A copied token is worth nothing, and a copied request neither."""
    helper = await helping(documents)
    token = helper.token()
    assert (await helper.give(token=token, proof="")).problem == "proof_invalid"
    proof = helper.proof(token)
    replies = [await helper.give(scenes.jpeg(50 + n), token=token, proof=proof) for n in range(2)]
    assert [reply.status for reply in replies] == [201, 401]
    assert len(await locker(documents)) == 1


async def test_a_token_is_for_its_own_mandate(documents: Documents) -> None:
    """With the path of another one it is refused, as is any other token."""
    helper, other = await helping(documents), await helping(documents)
    token = helper.token()
    proof = other.proof(token, key=helper.key)
    reply = await helper.give(path=other.path, token=token, proof=proof)
    assert reply.problem == "mandate_for_another"
    assert (await helper.give(scheme="Bearer")).problem == "token_missing"
    of_correction = helper.token(
        more={"corrects": str(new_id()), "correction_id": str(new_id()), "changes": ["name"]}
    )
    reply = await helper.give(token=of_correction)
    assert reply.problem == "mandate_for_another"
    of_citizen = documents.identity.token()
    reply = await helper.give(token=of_citizen, proof=helper.proof(of_citizen))
    assert reply.problem == "token_invalid"
    assert (await helper.give(token=helper.token(iat=1, exp=2))).problem == "token_expired"
    assert (await helper.give(token=helper.token(kind="JWT"))).problem == "token_invalid"
    assert await locker(documents) == []


async def test_only_papers_that_the_form_asks_for_are_taken(documents: Documents) -> None:
    """Of the public service to which the citizen agreed; the catalogue must have arrived."""
    helper = Helping(documents)
    assert (await helper.give()).status == 503
    helper = await helping(documents)
    assert (await helper.give(kind="passport")).problem == "document_not_asked"
    assert (await helper.give(kind="name_bn")).problem == "document_not_asked"
    assert documents.objects() == []


def submitted(helper: Helping, *document_ids: str) -> ApplicationSubmitted:
    sent = Assistance(mandate_id=helper.mandate_id, uddokta_id=UDDOKTA, service_centre_id=CENTRE)
    return ApplicationSubmitted(
        document_ids=tuple(map(UUID, document_ids)), assistance=sent, **FACTS
    )


async def correct(
    documents: Documents, uddokta_id: UUID = UDDOKTA, role: str = "uddokta", kind: str = "epi_card"
) -> Reply:
    """Upload a paper for the correction of the application."""
    token = documents.identity.token(sub=str(uddokta_id), roles=[role])
    media_type, form = as_form(kind, scenes.jpeg(90))
    headers = {"authorization": f"Bearer {token}", "content-type": media_type}
    path = f"/v1/assisted-applications/{NUMBER}/documents"
    return await documents.call("POST", path, form, headers=headers, citizen_id=None)


async def look_to_correct(
    documents: Documents, document_id: str, uddokta_id: UUID = UDDOKTA
) -> Reply:
    """Look at the small picture of a paper of the application."""
    token = documents.identity.token(sub=str(uddokta_id), roles=["uddokta"])
    path = f"/v1/assisted-applications/{NUMBER}/documents/{document_id}/thumbnail"
    headers = {"authorization": f"Bearer {token}"}
    return await documents.call("GET", path, headers=headers, citizen_id=None)


async def test_a_correction_gets_papers_of_the_uddokta_who_sent_it(documents: Documents) -> None:
    """Of the same mandate, though it is used; nobody else's, and none that is not asked for."""
    helper = await helping(documents)
    assert (await correct(documents)).problem == "application_unknown"
    first = (await helper.give()).body
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper, first["document_id"])])
    await heard(documents, used(helper))
    reply = await correct(documents)
    assert reply.status == 201, reply.raw
    [newer, older] = await locker(documents)
    assert newer["document_id"] == reply.body["document_id"]
    assert newer["uploaded_with"] == older["uploaded_with"]
    own = (await documents.paper())["document_id"]
    assert (await look_to_correct(documents, newer["document_id"])).status == 200
    assert (await look_to_correct(documents, own)).problem == "document_unknown"
    seen = await look_to_correct(documents, newer["document_id"], stranger())
    assert seen.problem == "application_unknown"
    assert (await correct(documents, stranger())).problem == "application_unknown"
    assert (await correct(documents, CITIZEN, "citizen")).problem == "role_missing"
    assert (await correct(documents, kind="passport")).problem == "document_not_asked"


@pytest.mark.parametrize(
    ("stop", "problem"),
    [
        (ended, "mandate_ended"),
        (suspended, "uddokta_stopped"),
    ],
)
async def test_the_follow_up_ends_with_the_mandate(
    documents: Documents, stop: Callable[[Helping], Any], problem: str
) -> None:
    """Or with the decision, whichever comes first."""
    helper = await helping(documents)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
    await heard(documents, used(helper), stop(helper))
    assert (await correct(documents)).problem == problem
    decided = ApplicationDecided(outcome="approved", **FACTS)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [decided])
    assert (await correct(documents)).problem == "application_unknown"


async def test_the_follow_up_goes_on_at_a_paused_centre(documents: Documents) -> None:
    """A correction gets its papers; a new application gets none."""
    helper = await helping(documents)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
    await heard(documents, used(helper), centre_paused(helper))
    assert (await correct(documents)).status == 201


async def test_a_correction_gets_papers_of_whoever_sent_it_without_any(
    documents: Documents,
) -> None:
    """The ministry may ask for one that was not needed; what a citizen sent has no helper."""
    helper = await helping(documents)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [ApplicationSubmitted(**FACTS)])
    assert (await correct(documents)).problem == "application_unknown"
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper), submitted(helper)])
    await heard(documents, used(helper))
    reply = await correct(documents)
    assert reply.status == 201, reply.raw
    [kept] = await locker(documents)
    assert kept["uploaded_with"] == {
        "mandate_id": str(helper.mandate_id),
        "service_centre_id": CENTRE,
    }
    assert (await correct(documents, stranger())).problem == "application_unknown"
    async with documents.database.transaction() as tx:
        await note_applications(
            tx, [submitted(helper), ApplicationDecided(outcome="approved", **FACTS)]
        )
    assert (await correct(documents)).problem == "application_unknown"


async def test_a_refused_application_gets_papers_for_an_objection_until_its_last_day(
    documents: Documents,
) -> None:
    """Of the uddokta who sent it, of this kind only; then it is forgotten."""
    helper = await helping(documents)
    today = dhaka_date(documents.clock.now())
    refused = ApplicationDecided(outcome="refused", appeal_until=today, **FACTS)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
        await note_applications(tx, [refused])
    await heard(documents, used(helper))
    assert (await correct(documents, kind=APPEAL_PAPER)).status == 201
    assert (await correct(documents, stranger(), kind=APPEAL_PAPER)).status == 404
    assert (await helper.give(kind=APPEAL_PAPER)).status != 201
    yesterday = today - timedelta(days=1)
    for last_day, left in ((today, 1), (yesterday, 1), (yesterday - LATE_EVENTS, 0)):
        late = refused.model_copy(update={"appeal_until": last_day})
        async with documents.database.transaction() as tx:
            await note_applications(tx, [late])
        status = (await correct(documents, kind=APPEAL_PAPER)).status
        assert status == (201 if last_day == today else 404)
        async with documents.database.transaction() as tx:
            await forget_over(tx, documents.clock.now())
            assert await tx.fetchval("SELECT count(*) FROM followed_up") == left


async def test_no_paper_of_an_objection_is_given_where_none_is_possible(
    documents: Documents,
) -> None:
    """While it is open, and once the objection was made; a paper that it asks for is."""
    helper = await helping(documents)
    refused = ApplicationDecided(
        outcome="refused", appeal_until=dhaka_date(documents.clock.now()), **FACTS
    )
    await heard(documents, used(helper))
    for events in ([submitted(helper)], [refused, ApplicationAppealed(**FACTS)]):
        async with documents.database.transaction() as tx:
            for event in events:
                await note_applications(tx, [event])
        assert (await correct(documents, kind=APPEAL_PAPER)).status == 422
        assert (await correct(documents)).status == 201


async def test_an_objection_of_the_last_day_may_be_read_after_it(documents: Documents) -> None:
    """The application goes on, and its uddokta gives the papers that it asks for."""
    helper = await helping(documents)
    yesterday = dhaka_date(documents.clock.now()) - timedelta(days=1)
    refused = ApplicationDecided(outcome="refused", appeal_until=yesterday, **FACTS)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
        await note_applications(tx, [refused])
    await heard(documents, used(helper))
    async with documents.database.transaction() as tx:
        await forget_over(tx, documents.clock.now())
        await note_applications(tx, [ApplicationAppealed(**FACTS)])
    assert (await correct(documents)).status == 201


async def test_an_appealed_application_is_followed_up_until_it_is_decided(
    documents: Documents,
) -> None:
    """It may be sent back, and its ministry may ask for a correction then."""
    helper = await helping(documents)
    yesterday = dhaka_date(documents.clock.now()) - timedelta(days=1)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
        await note_applications(
            tx, [ApplicationDecided(outcome="refused", appeal_until=yesterday, **FACTS)]
        )
        await note_applications(tx, [ApplicationAppealed(**FACTS)])
    await heard(documents, used(helper))
    assert (await correct(documents)).status == 201
    async with documents.database.transaction() as tx:
        await note_applications(
            tx, [ApplicationDecided(outcome="refused", stage="appeal", **FACTS)]
        )
    assert (await correct(documents)).problem == "application_unknown"


async def test_of_an_erased_citizen_no_application_is_followed_up(documents: Documents) -> None:
    """Her id is gone with her papers."""
    helper = await helping(documents)
    async with documents.database.transaction() as tx:
        await note_applications(tx, [submitted(helper)])
        await erase_citizen(tx, CitizenErased(citizen_id=CITIZEN))
    assert (await correct(documents)).problem == "application_unknown"


async def test_with_one_mandate_forty_papers_are_taken(documents: Documents) -> None:
    """So nobody fills a citizen's locker; the refusal says nothing of what else is in it."""
    helper = await helping(documents)
    assert (await helper.give()).status == 201
    async with documents.database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO documents (
                   document_id, citizen_id, object_id, content_key, kind, media_type, size_bytes,
                   pages, sha256, source_sha256, state, uploaded_at, kept_until, mandate_id,
                   uploaded_by, service_centre_id, public_service_id)
            SELECT gen_random_uuid(), citizen_id, gen_random_uuid(), content_key, kind, media_type,
                   size_bytes, pages, sha256, number::text, state, uploaded_at, kept_until,
                   mandate_id, uploaded_by, service_centre_id, public_service_id
              FROM documents, generate_series(1, 39) AS number
            """
        )
    assert (await helper.give(scenes.jpeg(60))).problem == "locker_full"
    assert (await documents.give(scenes.jpeg())).status == 201


async def test_a_paper_of_an_unused_mandate_is_soon_gone(documents: Documents) -> None:
    """She agreed to an application, and not to a paper in her locker for half a year."""
    helper = await helping(documents)
    await helper.give()
    own = await documents.paper(scenes.jpeg(70))
    documents.time.forward(days=3, minutes=1)
    async with documents.database.transaction() as tx:
        assert await delete_ended(tx, documents.clock) == 1
    assert [each["document_id"] for each in await locker(documents)] == [own["document_id"]]
