"""What an auditor finds on a real broker and in real databases, and whether all is quiet."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import asyncpg
import pytest

from libs.contracts.events import Event
from libs.contracts.ministries import MinistryReceived
from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.broker import client_options
from libs.messaging.envelope import encode, event_key
from libs.messaging.outsider import Outsider
from services.registry import WITH_DATABASE
from tests.libs.messaging.scene import submitted, withdrawn, write, write_events
from tests.tools.chaos.playing import PlayedInChaos, in_chaos
from tests.tools.chaos.world import click
from tools.chaos.breaking import group_of
from tools.chaos.crowd import Visitor
from tools.chaos.evidence import Auditor, Seen, Waiting
from tools.chaos.witness import Witness
from tools.embedded.kafka import EmbeddedKafka
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
OUTBOX = "INSERT INTO outbox (topic, headers) VALUES ('catalogue.v1', '[]')"
CASE = "INSERT INTO cases (application_id, ministry) VALUES ($1, 'mopa')"
DELIVERY = """
INSERT INTO deliveries (delivery_id, application_id, ministry, tracking_number, public_service_id,
                        kind)
VALUES ($1, $1, 'mopa', '', 'S001', 'lodged')
"""
MESSAGE = """
INSERT INTO messages (message_id, citizen_id, application_id, template)
VALUES ($1, $1, $1, 'submitted')
"""


class Sees:
    """A citizen who is shown what is hers, or nothing."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown

    async def view(self, tracking_number: str) -> dict[str, str]:
        if not self._shown:
            raise NotServed("GET application: 404")
        return {"status": tracking_number}


@dataclass
class Scene:
    """A platform at rest, and who looks at it."""

    auditor: Auditor
    witness: Witness
    outsider: Outsider
    kafka: EmbeddedKafka
    dsn: dict[str, str]
    played: PlayedInChaos

    async def say(self, service: str, sql: str, *values: object) -> None:
        """Have a service's own tables say something."""
        connection = await asyncpg.connect(self.dsn[service])
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()

    async def read_up_to(self, group: str, places: dict[tuple[str, int], int]) -> None:
        """Have a group's offsets stand there."""
        assert await self.outsider.rewind(group, places)


