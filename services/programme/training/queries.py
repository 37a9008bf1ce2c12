"""SQL of training: sessions, seats, tests and qualifications."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from libs.contracts.training import SeatView
from libs.database.transaction import Transaction
from services.programme.training.encrypted import MAIL
from services.programme.training.rules import Qualification, Session, Test


async def insert_session(tx: Transaction, session: Session, by: str, at: datetime) -> None:
    """Insert a session; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO training_sessions (
               session_id, course, version, audience, day, place, district, ministry, trainer_id,
               seats, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (session_id) DO NOTHING
        """,
        session.session_id,
        session.course,
        session.version,
        session.audience,
        session.day,
        session.place,
        session.district,
        session.ministry,
        session.trainer_id,
        session.seats,
        by,
        at,
    )


async def read_sessions(
    tx: Transaction, since: date, district: str | None, limit: int
) -> list[Session]:
    """Read the sessions from a day on, in order, with how many seats are taken.

    With `district`, only those that are held there.
    """
    rows = await tx.fetch(
        """
        SELECT session_id, course, version, audience, day, place, district, ministry, trainer_id,
               seats, (SELECT count(*)
                         FROM training_seats AS seat
                        WHERE seat.session_id = training_sessions.session_id) AS taken
          FROM training_sessions
         WHERE day >= $1 AND ($2::text IS NULL OR district = $2)
         ORDER BY day, session_id
         LIMIT $3
        """,
        since,
        district,
        limit,
    )
    return [Session(**row) for row in rows]


async def read_session(tx: Transaction, session_id: UUID) -> Session | None:
    """Read a session with how many seats are taken."""
    row = await tx.fetchrow(
        """
        SELECT session_id, course, version, audience, day, place, district, ministry, trainer_id,
               seats, (SELECT count(*)
                         FROM training_seats AS seat
                        WHERE seat.session_id = training_sessions.session_id) AS taken
          FROM training_sessions
         WHERE session_id = $1
        """,
        session_id,
    )
    return Session(**row) if row else None


async def lock_session(tx: Transaction, session_id: UUID) -> Session | None:
    """Lock a session until the transaction ends, and read it; its seats are locked with it."""
    await tx.execute("SELECT FROM training_sessions WHERE session_id = $1 FOR UPDATE", session_id)
    return await read_session(tx, session_id)


async def insert_seat(tx: Transaction, session_id: UUID, holder_id: UUID, at: datetime) -> None:
    """Take a seat."""
    await tx.execute(
        "INSERT INTO training_seats (session_id, holder_id, taken_at) VALUES ($1, $2, $3)",
        session_id,
        holder_id,
        at,
    )


async def delete_seat(tx: Transaction, session_id: UUID, holder_id: UUID) -> None:
    """Give a seat back, where the person has not attended."""
    await tx.execute(
        """
        DELETE FROM training_seats
         WHERE session_id = $1 AND holder_id = $2 AND attended_at IS NULL
        """,
        session_id,
        holder_id,
    )


async def read_seats(tx: Transaction, session_id: UUID) -> list[SeatView]:
    """Read the seats of a session with what came of them, in the order in which they were taken."""
    rows = await tx.fetch(
        """
        SELECT seat.holder_id, attended_at IS NOT NULL AS attended, test.test_id, right_answers,
               number
          FROM training_seats AS seat
          LEFT JOIN training_tests AS test
            ON test.session_id = seat.session_id AND test.holder_id = seat.holder_id
          LEFT JOIN qualifications AS given ON given.test_id = test.test_id
         WHERE seat.session_id = $1
         ORDER BY taken_at, seat.holder_id
        """,
        session_id,
    )
    return [SeatView(**row) for row in rows]


async def read_own_seats(tx: Transaction, holder_id: UUID, since: date) -> list[UUID]:
    """Read in which sessions from a day on somebody has a seat."""
    rows = await tx.fetch(
        """
        SELECT session_id
          FROM training_seats
          JOIN training_sessions USING (session_id)
         WHERE holder_id = $1 AND day >= $2
         ORDER BY day
        """,
        holder_id,
        since,
    )
    return [row["session_id"] for row in rows]


async def save_attendance(
    tx: Transaction, session_id: UUID, holder_id: UUID, by: str, at: datetime
) -> None:
    """Record that somebody attended; a repeat changes nothing."""
    await tx.execute(
        """
        UPDATE training_seats
           SET attended_at = $3, attendance_by = $4
         WHERE session_id = $1 AND holder_id = $2 AND attended_at IS NULL
        """,
        session_id,
        holder_id,
        at,
        by,
    )


async def insert_test(tx: Transaction, test: Test, by: str, at: datetime) -> None:
    """Open a test of a seat; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO training_tests (test_id, session_id, holder_id, version, opened_by, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (session_id, holder_id) DO NOTHING
        """,
        test.test_id,
        test.session_id,
        test.holder_id,
        test.version,
        by,
        at,
    )


async def update_version(tx: Transaction, test_id: UUID, version: int) -> None:
    """Store by which version of the course a test is asked and graded."""
    await tx.execute("UPDATE training_tests SET version = $2 WHERE test_id = $1", test_id, version)


async def read_test(tx: Transaction, test_id: UUID) -> Test | None:
    """Read a test."""
    row = await tx.fetchrow(
        """
        SELECT test_id, session_id, holder_id, right_answers,
               coalesce(training_tests.version, session.version) AS version
          FROM training_tests
          JOIN training_sessions AS session USING (session_id)
         WHERE test_id = $1
        """,
        test_id,
    )
    return Test(**row) if row else None


async def lock_test(tx: Transaction, test_id: UUID) -> Test | None:
    """Lock a test until the transaction ends, and read it."""
    await tx.execute("SELECT FROM training_tests WHERE test_id = $1 FOR UPDATE", test_id)
    return await read_test(tx, test_id)


async def save_result(
    tx: Transaction, test_id: UUID, right_answers: int, by: str, at: datetime
) -> None:
    """Store how many answers of a test were right."""
    await tx.execute(
        """
        UPDATE training_tests
           SET right_answers = $2, recorded_by = $3, recorded_at = $4
         WHERE test_id = $1
        """,
        test_id,
        right_answers,
        by,
        at,
    )


async def insert_qualification(tx: Transaction, qualification: Qualification) -> None:
    """Store a qualification."""
    await tx.execute(
        """
        INSERT INTO qualifications (
               number, test_id, holder_id, audience, course, version, valid_from, valid_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        qualification.number,
        qualification.test_id,
        qualification.holder_id,
        qualification.audience,
        qualification.course,
        qualification.version,
        qualification.valid_from,
        qualification.valid_until,
    )


async def find_qualification(tx: Transaction, number: str) -> Qualification | None:
    """Read a qualification by its number."""
    row = await tx.fetchrow(
        """
        SELECT number, test_id, holder_id, audience, course, version, valid_from, valid_until
          FROM qualifications
         WHERE number = $1
        """,
        number,
    )
    return Qualification(**row) if row else None


async def read_newest(tx: Transaction, holder_id: UUID) -> list[Qualification]:
    """Read the newest qualification of somebody by each course."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (course) number, test_id, holder_id, audience, course, version,
               valid_from, valid_until
          FROM qualifications
         WHERE holder_id = $1
         ORDER BY course, valid_until DESC
        """,
        holder_id,
    )
    return [Qualification(**row) for row in rows]


async def save_mail(tx: Transaction, holder_id: UUID, mail: str) -> None:
    """Store where somebody is warned, in place of what was there."""
    await tx.execute(
        """
        INSERT INTO warning_mails (holder_id, mail) VALUES ($1, $2)
            ON CONFLICT (holder_id) DO UPDATE SET mail = excluded.mail
        """,
        holder_id,
        tx.cipher.seal(MAIL, holder_id, mail),
    )


async def delete_mails(tx: Transaction, holder_ids: Collection[UUID]) -> None:
    """Forget where people are warned."""
    await tx.execute("DELETE FROM warning_mails WHERE holder_id = ANY($1)", list(holder_ids))


async def read_mails(tx: Transaction, holder_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read where people are warned; one whose address is damaged is left out."""
    rows = await tx.fetch(
        "SELECT holder_id, mail FROM warning_mails WHERE holder_id = ANY($1)", list(holder_ids)
    )
    opened = {
        row["holder_id"]: tx.cipher.try_open(MAIL, row["holder_id"], row["mail"])[0] for row in rows
    }
    return {holder_id: mail for holder_id, mail in opened.items() if mail is not None}


async def read_ending(tx: Transaction, first: date, last: date) -> list[Qualification]:
    """Read the qualifications that end between two days, without those that were renewed.

    Only of people who said where they want to be warned.
    """
    rows = await tx.fetch(
        """
        SELECT number, test_id, holder_id, audience, course, version, valid_from, valid_until
          FROM qualifications AS held
          JOIN warning_mails USING (holder_id)
         WHERE valid_until BETWEEN $1 AND $2
           AND NOT EXISTS (SELECT
                             FROM qualifications AS later
                            WHERE later.holder_id = held.holder_id
                              AND later.course = held.course
                              AND later.valid_until > held.valid_until)
        """,
        first,
        last,
    )
    return [Qualification(**row) for row in rows]
