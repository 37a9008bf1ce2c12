"""An overdue case is brought to a person, and then to the next in line, to a real mail server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from libs.bangladesh.calendar import Calendar
from libs.clock import Clock
from libs.contracts.applications import SubmissionMade
from libs.contracts.catalogue import CalendarChanged
from libs.contracts.identity import StandIn
from libs.contracts.programme import FocalPointContact, FocalPointsChanged, SuperiorContact
from libs.database.pool import Database
from libs.jobs import JobResult, Lease
from libs.mail import MailServer
from services.cases.calendar.use_cases import copy_years
from services.cases.officers.consumers import router as officers
from services.cases.officers.use_cases import read_holders
from services.cases.overdue import jobs, use_cases
from services.cases.overdue.consumers import router
from services.cases.overdue.rules import Search
from tests.consuming import consuming
from tests.services.cases.scenes import (
    MEMBER,
    RAHIMA,
    SECRETARY,
    UNION,
    Desk,
    acted,
    changed_officer,
    corrected,
    submitted,
    withdrawn,
)
from tools.embedded.ports import free_port

SENDER = "cases@nagorik.example"
FOCAL, JOINT = "focal@example.gov.bd", "js@example.gov.bd"
SENT_AT = datetime(2026, 3, 1, 5, tzinfo=UTC)  # a Sunday
DAY = timedelta(days=1)


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


def announced(**fields: Any) -> FocalPointsChanged:
    """Who answers for the ministry of the unions, and the post above."""
    focal = FocalPointContact(
        name="Rahim", mail=FOCAL, phone="+8801711000000", duty="focal_point", post="Analyst",
        until=None,
    )  # fmt: skip
    above = SuperiorContact(superior="joint_secretary", post="Joint Secretary", mail=JOINT)
    given = {"ministry": "lgd", "occurred_at": SENT_AT, "people": (focal,), "superiors": (above,)}
    return FocalPointsChanged(**{**given, **fields})


class Office:
    """A case at a union's office, and the mail server of the platform."""

    def __init__(self, desk: Desk, first: SubmissionMade, due_on: date, server: MailServer) -> None:
        self.desk, self.first, self.due_on, self.server = desk, first, due_on, server
        self.case_id = first.event_id
        self.calendar = Calendar({2026: "gazette"}, frozenset())

    def after(self, days: int) -> date:
        """The day so many working days after the last one."""
        return self.calendar.add_working_days(self.due_on, days)

    async def go_on(self, day: date, *, hour: int = 4, sends: bool = True) -> None:
        """Look through all once, and let the job go, at an hour UTC of a day."""
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        database = self.desk.database
        async with database.transaction() as tx:
            await use_cases.look_on(tx, Search(), at, limit=100)
        if not sends:
            return
        mails = jobs.mails(self.server.send, Clock(lambda: at), sender=SENDER)
        async with database.transaction() as tx:
            await tx.execute("UPDATE overdue_mails SET mail_due_at = now() - interval '1 second'")
            due = await mails.queue.claim(tx, Lease("w", 10, 10, 60.0, ()))
        for mail in due:
            await jobs.send_mail(self.server.send, SENDER, mail)
        async with database.transaction() as tx:
            sent = [JobResult(mail, True, None, None, counts=True, trace=None) for mail in due]
            await use_cases.record_mails(tx, sent)

    async def rungs(self) -> list[str]:
        """The rungs that the case has come to, in order."""
        rows = await self.desk.rows("SELECT rung FROM overdue_rungs ORDER BY reached_at")
        return [row[0] for row in rows]


@pytest.fixture
async def office(database: Database, server: MailServer) -> Office:
    desk = await Desk(database).prepare()
    year = CalendarChanged(year="2026", version=1, source="gazette", days=())
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await copy_years(tx, [year])
        await consume(announced())
    first = submitted()
    await desk.take_in(first, at=SENT_AT)
    return Office(desk, first, (await desk.file(first)).due_on, server)


