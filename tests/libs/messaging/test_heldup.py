from collections.abc import Sequence

import pytest

from libs.contracts import topics
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.heldup import HeldUp, tell_held_up
from tests.libs.messaging.scene import (
    SAMPLED,
    Hearing,
    Raw,
    broken,
    handling,
    raw,
    submitted,
    withdrawn,
)


class Telling:
    """Keeps whom it was to tell of."""

    def __init__(self) -> None:
        self.held: list[HeldUp] = []

    async def __call__(self, _: Transaction, held: Sequence[HeldUp]) -> None:
        self.held += held


async def put_aside(database: Database, *records: Raw) -> None:
    work = handling(database, Hearing(fails_on=lambda _: KeyError("a defect")))
    for record in records:
        await work.handle([record])


async def sweep(database: Database, telling: Telling, patience_s: float = 0.0) -> int:
    async with database.transaction() as tx:
        return await tell_held_up(tx, topics.APPLICATIONS, telling, patience_s=patience_s)


async def test_an_application_is_told_of_once_per_letter_in_its_trace(database: Database) -> None:
    """A defect and a record that nobody can read both hold up; who waits behind is not told of."""
    one, other = new_id(), new_id()
    first = raw(submitted(one), 1, trace=SAMPLED)
    await put_aside(database, first, raw(withdrawn(one), 2), broken(other, 3))
    telling = Telling()
    assert [await sweep(database, telling) for _ in range(2)] == [2, 0]
    assert [(each.application_id, each.topic) for each in telling.held] == [
        (one, "applications.v1"),
        (other, "applications.v1"),
    ]
    assert telling.held[0].trace is not None
    assert telling.held[0].trace.trace_id == SAMPLED.trace_id


async def test_what_is_mended_in_time_troubles_nobody(database: Database) -> None:
    """Nobody is told before the patience is over, nor of what is settled by then."""
    await put_aside(database, raw(submitted(), 1))
    telling = Telling()
    assert await sweep(database, telling, patience_s=60) == 0
    async with database.transaction() as tx:
        await tx.execute("UPDATE dead_letters SET settled_at = now()")
    assert await sweep(database, telling) == 0
    assert telling.held == []


async def test_a_key_that_is_no_application_is_passed_over(database: Database) -> None:
    """Whoever wrote such a record, there is no citizen to tell, and the next ones are told."""
    strange, one = raw(submitted(), 1), new_id()
    strange.key = b"\xff no id"
    await put_aside(database, strange, raw(submitted(one), 2))
    telling = Telling()
    assert await sweep(database, telling) == 2
    assert [each.application_id for each in telling.held] == [one]


async def test_telling_that_fails_is_tried_again(database: Database) -> None:
    """The note that somebody was told stands or falls with the telling."""

    async def fail(_: Transaction, __: Sequence[HeldUp]) -> None:
        raise LookupError

    await put_aside(database, raw(submitted(), 1))

    async def attempt() -> None:
        async with database.transaction() as tx:
            await tell_held_up(tx, topics.APPLICATIONS, fail, patience_s=0.0)

    with pytest.raises(LookupError):
        await attempt()
    assert await sweep(database, Telling()) == 1
