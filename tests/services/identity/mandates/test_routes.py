import asyncio
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import bangla_digits
from libs.contracts.catalogue import FeeCase
from libs.contracts.identity import ConsentRequested, MandateEnded, MandateMessageRequested
from libs.contracts.language import Text
from libs.contracts.mandates import HIGHEST_TOLD_FEE_BDT, fee_day_mark
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.tokens import verify_mandate
from services.identity.citizens import use_cases as citizens
from services.identity.codes.policy import silence_policy
from services.identity.mandates.erase import erase
from services.identity.mandates.use_cases import give_phone
from services.identity.settings import Settings
from tests.services.identity.mandates.running import (
    CITIZEN,
    UDDOKTA_PHONE,
    Counter,
    one_by_one,
    public_service,
)
from tests.services.identity.running import Identity, announced, until_waiting
from tests.services.identity.staff.scenes import Account
from tests.waiting import until


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    return await Counter.opened(identity)


async def ends(counter: Counter) -> list[tuple[str, str]]:
    """The ends of mandates that were announced."""
    found = await announced(counter.identity.database)
    return [(str(each.mandate_id), each.reason) for each in found if type(each) is MandateEnded]


async def of_citizen(counter: Counter, phone: str = CITIZEN) -> tuple[str, list[Any]]:
    """A citizen's token, and the list of who helped."""
    token = (await counter.identity.log_in(phone))["access_token"]
    reply = await counter.identity.call("GET", "/v1/me/mandates", token=token)
    return token, reply.body["items"]


async def test_a_citizen_is_asked_at_a_price_that_does_not_change(counter: Counter) -> None:
    """The SMS has service, centre, first name, fee, charge, cap; the number is shown to nobody."""
    reply = await counter.request()
    assert reply.status == 201
    assert (reply.body["fee_bdt"], reply.body["charge_bdt"], reply.body["total_bdt"]) == (
        50,
        30,
        80,
    )
    assert reply.body["state"] == "requested"
    assert CITIZEN.encode() not in reply.raw
    (asked,) = await counter.sms(ConsentRequested)
    assert (asked.phone, asked.fee_bdt, asked.charge_bdt, asked.cap_bdt) == (CITIZEN, 50, 30, 50)
    assert (asked.service_centre_name.en, asked.helper.en) == ("Gulshan Centre", "Rahim")
    assert asked.form_origin == reply.body["form_origin"] == "public_descriptions"
    assert asked.code not in reply.raw.decode()


async def test_the_code_makes_a_mandate_active_for_two_hours(counter: Counter) -> None:
    """Before the code there is no token; afterwards the citizen sees who helps."""
    mandate_id = await counter.requested()
    early = await counter.get_token(mandate_id)
    assert (early.status, early.problem) == (409, "mandate_not_active")
    reply = await counter.confirm(mandate_id)
    assert (reply.status, reply.body["state"]) == (200, "active")
    _, listed = await of_citizen(counter)
    assert [(each["mandate_id"], each["state"]) for each in listed] == [(mandate_id, "active")]
    counter.identity.time.forward(hours=2)
    await counter.log_in()
    assert (await counter.read(mandate_id))["state"] == "expired"


async def test_the_token_says_who_acts_for_whom_and_what_for(counter: Counter) -> None:
    """It is bound to the device and to the mandate, and ends in 15 minutes at most."""
    mandate_id = await counter.active()
    reply = await counter.get_token(mandate_id)
    assert (reply.status, reply.body["token_type"]) == (200, "DPoP")
    assert reply.body["expires_in"] == 900
    keys = KeySet.import_key_set(
        (await counter.identity.call("GET", "/.well-known/jwks.json")).body
    )
    claims = jwt.decode(reply.body["access_token"], keys, algorithms=["ES256"]).claims
    _, (mine,) = await of_citizen(counter)
    assert claims["act"] == {"sub": str(counter.uddokta_id)}
    assert claims["cnf"] == {"jkt": counter.key.thumbprint()}
    assert claims["authorization_details"][0]["cap_bdt"] == mine["cap_bdt"]
    caller = verify_mandate(reply.body["access_token"], keys)
    assert caller.evidence is not None
    assert str(caller.evidence.mandate_id) == mandate_id
    assert caller.roles == frozenset()


async def test_the_token_of_a_mandate_opens_nothing_else(counter: Counter) -> None:
    """It is no citizen's token and no uddokta's, under either scheme."""
    token = (await counter.get_token(await counter.active())).body["access_token"]
    for path in ("/v1/me", "/v1/me/mandates", "/v1/sessions", "/v1/mandates"):
        reply = await counter.identity.call("GET", path, token=token)
        assert (reply.status, reply.problem) == (401, "token_invalid")
        bound = {"authorization": f"DPoP {token}"}
        reply = await counter.identity.call("GET", path, headers=bound)
        assert (reply.status, reply.problem) == (401, "token_missing")


async def test_a_mandate_lasts_no_longer_than_its_token(counter: Counter) -> None:
    """Near its end the token is shorter."""
    mandate_id = await counter.active()
    counter.identity.time.forward(minutes=110)
    await counter.log_in()
    assert (await counter.get_token(mandate_id)).body["expires_in"] == 600


async def test_wrong_codes_revoke_a_mandate(counter: Counter) -> None:
    """Five tries, also at once; then not even the right code helps."""
    mandate_id = await counter.requested()
    code = await counter.code()
    wrong = "111111" if code != "111111" else "222222"
    replies = await asyncio.gather(*(counter.confirm(mandate_id, wrong) for _ in range(7)))
    assert sorted(reply.problem for reply in replies) == ["code_wrong"] * 5 + ["mandate_ended"] * 2
    assert (await counter.confirm(mandate_id, code)).problem == "mandate_ended"


