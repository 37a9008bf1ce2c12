"""What ministries have told of each application."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from services.ministries.domain import Case


async def open_cases(tx: Transaction, cases: Collection[Case]) -> None:
    """Make and hold the rows of these applications until the transaction ends."""
    ordered = sorted({case.application_id: case for case in cases}.items())
    await tx.execute(
        """
        INSERT INTO cases (application_id, ministry)
        SELECT * FROM unnest($1::uuid[], $2::text[])
            ON CONFLICT (application_id) DO UPDATE SET ministry = cases.ministry
        """,
        [application_id for application_id, _ in ordered],
        [case.ministry for _, case in ordered],
    )


async def lock_cases(tx: Transaction, application_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Read applications and hold their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, ministry, case_file_number, receipt_of, told
          FROM cases
         WHERE application_id = ANY($1)
         ORDER BY application_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: _case_of(row) for row in rows}


async def save_cases(tx: Transaction, cases: Sequence[Case]) -> None:
    """Keep what the ministries have told of these applications; their rows must be held."""
    if not cases:
        return
    await tx.execute(
        """
        UPDATE cases
           SET case_file_number = heard.case_file_number, receipt_of = heard.receipt_of,
               told = heard.told::uuid[]
          FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[])
               AS heard (application_id, case_file_number, receipt_of, told)
         WHERE cases.application_id = heard.application_id
        """,
        [case.application_id for case in cases],
        [case.case_file_number for case in cases],
        [case.receipt_of for case in cases],
        # As text: lists of several lengths are no array.
        [f"{{{','.join(map(str, case.told))}}}" for case in cases],
    )


def _case_of(row: Any) -> Case:
    fields = dict(row)
    return Case(told=frozenset(fields.pop("told")), **fields)
