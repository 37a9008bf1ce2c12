from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka import TopicPartition

from libs.contracts.access import group_of
from libs.contracts.applications import SubmissionMade
from libs.contracts.topics import DESK_SUBMISSIONS
from libs.database.pool import Database
from libs.dead_letters.rules import FailedRecord, Origin
from libs.dead_letters.use_cases import keep_records
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading import inbox
from libs.service import Resources
from libs.workflows.commands import Act
from services.cases.clocks.corrections import Corrections
from services.cases.clocks.use_cases import CORRECTION, run_out
from services.cases.settings import Settings
from services.cases.work import use_cases as work
from services.cases.work.values import Order
from tests.libs.messaging.scenes import settings_for, write_events
from tests.services.cases.scenes import NOW, Desk, corrected, submitted
from tools.embedded.kafka import EmbeddedKafka

LATE = NOW + timedelta(days=60)
A_WHILE = timedelta(minutes=15)


@pytest.fixture
async def resources(database: Database, empty_kafka: EmbeddedKafka) -> AsyncIterator[Resources]:
    made = replace(
        Resources.of("cases", Settings()),
        database=database,
        broker=Broker("cases", settings_for(empty_kafka)),
    )
    yield made
    made.tracing.close()


async def asked_to_correct(desk: Desk) -> SubmissionMade:
    """A case whose citizen is asked to correct."""
    first = submitted()
    await desk.take_in(first)
    for action, role in (("confirm", "ward_member"), ("ask_correction", "secretary")):
        file = await desk.file(first)
        act = Act(file.state.visit, action, role, "an officer")
        async with desk.database.transaction() as tx:
            content = (await work.read_contents(tx, [file]))[file.case_id]
            await work.carry_out(tx, [(file, content, Order(act, NOW))])
    assert (await desk.file(first)).state.status == "correction"
    return first


async def note_read(database: Database, kafka: EmbeddedKafka, offsets: dict[int, int]) -> None:
    """Store how far the service has read its submissions."""
    places = {TopicPartition(DESK_SUBMISSIONS.name, part): at for part, at in offsets.items()}
    async with database.transaction() as tx:
        await inbox.take_read(tx, [], group_of("cases", DESK_SUBMISSIONS), places)


async def test_a_correction_that_came_in_time_counts_however_late_it_is_read(
    database: Database, resources: Resources, empty_kafka: EmbeddedKafka
) -> None:
    """The service was down on the last evening: it reads first, and lets clocks run out then."""
    desk = await Desk(database).prepare()
    in_time, never = await asked_to_correct(desk), await asked_to_correct(desk)
    (offset,) = await write_events(empty_kafka, corrected(in_time))
    corrections = Corrections(resources, limit=10)
    for minutes in (0, 20):
        assert await corrections.run_out(LATE + timedelta(minutes=minutes)) == 0
    assert (await desk.file(in_time)).state.status == "correction"

    await desk.take_in(corrected(in_time))
    await note_read(database, empty_kafka, dict.fromkeys(range(3), offset + 1))
    assert await corrections.run_out(LATE + timedelta(minutes=21)) == 1
    assert (await desk.file(in_time)).state.step == "prepare"
    assert (await desk.file(never)).state.outcome == "lapsed"


async def test_while_kafka_is_away_and_just_after_nothing_lapses(
    database: Database, resources: Resources, unused_tcp_port: int
) -> None:
    """A correction of that time is still with applications, which publishes it afterwards."""
    desk = await Desk(database).prepare()
    first = await asked_to_correct(desk)
    away = Settings.model_validate({"NAGORIK_KAFKA_BOOTSTRAP": f"127.0.0.1:{unused_tcp_port}"})
    corrections = Corrections(replace(resources, broker=Broker("cases", away)), limit=10)
    with pytest.raises(Unavailable):
        await corrections.run_out(LATE)

    corrections = Corrections(resources, limit=10)
    assert await corrections.run_out(LATE + A_WHILE) == 0
    assert await corrections.run_out(LATE + 2 * A_WHILE - timedelta(seconds=1)) == 0
    assert (await desk.file(first)).state.status == "correction"
    assert await corrections.run_out(LATE + 2 * A_WHILE) == 1
    assert (await desk.file(first)).state.outcome == "lapsed"


async def test_a_correction_that_is_a_dead_letter_came_in_time(database: Database) -> None:
    """Its case waits until an operator has replayed it, and holds up no other."""
    desk = await Desk(database).prepare()
    sent, never = await asked_to_correct(desk), await asked_to_correct(desk)
    key = str(sent.application_id).encode()
    letter = FailedRecord(
        Origin(DESK_SUBMISSIONS.name, 0, 1, b"digest"),
        key,
        b"value",
        (),
        "defect.ValueError",
        "the handler failed",
        attempts=3,
        blocks=True,
        trace=None,
    )
    async with database.transaction() as tx:
        await keep_records(tx, [letter])
        assert await run_out(tx, CORRECTION, at=LATE, limit=10) == 2
    assert (await desk.file(sent)).state.status == "correction"
    assert (await desk.file(never)).state.outcome == "lapsed"
    async with database.transaction() as tx:
        await tx.execute("UPDATE dead_letters SET settled_at = now(), settled_how = 'discarded'")
        assert await run_out(tx, CORRECTION, at=LATE + timedelta(hours=1), limit=10) == 1
    assert (await desk.file(sent)).state.outcome == "lapsed"
