"""How mandates end, and what citizens complained about, as the programme is told."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.identity import ComplaintMade, MandateClosed, NoticeRequested
from libs.ids import created_at
from services.identity.mandates.oversight import reopen_unanswered
from services.identity.mandates.use_cases import end_all, expire
from tests.services.identity.mandates.running import CITIZEN, Counter, public_service
from tests.services.identity.running import Identity, Reply, announced
from tests.services.identity.staff.scenes import Account

Ends = Callable[[Counter, str], Awaitable[Any]]


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    return await Counter.opened(identity)


async def token_of(counter: Counter) -> str:
    """The token of the citizen; she has an account from then on."""
    return str((await counter.identity.log_in(CITIZEN))["access_token"])


async def closings(counter: Counter) -> list[MandateClosed]:
    found = await announced(counter.identity.database)
    return [event for event in found if isinstance(event, MandateClosed)]


async def complaints(counter: Counter) -> list[ComplaintMade]:
    found = await announced(counter.identity.database)
    return [event for event in found if isinstance(event, ComplaintMade)]


async def revoked(counter: Counter, mandate_id: str) -> None:
    token = await token_of(counter)
    path = f"/v1/me/mandates/{mandate_id}/revocation"
    for _ in range(2):  # the first answer was lost
        assert (await counter.identity.call("POST", path, token=token)).status == 200


async def wrong_codes(counter: Counter, mandate_id: str) -> None:
    for _ in range(5):
        assert (await counter.confirm(mandate_id, "000001")).problem == "code_wrong"


async def time_is_over(counter: Counter, mandate_id: str) -> None:
    del mandate_id
    for _ in range(2):
        async with counter.identity.database.transaction() as tx:
            await expire(tx, counter.identity.time() + timedelta(hours=3))


async def centre_stops(counter: Counter, mandate_id: str) -> None:
    del mandate_id
    async with counter.identity.database.transaction() as tx:
        at = counter.identity.time()
        await end_all(tx, at, "centre_stopped", service_centre_id="gulshan")


async def sent(counter: Counter, mandate_id: str) -> None:
    used = await counter.used(mandate_id)
    await counter.consume(used)  # read again


@pytest.mark.parametrize(
    ("has_consent", "ends", "outcome"),
    [
        (True, sent, "used"),
        (False, revoked, "refused"),
        (False, wrong_codes, "refused"),
        (True, revoked, "revoked"),
        (True, centre_stops, "stopped"),
        (True, time_is_over, "expired"),
        (False, time_is_over, "expired"),
    ],
)
async def test_each_end_is_announced_once_with_what_was_asked_for(
    counter: Counter, has_consent: bool, ends: Ends, outcome: str
) -> None:
    """Fee, charge, centre and service; nobody's name and nobody's id."""
    await token_of(counter)  # who has an account before somebody asks for her consent
    made = await (counter.active() if has_consent else counter.requested())
    assert await closings(counter) == []
    await ends(counter, made)
    (closed,) = await closings(counter)
    assert closed.model_dump(exclude={"event_id", "occurred_at"}) == {
        "service_centre_id": "gulshan",
        "area": "30262500",
        "public_service_id": "S001",
        "outcome": outcome,
        "fee_bdt": 50,
        "charge_bdt": 30,
    }


async def test_a_use_that_wins_over_an_end_is_announced_too(counter: Counter) -> None:
    """Each with an id of its own, which it has again after a restore."""
    made = await counter.active()
    await time_is_over(counter, made)
    await sent(counter, made)
    first, second = await closings(counter)
    assert (first.outcome, second.outcome) == ("expired", "used")
    assert first.event_id != second.event_id


async def test_a_fee_that_is_paid_at_the_office_is_not_known(identity: Identity) -> None:
    """It is not nothing."""
    counter = await Counter.opened(identity, services=[public_service(fee_status="unknown")])
    made = await counter.requested(fee_at_office=True)
    assert (await counter.confirm(made)).status == 200
    await sent(counter, made)
    (closed,) = await closings(counter)
    assert (closed.fee_bdt, closed.charge_bdt) == (None, 30)


async def test_a_consent_to_a_correction_is_no_application(counter: Counter) -> None:
    """It costs nothing, and would make help look cheap."""
    made = await counter.active()
    await sent(counter, made)
    body = {"correction_id": made, "changes": ["name"]}
    asked = await counter.send(f"/v1/mandates/{made}/corrections", body)
    assert asked.status == 201, asked.raw
    await time_is_over(counter, made)
    assert [closed.outcome for closed in await closings(counter)] == ["used"]


async def test_a_complaint_is_announced_by_its_kind(counter: Counter) -> None:
    """Each kind once, without the words, and nobody finds the mandate by the event's id."""
    made = await counter.active()
    token = await token_of(counter)
    path = f"/v1/me/mandates/{made}/complaints"
    for text, kind in (("২০০ টাকা", "overcharged"), ("আবার ২০০", "overcharged"), ("বকা", "rude")):
        for _ in range(2):  # the first answer was lost
            said = {"text": text, "kind": kind}
            assert (await counter.identity.call("POST", path, said, token=token)).status == 200
    found = await complaints(counter)
    assert [event.kind for event in found] == ["overcharged", "rude"]
    (first, _) = found
    assert first.model_dump(exclude={"event_id", "occurred_at"}) == {
        "service_centre_id": "gulshan",
        "area": "30262500",
        "public_service_id": "S001",
        "kind": "overcharged",
    }
    assert created_at(first.event_id) != created_at(UUID(made))


