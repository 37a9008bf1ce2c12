"""SQL of the local copy of the catalogue."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save public services, one change for each, where the change is not older than the row."""
    await tx.execute(
        """
        INSERT INTO public_services (public_service_id, ministry, name_bn, name_en, changed_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
            ON CONFLICT (public_service_id) DO UPDATE
           SET ministry = excluded.ministry,
               name_bn = excluded.name_bn,
               name_en = excluded.name_en,
               changed_at = excluded.changed_at
         WHERE public_services.changed_at <= excluded.changed_at
        """,
        [change.public_service_id for change in changes],
        [change.ministry for change in changes],
        [change.name.bn for change in changes],
        [change.name.en for change in changes],
        [change.occurred_at for change in changes],
    )