async def test_a_code_ends_after_ten_minutes_and_is_sent_three_times(counter: Counter) -> None:
    """A new one takes the place of the one before."""
    mandate_id = await counter.requested()
    first = await counter.code()
    counter.identity.time.forward(minutes=10)
    assert (await counter.confirm(mandate_id, first)).problem == "code_expired"
    path = f"/v1/mandates/{mandate_id}/codes"
    again = [await counter.identity.call("POST", path, token=counter.token) for _ in range(3)]
    assert [reply.status for reply in again] == [200, 200, 429]
    assert (await counter.confirm(mandate_id)).status == 200


async def test_a_citizen_stops_a_mandate(counter: Counter) -> None:
    """There is no token any more, applications is told, and a repeat changes nothing."""
    mandate_id = await counter.active()
    token, _ = await of_citizen(counter)
    path = f"/v1/me/mandates/{mandate_id}/revocation"
    for _ in range(2):
        reply = await counter.identity.call("POST", path, token=token)
        assert (reply.status, reply.body["state"], reply.body["withdraw_at"]) == (
            200,
            "revoked",
            None,
        )
    assert (await counter.get_token(mandate_id)).problem == "mandate_ended"
    assert set(await ends(counter)) == {(mandate_id, "revoked")}


async def test_if_the_use_came_first_the_citizen_can_withdraw(counter: Counter) -> None:
    """The answer to the revocation says so; the receipt went to the phone that consented."""
    mandate_id = await counter.active()
    used = await counter.used(mandate_id)
    token, _ = await of_citizen(counter)
    path = f"/v1/me/mandates/{mandate_id}/revocation"
    reply = await counter.identity.call("POST", path, token=token)
    assert reply.body["state"] == "used"
    assert reply.body["withdraw_at"] == f"/v1/applications/{used.tracking_number}/withdrawal"
    (receipt,) = await counter.sms()
    assert (receipt.notice, receipt.phone, receipt.tracking_number) == (
        "mandate_used",
        CITIZEN,
        used.tracking_number,
    )


async def test_a_use_that_is_heard_of_after_the_stop_is_told(counter: Counter) -> None:
    """What was sent is a fact, and the citizen learns how to withdraw it."""
    mandate_id = await counter.active()
    token, _ = await of_citizen(counter)
    await counter.identity.call("POST", f"/v1/me/mandates/{mandate_id}/revocation", token=token)
    used = await counter.used(mandate_id)
    await counter.consume(used)  # again
    (told,) = await counter.sms()
    assert (told.notice, told.tracking_number) == ("mandate_used_before_end", used.tracking_number)
    _, (mine,) = await of_citizen(counter)
    assert (mine["state"], mine["tracking_number"]) == ("used", used.tracking_number)


async def test_nobody_consents_with_an_uddoktas_phone(counter: Counter) -> None:
    """Not even for a citizen without one."""
    reply = await counter.request(UDDOKTA_PHONE)
    assert (reply.status, reply.problem) == (422, "phone_of_helper")
    reply = await counter.request(UDDOKTA_PHONE, consent="shared_phone", number="1234567890")
    assert reply.problem == "phone_of_helper"


async def test_a_shared_phone_needs_the_citizens_own_pin(counter: Counter) -> None:
    """The first PIN is kept; the next time another one is refused, and counts as a try."""
    wanted = {"consent": "shared_phone", "number": "1234567890"}
    first = await counter.requested(**wanted)
    assert (await counter.confirm(first)).problem == "pin_wrong"
    assert (await counter.confirm(first, pin="৪৩২১")).status == 200
    second = await counter.requested(**wanted)
    assert (await counter.confirm(second, pin="1234")).problem == "pin_wrong"
    assert (await counter.confirm(second, pin="4321")).status == 200
    _, listed = await of_citizen(counter)
    assert [mandate["for_another"] for mandate in listed] == [True, True]  # by the same phone


@pytest.mark.parametrize(
    ("name", "initials", "language"),
    [
        ("Md. Rahima Khatun Begum", "M.R.K.", "en"),
        ("  রহিমা   খাতুন ", "র.খ.", "bn"),
    ],
)
@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone"])
async def test_whoever_consents_for_another_reads_for_whom(
    counter: Counter, consent: str, name: str, initials: str, language: str
) -> None:
    """Initials, and no name; news of the application go to that number, and to no own one."""
    wanted = {"consent": consent, "number": "1234567890"}
    unnamed = await counter.request(**wanted, applicant="123 -")
    assert (unnamed.problem, unnamed.body["errors"][0]["pointer"]) == (
        "consent_incomplete",
        "/applicant",
    )
    reply = await counter.identity.call(
        "POST",
        "/v1/mandates",
        {"public_service_id": "S001", "phone": CITIZEN, "applicant": name, **wanted},
        token=counter.token,
        headers={"dpop": counter.proof("POST", "/v1/mandates"), "accept-language": "en"},
    )
    assert reply.body["applicant"] == initials
    mandate_id = str(reply.body["mandate_id"])
    (asked,) = await counter.sms(ConsentRequested)
    assert (asked.applicant, asked.language) == (initials, language)
    assert (await counter.confirm(mandate_id, pin="4321")).status == 200
    used = await counter.used(mandate_id)
    (told,) = await counter.sms()
    assert (told.applicant, told.application_id) == (initials, used.application_id)
    async with counter.identity.database.transaction() as tx:
        stored = await tx.fetchval("SELECT applicant FROM mandates")
    assert initials not in stored
    await counter.used(await counter.active("+8801712345679"))
    own = (await counter.sms())[-1]
    assert (own.applicant, own.application_id) == (None, None)