async def test_the_programme_reads_the_kinds_beside_the_words(counter: Counter) -> None:
    """A page of before sends no kind, and an unknown one is refused with its place."""
    made = await counter.active()
    token = await token_of(counter)
    path = f"/v1/me/mandates/{made}/complaints"
    await counter.identity.call("POST", path, {"text": "ক"}, token=token)
    await counter.identity.call("POST", path, {"text": "খ", "kind": "wrong"}, token=token)
    refused = await counter.identity.call("POST", path, {"text": "গ", "kind": ""}, token=token)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/kind")
    staff = await token_of_programme(counter)
    listed = await counter.identity.call("GET", f"/v1/mandates/{made}/complaints", token=staff)
    assert listed.body == {
        "items": ["ক", "খ"],
        "kinds": ["not_said", "wrong"],
        "answers": [None, None],
        "grievances": [None, None],
    }
    assert [event.kind for event in await complaints(counter)] == ["not_said", "wrong"]


async def closed(counter: Counter, staff: str, **said: Any) -> Reply:
    """Close the one flag that is open."""
    listed = await counter.identity.call("GET", "/v1/flags", token=staff)
    [flag] = [each for each in listed.body["items"] if each["kind"] == "complaint"]
    path = f"/v1/flags/{flag['flag_id']}/closing"
    return await counter.identity.call("POST", path, {"outcome": "looked at", **said}, token=staff)


async def own(counter: Counter, token: str) -> Any:
    [listed] = (await counter.identity.call("GET", "/v1/me/mandates", token=token)).body["items"]
    return listed


async def test_a_complaint_is_not_closed_without_an_answer_that_its_citizen_reads(
    counter: Counter,
) -> None:
    """She gets one SMS, which does not have the words; nothing is counted again."""
    made = await counter.active()
    token, staff = await token_of(counter), await token_of_programme(counter)
    path = f"/v1/me/mandates/{made}/complaints"
    for said in ({"text": "২০০ টাকা", "kind": "overcharged"}, {"text": "বকা", "kind": "rude"}):
        await counter.identity.call("POST", path, said, token=token)
    assert (await closed(counter, staff)).problem == "complaint_answer_missing"
    answer = "টাকা ফেরত দেওয়া হবে।"
    async with counter.identity.database.transaction() as tx:
        await tx.execute("UPDATE flags SET closed_at = now()")  # by the release before
        assert [await reopen_unanswered(tx) for _ in range(2)] == [1, 0]
    assert (await closed(counter, staff, answer=answer)).status == 200
    async with counter.identity.database.transaction() as tx:
        assert await reopen_unanswered(tx) == 0
    shown = await own(counter, token)
    assert shown["complaint_answer"] == answer
    assert shown["complaints"] == ["২০০ টাকা", "বকা"]
    listed = await counter.identity.call("GET", f"/v1/mandates/{made}/complaints", token=staff)
    assert listed.body["answers"] == [answer, answer]
    events = await announced(counter.identity.database)
    [told] = [event for event in events if isinstance(event, NoticeRequested)]
    assert (told.notice, told.phone) == ("complaint_answered", CITIZEN)
    assert len(await complaints(counter)) == 2


async def test_a_complaint_that_a_grievance_answers_needs_no_second_answer(
    counter: Counter,
) -> None:
    """Its number comes with the same words again, which are stored and counted once."""
    made = await counter.active()
    token, staff = await token_of(counter), await token_of_programme(counter)
    path = f"/v1/me/mandates/{made}/complaints"
    said = {"text": "২০০ টাকা", "kind": "overcharged"}
    await counter.identity.call("POST", path, said, token=token)
    number = "NS-7K4M9-PXRT3-HC2D3"
    named = await counter.identity.call("POST", path, {**said, "grievance": number}, token=token)
    assert named.body["grievance"] == (await own(counter, token))["grievance"] == number
    listed = await counter.identity.call("GET", f"/v1/mandates/{made}/complaints", token=staff)
    assert (listed.body["items"], listed.body["grievances"]) == ([said["text"]], [number])
    assert (await closed(counter, staff)).status == 200
    assert len(await complaints(counter)) == 1


async def test_a_grievance_answers_only_the_complaint_that_has_its_words(counter: Counter) -> None:
    """One of the same kind from before grievances were taken is answered here all the same."""
    made = await counter.active()
    token, staff = await token_of(counter), await token_of_programme(counter)
    path = f"/v1/me/mandates/{made}/complaints"
    await counter.identity.call("POST", path, {"text": "২০০ টাকা", "kind": "rude"}, token=token)
    later = {"text": "আবার বকা", "kind": "rude", "grievance": "NS-7K4M9-PXRT3-HC2D3"}
    for _ in range(2):
        await counter.identity.call("POST", path, later, token=token)
    listed = await counter.identity.call("GET", f"/v1/mandates/{made}/complaints", token=staff)
    assert listed.body["grievances"] == [None, later["grievance"]]
    assert (await closed(counter, staff)).problem == "complaint_answer_missing"


async def token_of_programme(counter: Counter) -> str:
    account = await Account.made(counter.identity, "salma", role="programme")
    return str((await account.log_in()).body["access_token"])
