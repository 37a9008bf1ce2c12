"""Invitations to workshops and warnings of an end go by the one queue of mails, each once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.bangladesh.calendar import DHAKA
from libs.clock import Clock
from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.jobs import JobResult, Lease
from services.programme.bodies.overview import Overview
from services.programme.calendar.use_cases import copy_years
from services.programme.mails import use_cases as mails
from services.programme.mails.rules import Notice, message_of
from services.programme.people.consumers import on_officers_changed, on_uddoktas_changed
from services.programme.people.use_cases import active_among
from services.programme.reminders.use_cases import queue_of, record_mails
from services.programme.training.use_cases import plan_warnings, put_mail
from services.programme.workshops.use_cases import plan_invitations
from tests.services.programme.bodies.scenes import LAND, MOPA
from tests.services.programme.calendar.scenes import year
from tests.services.programme.focal_points.scenes import POINTS, RAHIMA
from tests.services.programme.rollout.scenes import joins, passes
from tests.services.programme.running import NOW, Api

TODAY = NOW.date()
SENDER = "programme@nagorik.example"
MAIL = "karim@example.gov.bd"
Plan = Callable[[Transaction, datetime], Awaitable[None]]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=DHAKA)


@dataclass
class Mailed:
    """The planner and the queue; what was sent is kept."""

    database: Database
    plan: Plan
    sent: list[Notice] = field(default_factory=list)

    async def go_on(self, day: date, *, sends: bool = True) -> list[Notice]:
        """Plan, and send what is due on a day; return what was sent."""
        async with self.database.transaction() as tx:
            await self.plan(tx, at(day))
            await tx.execute("UPDATE mails SET mail_due_at = now() - interval '1 second'")
        if not sends:
            return []
        async with self.database.transaction() as tx:
            queue = queue_of(Clock(lambda: at(day)))
            claimed = await queue.claim(tx, Lease("w", 10, 10, 60.0, ()))
            done = [JobResult(job, True, None, None, counts=True, trace=None) for job in claimed]
            await record_mails(tx, done)
        found = [job for job in claimed if isinstance(job, Notice)]
        self.sent += found
        return found


async def warned(database: Database, days: int) -> tuple[UUID, Mailed]:
    """An uddokta with an address whose qualification holds for some days more."""
    holder = await joins(database, "nilkhet")
    await passes(database, holder, days=days)
    async with database.transaction() as tx:
        await put_mail(tx, holder, MAIL)

    async def plan(tx: Transaction, now: datetime) -> None:
        await plan_warnings(tx, now, active_among)

    return holder, Mailed(database, plan)


async def test_the_end_is_warned_of_by_mail_30_and_7_days_before(database: Database) -> None:
    """Each once, day by day, on working days; the mail says the day, and no name."""
    until = TODAY + timedelta(days=60)
    _, mailed = await warned(database, 60)
    days = []
    for n in range(70):
        for _ in range(2):
            days += [(n, notice.address) for notice in await mailed.go_on(TODAY + timedelta(n))]
    # 30 July is a Thursday, and 22 August a Saturday: the second one waits for the Sunday.
    assert days == [(30, MAIL), (54, MAIL)]
    text = message_of(mailed.sent[0], SENDER).get_content()
    assert until.strftime("%d-%m-%Y") in text


async def test_after_an_outage_only_the_later_warning_goes(database: Database) -> None:
    """The first one waited for the mail server until the second one was due."""
    _, mailed = await warned(database, 30)
    await mailed.go_on(TODAY, sends=False)
    assert len(await mailed.go_on(TODAY + timedelta(days=26))) == 1
    assert await mailed.go_on(TODAY + timedelta(days=27)) == []


async def test_nobody_is_warned_on_a_published_day_off(database: Database) -> None:
    """Nor after the end."""
    _, mailed = await warned(database, 7)
    async with database.transaction() as tx:
        await copy_years(tx, [year(1, *(TODAY + timedelta(days=n) for n in range(8)))])
    for n in range(12):
        assert await mailed.go_on(TODAY + timedelta(days=n)) == []


async def test_who_has_renewed_or_does_not_work_is_not_warned(database: Database) -> None:
    """Nor who has taken the address back; the waiting mail is forgotten with its address."""
    holder, mailed = await warned(database, 5)
    await mailed.go_on(TODAY, sends=False)
    await passes(database, holder, days=700)
    assert await mailed.go_on(TODAY) == []
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM mails") == 0
    other, _ = await warned(database, 5)
    async with database.transaction() as tx:
        await put_mail(tx, other, None)
    assert await mailed.go_on(TODAY) == []
    left = await joins(database, "nilkhet", active=False)
    await passes(database, left, days=5)
    async with database.transaction() as tx:
        await put_mail(tx, left, MAIL)
    assert await mailed.go_on(TODAY) == []


async def test_the_address_goes_with_who_leaves(database: Database) -> None:
    """Of an officer who left and an uddokta who was suspended; and it is encrypted before."""
    officer, uddokta, paused = new_id(), new_id(), new_id()
    async with database.transaction() as tx:
        for holder in (officer, uddokta, paused):
            await put_mail(tx, holder, MAIL)
        rows = await tx.fetch("SELECT * FROM warning_mails")
        assert MAIL not in repr([dict(row) for row in rows])
        left = OfficerChanged(
            officer_id=officer, ministry="lgd", office_id=None, area=None, duties=(), active=False,
            occurred_at=NOW,
        )  # fmt: skip
        states = [
            UddoktaChanged(
                uddokta_id=holder, service_centre_id="nilkhet", state=state, occurred_at=NOW
            )
            for holder, state in ((uddokta, "suspended"), (paused, "paused"))
        ]
        await on_officers_changed(Events([left]), tx)  # type: ignore[arg-type]
        await on_uddoktas_changed(Events(states), tx)  # type: ignore[arg-type]
        kept = await tx.fetch("SELECT holder_id FROM warning_mails")
    assert [row["holder_id"] for row in kept] == [paused]


@dataclass
class Events:
    """A batch."""

    events: list[Any]


async def test_who_takes_part_says_where_to_be_warned(database: Database) -> None:
    """The own address only, which the person reads again and takes back."""
    api, path = Api(database), "/v1/training/own/mail"
    karim, rahim = "karim uddokta", "rahim officer lgd"
    assert (await api.call("PUT", path, {"mail": MAIL}, who=karim)).json()["mail"] == MAIL
    assert (await api.call("GET", "/v1/training/own", who=rahim)).json()["mail"] is None
    assert (await api.call("PUT", path, {"mail": "no mail"}, who=karim)).status == 422
    assert (await api.call("PUT", path, {"mail": None}, who=karim)).json()["mail"] is None


@pytest.fixture
async def invited(database: Database) -> Mailed:
    """Two bodies are invited to a workshop; of one it is known who answers."""
    api = Api(database)
    assert (await api.call("POST", POINTS, RAHIMA)).status == 201
    wanted = {
        "topic": "Connecting a system", "day": "2026-07-12", "place": "ICT Tower",
        "bodies": [LAND, MOPA],
    }  # fmt: skip
    assert (await api.call("POST", "/v1/programme/workshops", wanted)).status == 201

    async def plan(tx: Transaction, now: datetime) -> None:
        await plan_invitations(tx, Overview(), now)

    return Mailed(database, plan)


async def test_who_answers_for_a_body_is_invited_by_mail_once(invited: Mailed) -> None:
    """On the first working day; the page says when, and of whom nobody is known."""
    saturday, sunday = date(2026, 7, 4), date(2026, 7, 5)
    assert await invited.go_on(saturday) == []
    [sent] = await invited.go_on(sunday)
    assert sent.address == RAHIMA["mail"]
    message = message_of(sent, SENDER)
    for words in ("Connecting a system", "12-07-2026", "ICT Tower"):
        assert words in message.get_content()
    assert RAHIMA["name"] not in message.as_string()
    assert await invited.go_on(date(2026, 7, 6)) == []
    api = Api(invited.database)
    [workshop] = (await api.call("GET", "/v1/programme/workshops")).json()["items"]
    path = f"/v1/programme/workshops/{workshop['workshop_id']}"
    found = (await api.call("GET", path)).json()
    mailed = {body["body"]: body["mailed_at"] is not None for body in found["bodies"]}
    assert mailed == {LAND: True, MOPA: False}


async def test_nobody_is_invited_after_the_workshop(invited: Mailed) -> None:
    """What waited that long is forgotten."""
    await invited.go_on(date(2026, 7, 12), sends=False)
    assert await invited.go_on(date(2026, 7, 13)) == []
    async with invited.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM mails") == 0


async def test_a_kind_leaves_the_others_alone(database: Database, invited: Mailed) -> None:
    """What one planner forgets is its own only."""
    await invited.go_on(date(2026, 7, 5), sends=False)
    async with database.transaction() as tx:
        await mails.keep(tx, "qualification_ends", [])
        assert await tx.fetchval("SELECT count(*) FROM mails") == 1
