from dataclasses import replace
from datetime import UTC, datetime

import pytest

from libs.contracts.identity import ContactChanged, UpdateProfile
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.trace_context import TraceContext
from services.identity.citizens import use_cases
from services.identity.citizens.rules import Citizen
from tests.services.identity.running import PHONE, announced

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
RAHIMA = Citizen(new_id(), PHONE, "bn")


async def test_a_citizen_is_registered_once(database: Database) -> None:
    """A known phone is not registered or announced again, even with another id."""
    other = Citizen(new_id(), PHONE, "en")
    async with database.transaction() as tx:
        await use_cases.register_citizens(tx, [(RAHIMA, None)], NOW)
        await use_cases.register_citizens(tx, [(RAHIMA, None), (other, None)], NOW)
        assert await use_cases.read_citizen(tx, RAHIMA.citizen_id) == RAHIMA
    (event,) = await announced(database)
    assert isinstance(event, ContactChanged)
    assert event.citizen_id == RAHIMA.citizen_id


async def test_a_registration_is_announced_in_the_trace_of_its_request(tx: Transaction) -> None:
    """The event has the trace of its login, although logins share a transaction."""
    trace = TraceContext(f"00-{'a' * 32}-{'b' * 16}-00")
    await use_cases.register_citizens(tx, [(RAHIMA, trace)], NOW)
    assert trace.trace_id.encode() in await tx.fetchval("SELECT headers FROM outbox")


async def test_a_changed_profile_is_stored(database: Database) -> None:
    """Language and numbers are stored; only a changed language is announced."""
    with_nid, english = UpdateProfile(nid="1234567890"), UpdateProfile(language="en")
    async with database.transaction() as tx:
        await use_cases.register_citizens(tx, [(RAHIMA, None)], NOW)
        for change in (with_nid, english, english):
            await use_cases.change_profile(tx, RAHIMA.citizen_id, change)
        stored = await use_cases.read_citizen(tx, RAHIMA.citizen_id)
    assert stored == replace(RAHIMA, language="en", nid="1234567890")
    events = [event for event in await announced(database) if isinstance(event, ContactChanged)]
    assert [event.language for event in events] == ["bn", "en"]


async def test_an_unknown_citizen_is_refused(tx: Transaction) -> None:
    """Reading or changing the profile of an unknown id is refused."""
    with pytest.raises(Refused, match="not_found"):
        await use_cases.read_citizen(tx, new_id())
    with pytest.raises(Refused, match="not_found"):
        await use_cases.change_profile(tx, new_id(), UpdateProfile(language="en"))
