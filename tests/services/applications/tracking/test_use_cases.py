import re
from datetime import timedelta

import pytest

from libs.contracts.applications import Step, TrackApplication
from libs.contracts.identity import ContactChanged
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.errors import Refused
from services.applications.tracking.erase import erase
from services.applications.tracking.rules import MOST_ATTEMPTS, MOST_OF_STRANGERS
from services.applications.tracking.use_cases import delete_old_attempts, find, save_phones
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.running import running_api
from tests.services.applications.scenes import NOW, RAHIMA, mandate_evidence

PHONE, WRONG = "+8801712345678", "+8801712345679"
HOME, ELSEWHERE = "203.0.113.7", "192.0.2.1"


@pytest.fixture
async def tracking_number(database: Database) -> str:
    """The number of an application of a citizen with a phone."""
    async with running_api(database) as api, database.transaction() as tx:
        contact = ContactChanged(citizen_id=RAHIMA, phone=PHONE, language="bn")
        await save_phones(tx, [contact])
        return str((await api.submit()).json()["tracking_number"])


def given(proof: str) -> dict[str, str]:
    """A mobile number, or a code, as a field of the request."""
    return {"phone" if proof.startswith("+") else "tracking_code": proof}


async def outcome(
    database: Database, number: str, proof: str, address: str, hours: float = 0
) -> str:
    """What an attempt finds: `found`, or the problem."""
    async with database.transaction() as tx:
        wanted = TrackApplication(tracking_number=number, **given(proof))
        found = await find(tx, wanted, address, at=NOW + timedelta(hours=hours))
    return found.code if isinstance(found, Refused) else "found"


async def test_one_network_uses_up_its_own_attempts(
    database: Database, tracking_number: str
) -> None:
    """The citizen on another network is answered, and the first one again in the next hour."""
    for _ in range(MOST_ATTEMPTS):
        assert await outcome(database, tracking_number, WRONG, HOME) == "tracking_unknown"
    neighbour = "203.0.113.99"
    assert await outcome(database, tracking_number, PHONE, neighbour) == "tracking_too_often"
    assert await outcome(database, tracking_number, PHONE, ELSEWHERE) == "found"
    assert await outcome(database, tracking_number, PHONE, neighbour, hours=1) == "found"


async def test_the_code_of_the_receipt_stands_for_a_number(database: Database) -> None:
    """In any spelling; of this application only, and not where the citizen has a number."""
    async with running_api(database) as api:
        offices = [Office(api, mandate_evidence(consent="witness")) for _ in range(2)]
        numbers = [
            (await office.submit(key=str(number))).json()["tracking_number"]
            for number, office in enumerate(offices)
        ]
        own = (await Office(api).submit(key="own")).json()["tracking_number"]
        answers = [
            (await api.get(f"/v1/assisted-applications/{number}/tracking-code", who="rahim")).json()
            for number in (*numbers, own)
        ]
        first, second, none = (answer["tracking_code"] for answer in answers)
        foreign = await api.get(f"/v1/assisted-applications/{own}/tracking-code", who="selim")
    assert none is None
    assert foreign.status in {403, 404}
    assert re.fullmatch(r"[0-9A-Y]{5}-[0-9A-Y]{5}", first)
    assert await outcome(database, numbers[0], first, HOME) == "found"
    assert await outcome(database, numbers[0], first.lower().replace("-", " "), HOME) == "found"
    assert await outcome(database, numbers[0], second, HOME) == "tracking_unknown"
    assert await outcome(database, own, first, HOME) == "tracking_unknown"
    async with database.transaction() as tx:
        await tx.execute("UPDATE applications SET erased = true")
    assert await outcome(database, numbers[0], first, HOME) == "tracking_unknown"


