"""Each flag: when it is raised, that it is in the work list, and that it refuses nothing."""

from collections import Counter as Counts
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.offices import PutOffice
from libs.database.pool import Database
from libs.ids import new_id
from services.identity.flags.capability import flag_policy
from services.identity.flags.rules import FlaggedMandate
from services.identity.flags.use_cases import raise_flag
from services.identity.mandates.oversight import check_offices
from services.identity.offices.use_cases import put_office
from services.identity.settings import Settings
from tests.services.identity.mandates.running import UDDOKTA_PHONE, Counter
from tests.services.identity.running import Identity, running
from tests.services.identity.staff.scenes import Account

NUMBERS = {
    "flag_mandates_per_hour": 2,
    "flag_centre_in_30_days": 2,
    "flag_citizens_per_helper_device": 1,
    "flag_office_per_1000_in_30_days": 1,
}
POLICY = flag_policy(Settings(**NUMBERS))  # type: ignore[arg-type]
WEDNESDAY = datetime(2027, 1, 6, 5, 0, tzinfo=UTC)  # 11:00 in Dhaka; the centre is open
FRIDAY = datetime(2027, 1, 8, 5, 0, tzinfo=UTC)


@pytest.fixture
async def identity(database: Database, dsn: str) -> AsyncIterator[Identity]:
    """Identity with small numbers, on a working day."""
    async with running(database, dsn, **NUMBERS) as identity:
        identity.time.at = WEDNESDAY
        yield identity


async def raised(identity: Identity) -> Counts[str]:
    """How many flags of each kind are in the work list of the programme's staff."""
    account = await Account.made(identity, f"salma{identity.time().timestamp():.0f}", "programme")
    token = (await account.log_in()).body["access_token"]
    listed = await identity.call("GET", "/v1/flags", token=token)
    return Counts(each["kind"] for each in listed.body["items"])


async def slowly(counter: Counter, phone: str) -> str:
    """Get a consent as a person does: the code is read out after half a minute."""
    mandate_id = await counter.requested(phone)
    counter.identity.time.forward(seconds=30)
    assert (await counter.confirm(mandate_id)).status == 200
    return mandate_id


def phones(count: int) -> list[str]:
    """Numbers of so many citizens."""
    return [f"+88017222222{number:02d}" for number in range(count)]


async def test_as_many_as_usual_raise_no_flag(identity: Identity) -> None:
    """On a working day, up to the numbers of the settings."""
    counter = await Counter.opened(identity)
    for phone in phones(2):
        await slowly(counter, phone)
    assert not await raised(identity)


async def test_very_many_in_an_hour_and_at_one_centre(identity: Identity) -> None:
    """An hour later only the centre's number is above; the consents are all active."""
    counter = await Counter.opened(identity)
    for phone in phones(3):
        await slowly(counter, phone)
    assert await raised(identity) == {"too_many_an_hour": 1, "centre_above_population": 1}
    identity.time.forward(hours=1, minutes=10)
    await counter.log_in()
    await slowly(counter, "+8801733333333")
    assert await raised(identity) == {"too_many_an_hour": 1, "centre_above_population": 2}


async def test_outside_opening_hours(identity: Identity) -> None:
    """On a Friday, when the centre is closed."""
    identity.time.at = FRIDAY
    await slowly(await Counter.opened(identity), "+8801722222222")
    assert await raised(identity) == {"outside_opening_hours": 1}


async def test_a_code_that_comes_back_at_once(identity: Identity) -> None:
    """Nobody reads a code out in the same second."""
    counter = await Counter.opened(identity)
    await counter.active()
    assert await raised(identity) == {"code_returned_fast": 1}


async def log_in_at(counter: Counter, phone: str) -> None:
    """Let a citizen log in on the counter's device, with a proof of its key."""
    identity, path = counter.identity, "/v1/login/tokens"
    code = await identity.request_code(phone)
    body = {"phone": phone, "code": code}
    reply = await counter.send(path, body, token="")
    assert reply.status == 200, reply.raw


async def test_citizens_who_log_in_on_a_centres_device(identity: Identity) -> None:
    """One does not count; from the second on it is a flag, and one in 30 days."""
    counter = await Counter.opened(identity)
    await log_in_at(counter, "+8801711111111")
    await slowly(counter, "+8801722222222")
    assert not await raised(identity)
    await log_in_at(counter, "+8801711111112")
    await slowly(counter, "+8801722222222")
    assert (await raised(identity))["device_of_citizen_and_helper"] == 1
    identity.time.forward(hours=2)
    await counter.log_in()
    await slowly(counter, "+8801722222222")
    assert (await raised(identity))["device_of_citizen_and_helper"] == 1