async def test_two_requests_at_once_for_a_citizen_without_a_phone_are_for_one(
    counter: Counter,
) -> None:
    """Of a form that is sent twice both find the same citizen, whoever stores it first."""
    database = counter.identity.database
    wanted = {"consent": "witness", "number": "19901234567890123"}

    async def both_wait() -> bool:
        async with database.transaction() as tx:
            waiting: int = await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return waiting == 2

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await tx.execute("LOCK TABLE citizens_without_phone IN SHARE MODE")
        asked = [tasks.create_task(counter.request(None, **wanted)) for _ in range(2)]
        await until(both_wait)
    assert [each.result().status for each in asked] == [201, 201]
    async with database.transaction() as tx:
        known = await tx.fetch("SELECT DISTINCT citizen_id FROM mandates")
        stored = await tx.fetch("SELECT citizen_id FROM citizens")
    assert known == stored
    assert len(known) == 1


async def test_an_officer_is_the_witness_of_a_citizen_without_a_phone(counter: Counter) -> None:
    """With a login of his own; the uddokta cannot confirm it, and nothing is sent."""
    mandate_id = await counter.requested(None, consent="witness", number="19901234567890123")
    assert (await counter.confirm(mandate_id, "123456")).problem == "witness_needed"
    officer = await Account.made(counter.identity, "karim", role="officer")
    token = (await officer.log_in()).body["access_token"]
    path = f"/v1/mandates/{mandate_id}/witness"
    assert (
        await counter.identity.call("POST", path, token=counter.token)
    ).problem == "role_missing"
    reply = await counter.identity.call("POST", path, token=token)
    assert (reply.status, reply.body["state"]) == (200, "active")


async def officer_at(counter: Counter) -> str:
    """The token of an officer who has just logged in."""
    officer = await Account.made(counter.identity, "karim", role="officer")
    return str((await officer.log_in()).body["access_token"])


async def test_an_officer_finds_what_is_asked_by_a_short_number(counter: Counter) -> None:
    """In any spelling, while it waits; nobody else does, and who looked is recorded."""
    wanted = {"consent": "witness", "number": "19901234567890123"}
    mandate_id = await counter.requested(None, **wanted)
    number = (await counter.read(mandate_id))["witness_number"]
    other = (await counter.read(await counter.requested(None, **wanted)))["witness_number"]
    assert re.fullmatch("[0-9]{8}", number)
    assert number != other
    officer = await Account.made(counter.identity, "karim", role="officer")
    token = (await officer.log_in()).body["access_token"]
    path = f"/v1/witness-requests/{bangla_digits(number[:4])} {number[4:]}".replace(" ", "%20")
    seen = await counter.identity.call("GET", path, token=token)
    assert (seen.body["mandate_id"], seen.body["applicant"]) == (mandate_id, "R.K.")
    assert seen.body["total_bdt"] == 80
    assert (await counter.identity.call("GET", path, token=counter.token)).problem == "role_missing"
    async with counter.identity.database.transaction() as tx:
        recorded = await tx.fetchval("SELECT count(*) FROM audit_log WHERE action LIKE 'look at%'")
    assert recorded == 1
    witness = f"/v1/mandates/{mandate_id}/witness"
    assert (await counter.identity.call("POST", witness, token=token)).status == 200
    for gone in (path, "/v1/witness-requests/1", f"/v1/witness-requests/{'x' * 40}"):
        reply = await counter.identity.call("GET", gone, token=token)
        assert (reply.status, reply.problem) == (404, "witness_number_unknown")
    counter.identity.time.forward(minutes=30)
    token = (await officer.log_in()).body["access_token"]
    late = await counter.identity.call("GET", f"/v1/witness-requests/{other}", token=token)
    assert late.problem == "witness_number_unknown"


@pytest.mark.parametrize(
    ("consent", "first", "again"),
    [
        ("own_phone", ["who_the_citizen_is"], ["who_the_citizen_is"]),
        (
            "guardian_phone",
            ["who_the_citizen_is", "whose_phone_it_is", "earlier_use_of_phone"],
            ["who_the_citizen_is", "whose_phone_it_is"],
        ),
        (
            "shared_phone",
            ["who_the_citizen_is", "whose_phone_it_is", "earlier_use_of_phone"],
            ["who_the_citizen_is", "whose_phone_it_is"],
        ),
        ("witness", [], []),
    ],
)
async def test_the_evidence_says_what_was_not_proven(
    counter: Counter, consent: str, first: list[str], again: list[str]
) -> None:
    """The token carries it to the ministry; the first use of another's phone is flagged."""
    phone = None if consent == "witness" else CITIZEN
    wanted = {} if consent == "own_phone" else {"consent": consent, "number": "1234567890"}
    officer = await officer_at(counter)
    found = []
    for _ in range(2):
        mandate_id = await counter.requested(phone, **wanted)
        if phone is None:
            path = f"/v1/mandates/{mandate_id}/witness"
            assert (await counter.identity.call("POST", path, token=officer)).status == 200
        else:
            assert (await counter.confirm(mandate_id, pin="4321")).status == 200
        (details,) = (await counter.get_token(mandate_id)).body["authorization_details"]
        found.append(details["not_proven"])
    assert found == [first, again]
    async with counter.identity.database.transaction() as tx:
        flags = await tx.fetchval("SELECT count(*) FROM flags WHERE kind = 'first_use_of_phone'")
    assert flags == int("earlier_use_of_phone" in first)


