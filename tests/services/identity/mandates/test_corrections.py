"""The consent to a correction that changes who the applicant is."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import KeySet

from libs.contracts.identity import ConsentRequested, MandateEnded, MandateMessageRequested
from libs.contracts.mandates import Replacement, RequestCorrection, number_mark, replaced_mark
from libs.ids import new_id
from libs.web.callers.tokens import Mandated, verify_mandate
from services.identity.centres.rules import Device
from services.identity.citizens import use_cases as citizens
from services.identity.codes.policy import silence_policy
from services.identity.mandates.capability import mandate_policy
from services.identity.mandates.consents import request_correction
from services.identity.mandates.erase import erase
from services.identity.mandates.use_cases import give_phone
from services.identity.settings import Settings
from tests.services.identity.mandates.running import CITIZEN, Counter
from tests.services.identity.running import Identity, announced, until_waiting
from tests.services.identity.staff.scenes import Account

NUMBER = "NS-7K4M9-PXRT3-HC2D3"
NID, OWN = "1234567890", "+8801712000099"
WANTED = {"correction_id": str(new_id()), "changes": ["name", "number"]}


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    return await Counter.opened(identity)


async def sent(counter: Counter, **fields: Any) -> str:
    """A mandate with which an application was sent."""
    mandate_id = await counter.active(**fields)
    await counter.used(mandate_id)
    return mandate_id


async def asked(counter: Counter, mandate_id: str, **changed: Any) -> Any:
    """Ask for the consent to a correction."""
    return await counter.send(f"/v1/mandates/{mandate_id}/corrections", {**WANTED, **changed})


async def allowed(counter: Counter, mandate_id: str) -> Mandated:
    """What the token of a mandate allows."""
    reply = await counter.get_token(mandate_id)
    assert reply.status == 200, reply.raw
    keys = (await counter.identity.call("GET", "/.well-known/jwks.json")).body
    return verify_mandate(reply.body["access_token"], KeySet.import_key_set(keys))


async def flags(identity: Identity) -> list[str]:
    """The kinds of flags in the work list of the programme's staff."""
    token = await Account.made(identity, "salma", role="programme")
    listed = await identity.call(
        "GET", "/v1/flags", token=(await token.log_in()).body["access_token"]
    )
    return [flag["kind"] for flag in listed.body["items"]]


async def test_a_correction_has_a_code_to_the_phone_that_consented(counter: Counter) -> None:
    """It costs nothing, its token is for these answers only, and the programme looks at it."""
    first = await sent(counter)
    reply = await asked(counter, first)
    assert (reply.status, reply.body["state"], reply.body["total_bdt"]) == (201, "requested", 0)
    (*_, sms) = await counter.sms(ConsentRequested)
    assert (sms.phone, sms.changes) == (CITIZEN, ("name", "number"))
    assert sms.tracking_number == reply.body["tracking_number"] == "NS-7K4M9-PXRT3-HC2D3"
    consent = reply.body["mandate_id"]
    assert (await counter.get_token(consent)).problem == "mandate_not_active"
    assert (await counter.confirm(consent)).body["state"] == "active"
    correction = (await allowed(counter, consent)).correction
    assert correction is not None
    assert (str(correction.mandate_id), str(correction.correction_id)) == (
        first,
        WANTED["correction_id"],
    )
    assert correction.changes == {"name", "number"}
    told = len(await counter.sms())
    await counter.used(consent)
    assert (await counter.read(consent))["state"] == "used"
    assert "applicant_changed" in await flags(counter.identity)
    assert len(await counter.sms()) == told  # applications tells the citizen's own phone
    day = await counter.identity.call("GET", "/v1/uddokta/account", token=counter.token)
    assert (day.body["used"], day.body["total_bdt"]) == (1, 80)


async def test_a_repeat_is_the_same_request_and_sends_no_second_code(counter: Counter) -> None:
    """Also at the same moment; other answers are another request."""
    first = await sent(counter)
    before = len(await counter.sms(ConsentRequested))
    replies = await asyncio.gather(*(asked(counter, first) for _ in range(3)))
    assert len({reply.body["mandate_id"] for reply in replies}) == 1
    assert len(await counter.sms(ConsentRequested)) == before + 1
    other = await asked(counter, first, correction_id=str(new_id()))
    assert other.body["mandate_id"] != replies[0].body["mandate_id"]


