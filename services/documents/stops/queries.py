"""SQL of mandates, uddoktas and centres that are stopped, and of followed up applications."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.locker.rules import Helper
from services.documents.stops.rules import FollowedUp, Stop


async def save_stops(tx: Transaction, stops: Sequence[Stop]) -> None:
    """Save the newest states, in any order of arrival."""
    await tx.execute(
        """
        INSERT INTO stops (subject_id, problem, changed_at)
        SELECT DISTINCT ON (subject_id) *
          FROM unnest($1::text[], $2::text[], $3::timestamptz[])
               AS saved (subject_id, problem, changed_at)
         ORDER BY subject_id, changed_at DESC
            ON CONFLICT (subject_id) DO UPDATE
               SET problem = excluded.problem, changed_at = excluded.changed_at
             WHERE stops.changed_at < excluded.changed_at
        """,
        [stop.subject_id for stop in stops],
        [stop.problem for stop in stops],
        [stop.changed_at for stop in stops],
    )


async def find_problems(tx: Transaction, subject_ids: Collection[str]) -> list[str]:
    """Return the reasons why some of these are stopped."""
    rows = await tx.fetch(
        """
        SELECT problem FROM stops
         WHERE subject_id = ANY($1::text[]) AND problem IS NOT NULL
         ORDER BY problem
        """,
        list(subject_ids),
    )
    return [row["problem"] for row in rows]


async def insert_followed_up(tx: Transaction, applications: Sequence[FollowedUp]) -> None:
    """Note applications that uddoktas sent; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO followed_up (application_id, tracking_number, citizen_id, mandate_id,
                                 uddokta_id, service_centre_id, public_service_id)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
                             $7::text[])
            ON CONFLICT DO NOTHING
        """,
        [application.application_id for application in applications],
        [application.tracking_number for application in applications],
        [application.citizen_id for application in applications],
        [application.helper.mandate_id for application in applications],
        [application.helper.uddokta_id for application in applications],
        [application.helper.service_centre_id for application in applications],
        [application.helper.public_service_id for application in applications],
    )


async def save_last_days(tx: Transaction, last_days: Mapping[UUID, date | None]) -> None:
    """Store until when refused applications are followed up; None for those that go on."""
    await tx.execute(
        """
        UPDATE followed_up
           SET last_day = given.last_day
          FROM unnest($1::uuid[], $2::date[]) AS given (application_id, last_day)
         WHERE followed_up.application_id = given.application_id
        """,
        list(last_days),
        list(last_days.values()),
    )


async def delete_over(tx: Transaction, today: date, limit: int) -> int:
    """Delete how refused applications were sent whose last day is over; return how many."""
    return await tx.execute(
        """
        DELETE FROM followed_up WHERE application_id = ANY(ARRAY(
            SELECT application_id FROM followed_up WHERE last_day < $1
             ORDER BY last_day LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        today,
        limit,
    )


async def find_followed_up(
    tx: Transaction, uddokta_id: UUID, tracking_number: str, today: date
) -> tuple[UUID, Helper, bool] | None:
    """Return whose open application an uddokta sent, or refused one in its days, and which."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, mandate_id, service_centre_id, public_service_id, last_day
          FROM followed_up
         WHERE tracking_number = $1 AND uddokta_id = $2
           AND (last_day IS NULL OR last_day >= $3)
        """,
        tracking_number,
        uddokta_id,
        today,
    )
    if row is None:
        return None
    citizen_id, mandate_id, service_centre_id, public_service_id, last_day = row
    helper = Helper(mandate_id, uddokta_id, service_centre_id, public_service_id)
    return citizen_id, helper, last_day is not None


async def delete_followed_up(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Delete how applications were sent; they have ended."""
    await tx.execute(
        "DELETE FROM followed_up WHERE application_id = ANY($1)", list(application_ids)
    )


async def delete_followed_up_of(tx: Transaction, citizen_id: UUID) -> int:
    """Forget how applications of a citizen were sent; return how many."""
    return await tx.execute("DELETE FROM followed_up WHERE citizen_id = $1", citizen_id)
