"""The consent to a correction that changes who the applicant is."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import KeySet

from libs.contracts.identity import ConsentRequested
from libs.contracts.mandates import number_mark
from libs.ids import new_id
from libs.web.callers.tokens import Mandated, verify_mandate
from services.identity.citizens import use_cases as citizens
from services.identity.codes.policy import silence_policy
from services.identity.settings import Settings
from tests.services.identity.mandates.running import CITIZEN, Counter
from tests.services.identity.running import Identity
from tests.services.identity.staff.scenes import Account

NID = "1234567890"
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


async def test_whoever_has_the_number_now_agrees_to_nothing(counter: Counter) -> None:
    """The citizen has moved her account; her old number says nothing of her."""
    first = await sent(counter)
    consent = (await asked(counter, first)).body["mandate_id"]
    async with counter.identity.database.transaction() as tx:
        citizen_id = await citizens.find_by_phone(tx, CITIZEN)
        assert citizen_id is not None
        citizen = await citizens.lock_citizen(tx, citizen_id)
        await citizens.set_aside(tx, citizen, silence_policy(Settings()), counter.identity.time())
    assert (await counter.confirm(consent)).problem == "mandate_ended"


async def test_nothing_is_corrected_that_was_not_sent(counter: Counter) -> None:
    """Nor with the consent to a correction, nor by another uddokta."""
    assert (await asked(counter, await counter.active())).problem == "mandate_not_active"
    first = await sent(counter)
    consent = (await asked(counter, first)).body["mandate_id"]
    await counter.confirm(consent)
    await counter.used(consent)
    assert (await asked(counter, consent)).problem == "mandate_ended"
    assert (await asked(counter, str(new_id()))).problem == "not_found"
    assert (await asked(counter, first, changes=[])).status == 422


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