async def test_wrong_pins_are_counted_for_a_citizen_whatever_the_mandate(counter: Counter) -> None:
    """After five not even the right one helps; an officer sees her, and she chooses another."""
    wanted = {"consent": "shared_phone", "number": "1234567890"}
    assert (await counter.confirm(await counter.requested(**wanted), pin="4321")).status == 200
    mandate_id = await counter.requested(**wanted)
    for wrong in range(5):
        if wrong == 4:
            mandate_id = await counter.requested(**wanted)
        reply = await counter.confirm(mandate_id, pin=f"111{wrong}")
        assert reply.problem == "pin_wrong"
    assert (await counter.confirm(mandate_id, pin="4321")).problem == "pin_locked"
    reply = await counter.request(**wanted)
    assert (reply.status, reply.problem) == (409, "pin_locked")
    witnessed = await counter.requested(None, consent="witness", number="1234567890")
    path = f"/v1/mandates/{witnessed}/witness"
    token = await officer_at(counter)
    assert (await counter.identity.call("POST", path, token=token)).status == 200
    assert (await counter.confirm(await counter.requested(**wanted), pin="9876")).status == 200
    later = await counter.requested(**wanted)
    assert (await counter.confirm(later, pin="4321")).problem == "pin_wrong"


async def test_a_right_pin_forgets_the_wrong_ones(counter: Counter) -> None:
    """Whoever mistypes now and then is not locked out."""
    wanted = {"consent": "shared_phone", "number": "1234567890"}
    assert (await counter.confirm(await counter.requested(**wanted), pin="4321")).status == 200
    for _ in range(2):
        mandate_id = await counter.requested(**wanted)
        code = await counter.code()
        for _ in range(4):
            await counter.confirm(mandate_id, code, pin="1111")
        assert (await counter.confirm(mandate_id, code, pin="4321")).status == 200


async def test_a_guardian_with_forty_wards_is_sent_to_an_officer(counter: Counter) -> None:
    """Eight in a year, of both kinds; for those more applications, and for nobody else."""
    replies = []
    for ward in range(40):
        if ward % 10 == 0:  # a phone is asked ten times a day
            counter.identity.time.forward(days=1)
            await counter.log_in()
        consent = "guardian_phone" if ward % 2 else "shared_phone"
        reply = await counter.request(consent=consent, number=f"12345678{ward:02}")
        replies.append((reply.status, reply.problem if reply.status != 201 else ""))
        if reply.status == 201:
            mandate_id = str(reply.body["mandate_id"])
            assert (await counter.confirm(mandate_id, pin="4321")).status == 200
    assert replies == [(201, "")] * 8 + [(409, "wards_too_many")] * 32
    counter.identity.time.forward(days=1)
    await counter.log_in()
    for number, status in (("1234567800", 201), ("1234567809", 409)):
        again = await counter.request(consent="guardian_phone", number=number)
        assert again.status == status
    assert (await counter.request()).status == 201  # for the phone's own citizen
    counter.identity.time.forward(days=366)
    await counter.log_in()
    later = await counter.request(consent="guardian_phone", number="1234567809")
    assert later.status == 201


async def test_two_wards_of_one_moment_are_not_one_too_many(counter: Counter) -> None:
    """The second request waits for the first, and counts its ward."""
    database = counter.identity.database
    for ward in range(7):
        await counter.requested(consent="guardian_phone", number=f"123456780{ward}")

    async def both_wait() -> bool:
        async with database.transaction() as tx:
            waiting: int = await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return waiting == 2

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await tx.execute("LOCK TABLE outbox IN SHARE MODE")
        both = [
            tasks.create_task(counter.request(consent="guardian_phone", number=f"123456781{ward}"))
            for ward in range(2)
        ]
        await until(both_wait)
    assert sorted(each.result().status for each in both) == [201, 409]


@pytest.mark.parametrize("consent", ["own_phone", "witness"])
async def test_a_request_for_a_citizen_who_is_being_erased_is_for_a_new_one(
    counter: Counter, consent: str
) -> None:
    """It waits for the erasure, and leaves nothing under the id that is gone."""
    database = counter.identity.database
    is_own = consent == "own_phone"
    phone, fields = (CITIZEN, {}) if is_own else (None, {"number": "1234567890"})
    first = await counter.requested(phone, consent=consent, **fields)
    if is_own:
        await counter.confirm(first)
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        erased_id = await tx.fetchval("SELECT citizen_id FROM citizens")
        await citizens.lock_citizen(tx, erased_id)
        request = tasks.create_task(counter.request(phone, consent=consent, **fields))
        await until_waiting(database, request)
        await erase(tx, erased_id, counter.identity.time())
        await citizens.delete_citizen(tx, erased_id)
    assert request.result().status == 201
    async with database.transaction() as tx:
        left = await tx.fetch("SELECT state FROM mandates WHERE citizen_id = $1", erased_id)
    assert [row["state"] for row in left] == ["revoked"]


async def test_a_guardian_sees_for_whom_the_phone_consented_and_stops_it(counter: Counter) -> None:
    """Also at the first login after it; a stranger does not, nor who has the number much later."""
    wanted = {"consent": "guardian_phone", "number": "1234567890"}
    mandate_id = await counter.requested(**wanted)
    assert (await counter.confirm(mandate_id)).status == 200
    token, (ward,) = await of_citizen(counter)
    assert (ward["mandate_id"], ward["applicant"], ward["for_another"]) == (
        mandate_id,
        "R.K.",
        True,
    )
    stranger, listed = await of_citizen(counter, "+8801912345678")
    assert listed == []
    stop = f"/v1/me/mandates/{mandate_id}/revocation"
    complaint = f"/v1/me/mandates/{mandate_id}/complaints"
    text = {"text": "আমি এই নাগরিককে চিনি না।"}
    for path, body in ((stop, None), (complaint, text)):
        assert (await counter.identity.call("POST", path, body, token=stranger)).status == 404
    reply = await counter.identity.call("POST", complaint, text, token=token)
    assert reply.body["complained"] is True
    await counter.used(mandate_id)
    reply = await counter.identity.call("POST", stop, token=token)
    assert (reply.body["state"], reply.body["withdraw_at"]) == ("used", None)
    assert await ends(counter) == [(mandate_id, "revoked")]
    counter.identity.time.forward(days=301)
    fresh, listed = await of_citizen(counter)
    assert listed == []
    assert (await counter.identity.call("POST", stop, token=fresh)).status == 404