async def test_a_guardian_is_told_what_was_changed(counter: Counter) -> None:
    """The citizen herself has no phone."""
    first = await sent(counter, consent="guardian_phone", number=NID)
    consent = (await asked(counter, first)).body["mandate_id"]
    await counter.confirm(consent)
    await counter.used(consent)
    (*_, sms) = await counter.sms()
    assert (sms.phone, sms.notice, sms.changes) == (CITIZEN, "mandate_used", ("name", "number"))


async def test_a_shared_phone_needs_the_pin_again(counter: Counter) -> None:
    """The code of the phone alone is not enough."""
    mandate_id = await counter.requested(consent="shared_phone", number=NID)
    await counter.confirm(mandate_id, pin="4321")
    await counter.used(mandate_id)
    consent = (await asked(counter, mandate_id)).body["mandate_id"]
    assert (await counter.confirm(consent)).problem == "pin_wrong"
    assert (await counter.confirm(consent, pin="4321")).body["state"] == "active"


async def test_a_citizen_without_a_phone_agrees_before_an_officer_again(counter: Counter) -> None:
    """There is no code to be sent."""
    mandate_id = await counter.requested(None, consent="witness", number=NID)
    officer = await Account.made(counter.identity, "karim", role="officer")
    token = (await officer.log_in()).body["access_token"]
    seen = await counter.identity.call("POST", f"/v1/mandates/{mandate_id}/witness", token=token)
    assert seen.status == 200, seen.raw
    await counter.used(mandate_id)
    consent = (await asked(counter, mandate_id)).body
    assert (consent["state"], consent["consent"]) == ("requested", "witness")
    path = f"/v1/mandates/{consent['mandate_id']}/witness"
    assert (await counter.identity.call("POST", path, token=token)).body["state"] == "active"


async def test_an_officer_is_the_witness_where_the_guardian_was_erased(counter: Counter) -> None:
    """Nobody has the number any more that consented; the ward is not left without a way."""
    first = await sent(counter, consent="guardian_phone", number=NID)
    await counter.identity.log_in(CITIZEN)
    async with counter.identity.database.transaction() as tx:
        guardian_id = await citizens.find_by_phone(tx, CITIZEN)
        assert guardian_id is not None
        await erase(tx, guardian_id, counter.identity.time())
    before = len(await counter.sms(ConsentRequested))
    consent = (await asked(counter, first)).body
    assert (consent["consent"], consent["phone"]) == ("witness", None)
    assert len(consent["witness_number"]) == 8
    assert len(await counter.sms(ConsentRequested)) == before


async def test_whoever_has_the_number_now_agrees_to_nothing(counter: Counter) -> None:
    """The citizen has moved her account; her old number says nothing of her."""
    first = await sent(counter)
    consent = (await asked(counter, first)).body["mandate_id"]
    async with counter.identity.database.transaction() as tx:
        citizen_id = await citizens.find_by_phone(tx, CITIZEN)
        assert citizen_id is not None
        citizen = await citizens.lock_citizen(tx, citizen_id)
        await citizens.set_aside(tx, citizen, silence_policy(Settings()), counter.identity.time())
    assert (await counter.confirm(consent)).problem == "citizen_has_another_phone"


async def moved(counter: Counter, phone: str) -> None:
    """The citizen has another number now; nobody has the one of before."""
    async with counter.identity.database.transaction() as tx:
        citizen_id = await citizens.find_by_phone(tx, CITIZEN)
        assert citizen_id is not None
        citizen = await citizens.lock_citizen(tx, citizen_id)
        await citizens.move_to_phone(tx, citizen, phone, counter.identity.time())


async def given(counter: Counter) -> None:
    """The citizen without a phone has one of her own now."""
    at, silence = counter.identity.time(), silence_policy(Settings())
    async with counter.identity.database.transaction() as tx:
        await give_phone(tx, NID, OWN, silence, at, by="test", proof="card seen")


async def test_a_number_that_is_not_hers_any_more_is_not_asked(counter: Counter) -> None:
    """Whoever has it now would read of the application."""
    first = await sent(counter)
    await moved(counter, OWN)
    before = len(await counter.sms(ConsentRequested))
    assert (await asked(counter, first)).problem == "citizen_has_another_phone"
    assert len(await counter.sms(ConsentRequested)) == before


