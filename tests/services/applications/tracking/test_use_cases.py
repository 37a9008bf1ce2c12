from datetime import timedelta

import pytest

from libs.contracts.identity import ContactChanged
from libs.database.pool import Database
from libs.errors import Refused
from services.applications.tracking.erasure import erase
from services.applications.tracking.rules import MOST_ATTEMPTS, MOST_OF_STRANGERS
from services.applications.tracking.use_cases import delete_old_attempts, find, save_phones
from tests.services.applications.running import running_api
from tests.services.applications.scenes import NOW, RAHIMA

PHONE, WRONG = "+8801712345678", "+8801712345679"
HOME, ELSEWHERE = "203.0.113.7", "192.0.2.1"


@pytest.fixture
async def tracking_number(database: Database) -> str:
    """The number of an application of a citizen with a phone."""
    async with running_api(database) as api, database.transaction() as tx:
        contact = ContactChanged(citizen_id=RAHIMA, phone=PHONE, language="bn")
        await save_phones(tx, [contact])
        return str((await api.submit()).json()["tracking_number"])


async def outcome(
    database: Database, number: str, phone: str, address: str, hours: float = 0
) -> str:
    """What an attempt finds: `found`, or the problem."""
    async with database.transaction() as tx:
        found = await find(tx, number, phone, address, at=NOW + timedelta(hours=hours))
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


async def test_without_a_login_the_case_file_number_is_shown(
    database: Database, tracking_number: str
) -> None:
    """As to the owner: the ministry asks for it."""
    async with database.transaction() as tx:
        await tx.execute("UPDATE applications SET case_file_number = 'LGD-1'")
        found = await find(tx, tracking_number, PHONE, HOME, at=NOW)
    assert not isinstance(found, Refused)
    assert found.case_file_number == "LGD-1"


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
