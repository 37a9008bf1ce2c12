"""Reminders planned and mailed, to a real mail server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from libs.clock import Clock
from libs.database.pool import Database
from libs.jobs import JobResult, Lease
from libs.mail import MailServer
from services.programme.bodies.overview import Overview
from services.programme.reminders import jobs, queries, use_cases
from tests.services.programme.bodies.scenes import LAND
from tests.services.programme.focal_points.scenes import POINTS, RAHIMA
from tests.services.programme.running import Api
from tools.embedded.ports import free_port

BODY = f"/v1/programme/bodies/{LAND}"
SENDER = "programme@nagorik.example"
CHIEF = "ca@example.gov.bd"
DUE = date(2026, 7, 12)  # a Sunday
LETTER = {
    "kind": "letter_sent",
    "day": "2026-06-22",
    "evidence": "letter 03.00 of 22 June",
    "asks": ["list"],
    "due_on": str(DUE),
}


class Mailbox:
    """Takes mails."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802 -- named by aiosmtpd
        message = message_from_bytes(bytes(arguments[-1].content), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"

    @property
    def told(self) -> list[str]:
        return [str(message["To"]) for message in self.mails]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield MailServer("127.0.0.1", port, "none", None, None, 5.0)
    controller.stop()


class Programme:
    """A programme that asked the Ministry of Land for its list, and its mail server."""

    def __init__(self, database: Database, server: MailServer) -> None:
        self.database, self.server = database, server
        self.api = Api(database)

    async def go_on(self, day: date, *, hour: int = 4, sends: bool = True) -> None:
        """One step of the loop, and of the job, at an hour UTC of a day."""
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        mails = jobs.mails(self.server.send, Clock(lambda: at), sender=SENDER)
        async with self.database.transaction() as tx:
            await use_cases.plan(tx, Overview(), at, chief_adviser=CHIEF)
        if not sends:
            return
        async with self.database.transaction() as tx:
            await tx.execute("UPDATE reminders SET mail_due_at = now() - interval '1 second'")
            due = await mails.queue.claim(tx, Lease("w", 10, 10, 60.0, ()))
        for mail in due:
            await jobs.send_mail(self.server.send, SENDER, Clock(lambda: at), mail)
        async with self.database.transaction() as tx:
            sent = [JobResult(mail, True, None, None, counts=True, trace=None) for mail in due]
            await use_cases.record_mails(tx, sent)

    async def done(self, day: str) -> None:
        """The list has come."""
        fact = {"kind": "list_received", "day": day, "evidence": "letter", "others": ["Well"]}
        self.api.now = datetime(2026, 12, 1, tzinfo=UTC)
        assert (await self.api.call("POST", f"{BODY}/facts", fact)).status == 201


@pytest.fixture
async def programme(database: Database, server: MailServer) -> Programme:
    programme = Programme(database, server)
    assert (await programme.api.call("POST", f"{BODY}/facts", LETTER)).status == 201
    assert (await programme.api.call("POST", POINTS, RAHIMA)).status == 201
    for superior in ("joint_secretary", "secretary"):
        put = {"post": superior, "mail": f"{superior}@example.gov.bd", "evidence": "letter 03.00"}
        done = await programme.api.call("PUT", f"{BODY}/superiors/{superior}", put)
        assert done.status == 200
    return programme


async def test_each_rung_is_told_once(programme: Programme, mailbox: Mailbox) -> None:
    """Day by day from three weeks before the last day to two months after it."""
    day = DUE - timedelta(days=20)
    while day < DUE + timedelta(days=60):
        for _ in range(2):
            await programme.go_on(day)
        day += timedelta(days=1)
    above = ["joint_secretary@example.gov.bd", "secretary@example.gov.bd", CHIEF]
    assert mailbox.told == [*[RAHIMA["mail"]] * 3, *above]
    first, on_the_day, *late = (message.get_content() for message in mailbox.mails)
    assert "It is due on 12-07-2026." in first
    assert "It is due today, 12-07-2026." in on_the_day
    assert all("It was due on 12-07-2026." in text for text in late)
    assert all(RAHIMA["name"] not in message.as_string() for message in mailbox.mails)
    listed = (await programme.api.call("GET", f"{BODY}/reminders")).json()["items"]
    assert [reminder["rung"] for reminder in reversed(listed)] == [
        "before",
        "due",
        "late",
        "joint_secretary",
        "secretary",
        "chief_adviser",
    ]
    assert all(reminder["mailed_at"] for reminder in listed)


@pytest.mark.parametrize("away", ["worker", "mail server"])
async def test_after_an_outage_only_the_highest_is_sent(
    programme: Programme, mailbox: Mailbox, away: str
) -> None:
    """Of a worker, or of the mail server while reminders were planned."""
    if away == "mail server":
        for days in range(-5, 12):
            await programme.go_on(DUE + timedelta(days=days), sends=False)
    for _ in range(2):
        await programme.go_on(DUE + timedelta(days=14))
    assert mailbox.told == ["secretary@example.gov.bd"]


async def test_nothing_is_sent_after_the_fact(programme: Programme, mailbox: Mailbox) -> None:
    """Also where the mail waited when the list came."""
    await programme.go_on(DUE, sends=False)
    await programme.done("2026-07-12")
    await programme.go_on(DUE + timedelta(days=1))
    await programme.go_on(DUE + timedelta(days=40))
    assert mailbox.told == []
    (listed,) = (await programme.api.call("GET", f"{BODY}/reminders")).json()["items"]
    assert (listed["ended"], listed["mailed_at"]) == (True, None)


async def test_nothing_is_sent_on_a_day_off_or_at_night(
    programme: Programme, mailbox: Mailbox
) -> None:
    """What waited from Thursday on goes out on Sunday at nine."""
    thursday = date(2026, 7, 9)
    await programme.go_on(thursday, sends=False)
    await programme.go_on(thursday, hour=2)
    await programme.go_on(thursday + timedelta(days=1))
    await programme.go_on(thursday + timedelta(days=2))
    assert mailbox.told == []
    await programme.go_on(DUE, hour=3)
    assert mailbox.told == [RAHIMA["mail"]]


async def test_nothing_is_sent_in_a_year_that_is_not_known(
    programme: Programme, mailbox: Mailbox
) -> None:
    """However late the step is by then."""
    await programme.go_on(date(2027, 1, 5))
    assert mailbox.told == []


async def test_a_reminder_without_an_address_waits_and_is_shown(
    programme: Programme, mailbox: Mailbox, database: Database
) -> None:
    """It goes to whoever is named then."""
    ended = {"duty": "focal_point", "day": "2026-06-30", "evidence": "mail of today"}
    await programme.api.call("POST", f"{POINTS}/end", ended)
    await programme.go_on(DUE)
    (listed,) = (await programme.api.call("GET", f"{BODY}/reminders")).json()["items"]
    assert (listed["told"], listed["mailed_at"], mailbox.told) == (None, None, [])
    deputy = {**RAHIMA, "duty": "deputy", "mail": "deputy@example.gov.bd"}
    await programme.api.call("POST", POINTS, deputy)
    await programme.go_on(DUE)
    assert mailbox.told == ["deputy@example.gov.bd"]
    async with database.transaction() as tx:
        assert await queries.read_oldest_due_age_s(tx) == 0
        assert await tx.fetchval("SELECT count(recipient) FROM reminders") == 0


async def test_those_who_lead_see_each_late_step_and_who_was_told(programme: Programme) -> None:
    """Also that nobody could be told, for want of an address; and nothing that has ended."""
    letter = {**LETTER, "asks": ["vendor"], "due_on": "2026-07-05", "evidence": "letter 04.00"}
    assert (await programme.api.call("POST", f"{BODY}/facts", letter)).status == 201
    ended = {"duty": "focal_point", "day": "2026-07-01", "evidence": "mail of today"}
    programme.api.now = datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert (await programme.api.call("POST", f"{POINTS}/end", ended)).status == 200
    for days in (-1, 3):
        await programme.go_on(DUE + timedelta(days=days))
    programme.api.now = datetime(2026, 7, 15, 5, tzinfo=UTC)
    reply = await programme.api.call("GET", "/v1/programme/figures", who="adviser leadership")
    shown = [
        (late["body"], late["step"]["step"], [
            (reminder["rung"], reminder["told"], reminder["mailed_at"] is not None)
            for reminder in late["reminders"]
        ])
        for late in reply.json()["late"]
    ]  # fmt: skip
    assert shown == [
        (LAND, "vendor", [("joint_secretary", "joint_secretary", True)]),
        (LAND, "list", [("late", None, False)]),
    ]


async def test_addresses_are_encrypted(programme: Programme, database: Database) -> None:
    """Of the posts above, and of mails that wait."""
    await programme.go_on(DUE, sends=False)
    async with database.transaction() as tx:
        for table in ("reminders", "superiors", "audit_log"):
            rows = await tx.fetch(f"SELECT * FROM {table}")  # noqa: S608 -- names of this test
            assert rows
            assert "@example" not in repr([dict(row) for row in rows])