@pytest.fixture
async def scene(
    still_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> AsyncIterator[Scene]:
    """Every service's database, migrated and empty, a broker that is still, a played sandbox."""
    async with in_chaos() as (played, http):
        dsn = {service: await dsn_for(service) for service in WITH_DATABASE}
        outsider, witness = Outsider(still_kafka.client), Witness(http, played.url)
        auditor = Auditor(outsider, witness, dsn)
        yield Scene(auditor, witness, outsider, still_kafka, dsn, played)


def key_of(event: Event) -> UUID:
    """What the inboxes know an event by."""
    record = encode(event, trace=None)
    return event_key(record.topic, record.headers)


async def test_the_records_of_the_run_are_read_each_under_its_topic_of_the_map(
    scene: Scene,
) -> None:
    """What was there before is left out; what nobody can read is there without a type."""
    await write_events(scene.kafka, submitted())
    await scene.auditor.begin()
    application = new_id()
    first, later = submitted(application), withdrawn(application)
    received = MinistryReceived(application_id=application, ministry="mopa")
    await write_events(scene.kafka, first, later, received)
    await write(scene.kafka, encode(submitted(), trace=None)._replace(value=b"{"))
    records = (await scene.auditor.gather([])).records
    mine = [each for each in records if each.key == str(application)]
    by_topic = {each.topic: [seen for seen in mine if seen.topic == each.topic] for each in mine}
    assert [each.type for each in by_topic["applications.v1"]] == [first.type, later.type]
    (told,) = by_topic["ministries.<ministry>.v1"]
    assert told.place == ("ministries.mopa.v1", 0)
    assert told.event_id == str(received.event_id)
    assert told.fields["ministry"] == "mopa"
    assert [each.event_key for each in by_topic["applications.v1"]] == [
        key_of(first),
        key_of(later),
    ]
    assert [each.event_key for each in records if not each.type] == [None]
    assert len(records) == 4


async def test_only_the_dead_letters_of_the_run_are_findings(scene: Scene) -> None:
    """What earlier runs left behind is known."""
    await scene.say("notifications", LETTER, 1)
    await scene.auditor.begin()
    await scene.say("notifications", LETTER, 2)
    await scene.say("ministries", LETTER, 3)
    letters = (await scene.auditor.gather([])).letters
    assert {
        service: [each.dead_letter_id for each in kept] for service, kept in letters.items()
    } == {
        "applications": [],
        "ministries": [1],
        "notifications": [2],
    }


async def test_what_no_inbox_has_was_not_handled(scene: Scene) -> None:
    """It tells whether the reader has passed it over, or has not come to it."""
    await scene.auditor.begin()
    application = new_id()
    done, passed, waiting = (submitted(application) for _ in range(3))
    await write_events(scene.kafka, done, passed, waiting)
    records = await seen_of(scene, application)
    await scene.say("notifications", "INSERT INTO inbox (event_key) VALUES ($1)", key_of(done))
    group = group_of("notifications", "applications.v1")
    await scene.read_up_to(group, {records[2].place: records[2].offset})
    unhandled = (await scene.auditor.gather([])).unhandled
    assert unhandled == [
        ("notifications", records[1], True),
        ("notifications", records[2], False),
    ]


async def seen_of(scene: Scene, application: UUID) -> list[Seen]:
    """The records of an application, in order."""
    records = (await scene.auditor.gather([])).records
    return [each for each in records if each.key == str(application)]


async def test_ghosts_and_surplus_are_what_nobody_clicked_for(scene: Scene) -> None:
    """A hand-over of what is not there, and one application too many of a citizen of ours."""
    await scene.auditor.begin()
    citizen, stranger = new_id(), new_id()
    mine, surplus, others, ghost = (new_id() for _ in range(4))
    for application, owner in ((mine, citizen), (surplus, citizen), (others, stranger)):
        await scene.say("applications", APPLICATION, application, owner)
    for application in (mine, others, ghost):
        scene.played.note("submissions", application_id=str(application), kind="lodged")
    evidence = await scene.auditor.gather([click(mine, citizen=cast("Visitor", Sees()))])
    assert evidence.ghosts == {str(ghost)}
    assert evidence.surplus == {str(surplus)}
    assert len(evidence.books.submissions) == 3


async def test_each_application_is_seen_as_its_citizen_is_shown_it(scene: Scene) -> None:
    """One that is not shown has no view; who has no answer has nothing to look up."""
    await scene.auditor.begin()
    shown = click(citizen=cast("Visitor", Sees()))
    missing = click(citizen=cast("Visitor", Sees(shown=False)))
    unanswered = click(tracking_number="", application_id="")
    evidence = await scene.auditor.gather([shown, missing, unanswered])
    assert evidence.views == {shown.application_id: {"status": shown.tracking_number}}


async def test_all_is_quiet_when_nothing_waits_anywhere(scene: Scene) -> None:
    """Earlier records that a group of this run has never read are none of its business."""
    await write_events(scene.kafka, submitted())
    await scene.auditor.begin()
    assert (await scene.auditor.waiting()).total == 0


async def test_whatever_waits_is_counted_under_its_name(scene: Scene) -> None:
    """Rows to be published, handed over or sent, callbacks, and records that are not read."""
    await scene.auditor.begin()
    some_id = new_id()
    await scene.say("catalogue", OUTBOX)
    await scene.say("ministries", CASE, some_id)
    await scene.say("ministries", DELIVERY, some_id)
    await scene.say("notifications", MESSAGE, some_id)
    scene.played.owed = 2
    await write_events(scene.kafka, submitted(), submitted())
    waiting = await scene.auditor.waiting()
    assert {name: count for name, count in waiting.counts.items() if count} == {
        "outbox rows of catalogue": 1,
        "deliveries": 1,
        "messages": 1,
        "callbacks owed": 2,
        "records before notifications.applications.v1": 2,
    }
    assert waiting.total == 7


async def test_what_was_read_no_longer_waits(scene: Scene) -> None:
    """A group that has committed up to the end is not behind."""
    await scene.auditor.begin()
    await write_events(scene.kafka, submitted())
    ends = await scene.outsider.ends(["applications.v1"])
    await scene.read_up_to(group_of("notifications", "applications.v1"), ends)
    assert (await scene.auditor.waiting()).total == 0


async def test_nothing_is_quiet_while_something_is_away(scene: Scene) -> None:
    """Who cannot look does not say that nothing waits."""
    away = dict.fromkeys(scene.dsn, "postgresql://nobody@127.0.0.1:1/nothing")
    for outsider, dsn in (
        (Outsider(client_options("127.0.0.1:1", None)), scene.dsn),
        (scene.outsider, away),
    ):
        with pytest.raises(Unavailable):
            await Auditor(outsider, scene.witness, dsn).waiting()


def test_what_waits_is_told_in_words() -> None:
    """Only what there is, or nothing."""
    assert Waiting({"deliveries": 2, "messages": 0, "callbacks owed": 1}).told() == (
        "2 deliveries, 1 callbacks owed"
    )
    assert Waiting({"deliveries": 0}).told() == "nothing"