async def test_a_witness_holds_no_mandate_while_its_uddokta_is_being_changed(
    counter: Counter,
) -> None:
    """Whoever stops an uddokta locks the uddokta, and then the mandates: nobody is cut off."""
    mandate_id = await counter.requested(None, consent="witness", number="19901234567890123")
    officer = await Account.made(counter.identity, "karim", role="officer")
    token = (await officer.log_in()).body["access_token"]
    path = f"/v1/mandates/{mandate_id}/witness"
    database = counter.identity.database
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await tx.execute("SELECT FROM uddoktas FOR UPDATE")
        witness = tasks.create_task(counter.identity.call("POST", path, token=token))
        await until_waiting(database, witness)
        await tx.execute("SELECT FROM mandates FOR UPDATE")
    assert witness.result().body["state"] == "active"


async def test_a_silent_number_gives_no_mandate_over_its_account(counter: Counter) -> None:
    """A code to a number that may have been sold again is no consent of the account's owner."""
    token = (await counter.identity.log_in())["access_token"]
    await counter.identity.call("PATCH", "/v1/me", {"nid": "1234567890"}, token=token)
    counter.identity.time.forward(days=301)
    await counter.log_in()
    mandate_id = await counter.requested()
    assert (await counter.confirm(mandate_id)).problem == "account_proof_needed"
    assert (await counter.confirm(mandate_id, number="1234567890")).status == 200


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"url": "http://elsewhere.example/v1/mandates"}, "proof_invalid"),
        ({"now_s": 1.0}, "device_clock_wrong"),
        ({"key": ECKey.generate_key("P-256")}, "device_unknown"),
    ],
)
async def test_a_mandate_is_requested_on_an_enrolled_device(
    counter: Counter, changed: dict[str, Any], problem: str
) -> None:
    """A proof for another address, a wrong clock, or a key that nobody knows are refused."""
    body = {"public_service_id": "S001", "phone": CITIZEN}
    reply = await counter.send("/v1/mandates", body, **changed)
    assert reply.problem == problem


async def test_a_proof_is_shown_once(counter: Counter) -> None:
    """A replayed proof is refused, though everything else is right."""
    mandate_id = await counter.active()
    path = f"/v1/mandates/{mandate_id}/tokens"
    headers = {"dpop": counter.proof("POST", path)}
    replies = [
        await counter.identity.call("POST", path, token=counter.token, headers=headers)
        for _ in range(2)
    ]
    assert [reply.status for reply in replies] == [200, 401]
    assert replies[1].problem == "proof_invalid"


async def test_only_running_centres_help(identity: Identity) -> None:
    """Nilkhet is planned."""
    counter = await Counter.opened(identity, centre="nilkhet")
    reply = await counter.request()
    assert (reply.status, reply.problem) == (409, "service_centre_not_running")


async def test_a_licence_that_is_over_helps_nobody(identity: Identity) -> None:
    """Not even with a login."""
    counter = await Counter.opened(identity, certificate_until=date(2026, 1, 2))
    assert (await counter.request()).problem == "licence_expired"


@pytest.mark.parametrize(
    ("told_bdt", "problem"),
    [
        (None, "fee_needed"),
        (0, None),
        (700, None),
        (HIGHEST_TOLD_FEE_BDT, None),
        (HIGHEST_TOLD_FEE_BDT + 1, "fee_too_high"),
        (10_000_000, "fee_too_high"),
    ],
)
async def test_a_fee_that_was_not_published_is_as_the_office_told(
    identity: Identity, told_bdt: int | None, problem: str | None
) -> None:
    """Its invented amount is never charged; what was told is within bounds, and marked as told."""
    invented = public_service("S002", fee_bdt=300, fee_status="illustrative")
    counter = await Counter.opened(identity, services=[invented])
    reply = await counter.request(public_service_id="S002", fee_bdt=told_bdt)
    if problem is not None:
        assert reply.problem == problem
    else:
        assert (reply.body["fee_bdt"], reply.body["fee_basis"]) == (told_bdt, "told_by_office")
        (asked,) = await counter.sms(ConsentRequested)
        assert (asked.fee_bdt, asked.fee_basis) == (told_bdt, "told_by_office")


async def test_a_fee_that_is_paid_at_the_office_is_taken_by_no_centre(identity: Identity) -> None:
    """Consent, SMS, token and account say so; no other centre reads it as what an office told."""
    counter = await Counter.opened(identity, services=[public_service(fee_status="unknown")])
    mandate_id = await counter.requested(fee_at_office=True)
    (asked,) = await counter.sms(ConsentRequested)
    assert (asked.fee_bdt, asked.charge_bdt, asked.fee_at_office) == (0, 30, True)
    assert (await counter.confirm(mandate_id)).status == 200
    (details,) = (await counter.get_token(mandate_id)).body["authorization_details"]
    assert (details["fee_bdt"], details["fee_at_office"]) == (0, True)
    used = await counter.used(mandate_id)
    (told,) = await counter.sms(MandateMessageRequested)
    assert told.fee_at_office
    shown = await counter.read(mandate_id)
    assert (shown["total_bdt"], shown["fee_at_office"]) == (30, True)
    day = dhaka_date(used.occurred_at)
    account = await identity.call("GET", f"/v1/uddokta/account?day={day}", token=counter.token)
    assert (account.body["fees_bdt"], account.body["total_bdt"]) == (0, 30)
    board = (await identity.call("GET", "/v1/centres/gulshan/rates")).body
    assert board["items"][0]["told_fee_bdt"] is None