async def test_each_rung_is_reached_once(office: Office, mailbox: Mailbox) -> None:
    """The officers, the superior, the focal point, the joint secretary; no rung a second time."""
    await office.go_on(office.due_on)
    assert await office.rungs() == []
    for days in range(1, 14):
        for hour in (4, 9):
            await office.go_on(office.after(days), hour=hour)
    assert await office.rungs() == ["officer", "superior", "focal_point", "joint_secretary"]
    assert mailbox.told == [FOCAL, JOINT]


async def test_after_an_outage_the_highest_rung_only(office: Office, mailbox: Mailbox) -> None:
    """Also where the mail server was away: a mail of before names what went no higher."""
    await office.go_on(office.after(6), sends=False)
    await office.go_on(office.after(12))
    assert await office.rungs() == ["focal_point", "joint_secretary"]
    assert mailbox.told == [JOINT]


async def test_nothing_is_brought_to_anybody_on_a_day_off(office: Office, mailbox: Mailbox) -> None:
    """Nor before offices open, nor in a year without a list of holidays."""
    friday = next(day for n in range(9) if (day := office.after(5) + n * DAY).weekday() == 4)
    for day, hour in ((friday, 4), (friday + DAY, 4), (friday + 2 * DAY, 2), (date(2027, 3, 1), 4)):
        await office.go_on(day, hour=hour)
    assert (await office.rungs(), mailbox.told) == ([], [])
    await office.go_on(friday + 2 * DAY, sends=False)
    await office.go_on(friday + 7 * DAY)
    assert ((await office.rungs()), mailbox.told) == (["focal_point"], [])
    await office.go_on(friday + 2 * DAY)
    assert mailbox.told == [FOCAL]


async def test_a_mail_has_numbers_and_services_only(office: Office, mailbox: Mailbox) -> None:
    """Nothing of the citizen; one mail for all cases of a ministry."""
    await office.desk.take_in(
        submitted(tracking_number="NS-XYRKE-W8M24-RJ3H3", applicant_id=UUID(int=99)), at=SENT_AT
    )
    await office.go_on(office.after(5))
    (mail,) = mailbox.mails
    text = str(mail.get_content())
    assert "NS-7K4M9-PXRT3-HC2D3  S005  নাগরিকত্ব সনদ · Citizenship certificate" in text
    assert "NS-XYRKE-W8M24-RJ3H3" in text
    assert ("2 applications" in text, "Analyst," in text) == (True, True)
    for secret in ("রহিমা", str(RAHIMA), str(office.case_id)):
        assert secret not in f"{mail['Subject']} {text}"


async def test_what_was_done_meanwhile_is_not_told(office: Office, mailbox: Mailbox) -> None:
    """Nor what waits for its citizen: the mail ends, and the rungs are forgotten with the case."""
    await office.go_on(office.after(5), sends=False)
    async with office.desk.database.transaction() as tx:
        await tx.execute("UPDATE tasks SET is_paused = true")
    await office.go_on(office.after(6))
    assert mailbox.told == []
    ended = await office.desk.rows("SELECT ended_at IS NOT NULL FROM overdue_mails")
    assert ended == [(True,)]
    async with office.desk.database.transaction() as tx:
        await use_cases.forget(tx)
    assert await office.rungs() == ["focal_point"]
    await office.desk.take_in(withdrawn(office.first))
    async with office.desk.database.transaction() as tx:
        await use_cases.forget(tx)
    assert await office.rungs() == []


async def test_a_mail_waits_for_an_address(office: Office, mailbox: Mailbox) -> None:
    """Whose last day has passed is told nothing; the deputy is, and whoever follows."""
    over = announced().people[0].model_copy(update={"until": office.due_on})
    later = {"occurred_at": SENT_AT + DAY, "people": (over,)}
    async with office.desk.database.transaction() as tx, consuming(router, tx) as consume:
        await consume(announced(**later))
        await consume(announced())
    await office.go_on(office.after(5))
    assert mailbox.told == []
    deputy = announced().people[0].model_copy(update={"duty": "deputy", "mail": "d@example.gov.bd"})
    async with office.desk.database.transaction() as tx, consuming(router, tx) as consume:
        await consume(announced(occurred_at=SENT_AT + 2 * DAY, people=(over, deputy)))
    await office.go_on(office.after(6))
    assert mailbox.told == ["d@example.gov.bd"]
    (stored,) = await office.desk.rows("SELECT people FROM contacts")
    assert "example.gov.bd" not in stored[0]


