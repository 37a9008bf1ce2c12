"""SQL of the names of public services."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save names, the newest of each public service, where it is newer than its row."""
    await tx.execute(
        """
        INSERT INTO public_services (public_service_id, name_bn, name_en, changed_at)
        SELECT DISTINCT ON (public_service_id) *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
               AS saved (public_service_id, name_bn, name_en, changed_at)
         ORDER BY public_service_id, changed_at DESC
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en,
                   changed_at = excluded.changed_at
             WHERE public_services.changed_at < excluded.changed_at
        """,
        [change.public_service_id for change in changes],
        [change.name.bn for change in changes],
        [change.name.en for change in changes],
        [change.occurred_at for change in changes],
    )
