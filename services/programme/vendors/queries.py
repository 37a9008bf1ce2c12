"""SQL of vendors, their people, and reports on systems."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from libs.contracts.lists import ListQuery
from libs.contracts.programme import NamedPerson
from libs.contracts.vendors import CheckedReport
from libs.database.transaction import Transaction
from services.programme.vendors.encrypted import CONTACT
from services.programme.vendors.rules import Report, Vendor


async def save_vendor(tx: Transaction, vendor: Vendor, contact: NamedPerson) -> None:
    """Store a vendor, or what is known of it now."""
    await tx.execute(
        """
        INSERT INTO vendors (vendor_id, name, contract, contract_until, contact)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (vendor_id) DO UPDATE
           SET contract = excluded.contract, contract_until = excluded.contract_until,
               contact = excluded.contact
        """,
        vendor.vendor_id,
        vendor.name,
        vendor.contract,
        vendor.contract_until,
        tx.cipher.seal(CONTACT, vendor.vendor_id, contact.model_dump_json()),
    )


async def read_vendors(tx: Transaction, query: ListQuery) -> list[Vendor]:
    """Read a page of the vendors."""
    rows = await tx.fetch(
        """
        SELECT vendor_id, name, contract, contract_until, contact
          FROM vendors
         WHERE $1::uuid IS NULL OR vendor_id > $1
         ORDER BY vendor_id
         LIMIT $2
        """,
        query.after,
        query.one_more,
    )
    return [_vendor(tx, row) for row in rows]


async def read_vendor(tx: Transaction, vendor_id: UUID) -> Vendor | None:
    """Read a vendor."""
    row = await tx.fetchrow(
        """
        SELECT vendor_id, name, contract, contract_until, contact
          FROM vendors
         WHERE vendor_id = $1
        """,
        vendor_id,
    )
    return _vendor(tx, row) if row else None


async def find_vendor_of(tx: Transaction, staff_id: UUID) -> UUID | None:
    """Read whose person an account is."""
    found: UUID | None = await tx.fetchval(
        "SELECT vendor_id FROM vendor_people WHERE staff_id = $1", staff_id
    )
    return found


async def read_names(tx: Transaction, vendor_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read the names of vendors."""
    rows = await tx.fetch(
        "SELECT vendor_id, name FROM vendors WHERE vendor_id = ANY($1)", list(vendor_ids)
    )
    return {row["vendor_id"]: row["name"] for row in rows}


async def read_bodies(tx: Transaction, vendor_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Read whose systems vendors connect."""
    rows = await tx.fetch(
        """
        SELECT vendor_id, body
          FROM vendor_bodies
         WHERE vendor_id = ANY($1)
         ORDER BY body
        """,
        list(vendor_ids),
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        found[row["vendor_id"]].append(row["body"])
    return found


async def read_people(tx: Transaction, vendor_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Read the accounts of vendors' people."""
    rows = await tx.fetch(
        """
        SELECT vendor_id, staff_id
          FROM vendor_people
         WHERE vendor_id = ANY($1)
         ORDER BY staff_id
        """,
        list(vendor_ids),
    )
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["vendor_id"]].append(row["staff_id"])
    return found


async def insert_body(tx: Transaction, vendor_id: UUID, body: str) -> None:
    """Store that a vendor connects the system of a body; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO vendor_bodies (vendor_id, body)
        VALUES ($1, $2)
            ON CONFLICT (vendor_id, body) DO NOTHING
        """,
        vendor_id,
        body,
    )


async def delete_body(tx: Transaction, vendor_id: UUID, body: str) -> None:
    """Delete that a vendor connects the system of a body."""
    await tx.execute(
        "DELETE FROM vendor_bodies WHERE vendor_id = $1 AND body = $2", vendor_id, body
    )


async def save_person(tx: Transaction, vendor_id: UUID, staff_id: UUID) -> None:
    """Store whose person an account is; it leaves the vendor of before."""
    await tx.execute(
        """
        INSERT INTO vendor_people (staff_id, vendor_id)
        VALUES ($1, $2)
            ON CONFLICT (staff_id) DO UPDATE SET vendor_id = excluded.vendor_id
        """,
        staff_id,
        vendor_id,
    )


async def delete_person(tx: Transaction, vendor_id: UUID, staff_id: UUID) -> None:
    """Delete that an account is of a vendor."""
    await tx.execute(
        "DELETE FROM vendor_people WHERE vendor_id = $1 AND staff_id = $2", vendor_id, staff_id
    )


async def insert_report(tx: Transaction, report: Report) -> bool:
    """Insert a report; whether it was not there before."""
    return bool(
        await tx.execute(
            """
            INSERT INTO check_reports (report_id, body, vendor_id, report, handed_in_at, act_id)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (report_id) DO NOTHING
            """,
            report.report_id,
            report.body,
            report.vendor_id,
            report.report.model_dump_json(),
            report.handed_in_at,
            report.act_id,
        )
    )


async def read_report(tx: Transaction, report_id: UUID) -> Report | None:
    """Read a report."""
    row = await tx.fetchrow(
        """
        SELECT report_id, vendor_id, report, handed_in_at, act_id
          FROM check_reports
         WHERE report_id = $1
        """,
        report_id,
    )
    return _report(row) if row else None


async def read_reports_of(tx: Transaction, body: str, limit: int) -> list[Report]:
    """Read the reports on the system of a body, the newest first."""
    rows = await tx.fetch(
        """
        SELECT report_id, vendor_id, report, handed_in_at, act_id
          FROM check_reports
         WHERE body = $1
         ORDER BY handed_in_at DESC, report_id
         LIMIT $2
        """,
        body,
        limit,
    )
    return [_report(row) for row in rows]


async def read_reports_by_act(tx: Transaction, act_ids: Collection[UUID]) -> list[Report]:
    """Read the reports of wishes to go live."""
    rows = await tx.fetch(
        """
        SELECT report_id, vendor_id, report, handed_in_at, act_id
          FROM check_reports
         WHERE act_id = ANY($1)
         ORDER BY handed_in_at
        """,
        list(act_ids),
    )
    return [_report(row) for row in rows]


def _vendor(tx: Transaction, row: Any) -> Vendor:
    contact, _ = tx.cipher.try_open(CONTACT, row["vendor_id"], row["contact"])
    return Vendor(
        vendor_id=row["vendor_id"],
        name=row["name"],
        contract=row["contract"],
        contract_until=row["contract_until"],
        contact=NamedPerson.model_validate_json(contact) if contact else None,
    )


def _report(row: Any) -> Report:
    return Report(**{**row, "report": CheckedReport.model_validate_json(row["report"])})
