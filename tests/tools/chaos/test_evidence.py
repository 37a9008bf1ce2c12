"""The evidence of a run on a real broker and in real databases, and what still waits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import asyncpg
import pytest

from libs.contracts.access import group_of
from libs.contracts.events import Event
from libs.contracts.identity import SessionEnded
from libs.contracts.ministries import MinistryReceived
from libs.contracts.topics import APPLICATIONS, READING_SERVICES
from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.envelope import encode, event_key
from libs.messaging.kafka.broker import client_options
from services.registry import WITH_DATABASE
from tests.libs.messaging.scenes import submitted, withdrawn, write, write_events
from tests.tools.chaos.observed_run import click
from tests.tools.fake_platform import FakePlatform, fake_platform
from tools.chaos.clicks import ChaosCitizen
from tools.chaos.evidence import Auditor, Backlog, Seen
from tools.chaos.inspector import TopicInspector
from tools.embedded.kafka import EmbeddedKafka
from tools.ledger import LedgerReader
from tools.virtual_users.citizen import NotServed

LETTER = """
INSERT INTO dead_letters (topic, topic_partition, topic_offset, headers, reason, detail, attempts,
                          blocks, first_seen_at, last_seen_at)
VALUES ('applications.v1', 0, $1, '[]', 'defect.KeyError', '', 3, true, now(), now())
"""
APPLICATION = """
INSERT INTO applications (application_id, tracking_number, citizen_id, public_service_id, ministry,
                          status, submitted_at)
VALUES ($1, gen_random_uuid()::text, $2, 'S001', 'mopa', 'submitted', now())
"""
INBOX = "INSERT INTO inbox (event_key) VALUES ($1)"
OUTBOX = "INSERT INTO outbox (topic, headers) VALUES ('catalogue.v1', '[]')"
CASE = "INSERT INTO applications (application_id, ministry) VALUES ($1, 'mopa')"
DELIVERY = """
INSERT INTO deliveries (delivery_id, application_id, ministry, tracking_number, public_service_id,
                        kind)
VALUES ($1, $1, 'mopa', '', 'S001', 'submitted')
"""
DELIVERED = """
INSERT INTO deliveries (delivery_id, application_id, ministry, tracking_number, public_service_id,
                        kind, state)
VALUES ($1, $2, 'mopa', '', 'S001', 'corrected', 'handed_over')
"""
CODE = "INSERT INTO messages (message_id, citizen_id, template) VALUES ($1, $1, 'login_code')"
MESSAGE = """
INSERT INTO messages (message_id, citizen_id, application_id, template, due_at)
VALUES ($1, $1, $1, 'submitted', now())
"""
# There is no number to which it could go.
UNREACHED_MESSAGE = """
INSERT INTO messages (message_id, citizen_id, application_id, template)
VALUES ($1, $1, $1, 'submitted')
"""


class Shown:
    """A citizen who is shown an application, or nothing."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown

    async def whole_view(self, tracking_number: str) -> dict[str, str]:
        if not self._shown:
            raise NotServed("GET application: 404")
        return {"status": tracking_number}


@dataclass
class Scene:
    """A platform without load, and its auditor."""

    auditor: Auditor
    reader: LedgerReader
    inspector: TopicInspector
    kafka: EmbeddedKafka
    dsn: dict[str, str]
    fake: FakePlatform

    async def execute(self, service: str, sql: str, *values: object) -> None:
        """Execute a statement on the database of a service."""
        connection = await asyncpg.connect(self.dsn[service])
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()

    async def commit(self, group: str, places: dict[tuple[str, int], int]) -> None:
        """Commit offsets of a group."""
        assert await self.inspector.rewind(group, places)


