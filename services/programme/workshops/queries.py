"""SQL of workshops and their bodies."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from libs.contracts.lists import ListQuery
from libs.contracts.workshops import BodyOfWorkshop, NeverCame
from libs.database.transaction import Transaction
from services.programme.workshops.rules import Workshop, name_of


async def insert_workshop(tx: Transaction, workshop: Workshop) -> UUID:
    """Insert a workshop, and return its id; the same one again has the id of the first."""
    await tx.execute(
        """
        INSERT INTO workshops (workshop_id, topic, day, place)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (day, place, topic) DO NOTHING
        """,
        workshop.workshop_id,
        workshop.topic,
        workshop.day,
        workshop.place,
    )
    found: UUID = await tx.fetchval(
        "SELECT workshop_id FROM workshops WHERE day = $1 AND place = $2 AND topic = $3",
        workshop.day,
        workshop.place,
        workshop.topic,
    )
    return found


async def insert_invited(tx: Transaction, workshop_id: UUID, bodies: Collection[str]) -> None:
    """Invite bodies to a workshop; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO workshop_bodies (workshop_id, body, is_invited)
        SELECT $1, body, true
          FROM unnest($2::text[]) AS given (body)
            ON CONFLICT (workshop_id, body) DO NOTHING
        """,
        workshop_id,
        list(bodies),
    )


async def lock_workshop(tx: Transaction, workshop_id: UUID) -> Workshop | None:
    """Lock a workshop until the transaction ends, and read it."""
    await tx.execute("SELECT FROM workshops WHERE workshop_id = $1 FOR UPDATE", workshop_id)
    return await read_workshop(tx, workshop_id)


async def read_workshop(tx: Transaction, workshop_id: UUID) -> Workshop | None:
    """Read a workshop."""
    row = await tx.fetchrow(
        """
        SELECT workshop_id, topic, day, place, minutes, recorded_at,
               (SELECT count(*) FILTER (WHERE is_invited)
                  FROM workshop_bodies AS body
                 WHERE body.workshop_id = workshops.workshop_id) AS invited,
               (SELECT count(*) FILTER (WHERE attended)
                  FROM workshop_bodies AS body
                 WHERE body.workshop_id = workshops.workshop_id) AS attended
          FROM workshops
         WHERE workshop_id = $1
        """,
        workshop_id,
    )
    return Workshop(**row) if row else None


async def read_workshops(tx: Transaction, body: str | None, query: ListQuery) -> list[Workshop]:
    """Read a page of the workshops, perhaps of those of one body, the latest set first."""
    rows = await tx.fetch(
        """
        SELECT workshop_id, topic, day, place, minutes, recorded_at,
               (SELECT count(*) FILTER (WHERE is_invited)
                  FROM workshop_bodies AS body
                 WHERE body.workshop_id = workshops.workshop_id) AS invited,
               (SELECT count(*) FILTER (WHERE attended)
                  FROM workshop_bodies AS body
                 WHERE body.workshop_id = workshops.workshop_id) AS attended
          FROM workshops
         WHERE ($1::uuid IS NULL OR workshop_id < $1)
           AND ($2::text IS NULL
                OR EXISTS (SELECT
                             FROM workshop_bodies AS own
                            WHERE own.workshop_id = workshops.workshop_id AND own.body = $2))
         ORDER BY workshop_id DESC
         LIMIT $3
        """,
        query.after,
        body,
        query.one_more,
    )
    return [Workshop(**row) for row in rows]


async def read_ahead(tx: Transaction, today: date) -> list[tuple[Workshop, str]]:
    """Read the workshops that are not over, each with each body that is invited."""
    rows = await tx.fetch(
        """
        SELECT workshop_id, topic, day, place, body
          FROM workshops
          JOIN workshop_bodies USING (workshop_id)
         WHERE day >= $1 AND is_invited
        """,
        today,
    )
    return [
        (Workshop(row["workshop_id"], row["topic"], row["day"], row["place"]), row["body"])
        for row in rows
    ]


async def read_bodies(tx: Transaction, workshop_id: UUID) -> list[BodyOfWorkshop]:
    """Read the bodies of a workshop."""
    rows = await tx.fetch(
        """
        SELECT body, is_invited, attended
          FROM workshop_bodies
         WHERE workshop_id = $1
         ORDER BY body
        """,
        workshop_id,
    )
    return [BodyOfWorkshop(**row, name=name_of(row["body"])) for row in rows]


async def save_attendance(
    tx: Transaction, workshop_id: UUID, bodies: Collection[str], at: datetime
) -> None:
    """Store which bodies came; the others did not."""
    await tx.execute(
        """
        UPDATE workshop_bodies
           SET attended = (body = ANY($2))
         WHERE workshop_id = $1
        """,
        workshop_id,
        list(bodies),
    )
    await tx.execute(
        """
        INSERT INTO workshop_bodies (workshop_id, body, is_invited, attended)
        SELECT $1, body, false, true
          FROM unnest($2::text[]) AS given (body)
            ON CONFLICT (workshop_id, body) DO NOTHING
        """,
        workshop_id,
        list(bodies),
    )
    await tx.execute(
        "UPDATE workshops SET recorded_at = $2 WHERE workshop_id = $1", workshop_id, at
    )


async def save_minutes(tx: Transaction, workshop_id: UUID, minutes: str) -> None:
    """Store the minutes in place of those of before."""
    await tx.execute(
        "UPDATE workshops SET minutes = $2 WHERE workshop_id = $1", workshop_id, minutes
    )


async def read_never_came(tx: Transaction, today: date) -> list[NeverCame]:
    """Read the bodies that were invited to workshops of before a day, and came to none at all.

    Of a workshop without a record nobody knows who came, so it does not count.
    """
    rows = await tx.fetch(
        """
        SELECT body, count(*) AS invited, max(day) AS last_on
          FROM workshop_bodies
          JOIN workshops USING (workshop_id)
         WHERE is_invited AND day <= $1 AND recorded_at IS NOT NULL
           AND NOT EXISTS (SELECT
                             FROM workshop_bodies AS came
                            WHERE came.body = workshop_bodies.body AND came.attended)
         GROUP BY body
         ORDER BY count(*) DESC, body
        """,
        today,
    )
    return [NeverCame(**row, name=name_of(row["body"])) for row in rows]
