"""SQL of offices."""

from collections.abc import Collection
from typing import Any

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.identity.offices.rules import Office


async def save_office(tx: Transaction, office: Office) -> None:
    """Insert an office, or store its changes."""
    await tx.execute(
        """
        INSERT INTO offices (office_id, name_bn, name_en, kind, ministry, area, state, population,
                             population_source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (office_id) DO UPDATE
           SET name_bn = excluded.name_bn, name_en = excluded.name_en, kind = excluded.kind,
               ministry = excluded.ministry, area = excluded.area, state = excluded.state,
               population = excluded.population, population_source = excluded.population_source
        """,
        office.office_id,
        office.name.bn,
        office.name.en,
        office.kind,
        office.ministry,
        office.area,
        office.state,
        office.population,
        office.population_source,
    )


async def lock_office(tx: Transaction, office_id: str) -> Office | None:
    """Read an office, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT office_id, name_bn, name_en, kind, ministry, area, state, population,
               population_source
          FROM offices
         WHERE office_id = $1
           FOR UPDATE
        """,
        office_id,
    )
    return _office(row) if row else None


async def read_offices(
    tx: Transaction, *, pattern: str | None, after: str | None, limit: int | None
) -> list[Office]:
    """Read offices by id: those behind `after` with a pattern in id or name."""
    rows = await tx.fetch(
        """
        SELECT office_id, name_bn, name_en, kind, ministry, area, state, population,
               population_source
          FROM offices
         WHERE ($1::text IS NULL OR office_id > $1)
           AND ($3::text IS NULL OR concat_ws(' ', office_id, name_bn, name_en) ILIKE $3)
         ORDER BY office_id
         LIMIT $2
        """,
        after,
        limit,
        pattern,
    )
    return [_office(row) for row in rows]


async def read_names(tx: Transaction, office_ids: Collection[str]) -> dict[str, Text]:
    """Read the names of offices by id; those that are not there are left out."""
    rows = await tx.fetch(
        "SELECT office_id, name_bn, name_en FROM offices WHERE office_id = ANY($1::text[])",
        list(office_ids),
    )
    return {row["office_id"]: Text(bn=row["name_bn"], en=row["name_en"]) for row in rows}


def _office(row: Any) -> Office:
    values = dict(row)
    return Office(name=Text(bn=values.pop("name_bn"), en=values.pop("name_en")), **values)
