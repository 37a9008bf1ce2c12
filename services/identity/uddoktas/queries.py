"""SQL of uddoktas."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.identity.uddoktas.rules import Uddokta


async def insert_uddokta(tx: Transaction, uddokta: Uddokta, phone: str) -> None:
    """Insert an uddokta with the keyed hash of the phone."""
    await tx.execute(
        """
        INSERT INTO uddoktas (
               uddokta_id, username, first_name_bn, first_name_en, service_centre_id, position,
               licence_number, licence_from, licence_until, certificate_number, certificate_until,
               phone_index, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        uddokta.uddokta_id,
        uddokta.username,
        uddokta.first_name.bn,
        uddokta.first_name.en,
        uddokta.service_centre_id,
        uddokta.position,
        uddokta.licence_number,
        uddokta.licence_from,
        uddokta.licence_until,
        uddokta.certificate_number,
        uddokta.certificate_until,
        tx.cipher.index(phone),
        uddokta.state,
    )


async def update_uddokta(tx: Transaction, uddokta: Uddokta) -> None:
    """Store an uddokta's centre, licence, certificate and state."""
    await tx.execute(
        """
        UPDATE uddoktas
           SET service_centre_id = $2, position = $3, licence_number = $4, licence_from = $5,
               licence_until = $6, certificate_number = $7, certificate_until = $8, state = $9
         WHERE uddokta_id = $1
        """,
        uddokta.uddokta_id,
        uddokta.service_centre_id,
        uddokta.position,
        uddokta.licence_number,
        uddokta.licence_from,
        uddokta.licence_until,
        uddokta.certificate_number,
        uddokta.certificate_until,
        uddokta.state,
    )


async def requalify(
    tx: Transaction, uddokta_ids: Collection[UUID] | None, limit: int
) -> list[UUID]:
    """Store until when qualifications let uddoktas help, where it is not what is stored.

    Without a qualification that is needed, the certificate counts until the day before.

    Args:
        tx: the open transaction.
        uddokta_ids: of whom; None for all.
        limit: the most that are changed at once.

    Returns:
        Those who were changed.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT uddokta_id, qualified_until AS known,
                   coalesce(
                       (SELECT min(coalesce(held.until, least(certificate_until, needed_from - 1)))
                          FROM needed_courses
                          LEFT JOIN qualifications AS held
                            ON held.course = needed_courses.course AND held.holder_id = uddokta_id
                         WHERE audience = 'uddokta'),
                       (SELECT max(until) FROM qualifications WHERE holder_id = uddokta_id)
                   ) AS until
              FROM uddoktas
             WHERE $1::uuid[] IS NULL OR uddokta_id = ANY($1)
        ), changed AS (
            SELECT uddokta_id, until
              FROM wanted
             WHERE until IS DISTINCT FROM known
             ORDER BY uddokta_id
             LIMIT $2
        )
        UPDATE uddoktas
           SET qualified_until = changed.until
          FROM changed
         WHERE uddoktas.uddokta_id = changed.uddokta_id
           AND uddoktas.qualified_until IS DISTINCT FROM changed.until
        RETURNING uddoktas.uddokta_id
        """,
        None if uddokta_ids is None else list(uddokta_ids),
        limit,
    )
    return [row["uddokta_id"] for row in rows]


async def read_uddokta(tx: Transaction, uddokta_id: UUID) -> Uddokta | None:
    """Read an uddokta, and keep the row as it is until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT uddokta_id, username, first_name_bn, first_name_en, service_centre_id, position,
               licence_number, licence_from, licence_until, certificate_number, certificate_until,
               state, qualified_until
          FROM uddoktas
         WHERE uddokta_id = $1
           FOR SHARE
        """,
        uddokta_id,
    )
    return _uddokta(row) if row else None


async def find_uddokta_id(tx: Transaction, username: str) -> UUID | None:
    """Return the id of the uddokta with a username."""
    uddokta_id: UUID | None = await tx.fetchval(
        "SELECT uddokta_id FROM uddoktas WHERE username = $1", username
    )
    return uddokta_id


async def lock_uddokta(tx: Transaction, uddokta_id: UUID) -> Uddokta | None:
    """Read an uddokta, and lock the row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT uddokta_id, username, first_name_bn, first_name_en, service_centre_id, position,
               licence_number, licence_from, licence_until, certificate_number, certificate_until,
               state, qualified_until
          FROM uddoktas
         WHERE uddokta_id = $1
           FOR UPDATE
        """,
        uddokta_id,
    )
    return _uddokta(row) if row else None


async def read_by_id(tx: Transaction, uddokta_ids: Collection[UUID]) -> list[Uddokta]:
    """Read uddoktas by their ids."""
    rows = await tx.fetch(
        """
        SELECT uddokta_id, username, first_name_bn, first_name_en, service_centre_id, position,
               licence_number, licence_from, licence_until, certificate_number, certificate_until,
               state, qualified_until
          FROM uddoktas
         WHERE uddokta_id = ANY($1::uuid[])
        """,
        list(uddokta_ids),
    )
    return [_uddokta(row) for row in rows]


async def read_uddoktas(
    tx: Transaction, *, pattern: str | None, centre: str | None, after: str | None, limit: int
) -> list[Uddokta]:
    """Read uddoktas by username: those after a username with a pattern in names or numbers."""
    rows = await tx.fetch(
        """
        SELECT uddokta_id, username, first_name_bn, first_name_en, service_centre_id, position,
               licence_number, licence_from, licence_until, certificate_number, certificate_until,
               state, qualified_until
          FROM uddoktas
         WHERE username > coalesce($1, '')
           AND ($2::text IS NULL
                OR concat_ws(' ', username, first_name_bn, first_name_en, licence_number,
                             certificate_number) ILIKE $2)
           AND ($3::text IS NULL OR service_centre_id = $3)
         ORDER BY username
         LIMIT $4
        """,
        after,
        pattern,
        centre,
        limit,
    )
    return [_uddokta(row) for row in rows]


async def count_active(tx: Transaction, service_centre_ids: Collection[str]) -> dict[str, int]:
    """Count the active uddoktas of centres, by centre."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, count(*) AS active
          FROM uddoktas
         WHERE service_centre_id = ANY($1::text[]) AND state = 'active'
         GROUP BY service_centre_id
        """,
        list(service_centre_ids),
    )
    return {row["service_centre_id"]: row["active"] for row in rows}


async def is_phone_of_uddokta(tx: Transaction, phone: str) -> bool:
    """Return whether a number belongs to an uddokta."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM uddoktas WHERE phone_index = $1)", tx.cipher.index(phone)
    )
    return found


async def find_phone_index(tx: Transaction, uddokta_id: UUID) -> bytes | None:
    """Return the keyed hash of an uddokta's own number."""
    phone_index: bytes | None = await tx.fetchval(
        "SELECT phone_index FROM uddoktas WHERE uddokta_id = $1", uddokta_id
    )
    return phone_index


def _uddokta(row: Any) -> Uddokta:
    values = dict(row)
    first_name = Text(bn=values.pop("first_name_bn"), en=values.pop("first_name_en"))
    return Uddokta(first_name=first_name, **values)
