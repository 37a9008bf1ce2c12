"""Bills of fee steps, and who records and confirms their challans."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.contracts.cases import BillLine as ShownLine
from libs.contracts.cases import CaseBill
from libs.contracts.language import Text
from libs.ids import derived_id
from libs.workflows.tariffs import Bill

ACCOUNTS: Final = "accounts"
"""The duty of those who record what was paid, at the office that is responsible for the case."""
RECORD: Final = "record_challan"
CONFIRM: Final = "confirm_challan"
CHALLAN: Final = "challan"
"""Name of the paper that both hand in."""


@dataclass(frozen=True, slots=True)
class StoredBill:
    """The bill of a visit of a fee step.

    Args:
        lines: what is paid for; none where no tariff says it.
        total_poisha: what is to be paid; None if that is unknown.
        challan: its number, as one officer recorded it.
        recorded_by: this officer.
        recorded_at: when.
    """

    case_id: UUID
    visit: int
    lines: tuple[ShownLine, ...] = ()
    total_poisha: int | None = None
    challan: str | None = field(default=None, repr=False)
    recorded_by: UUID | None = None
    recorded_at: datetime | None = None

    @property
    def bill_id(self) -> UUID:
        """Its id."""
        return bill_id_of(self.case_id, self.visit)

    def shown(self) -> CaseBill:
        """Return it as officers see it."""
        return CaseBill(
            lines=list(self.lines),
            total_poisha=self.total_poisha,
            recorded_at=self.recorded_at,
        )


def bill_id_of(case_id: UUID, visit: int) -> UUID:
    """Return the id of the bill of a visit of a case."""
    return derived_id(case_id, f"bill {visit}")


def stored(case_id: UUID, visit: int, bill: Bill | None) -> StoredBill:
    """Return a bill as it is stored; None where no tariff says what the step costs."""
    if bill is None:
        return StoredBill(case_id, visit)
    lines = tuple(
        ShownLine(
            item=line.item,
            name=Text(bn=line.name.bn, en=line.name.en),
            amount_poisha=line.amount_poisha,
            vat_poisha=line.vat_poisha,
            is_sourced=line.sourced,
        )
        for line in bill.lines
    )
    return StoredBill(case_id, visit, lines, bill.total_poisha)


def actions_on(bill: StoredBill | None, officer_id: UUID) -> tuple[str, ...]:
    """Return what an officer can do with a bill; who recorded a challan does not confirm it."""
    if bill is None or bill.challan is None:
        return (RECORD,)
    return (RECORD,) if bill.recorded_by == officer_id else (CONFIRM, RECORD)
