"""Stores bills, and settles them by two officers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.cases.fees import queries
from services.cases.fees.rules import StoredBill


async def save_bills(tx: Transaction, bills: Sequence[StoredBill]) -> None:
    """Store bills of visits that have begun; one that is there stays as it is."""
    if bills:
        await queries.insert_bills(tx, bills)


async def read_bill(tx: Transaction, case_id: UUID, ministry: str, visit: int) -> StoredBill | None:
    """Read the bill of a visit of a ministry's case; None if the visit has none."""
    return await queries.lock_bill(tx, case_id, ministry, visit)


async def record_challan(
    tx: Transaction,
    bill: StoredBill,
    ministry: str,
    challan: str,
    officer_id: UUID,
    at: datetime,
) -> None:
    """Store the number of a challan; a second officer confirms it."""
    await queries.record_challan(tx, bill, ministry, challan, officer_id, at)


async def confirm_challan(
    tx: Transaction, bill: StoredBill, challan: str, officer_id: UUID, at: datetime
) -> None:
    """Confirm the challan that another officer recorded.

    Raises:
        Refused: nobody has recorded one, the same officer did, or it has another number.
    """
    if bill.challan is None:
        raise Refused("action_unknown", "no challan is recorded")
    if bill.recorded_by == officer_id:
        raise Refused("second_person_needed")
    if bill.challan.split() != challan.split():
        raise Refused("challan_differs", pointer="/papers/challan")
    await queries.confirm_challan(tx, bill, officer_id, at)


async def forget_bills(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete the bills of cases; return how many."""
    return await queries.delete_bills(tx, case_ids)