async def test_a_wrong_proof_refuses_no_login(identity: Identity) -> None:
    """What it would say is missing then, and the citizen is let in."""
    code = await identity.request_code()
    reply = await identity.try_code(code, headers={"dpop": "nonsense"})
    assert reply.status == 200


async def test_citizens_who_log_in_on_an_uddoktas_own_device(identity: Identity) -> None:
    """The device with the uddokta's own number is known by its token; a stranger's is not."""
    counter = await Counter.opened(identity)

    async def log_in(phone: str, device_token: str | None) -> Any:
        code = await identity.request_code(phone)
        body = {"phone": phone, "code": code, "device_token": device_token}
        return (await identity.call("POST", "/v1/login/tokens", body)).body["device_token"]

    strangers = await log_in("+8801711111111", None)
    await log_in("+8801711111112", strangers)
    own = await log_in(UDDOKTA_PHONE, None)
    await slowly(counter, "+8801722222222")
    assert not await raised(identity)
    await log_in("+8801711111113", own)
    await slowly(counter, "+8801722222222")
    assert await raised(identity) == {"device_of_citizen_and_helper": 1}


async def test_an_office_far_above_its_population(identity: Identity) -> None:
    """By the figure that the programme gave with its source; an office without one has no flag."""
    counter = await Counter.opened(identity)
    body = {"name": {"bn": "ইউনিয়ন", "en": "Union"}, "kind": "union", "ministry": "lgd"}
    counted = {**body, "population": 2000, "population_source": "census 2022, table 4"}
    async with identity.database.transaction() as tx:
        for office_id, content in (("union-U1", counted), ("union-U2", body)):
            await put_office(
                tx, office_id, PutOffice.model_validate(content), identity.time(), by="test"
            )
    used = [await slowly(counter, phone) for phone in phones(2)]
    uncounted = [await slowly(counter, phone) for phone in phones(8)[2:]]
    for mandate_id in uncounted:
        await counter.used(mandate_id, office_id="union-U2")
    for mandate_id in used:
        await counter.used(mandate_id, office_id="union-U1")
    assert await look_at_offices(identity) == 0  # one for 1,000 people, as many as the setting
    third = await slowly(counter, "+8801733333333")
    await counter.used(third, office_id="union-U1")
    assert await look_at_offices(identity) == 1
    assert await look_at_offices(identity) == 0
    assert (await raised(identity))["office_above_population"] == 1
    identity.time.forward(days=31)
    assert await look_at_offices(identity) == 0  # what was sent before does not count any more


async def look_at_offices(identity: Identity) -> int:
    """Do what is done every hour; return how many flags were raised."""
    async with identity.database.transaction() as tx:
        return await check_offices(tx, POLICY, identity.time())


async def test_a_complaint_after_the_use(identity: Identity) -> None:
    """As soon as the citizen says so."""
    counter = await Counter.opened(identity)
    mandate_id = await slowly(counter, "+8801722222222")
    await counter.used(mandate_id)
    token = (await identity.log_in("+8801722222222"))["access_token"]
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    reply = await identity.call("POST", path, {"text": "২০০ টাকা চেয়েছে"}, token=token)
    assert (reply.status, reply.body["state"]) == (200, "used")
    assert await raised(identity) == {"complaint": 1}


async def test_the_work_list_goes_on_where_it_stopped(identity: Identity) -> None:
    """The oldest first, a page at a time; a flag that was closed meanwhile loses no other."""
    async with identity.database.transaction() as tx:
        for number in (3, 1, 2, 0, 4):
            mandate = FlaggedMandate(new_id(), new_id(), "uttara")
            at = WEDNESDAY + timedelta(minutes=number)
            await raise_flag(tx, "code_returned_fast", mandate, at)
    account = await Account.made(identity, "salma", "programme")
    token = (await account.log_in()).body["access_token"]
    seen, path = [], "/v1/flags?limit=2"
    while path:
        page = (await identity.call("GET", path, token=token)).body
        assert len(page["items"]) <= 2
        seen += [each["raised_at"] for each in page["items"]]
        last = page["items"][-1]["flag_id"]
        await identity.call(
            "POST", f"/v1/flags/{last}/closing", {"outcome": "a family"}, token=token
        )
        path = f"/v1/flags?limit=2&after={page['next']}" if page["next"] else ""
    moments = [datetime.fromisoformat(each) for each in seen]
    assert moments == [WEDNESDAY + timedelta(minutes=number) for number in range(5)]
