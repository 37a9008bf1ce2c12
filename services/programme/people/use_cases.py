"""Uddoktas and officers kept as they were announced."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.database.transaction import Transaction
from services.programme.people import queries, rules
from services.programme.people.rules import Office


async def save(tx: Transaction, events: Sequence[UddoktaChanged | OfficerChanged]) -> None:
    """Keep people as they were announced; an older announcement changes nothing."""
    await queries.save_people(tx, [rules.person_of(event) for event in events])


async def offices_of(tx: Transaction, areas: Collection[str]) -> list[Office]:
    """Return the offices of areas where officers work, by id."""
    return await queries.read_offices(tx, areas)


async def offices_with_duty(tx: Transaction, office_ids: Collection[str], duty: str) -> set[str]:
    """Return at which offices an active officer has a duty."""
    return await queries.read_with_duty(tx, office_ids, duty)


async def find_office(tx: Transaction, office_id: str) -> Office | None:
    """Return an office; None if no officer works there."""
    return await queries.find_office(tx, office_id)


async def active_among(tx: Transaction, holder_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these people work now."""
    return await queries.read_active(tx, holder_ids)