async def test_a_case_is_with_who_has_the_duty_today(office: Office) -> None:
    """By id: the officers of the duty at the office; of who is away the deputy, while it lasts."""
    today = SENT_AT.date()
    wanted = ("lgd", UNION.office_id, "secretary")
    here: dict[str, Any] = {"office_id": UNION.office_id}
    away = StandIn(duty="secretary", since=today, until=today, absent_id=UUID(int=1))
    async with office.desk.database.transaction() as tx, consuming(officers, tx) as consume:
        for number, fields in {
            1: {**here},
            2: {**here, "duties": (), "stands_in": (away,)},
            3: {**here, "duties": ("chairman",)},
            4: {},
            5: {**here, "active": False},
            6: {**here, "acts_until": today - DAY},
        }.items():
            await consume(changed_officer(officer_id=UUID(int=number), **fields))
        assert await read_holders(tx, [wanted], today) == {wanted: [UUID(int=2)]}
        assert await read_holders(tx, [wanted], today + DAY) == {wanted: [UUID(int=1)]}
        unfit = {**here, "duties": (), "stands_in": (away,), "acts_until": today - DAY}
        await consume(changed_officer(officer_id=UUID(int=2), **unfit))
        assert await read_holders(tx, [wanted], today) == {wanted: [UUID(int=1)]}
        gone = {"office_id": "union-U1", "duties": (), "occurred_at": SENT_AT + DAY}
        await consume(changed_officer(officer_id=UUID(int=2), stands_in=(away,), **gone))
        assert await read_holders(tx, [wanted], today) == {wanted: [UUID(int=1)]}


async def test_a_case_that_goes_on_keeps_its_rung(office: Office, mailbox: Mailbox) -> None:
    """Another step of the same late case is no new case: nobody is told again."""
    await office.go_on(office.after(5))
    await acted(office.desk, MEMBER, office.case_id, "confirm")
    await acted(office.desk, SECRETARY, office.case_id, "forward")
    await office.go_on(office.after(6))
    assert (await office.rungs(), mailbox.told) == (["focal_point"], [FOCAL])


async def test_a_correction_on_the_same_day_is_told_once(office: Office, mailbox: Mailbox) -> None:
    """Nobody has work with it meanwhile, and its last day stays: it comes back to its rung."""
    day = office.after(5)
    await office.go_on(day)
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    await acted(office.desk, MEMBER, office.case_id, "confirm", at=at)
    await acted(office.desk, SECRETARY, office.case_id, "ask_correction", at=at, note="NID")
    async with office.desk.database.transaction() as tx:
        await use_cases.forget(tx)
    later = at + timedelta(hours=3)
    await office.desk.take_in(corrected(office.first, occurred_at=later), at=later)
    await office.go_on(office.after(6))
    assert (await office.rungs(), mailbox.told) == (["focal_point"], [FOCAL])


async def test_a_case_that_went_to_another_ministry_is_told_there(
    office: Office, mailbox: Mailbox
) -> None:
    """As one that waits for the police now: the ministry that had it before hears nothing of it."""
    await office.go_on(office.after(5), sends=False)
    async with office.desk.database.transaction() as tx:
        await tx.execute("UPDATE tasks SET ministry = 'minland'")
    await office.go_on(office.after(6))
    assert mailbox.told == []
    waiting = await office.desk.rows("SELECT ministry FROM overdue_mails WHERE ended_at IS NULL")
    assert waiting == [("minland",)]
