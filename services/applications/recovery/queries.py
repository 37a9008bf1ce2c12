"""SQL that finds which applications and events the database lost."""

from collections.abc import Collection, Mapping
from uuid import UUID

from libs.database.transaction import Transaction


async def find_lost(tx: Transaction, applications: Mapping[UUID, UUID]) -> set[UUID]:
    """Return the events that no timeline has.

    Args:
        tx: the transaction.
        applications: of each event.
    """
    rows = await tx.fetch(
        """
        SELECT event_id
          FROM unnest($1::uuid[], $2::uuid[]) AS announced (event_id, application_id)
         WHERE NOT EXISTS (SELECT
                             FROM timeline
                            WHERE timeline.application_id = announced.application_id
                              AND timeline.event_id = announced.event_id)
        """,
        list(applications),
        list(applications.values()),
    )
    return {row["event_id"] for row in rows}


async def find_unknown(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return the applications, out of these, that the database does not have."""
    rows = await tx.fetch(
        "SELECT application_id FROM applications WHERE application_id = ANY($1::uuid[])",
        list(application_ids),
    )
    return set(application_ids) - {row["application_id"] for row in rows}
