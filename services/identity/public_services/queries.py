"""SQL of the copied public services."""

from collections.abc import Sequence
from typing import NamedTuple

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.database.transaction import Transaction


class PublicService(NamedTuple):
    """A public service; the fee is None where it depends on the case."""

    public_service_id: str
    name: Text
    fee_bdt: int | None
    open: bool


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save the newest public services, where they are newer than the rows."""
    await tx.execute(
        """
        INSERT INTO public_services (
               public_service_id, name_bn, name_en, fee_bdt, open, changed_at)
        SELECT DISTINCT ON (public_service_id) *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[],
                      $6::timestamptz[])
               AS saved (public_service_id, name_bn, name_en, fee_bdt, open, changed_at)
         ORDER BY public_service_id, changed_at DESC
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en,
                   fee_bdt = excluded.fee_bdt, open = excluded.open,
                   changed_at = excluded.changed_at
             WHERE public_services.changed_at < excluded.changed_at
        """,
        [change.public_service_id for change in changes],
        [change.name.bn for change in changes],
        [change.name.en for change in changes],
        [change.fee_bdt for change in changes],
        [change.open for change in changes],
        [change.occurred_at for change in changes],
    )


async def read_public_services(tx: Transaction) -> list[PublicService]:
    """Read all public services, by id."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, name_bn, name_en, fee_bdt, open
          FROM public_services
         ORDER BY public_service_id
        """
    )
    return [
        PublicService(
            row["public_service_id"],
            Text(bn=row["name_bn"], en=row["name_en"]),
            row["fee_bdt"],
            row["open"],
        )
        for row in rows
    ]