@pytest.mark.parametrize("typed", ["", "0", "A" * 60, "7K4M9-PXRT", "৭K4M9-PXRT!"])
async def test_codes_that_a_machine_types_are_refused_and_counted(
    database: Database, typed: str
) -> None:
    """What is no code is no attempt; of wrong ones, 20 an hour from one network are looked at."""
    async with running_api(database) as api:
        office = Office(api, mandate_evidence(consent="witness"))
        number = (await office.submit()).json()["tracking_number"]
        path = f"/v1/assisted-applications/{number}/tracking-code"
        code = (await api.get(path, who="rahim")).json()["tracking_code"]
        reply = await api.post("/v1/tracking", {"tracking_number": number, "tracking_code": typed})
        assert reply.status in {404, 422}
        bare = await api.post("/v1/tracking", {"tracking_number": number})
        assert bare.code == "tracking_unknown"
    for _ in range(MOST_ATTEMPTS):
        assert await outcome(database, number, "AAAAA-AAAAA", HOME) == "tracking_unknown"
    assert await outcome(database, number, code, HOME) == "tracking_too_often"
    assert await outcome(database, number, code, ELSEWHERE) == "found"


async def test_without_a_login_the_case_file_number_is_shown(
    database: Database, tracking_number: str
) -> None:
    """As to the owner: the ministry asks for it."""
    async with database.transaction() as tx:
        await tx.execute("UPDATE applications SET case_file_number = 'LGD-1'")
        wanted = TrackApplication(tracking_number=tracking_number, phone=PHONE)
        found = await find(tx, wanted, HOME, at=NOW)
    assert not isinstance(found, Refused)
    assert found.case_file_number == "LGD-1"


async def test_without_a_login_the_step_of_the_office_is_shown(
    database: Database, tracking_number: str
) -> None:
    """While the office has it; a step of before is none of a decided application."""
    step = Step(name=Text(bn="যাচাই", en="Check"), waits_for="office")
    wanted = TrackApplication(tracking_number=tracking_number, phone=PHONE)
    async with database.transaction() as tx:
        await tx.execute("UPDATE applications SET step = $1", step.model_dump_json())
        found = await find(tx, wanted, HOME, at=NOW)
        assert not isinstance(found, Refused)
        assert found.step == step
        await tx.execute("UPDATE applications SET status = 'refused'")
        found = await find(tx, wanted, HOME, at=NOW)
    assert not isinstance(found, Refused)
    assert found.step is None


async def test_many_networks_use_up_the_attempts_of_strangers_only(
    database: Database, tracking_number: str
) -> None:
    """A network that found it in the last 30 days is answered; a new one waits."""
    assert await outcome(database, tracking_number, PHONE, HOME) == "found"
    day = 24 * 29
    for n in range(MOST_OF_STRANGERS):
        address = f"198.51.{n}.1"
        assert await outcome(database, tracking_number, WRONG, address, day) == "tracking_unknown"
    assert await outcome(database, tracking_number, PHONE, ELSEWHERE, day) == "tracking_too_often"
    assert await outcome(database, tracking_number, PHONE, HOME, day) == "found"


async def test_from_where_an_erased_citizen_tracked_is_deleted(
    database: Database, tracking_number: str
) -> None:
    """With what was tried at the tracking number."""
    await outcome(database, tracking_number, PHONE, HOME)
    async with database.transaction() as tx:
        deleted = await erase(tx, RAHIMA, NOW)
    assert deleted == {"tracking_phones": 1, "tracking_attempts": 2}


async def test_attempts_are_deleted_when_they_are_over(
    database: Database, tracking_number: str
) -> None:
    """Wrong ones after hours; a known network after 30 days."""
    await outcome(database, tracking_number, WRONG, ELSEWHERE)
    assert await outcome(database, tracking_number, PHONE, HOME) == "found"
    async with database.transaction() as tx:
        assert await delete_old_attempts(tx, at=NOW + timedelta(hours=3)) == 2
        assert await delete_old_attempts(tx, at=NOW + timedelta(days=29)) == 0
        assert await delete_old_attempts(tx, at=NOW + timedelta(days=31)) == 1
