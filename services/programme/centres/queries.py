"""SQL of service centres."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from libs.contracts.language import Text
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.programme.centres.rules import Centre


class CentreRow(NamedTuple):
    """A centre as it is stored."""

    service_centre_id: str
    name_bn: str
    name_en: str
    area: str
    union_id: str | None
    ward: int | None
    state: str
    changed_at: datetime


async def save_centres(tx: Transaction, centres: Sequence[Centre]) -> None:
    """Store centres; what was announced later stays."""
    await tx.execute(
        """
        INSERT INTO centres (service_centre_id, name_bn, name_en, area, union_id, ward, state,
                             changed_at)
        SELECT DISTINCT ON (service_centre_id) *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                      $7::text[], $8::timestamptz[])
               AS saved (service_centre_id, name_bn, name_en, area, union_id, ward, state,
                         changed_at)
         ORDER BY service_centre_id, changed_at DESC
            ON CONFLICT (service_centre_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en, area = excluded.area,
                   union_id = excluded.union_id, ward = excluded.ward, state = excluded.state,
                   changed_at = excluded.changed_at
             WHERE centres.changed_at < excluded.changed_at
        """,
        *columns(
            CentreRow,
            [
                CentreRow(
                    service_centre_id=centre.service_centre_id,
                    name_bn=centre.name.bn,
                    name_en=centre.name.en,
                    area=centre.area,
                    union_id=centre.union_id,
                    ward=centre.ward,
                    state=centre.state,
                    changed_at=centre.changed_at,
                )
                for centre in centres
            ],
        ),
    )


async def read_centres(tx: Transaction, areas: Collection[str]) -> list[Centre]:
    """Read the centres of upazilas and city corporations, by id."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, name_bn, name_en, area, union_id, ward, state, changed_at
          FROM centres
         WHERE area = ANY($1::text[])
         ORDER BY service_centre_id
        """,
        list(areas),
    )
    return [
        Centre(
            service_centre_id=row["service_centre_id"],
            name=Text(bn=row["name_bn"], en=row["name_en"]),
            area=row["area"],
            union_id=row["union_id"],
            ward=row["ward"],
            state=row["state"],
            changed_at=row["changed_at"],
        )
        for row in rows
    ]


async def read_area(tx: Transaction, service_centre_id: str) -> str | None:
    """Read the upazila or city corporation of a centre; None if there is no such centre."""
    area: str | None = await tx.fetchval(
        "SELECT area FROM centres WHERE service_centre_id = $1", service_centre_id
    )
    return area
