"""SQL of bills."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from libs.contracts.cases import BillLine
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.cases.fees.encrypted import CHALLAN
from services.cases.fees.rules import StoredBill, bill_id_of

_LINES = TypeAdapter(tuple[BillLine, ...])


class BillRow(NamedTuple):
    """A new bill."""

    case_id: UUID
    bill_id: UUID
    visit: int
    lines: str
    total_poisha: int | None


async def insert_bills(tx: Transaction, bills: Sequence[StoredBill]) -> None:
    """Insert bills; one that is there stays as it is."""
    await tx.execute(
        """
        INSERT INTO bills (case_id, bill_id, visit, lines, total_poisha)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[])
            AS new (case_id, bill_id, visit, lines, total_poisha)
            ON CONFLICT (case_id, bill_id) DO NOTHING
        """,
        *columns(BillRow, [_row(bill) for bill in bills]),
    )


def _row(bill: StoredBill) -> BillRow:
    return BillRow(
        case_id=bill.case_id,
        bill_id=bill.bill_id,
        visit=bill.visit,
        lines=_LINES.dump_json(bill.lines).decode(),
        total_poisha=bill.total_poisha,
    )


async def lock_bill(tx: Transaction, case_id: UUID, ministry: str, visit: int) -> StoredBill | None:
    """Read the bill of a visit of a ministry's case; its row is locked."""
    bill_id = bill_id_of(case_id, visit)
    row = await tx.fetchrow(
        """
        SELECT case_id, visit, lines, total_poisha, challan, recorded_by, recorded_at
          FROM bills
         WHERE case_id = $1 AND bill_id = $2
           FOR UPDATE
        """,
        case_id,
        bill_id,
    )
    if row is None:
        return None
    values = dict(row)
    sealed = values.pop("challan")
    challan = tx.cipher.open(CHALLAN, bill_id, sealed, owner=ministry)
    lines = _LINES.validate_json(values.pop("lines"))
    return StoredBill(lines=lines, challan=challan, **values)


async def record_challan(
    tx: Transaction,
    bill: StoredBill,
    ministry: str,
    challan: str,
    officer_id: UUID,
    at: datetime,
) -> None:
    """Store the challan of a bill of a ministry; it replaces one that nobody has confirmed."""
    await tx.execute(
        """
        UPDATE bills SET challan = $3, recorded_by = $4, recorded_at = $5
         WHERE case_id = $1 AND bill_id = $2 AND confirmed_by IS NULL
        """,
        bill.case_id,
        bill.bill_id,
        tx.cipher.seal(CHALLAN, bill.bill_id, challan, owner=ministry),
        officer_id,
        at,
    )


async def confirm_challan(
    tx: Transaction, bill: StoredBill, officer_id: UUID, at: datetime
) -> None:
    """Note who confirmed the challan of a bill."""
    await tx.execute(
        """
        UPDATE bills SET confirmed_by = $3, confirmed_at = $4
         WHERE case_id = $1 AND bill_id = $2
        """,
        bill.case_id,
        bill.bill_id,
        officer_id,
        at,
    )


async def delete_bills(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete the bills of cases; return how many."""
    return await tx.execute("DELETE FROM bills WHERE case_id = ANY($1::uuid[])", list(case_ids))
