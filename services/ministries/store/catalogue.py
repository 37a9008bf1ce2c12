"""Our copy of what the catalogue offers."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Keep each public service as it stands by the newest of these changes."""
    newest = {change.public_service_id: change for change in changes}
    ordered = [change for _, change in sorted(newest.items())]
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
        [change.public_service_id for change in ordered],
        [change.ministry for change in ordered],
        [change.name.bn for change in ordered],
        [change.name.en for change in ordered],
        [change.occurred_at for change in ordered],
    )