@pytest.mark.parametrize("when", ["before the request", "before the code"])
async def test_a_guardian_agrees_to_nothing_for_a_citizen_with_a_phone(
    counter: Counter, when: str
) -> None:
    """She has her own now, and corrects it herself."""
    first = await sent(counter, consent="guardian_phone", number=NID)
    if when == "before the request":
        await given(counter)
        before = len(await counter.sms(ConsentRequested))
        assert (await asked(counter, first)).problem == "citizen_has_another_phone"
        assert len(await counter.sms(ConsentRequested)) == before
    else:
        consent = (await asked(counter, first)).body["mandate_id"]
        await given(counter)
        assert (await counter.confirm(consent)).problem == "citizen_has_another_phone"


async def test_a_number_that_is_a_helpers_by_now_is_not_asked(counter: Counter) -> None:
    """Otherwise the helper would agree."""
    first = await sent(counter, consent="guardian_phone", number=NID)
    await Counter.opened(counter.identity, "selim", phone=CITIZEN)
    assert (await asked(counter, first)).problem == "phone_of_helper"


async def test_the_stop_of_a_sent_correction_ends_the_follow_up(counter: Counter) -> None:
    """It has no follow-up of its own, and the page says that the helper sees nothing any more."""
    first = await sent(counter)
    consent = (await asked(counter, first)).body["mandate_id"]
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    path = f"/v1/me/mandates/{consent}/revocation"
    await counter.confirm(consent)
    await counter.used(consent)
    assert (await counter.identity.call("POST", path, token=token)).status == 200
    ended = [
        str(event.mandate_id)
        for event in await announced(counter.identity.database)
        if isinstance(event, MandateEnded)
    ]
    assert sorted(ended) == sorted([consent, first])


async def test_a_request_that_meets_an_erasure_leaves_no_number(counter: Counter) -> None:
    """The erasure waits for it, and deletes what it stored."""
    first = await sent(counter)
    database, at = counter.identity.database, counter.identity.time()
    async with database.transaction() as tx:
        citizen_id = await citizens.find_by_phone(tx, CITIZEN)
    assert citizen_id is not None
    wanted = RequestCorrection.model_validate(WANTED, strict=False)
    device = Device(new_id(), counter.centre, "counter 1")

    async def erased() -> None:
        async with database.transaction() as tx:
            await citizens.lock_citizen(tx, citizen_id)
            await erase(tx, citizen_id, at)
            await citizens.delete_citizen(tx, citizen_id)

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await request_correction(
            tx, UUID(first), counter.uddokta_id, wanted, device, mandate_policy(Settings()), at
        )
        erasure = tasks.create_task(erased())
        await until_waiting(database, erasure)
    async with database.transaction() as tx:
        numbers = "SELECT count(*) FROM mandates WHERE phone_index IS NOT NULL"
        assert await tx.fetchval(numbers) == 0
    assert (await asked(counter, first)).problem == "not_found"


async def test_nothing_is_corrected_that_was_not_sent(counter: Counter) -> None:
    """Nor with the consent to a correction, nor by another uddokta."""
    assert (await asked(counter, await counter.active())).problem == "mandate_not_active"
    first = await sent(counter)
    consent = (await asked(counter, first)).body["mandate_id"]
    await counter.confirm(consent)
    await counter.used(consent)
    assert (await asked(counter, consent)).problem == "mandate_ended"
    assert (await asked(counter, str(new_id()))).problem == "not_found"


async def test_an_objection_has_a_consent_of_its_own(counter: Counter) -> None:
    """Once more the code, and no flag: nothing of the applicant changes. Its notice is not ours."""
    first = await sent(counter)
    reply = await asked(counter, first, changes=[])
    assert (reply.status, reply.body["state"], reply.body["total_bdt"]) == (201, "requested", 0)
    (*_, sms) = await counter.sms(ConsentRequested)
    assert (sms.phone, sms.changes, sms.tracking_number) == (CITIZEN, (), NUMBER)
    consent = reply.body["mandate_id"]
    assert (await counter.get_token(consent)).problem == "mandate_not_active"
    assert (await counter.confirm(consent)).body["state"] == "active"
    correction = (await allowed(counter, consent)).correction
    assert correction is not None
    assert (str(correction.mandate_id), correction.changes) == (first, frozenset())
    told = len(await counter.sms(MandateMessageRequested))
    await counter.used(consent)
    assert len(await counter.sms(MandateMessageRequested)) == told
    assert "applicant_changed" not in await flags(counter.identity)


