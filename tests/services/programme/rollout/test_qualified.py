"""Uddoktas who count for the opening of an area."""

import pytest

from libs.contracts.centres import UddoktaState
from libs.contracts.identity import UddoktaChanged
from libs.database.pool import Database
from libs.ids import new_id
from services.programme.people.use_cases import save
from services.programme.rollout.qualified import qualified_at
from tests.services.programme.rollout.scenes import TODAY, joins, passes

CENTRE = "nilkhet"


async def counted(database: Database) -> int:
    async with database.transaction() as tx:
        return (await qualified_at(tx, [CENTRE], TODAY)).get(CENTRE, 0)


async def test_who_is_qualified_at_a_centre_is_counted(database: Database) -> None:
    """Once, however often she was tested."""
    assert await counted(database) == 0
    for expected in (1, 2):
        uddokta = await joins(database, CENTRE)
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


@pytest.mark.parametrize(("state", "expected"), [("active", 1), ("paused", 0), ("suspended", 0)])
async def test_who_is_stopped_does_not_count(
    database: Database, state: UddoktaState, expected: int
) -> None:
    """Neither while paused nor once suspended: she helps nobody."""
    uddokta = UddoktaChanged(uddokta_id=new_id(), service_centre_id=CENTRE, state=state)
    async with database.transaction() as tx:
        await save(tx, [uddokta])
    await passes(database, uddokta.uddokta_id)
    assert await counted(database) == expected