async def test_a_published_fee_is_fixed(counter: Counter) -> None:
    """Nobody types another fee than the catalogue's."""
    assert (await counter.request(fee_bdt=49)).problem == "fee_is_fixed"
    assert (await counter.request(fee_bdt=50)).body["fee_basis"] == "sourced"


async def test_a_conditional_fee_is_computed_from_the_day_that_decides(identity: Identity) -> None:
    """The consent, its SMS and the token carry the amount of the case, and the case."""
    cases = (
        FeeCase(case="young", name=Text(bn="৪৫ দিনে", en="in 45 days"), amount_bdt=0, most_days=45),
        FeeCase(case="later", name=Text(bn="পরে", en="later"), amount_bdt=50),
    )
    born = Text(bn="জন্মের তারিখ", en="Date of birth")
    counter = await Counter.opened(
        identity, services=[public_service(fee_cases=cases, fee_decided_by=born)]
    )
    assert (await counter.request()).problem == "fee_day_needed"
    today = dhaka_date(identity.time())
    free = await counter.request(fee_date=str(today - timedelta(days=45)))
    assert (free.body["fee_bdt"], free.body["total_bdt"]) == (0, 30)
    assert free.body["fee_case"]["en"] == "in 45 days"
    (asked,) = await counter.sms(ConsentRequested)
    assert (asked.fee_bdt, asked.fee_case.en, asked.fee_basis) == (0, "in 45 days", "sourced")
    mandate_id = free.body["mandate_id"]
    assert free.body["fee_day"] is None
    confirmed = await counter.confirm(mandate_id)
    assert confirmed.body["fee_day"] == (today - timedelta(days=45)).isoformat()  # for the form
    (details,) = (await counter.get_token(mandate_id)).body["authorization_details"]
    born_on = (today - timedelta(days=45)).isoformat()
    assert details["fee_day_mark"] == fee_day_mark(UUID(mandate_id), born_on)
    late = await counter.request(fee_date=str(today - timedelta(days=46)))
    assert (late.body["fee_bdt"], late.body["fee_basis"]) == (50, "sourced")


async def test_a_fee_that_no_other_centre_was_told_is_flagged(identity: Identity) -> None:
    """The first amount is flagged by nobody; the price list of a centre has its own, as told."""
    invented = public_service(fee_bdt=0, fee_status="illustrative")
    gulshan = await Counter.opened(identity, services=[invented])
    uttara = await Counter.opened(identity, "karim", centre="uttara", services=[invented])
    programme = await Account.made(identity, "salma", role="programme")
    staff = (await programme.log_in()).body["access_token"]
    flagged, mandate_id = [], ""
    for counter, phone, told_bdt in (
        (gulshan, "+8801712345671", 20),
        (uttara, "+8801712345672", 20),
        (uttara, "+8801712345673", 900),
    ):
        mandate_id = await counter.requested(phone, fee_bdt=told_bdt)
        assert (await counter.confirm(mandate_id)).status == 200
        flags = (await identity.call("GET", "/v1/flags", token=staff)).body["items"]
        flagged.append([f["mandate_id"] for f in flags if f["kind"] == "fee_differs"])
    assert flagged == [[], [], [mandate_id]]
    for centre, told_bdt in (("gulshan", 20), ("uttara", 900)):
        (charge,) = (await identity.call("GET", f"/v1/centres/{centre}/rates")).body["items"]
        assert (charge["fee_bdt"], charge["fee_status"]) == (None, "illustrative")
        assert charge["told_fee_bdt"] == told_bdt


async def test_a_phone_is_not_flooded_with_requests(counter: Counter) -> None:
    """Ten requests a day, whoever asks."""
    for _ in range(10):
        await counter.requested()
    assert (await counter.request()).status == 429


async def test_the_days_account_adds_up_what_was_used(counter: Counter) -> None:
    """Mandates that were not used cost nothing."""
    await counter.used(await counter.active())
    await counter.active("+8801722222222")
    reply = await counter.identity.call("GET", "/v1/uddokta/account", token=counter.token)
    assert (reply.body["used"], reply.body["fees_bdt"], reply.body["charges_bdt"]) == (1, 50, 30)
    assert reply.body["told_fees_bdt"] == 0


async def test_the_account_of_a_day_that_no_calendar_ends_is_refused(counter: Counter) -> None:
    """The last day that can be written has no day after it."""
    path = "/v1/uddokta/account?day="
    last = await counter.identity.call("GET", f"{path}9999-12-31", token=counter.token)
    assert (last.status, last.problem) == (422, "bad_query")
    known = await counter.identity.call("GET", f"{path}2099-12-31", token=counter.token)
    assert (known.status, known.body["items"]) == (200, [])


async def test_a_complaint_is_a_flag_and_is_read_by_the_programme_only(counter: Counter) -> None:
    """The text is read by somebody who is recorded."""
    mandate_id = await counter.active()
    token, _ = await of_citizen(counter)
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    reply = await counter.identity.call("POST", path, {"text": "২০০ টাকা চেয়েছে"}, token=token)
    assert (reply.status, reply.body["complained"]) == (200, True)
    programme = await Account.made(counter.identity, "salma", role="programme")
    staff = (await programme.log_in()).body["access_token"]
    flags = (await counter.identity.call("GET", "/v1/flags", token=staff)).body["items"]
    assert "complaint" in {each["kind"] for each in flags}
    read = await counter.identity.call("GET", f"/v1/mandates/{mandate_id}/complaints", token=staff)
    assert read.body["items"] == ["২০০ টাকা চেয়েছে"]
    denied = await counter.identity.call(
        "GET", f"/v1/mandates/{mandate_id}/complaints", token=counter.token
    )
    assert denied.problem == "role_missing"


