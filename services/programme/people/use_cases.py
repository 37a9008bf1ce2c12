"""Uddoktas and officers kept as they were announced."""

from collections.abc import Sequence

from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.database.transaction import Transaction
from services.programme.people import queries, rules


async def save(tx: Transaction, events: Sequence[UddoktaChanged | OfficerChanged]) -> None:
    """Keep people as they were announced; an older announcement changes nothing."""
    await queries.save_people(tx, [rules.person_of(event) for event in events])