@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone", "witness"])
async def test_who_consented_is_asked_again_for_an_objection(
    counter: Counter, consent: str
) -> None:
    """In the same way: a code to that phone, with the PIN, or a number for an officer."""
    phone = None if consent == "witness" else CITIZEN
    first = await counter.requested(phone, consent=consent, number=NID)
    if consent == "witness":
        officer = await Account.made(counter.identity, "karim", role="officer")
        token = (await officer.log_in()).body["access_token"]
        path = f"/v1/mandates/{first}/witness"
        assert (await counter.identity.call("POST", path, token=token)).status == 200
    else:
        pin = {"pin": "4321"} if consent == "shared_phone" else {}
        assert (await counter.confirm(first, **pin)).status == 200
    await counter.used(first)
    reply = await asked(counter, first, changes=[])
    assert reply.status == 201, reply.raw
    assert reply.body["consent"] == consent
    assert bool(reply.body["witness_number"]) == (consent == "witness")
    if consent == "guardian_phone":
        told = len(await counter.sms(MandateMessageRequested))
        await counter.confirm(reply.body["mandate_id"])
        await counter.used(reply.body["mandate_id"])
        assert len(await counter.sms(MandateMessageRequested)) == told


@pytest.mark.parametrize(
    ("consent", "number", "kind"),
    [
        ("guardian_phone", NID, "nid"),
        ("guardian_phone", "19901234567890123", "birth"),
        ("own_phone", None, None),
    ],
)
async def test_the_token_has_a_mark_of_the_number_of_the_consent(
    counter: Counter, consent: str, number: str | None, kind: Any
) -> None:
    """Not the number: it is compared with the form's."""
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    saved = await counter.identity.call("PATCH", "/v1/me", {"nid": "1990123456"}, token=token)
    assert saved.status == 200, saved.raw  # of the phone's owner, who may help somebody
    mandate_id = await counter.requested(
        consent=consent, **({} if number is None else {"number": number})
    )
    await counter.confirm(mandate_id)
    caller = await allowed(counter, mandate_id)
    assert caller.evidence is not None
    expected = number and number_mark(caller.evidence.mandate_id, kind, number)
    assert caller.number_mark == expected
    await counter.used(mandate_id)
    correction = (await asked(counter, mandate_id)).body["mandate_id"]
    await counter.confirm(correction)
    again = await allowed(counter, correction)
    expected = number and number_mark(UUID(correction), kind, number)
    assert again.number_mark == expected  # what is corrected is still this citizen's


REPLACED = [
    {"part": "name", "before": "Rahima", "after": "Salma"},
    {"part": "number", "before": "...1234", "after": None},
]


@pytest.mark.parametrize("consent", ["own_phone", "guardian_phone"])
async def test_only_her_own_phone_reads_what_is_replaced(counter: Counter, consent: str) -> None:
    """The token has a mark of it, whoever consents; a guardian reads only what kind it is."""
    number = {} if consent == "own_phone" else {"number": NID}
    first = await sent(counter, consent=consent, **number)
    correction = (await asked(counter, first, replaced=REPLACED)).body
    assert correction["replaced"] == REPLACED
    request = (await counter.sms(ConsentRequested))[-1]
    words = [each.model_dump() for each in request.replaced]
    assert words == (REPLACED if consent == "own_phone" else [])
    await counter.confirm(correction["mandate_id"])
    agreed = (await allowed(counter, correction["mandate_id"])).correction
    assert agreed is not None
    expected = [Replacement.model_validate(each) for each in REPLACED]
    assert agreed.replaced_mark == replaced_mark(agreed.correction_id, expected)
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    own = (await counter.identity.call("GET", "/v1/me/mandates", token=token)).body["items"]
    assert own[0]["replaced"] == (REPLACED if consent == "own_phone" else [])


@pytest.mark.parametrize(
    "words",
    [
        {"part": "name", "after": "Call 01712345678"},
        {"part": "name", "after": "evil.example/x"},
        {"part": "number", "after": "01712345678"},
        {"part": "birth_date", "after": "soon"},
    ],
)
async def test_nothing_else_is_sent_in_our_name(counter: Counter, words: dict[str, str]) -> None:
    """An uddokta's own client cannot have a number or an address sent."""
    first = await sent(counter)
    assert (await asked(counter, first, replaced=[words])).status == 422
