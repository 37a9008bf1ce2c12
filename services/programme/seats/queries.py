"""SQL of seats and of who needs one, counted."""

from datetime import date

from libs.contracts.programme import Audience
from libs.database.transaction import Transaction
from services.programme.seats.rules import People, Seats


async def count_people(tx: Transaction, course: str, audience: Audience, day: date) -> list[People]:
    """Count active people of an audience by area and ministry, and who is not qualified on a day.

    The area is that of an uddokta's centre; None where the centre is not known.
    """
    rows = await tx.fetch(
        """
        SELECT centres.area, people.ministry, count(*) AS people,
               count(*) FILTER (WHERE held.holder_id IS NULL) AS needed
          FROM people
          LEFT JOIN centres USING (service_centre_id)
          LEFT JOIN (SELECT DISTINCT holder_id
                       FROM qualifications
                      WHERE course = $1 AND valid_from <= $3 AND valid_until >= $3) AS held
            ON held.holder_id = people.holder_id
         WHERE audience = $2 AND active
         GROUP BY centres.area, people.ministry
        """,
        course,
        audience,
        day,
    )
    return [People(**row) for row in rows]


async def count_seats(tx: Transaction, today: date) -> list[Seats]:
    """Count the seats of sessions from a day on by audience, course, district and ministry."""
    rows = await tx.fetch(
        """
        SELECT audience, course, district, ministry, sum(seats)::bigint AS seats,
               sum((SELECT count(*)
                      FROM training_seats AS seat
                     WHERE seat.session_id = training_sessions.session_id))::bigint AS taken
          FROM training_sessions
         WHERE day >= $1
         GROUP BY audience, course, district, ministry
        """,
        today,
    )
    return [Seats(**row) for row in rows]