async def test_a_person_looks_at_each_complaint_and_at_none_twice(counter: Counter) -> None:
    """The flag of the first is open again after the second; a repeat of it changes nothing."""
    mandate_id = await counter.active()
    token, _ = await of_citizen(counter)
    programme = await Account.made(counter.identity, "salma", role="programme")
    staff = (await programme.log_in()).body["access_token"]
    path = f"/v1/me/mandates/{mandate_id}/complaints"

    async def raised() -> list[str]:
        flags = (await counter.identity.call("GET", "/v1/flags", token=staff)).body["items"]
        return [each["flag_id"] for each in flags if each["kind"] == "complaint"]

    for text in ("২০০ টাকা চেয়েছে", "আবার চেয়েছে"):
        for _ in range(2):  # the first answer was lost
            await counter.identity.call("POST", path, {"text": text}, token=token)
        (flag_id,) = await raised()
        closing = {"outcome": "spoken to", "answer": "We spoke to her."}
        await counter.identity.call("POST", f"/v1/flags/{flag_id}/closing", closing, token=staff)
        await counter.identity.call("POST", path, {"text": text}, token=token)
        assert await raised() == []
    read = await counter.identity.call("GET", f"/v1/mandates/{mandate_id}/complaints", token=staff)
    assert read.body["items"] == ["২০০ টাকা চেয়েছে", "আবার চেয়েছে"]


@pytest.mark.parametrize(
    ("consent", "gone"),
    [
        ("guardian_phone", "state = 'suspended'"),
        ("guardian_phone", "certificate_until = licence_from"),
        ("own_phone", "state = 'suspended'"),
    ],
)
async def test_an_uddokta_reads_of_whom_a_colleague_has_left_the_news(
    counter: Counter, consent: str, gone: str
) -> None:
    """At the same centre, once the colleague may not help, of a citizen without a phone."""
    of_citizen = {} if consent == "own_phone" else {"number": "1234567890"}
    sent, waiting = [await counter.active(consent=consent, **of_citizen) for _ in range(2)]
    await counter.used(sent)
    others = {
        centre: await Counter.opened(
            counter.identity, f"selim{centre}", centre=centre, phone=f"+88018222222{place}"
        )
        for place, centre in enumerate(("gulshan", "uttara"), start=10)
    }

    async def read(centre: str, mandate_id: str) -> Any:
        token = others[centre].token
        return await counter.identity.call("GET", f"/v1/mandates/{mandate_id}", token=token)

    assert (await read("gulshan", sent)).status == 404
    async with counter.identity.database.transaction() as tx:
        await tx.execute(
            f"UPDATE uddoktas SET {gone} WHERE uddokta_id = $1",  # noqa: S608
            counter.uddokta_id,
        )
    found = await read("gulshan", sent)
    assert found.status == (404 if consent == "own_phone" else 200)
    if found.status == 200:
        assert found.body["applicant"] == "R.K."
    assert (await read("gulshan", waiting)).status == 404
    assert (await read("uttara", sent)).status == 404


async def test_lists_of_mandates_and_flags_go_on_until_all_are_read(counter: Counter) -> None:
    """A page of one row at a time has each row once, in the order of the whole list."""
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    for _ in range(3):
        mandate_id = await counter.active()
        path = f"/v1/me/mandates/{mandate_id}/complaints"
        await counter.identity.call("POST", path, {"text": "২০০ টাকা চেয়েছে"}, token=token)
    programme = await Account.made(counter.identity, "salma", role="programme")
    staff = (await programme.log_in()).body["access_token"]
    for path, own in (
        ("/v1/me/mandates", token),
        ("/v1/mandates", counter.token),
        ("/v1/flags", staff),
    ):
        whole = (await counter.identity.call("GET", path, token=own)).body
        assert (len(whole["items"]) >= 3, whole["next"]) == (True, None)
        assert await one_by_one(counter.identity, path, own) == whole["items"]


async def test_a_stranger_sees_and_changes_no_mandate(counter: Counter) -> None:
    """Neither another citizen nor another uddokta."""
    mandate_id = await counter.active()
    other = await Counter.opened(counter.identity, "selim")
    stranger = (await counter.identity.log_in("+8801933333333"))["access_token"]
    tried = [
        await other.confirm(mandate_id, "123456"),
        await other.get_token(mandate_id),
        await other.identity.call("GET", f"/v1/mandates/{mandate_id}", token=other.token),
        *[
            await counter.identity.call(
                "POST", f"/v1/me/mandates/{mandate_id}/{what}", body, token=stranger
            )
            for what, body in (("revocation", None), ("complaints", {"text": "x"}))
        ],
    ]
    assert [reply.status for reply in tried] == [404] * len(tried)


async def test_of_an_erased_citizen_no_number_is_left(counter: Counter) -> None:
    """Open mandates end; who acted at which price stays, and a late use breaks nothing."""
    used, active = await counter.active(), await counter.active()
    token, _ = await of_citizen(counter)
    path = f"/v1/me/mandates/{used}/complaints"
    await counter.identity.call("POST", path, {"text": "বেশি টাকা"}, token=token)
    async with counter.identity.database.transaction() as tx:
        citizen_id = await tx.fetchval("SELECT citizen_id FROM mandates LIMIT 1")
        await erase(tx, citizen_id, counter.identity.time())
        left = await tx.fetch("SELECT phone, phone_index FROM mandates")
        complaints = await tx.fetchval("SELECT count(*) FROM complaints")
    assert {(row["phone"], row["phone_index"]) for row in left} == {("", None)}
    assert complaints == 0
    await counter.used(used)
    assert (await counter.read(active))["state"] == "revoked"
    assert [each.notice for each in await counter.sms()] == []