@pytest.fixture
async def scene(
    still_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> AsyncIterator[Scene]:
    """Every service's database, migrated and empty, a broker that is still, a fake sandbox."""
    async with fake_platform() as (fake, http):
        dsn = {service: await dsn_for(service) for service in WITH_DATABASE}
        inspector, reader = TopicInspector(still_kafka.client), LedgerReader(http, fake.url)
        auditor = Auditor(inspector, reader, dsn)
        yield Scene(auditor, reader, inspector, still_kafka, dsn, fake)


def key_of(event: Event) -> UUID:
    """The key of an event in inboxes."""
    record = encode(event, trace=None)
    return event_key(record.topic, record.headers)


async def test_sessions_that_end_are_waited_for_in_no_group(scene: Scene) -> None:
    """Every replica reads them, and commits nothing; no inbox has them."""
    await scene.auditor.begin()
    await write_events(scene.kafka, SessionEnded(revoked_id=new_id()))
    assert (await scene.auditor.backlog()).total == 0
    assert (await scene.auditor.gather([])).unhandled == []


async def test_the_records_of_the_run_are_read_by_topic(
    scene: Scene,
) -> None:
    """Earlier records are left out; one that cannot be read has no type."""
    await write_events(scene.kafka, submitted())
    await scene.auditor.begin()
    application = new_id()
    first, later = submitted(application), withdrawn(application)
    received = MinistryReceived(application_id=application, ministry="mopa")
    await write_events(scene.kafka, first, later, received)
    await write(scene.kafka, encode(submitted(), trace=None)._replace(value=b"{"))
    records = (await scene.auditor.gather([])).records
    mine = [record for record in records if record.key == str(application)]
    by_topic = {each.topic: [seen for seen in mine if seen.topic == each.topic] for each in mine}
    assert [each.type for each in by_topic["applications.v1"]] == [first.type, later.type]
    (told,) = by_topic["ministries.hosted.v1"]
    assert told.place == ("ministries.hosted.v1", told.place[1])
    assert told.event_id == str(received.event_id)
    assert told.fields["ministry"] == "mopa"
    assert [each.event_key for each in by_topic["applications.v1"]] == [
        key_of(first),
        key_of(later),
    ]
    assert [record.event_key for record in records if not record.type] == [None]
    assert len(records) == 4


async def test_only_the_dead_letters_of_the_run_are_findings(scene: Scene) -> None:
    """Those of earlier runs are left out; one that was replayed since counts all the same."""
    await scene.execute("notifications", LETTER, 1)
    await scene.auditor.begin()
    await scene.execute("notifications", LETTER, 2)
    await scene.execute("notifications", "UPDATE dead_letters SET settled_at = now()")
    await scene.execute("ministries", LETTER, 3)
    letters = (await scene.auditor.gather([])).dead_letters
    assert {
        service: [dead_letter.dead_letter_id for dead_letter in kept]
        for service, kept in letters.items()
    } == {**{name: [] for name in READING_SERVICES}, "ministries": [1], "notifications": [2]}


async def test_a_record_that_is_in_no_inbox_was_not_handled(scene: Scene) -> None:
    """The committed offset tells whether it was skipped or is still to be read."""
    await scene.auditor.begin()
    application = new_id()
    done, passed, waiting = (submitted(application) for _ in range(3))
    await write_events(scene.kafka, done, passed, waiting)
    records = await seen_of(scene, application)
    for event in (done, passed, waiting):
        await scene.execute("documents", INBOX, key_of(event))
        await scene.execute("programme", INBOX, key_of(event))
    await scene.execute("notifications", INBOX, key_of(done))
    group = group_of("notifications", APPLICATIONS)
    await scene.commit(group, {records[2].place: records[2].offset})
    unhandled = (await scene.auditor.gather([])).unhandled
    assert unhandled == [
        ("notifications", records[1], True),
        ("notifications", records[2], False),
    ]


async def seen_of(scene: Scene, application: UUID) -> list[Seen]:
    """The records of an application, in order."""
    records = (await scene.auditor.gather([])).records
    return [record for record in records if record.key == str(application)]


async def test_unknowns_and_unwanted_are_what_nobody_clicked_for(scene: Scene) -> None:
    """A hand-over without an application, and a second application of a virtual user."""
    await scene.auditor.begin()
    citizen, stranger = new_id(), new_id()
    mine, unwanted, others, unknown = (new_id() for _ in range(4))
    for application, owner in ((mine, citizen), (unwanted, citizen), (others, stranger)):
        await scene.execute("applications", APPLICATION, application, owner)
    for application in (mine, others, unknown):
        scene.fake.note("submissions", application_id=str(application), kind="submitted")
    evidence = await scene.auditor.gather([click(mine, citizen=cast("ChaosCitizen", Shown()))])
    assert evidence.unknown == {str(unknown)}
    assert evidence.unwanted == {str(unwanted)}
    assert evidence.ledger.application_ids == {str(one) for one in (mine, others, unknown)}


async def test_every_application_is_read_as_its_citizen_is_shown_it(scene: Scene) -> None:
    """One that is not shown has no view, and a click without an answer neither."""
    await scene.auditor.begin()
    shown = click(citizen=cast("ChaosCitizen", Shown()))
    missing = click(citizen=cast("ChaosCitizen", Shown(shown=False)))
    unanswered = click(tracking_number="", application_id="")
    evidence = await scene.auditor.gather([shown, missing, unanswered])
    assert evidence.views == {shown.application_id: {"status": shown.tracking_number}}


async def test_the_backlog_is_empty_when_nothing_waits(scene: Scene) -> None:
    """Records from before the run do not count."""
    await write_events(scene.kafka, submitted())
    await scene.auditor.begin()
    assert (await scene.auditor.backlog()).total == 0


async def test_everything_that_waits_is_counted_under_its_name(scene: Scene) -> None:
    """Rows to publish, hand over or send, callbacks, and records to read.

    No code, nothing that is done, and no message to somebody without a number: it may wait forever.
    """
    await scene.auditor.begin()
    some_id = new_id()
    await scene.execute("catalogue", OUTBOX)
    await scene.execute("ministries", CASE, some_id)
    await scene.execute("ministries", DELIVERY, some_id)
    await scene.execute("notifications", MESSAGE, some_id)
    await scene.execute("notifications", UNREACHED_MESSAGE, new_id())
    await scene.execute("ministries", DELIVERED, new_id(), some_id)
    await scene.execute("notifications", CODE, new_id())
    scene.fake.callbacks = 2
    await write_events(scene.kafka, submitted(), submitted())
    waiting = await scene.auditor.backlog()
    assert {name: count for name, count in waiting.counts.items() if count} == {
        "outbox rows of catalogue": 1,
        "deliveries": 1,
        "messages": 1,
        "callbacks": 2,
        "records before documents.applications.v1": 2,
        "records before notifications.applications.v1": 2,
        "records before programme.applications.v1": 2,
    }
    assert waiting.total == 11


async def test_a_reader_is_never_ahead_of_its_topic(scene: Scene) -> None:
    """Ends and offsets are read one after the other; what was read between hides no other lag."""
    await scene.auditor.begin()
    await write_events(scene.kafka, *(submitted() for _ in range(12)))
    ends = await scene.inspector.ends(["applications.v1"])
    written = {place: end - scene.auditor.since[place] for place, end in ends.items()}
    most = max(written, key=lambda place: written[place])
    await scene.commit(group_of("documents", APPLICATIONS), {most: ends[most] + 5})
    waiting = await scene.auditor.backlog()
    assert waiting.counts["records before documents.applications.v1"] == 12 - written[most]


async def test_a_record_that_was_read_does_not_wait(scene: Scene) -> None:
    """A group that has committed the end has no lag."""
    await scene.auditor.begin()
    await write_events(scene.kafka, submitted())
    ends = await scene.inspector.ends(["applications.v1"])
    for reader in ("documents", "notifications", "programme"):
        await scene.commit(group_of(reader, APPLICATIONS), ends)
    assert (await scene.auditor.backlog()).total == 0


async def test_an_unreachable_server_is_not_an_empty_backlog(scene: Scene) -> None:
    """The auditor gets an error and does not count zero."""
    away = dict.fromkeys(scene.dsn, "postgresql://nobody@127.0.0.1:1/nothing")
    for inspector, dsn in (
        (TopicInspector(client_options("127.0.0.1:1", None)), scene.dsn),
        (scene.inspector, away),
    ):
        with pytest.raises(Unavailable):
            await Auditor(inspector, scene.reader, dsn).backlog()


def test_the_backlog_is_described_in_words() -> None:
    """Only counts above zero."""
    assert Backlog({"deliveries": 2, "messages": 0, "callbacks": 1}).describe() == (
        "2 deliveries, 1 callbacks"
    )
    assert Backlog({"deliveries": 0}).describe() == "nothing"
