"""What ministries have told of each application, and of which events everybody knows."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.contracts.events import Event
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
        SELECT application_id, ministry, case_file_number, receipt_of
          FROM cases
         WHERE application_id = ANY($1)
         ORDER BY application_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: Case(**row) for row in rows}


async def save_cases(tx: Transaction, cases: Sequence[Case]) -> None:
    """Keep what the ministries have told of these applications; their rows must be held."""
    await tx.execute(
        """
        UPDATE cases
           SET case_file_number = heard.case_file_number, receipt_of = heard.receipt_of
          FROM unnest($1::uuid[], $2::text[], $3::uuid[])
               AS heard (application_id, case_file_number, receipt_of)
         WHERE cases.application_id = heard.application_id
        """,
        [case.application_id for case in cases],
        [case.case_file_number for case in cases],
        [case.receipt_of for case in cases],
    )


async def remember_told(tx: Transaction, events: Sequence[Event]) -> list[Event]:
    """Note that these events are told, and return those that had not been told before."""
    rows = await tx.fetch(
        """
        INSERT INTO told_events (event_id)
        SELECT DISTINCT event_id FROM unnest($1::uuid[]) AS event_id ORDER BY event_id
            ON CONFLICT DO NOTHING
        RETURNING event_id
        """,
        [event.event_id for event in events],
    )
    fresh = {row["event_id"] for row in rows}
    once = {event.event_id: event for event in events if event.event_id in fresh}
    return list(once.values())
