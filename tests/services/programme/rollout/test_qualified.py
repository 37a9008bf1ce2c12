"""Uddoktas who count for the opening of an area."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.database.pool import Database
from libs.ids import new_id
from services.programme.people.queries import save_people
from services.programme.people.rules import Person
from services.programme.rollout.qualified import Qualified
from services.programme.training.queries import insert_qualification
from services.programme.training.rules import Qualification
from tests.services.programme.running import NOW

TODAY = dhaka_date(NOW)
CENTRE = "nilkhet"


async def joins(database: Database, centre: str | None = CENTRE, *, active: bool = True) -> UUID:
    """An uddokta who was announced."""
    person = Person(new_id(), "uddokta", centre, None, active, NOW)
    async with database.transaction() as tx:
        await save_people(tx, [person])
    return person.holder_id


async def passes(
    database: Database, holder_id: UUID, *, days: int = 10, course: str = "cyber_security"
) -> None:
    """A test that was passed, whose qualification holds for some days more."""
    session_id, test_id = new_id(), new_id()
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO training_sessions (session_id, course, version, audience, day, place,
                        district, trainer_id, seats, created_by, created_at)
            VALUES ($1, $2, 1, 'uddokta', $3, 'Dhaka', '3026', $4, 20, 'test', $5)
            """,
            session_id, course, TODAY, new_id(), NOW,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO training_seats (session_id, holder_id, taken_at) VALUES ($1, $2, $3)",
            session_id, holder_id, NOW,
        )  # fmt: skip
        await tx.execute(
            """
            INSERT INTO training_tests (test_id, session_id, holder_id, opened_by, opened_at)
            VALUES ($1, $2, $3, 'test', $4)
            """,
            test_id, session_id, holder_id, NOW,
        )  # fmt: skip
        await insert_qualification(
            tx,
            Qualification(
                number=str(test_id)[-12:],
                test_id=test_id,
                holder_id=holder_id,
                audience="uddokta",
                course=course,
                version=1,
                valid_from=TODAY - timedelta(days=30),
                valid_until=TODAY + timedelta(days=days),
            ),
        )


async def counted(database: Database) -> int:
    async with database.transaction() as tx:
        return (await Qualified().at_centres(tx, [CENTRE], TODAY)).get(CENTRE, 0)


async def test_who_is_qualified_at_a_centre_is_counted(database: Database) -> None:
    """Once, however often she was tested."""
    assert await counted(database) == 0
    for expected in (1, 2):
        uddokta = await joins(database)
        await passes(database, uddokta)
        await passes(database, uddokta, days=20)
        assert await counted(database) == expected


@pytest.mark.parametrize("missing", ["test", "validity", "course", "centre", "account"])
async def test_who_is_not_is_left_out(database: Database, missing: str) -> None:
    """Without a test, after its end, with another course, elsewhere, or suspended."""
    uddokta = await joins(
        database, "uttara" if missing == "centre" else CENTRE, active=missing != "account"
    )
    if missing != "test":
        await passes(
            database,
            uddokta,
            days=-1 if missing == "validity" else 0,
            course="first_aid" if missing == "course" else "cyber_security",
        )
    assert await counted(database) == 0
