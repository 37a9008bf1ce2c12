import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from libs.bangladesh.calendar import DHAKA
from libs.clock import utc_now
from libs.database.pool import Database
from services.ministries.availability.limits import MinistryLimits
from services.ministries.availability.use_cases import Availability, read_availability
from tools.commands.root import make_app

DsnFor = Callable[[str], Awaitable[str]]


class Operator:
    """An operator with the service's database."""

    def __init__(self, dsn: str) -> None:
        self._env = {
            "MINISTRIES_DSN": dsn,
            "MINISTRIES_MINISTRY_SECRET": "a-master-secret-for-tests-of-32-characters",
        }
        self._database = Database(dsn, connections=1)
        self.now = utc_now().astimezone(DHAKA)

    async def run(self, *words: str, exit_code: int = 0) -> str:
        """Run a command; return what it prints."""
        command = ["admin", "ministries", *words, "--by", "rahima"]
        done = await asyncio.to_thread(lambda: CliRunner(env=self._env).invoke(make_app(), command))
        assert done.exit_code == exit_code, done.output
        return done.output.strip()

    async def limits(self) -> MinistryLimits:
        """The limits as the job runner of one of two processes has them."""
        limits = MinistryLimits(processes=2, now=lambda: self.now)
        async with self._database.transaction() as tx:
            limits.put(await read_availability(tx, at=self.now))
        return limits

    async def audited(self) -> list[tuple[Any, ...]]:
        """What the audit log has."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch("SELECT actor, action, subject FROM audit_log ORDER BY entry_no")
        return [tuple(row.values()) for row in rows]

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@pytest.fixture
async def operator(dsn_for: DsnFor) -> AsyncIterator[Operator]:
    made = Operator(await dsn_for("ministries"))
    yield made
    await made.close()


def minute(at: datetime) -> str:
    """A time as the commands take it."""
    return f"{at:%Y-%m-%dT%H:%M}"


def test_nobody_is_called_before_it_is_known_who_may_be() -> None:
    """At the start of a process an outage may last."""
    limits = MinistryLimits()
    assert {"mopa", "mofa"} <= set(limits.unknown())
    limits.put(Availability())
    assert not limits.unknown()
    assert limits.closed() == frozenset()


async def test_an_outage_holds_until_it_is_cancelled(operator: Operator) -> None:
    """The ministry is not called meanwhile; both actions are audited."""
    since, until = (minute(operator.now + timedelta(hours=each)) for each in (-1, 5))
    reason = ("--reason-bn", "নতুন সার্ভার", "--reason-en", "A new server")
    said = await operator.run("announce-outage", "mopa", "--from", since, "--until", until, *reason)
    outage_id = said.split()[2]
    assert (await operator.limits()).closed() == {"mopa"}
    await operator.run("cancel-outage", outage_id)
    assert (await operator.limits()).closed() == frozenset()
    again = await operator.run("cancel-outage", outage_id, exit_code=1)
    assert "no outage with this id" in again
    assert await operator.audited() == [
        ("rahima", "announce outage", "mopa"),
        ("rahima", "cancel outage", "mopa"),
    ]


async def test_a_reason_is_given_in_both_languages(operator: Operator) -> None:
    """A citizen reads one of them."""
    times = ("--from", minute(operator.now), "--until", minute(operator.now + timedelta(hours=1)))
    await operator.run("announce-outage", "mopa", *times, "--reason-bn", "সার্ভার", exit_code=2)
    assert await operator.audited() == []


async def test_hours_of_service_are_set_and_removed(operator: Operator) -> None:
    """Outside of them the ministry is not called."""
    friday, monday = (datetime(2026, 11, day, 10, tzinfo=DHAKA) for day in (27, 30))
    said = await operator.run("set-hours", "mofa", "--days", "sun,mon")
    assert said == "mofa: called sun,mon, 09:00 to 17:00"
    for now, closed in ((friday, {"mofa"}), (monday, set())):
        operator.now = now
        assert (await operator.limits()).closed() == closed
    await operator.run("set-hours", "mofa", "--days", "someday", exit_code=2)
    for opens, closes in (("09:00+06:00", "17:00"), ("17:00", "09:00"), ("9", "17:00")):
        wrong = ("--days", "sun", "--from", opens, "--until", closes)
        await operator.run("set-hours", "mofa", *wrong, exit_code=2)
    await operator.run("set-hours", "mofa")
    operator.now = friday
    assert (await operator.limits()).closed() == frozenset()


async def test_limits_are_shared_by_the_processes(operator: Operator) -> None:
    """Two processes get half each."""
    await operator.run("set-limits", "erd", "--at-once", "4", "--per-second", "3")
    limits = (await operator.limits()).of("erd")
    assert (limits.calls_at_once, limits.calls_per_s) == (2, 1.5)
    await operator.run("set-limits", "erd")
    limits = (await operator.limits()).of("erd")
    assert (limits.calls_at_once, limits.calls_per_s) == (None, None)
    await operator.run("set-limits", "nobody", exit_code=1)
