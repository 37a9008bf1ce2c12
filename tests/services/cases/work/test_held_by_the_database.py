"""The database holds that nothing stands still: also against code that forgets it."""

from typing import Final

import pytest
from asyncpg.exceptions import CheckViolationError

from libs.database.pool import Database
from tests.services.cases.scenes import Desk, submitted

STUCK: Final = "nothing moves case"
NOT_OVER: Final = "has ended, and has a task or a clock"
BROKEN: Final = {
    "no task and no clock": (
        """
        DELETE FROM timers; DELETE FROM tasks;
        UPDATE cases SET waits_for = 'office' WHERE status = 'open'
        """,
        STUCK,
    ),
    "no end of a wait": (
        "DELETE FROM timers; UPDATE cases SET waits_for = 'payment' WHERE status = 'open'",
        STUCK,
    ),
    "ended with a task": (
        """
        UPDATE cases SET status = 'ended', outcome = 'approved', waits_for = NULL, closed_at = now()
         WHERE status = 'open'
        """,
        NOT_OVER,
    ),
    "clock of an ended one": (
        """
        INSERT INTO timers (case_id, kind, visit, due_at)
        SELECT case_id, 'timeout', visit, now() FROM cases WHERE status = 'ended'
        """,
        NOT_OVER,
    ),
    "task of an ended one": (
        """
        INSERT INTO tasks (case_id, duty, visit, step, office_id, ministry, public_service_id,
               tracking_number, workflow_key, due_on, came_at)
        SELECT case_id, 'clerk', visit, step, 'union-U1', ministry, public_service_id,
               tracking_number, 'S024@1', due_on, now()
          FROM cases
         WHERE status = 'ended'
        """,
        NOT_OVER,
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_case_that_breaks_the_rule_is_not_stored(database: Database, broken: str) -> None:
    """The transaction fails at its end, so that a change may be written in any order."""
    desk = await Desk(database).prepare()
    await desk.take_in(submitted(), submitted("S024", answers={"kind": "theft"}))
    sql, why = BROKEN[broken]
    with pytest.raises(CheckViolationError, match=why):
        await change(database, sql)


async def change(database: Database, sql: str) -> None:
    """Run statements in one transaction."""
    async with database.transaction() as tx:
        await tx.execute(sql)
