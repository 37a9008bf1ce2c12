"""Changes of number that wait, and accounts that are given back."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.identity import ContactChanged, NoticeRequested, UpdateProfile
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import Citizen, SilencePolicy
from services.identity.phones import queries
from services.identity.phones.rules import PhoneChange
from services.identity.phones.use_cases import apply_due_changes, claim_account, read_phone
from services.identity.sessions import queries as session_queries
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import SessionPolicy, open_session
from tests.services.identity.running import PHONE, announced_in

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
NEW = "+8801812345678"
RAHIMA = Citizen(new_id(), PHONE, "bn", "1234567890")
KARIM = Citizen(new_id(), NEW, "bn")
POLICY = SilencePolicy(b"k" * 32, silent_after=timedelta(days=300), wrong_proofs=5)
SESSIONS = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)


@pytest.fixture
async def waiting(tx: Transaction) -> Transaction:
    """A change that is due now, asked for in one of two sessions."""
    await citizens.register_citizens(tx, [(RAHIMA, None)], NOW)
    opened = [
        open_session(
            new_id(), RAHIMA.citizen_id, ("citizen",), sessions.new_refresh_token(), SESSIONS, NOW
        )
        for _ in range(2)
    ]
    await sessions.add_sessions(tx, opened)
    change = PhoneChange(RAHIMA.citizen_id, NEW, opened[0].session_id, NOW, NOW)
    await queries.save_change(tx, change)
    return tx


async def test_a_change_is_made_when_it_is_due(waiting: Transaction) -> None:
    """Not a moment before; only the session that asked goes on."""
    assert await apply_due_changes(waiting, NOW - timedelta(seconds=1)) == 0
    assert await apply_due_changes(waiting, NOW) == 1
    assert await apply_due_changes(waiting, NOW) == 0
    changed = await citizens.read_citizen(waiting, RAHIMA.citizen_id)
    assert changed.phone == NEW
    assert len(await session_queries.read_sessions_of(waiting, RAHIMA.citizen_id)) == 1
    told = [
        notice_requested
        for notice_requested in await announced_in(waiting)
        if isinstance(notice_requested, NoticeRequested)
    ]
    assert [(notice_requested.notice, notice_requested.phone) for notice_requested in told] == [
        ("phone_changed", PHONE)
    ]


async def test_a_number_that_was_taken_meanwhile_is_left_alone(waiting: Transaction) -> None:
    """The change is cancelled, and the old number told."""
    await citizens.register_citizens(waiting, [(KARIM, None)], NOW)
    await apply_due_changes(waiting, NOW)
    shown = await read_phone(waiting, RAHIMA.citizen_id)
    assert shown.new_phone is None
    told = [
        notice_requested
        for notice_requested in await announced_in(waiting)
        if isinstance(notice_requested, NoticeRequested)
    ]
    assert [(notice_requested.notice, notice_requested.phone) for notice_requested in told] == [
        ("phone_change_cancelled", PHONE)
    ]


async def set_aside(tx: Transaction, *owners: Citizen) -> None:
    """Accounts whose numbers were taken away."""
    for owner in owners:
        await citizens.register_citizens(tx, [(owner, None)], NOW)
        await citizens.set_aside(tx, owner, POLICY, NOW)


async def store_nid(tx: Transaction) -> None:
    """The profile of the first account has a NID."""
    change = UpdateProfile(nid="1234567890")
    await citizens.change_profile(tx, RAHIMA.citizen_id, change)


async def claim(tx: Transaction, phone: str, number: str | None = None) -> object:
    """Give the account that was set aside from PHONE back, at a number."""
    return await claim_account(
        tx, PHONE, phone, number, POLICY, NOW, by="rahim", proof="national identity card"
    )


async def test_an_owner_gets_the_account_back(tx: Transaction) -> None:
    """At the number of today; the account that began there is set aside."""
    await set_aside(tx, RAHIMA)
    await citizens.register_citizens(tx, [(KARIM, None)], NOW)
    assert await claim(tx, NEW) == RAHIMA.citizen_id
    assert await citizens.find_by_phone(tx, NEW) == RAHIMA.citizen_id
    assert (await citizens.read_citizen(tx, KARIM.citizen_id)).phone is None
    contacts = [
        contact_changed
        for contact_changed in await announced_in(tx)
        if isinstance(contact_changed, ContactChanged)
    ]
    assert (contacts[-1].citizen_id, contacts[-1].phone) == (RAHIMA.citizen_id, NEW)
    (row,) = await tx.fetch("SELECT actor, action, subject FROM audit_log")
    action = "claim account: national identity card"
    assert tuple(row) == ("rahim", action, str(RAHIMA.citizen_id))


async def test_of_several_accounts_the_number_of_the_profile_decides(tx: Transaction) -> None:
    """One number was several people's over the years."""
    await set_aside(tx, RAHIMA, Citizen(new_id(), PHONE, "bn"))
    await store_nid(tx)
    for number in (None, "9999999999"):
        with pytest.raises(Refused, match="account_not_set_aside"):
            await claim(tx, NEW, number)
    assert await claim(tx, NEW, "1234567890") == RAHIMA.citizen_id


async def test_a_number_is_stored_as_a_keyed_hash_only(tx: Transaction) -> None:
    """An account that was set aside has no number that could be read."""
    await set_aside(tx, RAHIMA)
    (row,) = await tx.fetch("SELECT citizens::text AS line FROM citizens")
    assert PHONE not in row["line"]


@pytest.mark.parametrize("place", ["phone_changes.phone", "citizens.phone"])
async def test_a_damaged_row_holds_up_no_other_change(waiting: Transaction, place: str) -> None:
    """It is looked at again the next day, and nothing of it is lost."""
    await citizens.register_citizens(waiting, [(KARIM, None)], NOW)
    other = PhoneChange(KARIM.citizen_id, "+8801912345678", new_id(), NOW, NOW)
    await queries.save_change(waiting, other)
    table, column = place.split(".")
    await waiting.execute(
        f"UPDATE {table} SET {column} = left({column}, 60) WHERE citizen_id = $1",  # noqa: S608
        RAHIMA.citizen_id,
    )
    assert await apply_due_changes(waiting, NOW) == 2
    changed = await citizens.read_citizen(waiting, KARIM.citizen_id)
    assert changed.phone == other.phone
    due_at = await waiting.fetchval("SELECT due_at FROM phone_changes")
    assert due_at == NOW + timedelta(days=1)
