"""Flags raised, listed and closed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import FlagKind, FlagList
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.flags import queries
from services.identity.flags.rules import Flag, Flagged


async def raise_flag(tx: Transaction, kind: FlagKind, mandate: Flagged, at: datetime) -> None:
    """Flag a mandate for a person to look at, also again after a closing; one flag of a kind."""
    flag = Flag(
        new_id(), kind, mandate.uddokta_id, mandate.service_centre_id, mandate.mandate_id, at
    )
    await queries.save_flag(tx, flag)


async def reopen(tx: Transaction, kind: FlagKind, mandate_ids: Collection[UUID]) -> int:
    """Open closed flags of a kind about some mandates again; return how many."""
    return await queries.reopen_flags(tx, kind, mandate_ids)


async def was_raised(tx: Transaction, kind: FlagKind, uddokta_id: UUID, since: datetime) -> bool:
    """Return whether a flag of a kind was raised about an uddokta since a time."""
    return await queries.was_raised(tx, kind, uddokta_id, since)


async def find_flagged(tx: Transaction, kind: FlagKind, since: datetime) -> set[UUID]:
    """Return the mandates about which a flag of a kind was raised since a time."""
    return await queries.find_flagged(tx, kind, since)


async def count_open(tx: Transaction) -> dict[str, int]:
    """Count the open flags, by centre."""
    return await queries.count_open(tx)


async def list_open(tx: Transaction, query: ListQuery) -> FlagList:
    """Return the open flags, the oldest first."""
    found = await queries.read_open_flags(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda flag: flag.flag_id)
    return FlagList(items=[flag.view() for flag in page], next=following)


async def close(tx: Transaction, flag_id: UUID, outcome: str, by: UUID, at: datetime) -> Flag:
    """Close a flag with a finding.

    Raises:
        Refused: there is no such open flag.
    """
    flag = await queries.close_flag(tx, flag_id, outcome, by, at)
    if flag is None:
        raise Refused("not_found")
    await record_action(
        tx, actor=f"staff:{by}", action=f"close flag: {flag.kind}", subject=str(flag_id)
    )
    return flag