@pytest.mark.parametrize("erased", ["guardian", "ward"])
async def test_a_guardians_complaint_goes_with_her_account_and_with_her_wards(
    counter: Counter, erased: str
) -> None:
    """She wrote it, and it may name the ward; what others wrote stays."""
    token, mandate_ids = (await counter.identity.log_in(CITIZEN))["access_token"], []
    for number in ("1234567890", "1234567891"):
        mandate_id = await counter.requested(consent="guardian_phone", number=number)
        path = f"/v1/me/mandates/{mandate_id}/complaints"
        reply = await counter.identity.call("POST", path, {"text": number}, token=token)
        assert reply.status == 200
        mandate_ids.append(mandate_id)
    async with counter.identity.database.transaction() as tx:
        guardian_id = await citizens.find_by_phone(tx, CITIZEN)
        ward_id = await tx.fetchval(
            "SELECT citizen_id FROM mandates WHERE mandate_id = $1", UUID(mandate_ids[0])
        )
        assert guardian_id is not None
        citizen_id = guardian_id if erased == "guardian" else ward_id
        await erase(tx, citizen_id, counter.identity.time())
        left = await tx.fetch("SELECT mandate_id FROM complaints")
    others = [] if erased == "guardian" else mandate_ids[1:]
    assert [str(row["mandate_id"]) for row in left] == others


async def test_a_complaint_waits_for_an_erasure_of_who_writes_it(
    counter: Counter, database: Database
) -> None:
    """It leaves nothing under the id that is gone."""
    mandate_id = await counter.requested(consent="guardian_phone", number="1234567890")
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        guardian_id = await citizens.find_by_phone(tx, CITIZEN)
        assert guardian_id is not None
        await citizens.lock_citizen(tx, guardian_id)
        complaint = tasks.create_task(
            counter.identity.call("POST", path, {"text": "টাকা"}, token=token)
        )
        await until_waiting(database, complaint)
        await erase(tx, guardian_id, counter.identity.time())
        await citizens.delete_citizen(tx, guardian_id)
    assert complaint.result().status == 404
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM complaints") == 0


async def test_news_to_a_guardian_say_whose_number_it_is(counter: Counter) -> None:
    """So that it does not come back where it is read again after her erasure."""
    await of_citizen(counter)  # the guardian has an account
    async with counter.identity.database.transaction() as tx:
        guardian_id = await citizens.find_by_phone(tx, CITIZEN)
    wanted = {"consent": "guardian_phone", "number": "1234567890"}
    for phone in (CITIZEN, "+8801912345678"):
        await counter.used(await counter.active(phone, **wanted))
    await counter.used(await counter.active(CITIZEN))
    assert [message.phone_of for message in await counter.sms()] == [guardian_id, None, None]


@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone"])
async def test_of_an_erased_guardian_no_number_is_left_with_her_wards(
    counter: Counter, consent: str
) -> None:
    """What was sent stays the ward's; open requests to it end, and another's number stays."""
    wanted = {"consent": consent, "number": "1234567890"}
    sent, waiting = await counter.requested(**wanted), ""
    await counter.confirm(sent, pin="4321")
    await counter.used(sent)
    waiting = await counter.requested(**wanted)
    other = await counter.active("+8801912345678", consent="guardian_phone", number="1234567891")
    await of_citizen(counter)  # the guardian has an account
    before = len(await counter.sms())
    async with counter.identity.database.transaction() as tx:
        guardian_id = await citizens.find_by_phone(tx, CITIZEN)
        assert guardian_id is not None
        found = await erase(tx, guardian_id, counter.identity.time())
        rows = await tx.fetch("SELECT mandate_id, phone, phone_index FROM mandates")
    left = {str(row["mandate_id"]): (row["phone"], row["phone_index"]) for row in rows}
    assert left[sent] == left[waiting] == ("", None)
    assert left[other] != ("", None)
    assert found["consents_for_others"] == 2
    assert await ends(counter) == [(waiting, "expired")]
    shown = await counter.read(sent)
    assert (shown["state"], shown["phone"], shown["applicant"]) == ("used", None, "R.K.")
    path = f"/v1/mandates/{waiting}/codes"
    again = await counter.identity.call("POST", path, token=counter.token)
    assert again.problem == "mandate_ended"
    assert len(await counter.sms()) == before


async def test_a_citizen_without_a_phone_takes_her_account_over_later(counter: Counter) -> None:
    """With a phone of her own she sees everything that was done in her name."""
    wanted = {"consent": "guardian_phone", "number": "1234567890"}
    mandate_id = await counter.requested(**wanted)
    await counter.confirm(mandate_id)
    own, silence = "+8801911112222", silence_policy(Settings())
    at, asked = counter.identity.time(), {"by": "test", "proof": "card seen"}
    async with counter.identity.database.transaction() as tx:
        with pytest.raises(Refused, match="phone_of_helper"):
            await give_phone(tx, "1234567890", UDDOKTA_PHONE, silence, at, **asked)
        await give_phone(tx, "১২৩৪৫৬৭৮৯০", own, silence, at, **asked)
    _, listed = await of_citizen(counter, own)
    assert [each["mandate_id"] for each in listed] == [mandate_id]
