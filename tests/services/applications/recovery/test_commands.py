"""Applications that a restored database lost, taken up from the topics of a real broker."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from libs.clock import utc_now
from libs.contracts.applications import (
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.cases import AppealRecorded
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.topics import MINISTRIES
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.ids import derived_id, new_id, new_tracking_number
from libs.messaging.envelope import encode, event_key
from libs.messaging.reading import inbox
from services.applications.public_services.consumers import router
from services.applications.recovery import restored as recovery
from services.applications.recovery import use_cases
from services.applications.recovery.rules import TakenUp
from services.applications.submissions.rules import NewApplication, with_form
from services.applications.timeline.queries import read_timeline
from tests.ciphers import make_cipher
from tests.consuming import consuming
from tests.libs.messaging.scenes import RecordingHandler, consumer, running
from tests.operating import as_operator
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.scenes import (
    MINISTRY,
    application,
    correction_asked,
    decided,
    mandate_evidence,
    outbox_events,
    received,
    row_count,
    service_changed,
)
from tests.waiting import until
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka

SINCE = (utc_now() - timedelta(days=1)).isoformat()


class Restored:
    """The database of applications after a restore to a moment before everything in the topics."""

    def __init__(self, database: Database, kafka: EmbeddedKafka, dsn: str) -> None:
        self.database = database
        self._kafka = kafka
        login = as_operator(kafka)
        self._runner = CliRunner(
            env={
                "APPLICATIONS_DSN": dsn,
                "NAGORIK_KAFKA_BOOTSTRAP": login["NAGORIK_KAFKA_BOOTSTRAP"],
                "NAGORIK_KAFKA_SECURITY": login["NAGORIK_KAFKA_SECURITY"],
                "APPLICATIONS_KAFKA_USER": login["kafka_user"],
                "APPLICATIONS_KAFKA_PASSWORD": login["kafka_password"],
            }
        )

    async def publish(self, *events: Event, slow_ms: int = 0) -> None:
        """Write events as their services did, one after another, by a clock that may be slow."""
        producer = AIOKafkaProducer(**self._kafka.client, acks="all")
        await producer.start()
        try:
            for event in events:
                record = encode(event, trace=None)
                await producer.send_and_wait(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    timestamp_ms=int(utc_now().timestamp() * 1000) - slow_ms,
                )
        finally:
            await producer.stop()

    async def take_up(self, *words: str, exit_code: int = 0) -> str:
        """Run the command; return what it printed."""
        command = ["admin", "applications", "take-up", "--since", SINCE, "--by", "rahima", *words]

        def run() -> Result:
            return self._runner.invoke(make_app(), command)

        result = await asyncio.to_thread(run)
        assert result.exit_code == exit_code, result.output
        return result.output


@pytest.fixture
async def restored(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> Restored:
    dsn = await dsn_for("applications")
    database = Database(dsn, connections=2, cipher=make_cipher())
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(service_changed("S001"))
    return Restored(database, empty_kafka, dsn)


def submitted(*, assisted: bool = False, **fields: Any) -> NewApplication:
    """A new application with its two events."""
    application_id = new_id()
    return with_form(
        application(
            application_id=application_id,
            tracking_number=new_tracking_number(application_id),
            submitted_at=utc_now() - timedelta(hours=1),
            **fields,
        ),
        right_answers("S001"),
        1,
        mandate=mandate_evidence() if assisted else None,
    )


def corrected(new: NewApplication) -> SubmissionCorrected:
    facts = new.application.submission_facts()
    return SubmissionCorrected(form=right_answers("S001"), form_version=1, **facts)


def appealed(new: NewApplication) -> SubmissionAppealed:
    facts = new.application.submission_facts()
    known = {name: facts[name] for name in SubmissionAppealed.model_fields if name in facts}
    return SubmissionAppealed(grounds="কাগজটি দেওয়া ছিল", **known)


def moved(new: NewApplication) -> SubmissionMade:
    event_id = derived_id(new.application.application_id, f"{SubmissionMade.type} after 1")
    return new.submission.model_copy(update={"event_id": event_id})


def withdrawn(new: NewApplication) -> SubmissionWithdrawn:
    return SubmissionWithdrawn(**new.application.submission_facts())


@pytest.mark.parametrize("at_once", [2, 5_000])
async def test_what_the_topics_have_is_taken_up_as_it_went_on(
    restored: Restored, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its form, status, notes and timeline; a repeat finds nothing.

    The topics are read again for every so many, so that the forms of weeks are not in memory.
    """
    monkeypatch.setattr(recovery, "_AT_ONCE", at_once)
    fresh, decided_, returned, gone, assisted = (
        submitted(),
        submitted(),
        submitted(),
        submitted(),
        submitted(assisted=True),
    )
    await restored.publish(
        *(event for new in (fresh, decided_, returned, gone, assisted) for event in new.events()),
        received(decided_.application.application_id, case_file_number="12/2026"),
        decided(decided_.application.application_id),
        corrected(returned),  # the clock of who asked for it is ahead
        correction_asked(returned.application.application_id),
        withdrawn(gone),
    )
    listed = await restored.take_up("--dry-run")
    async with restored.database.transaction() as tx:
        assert await row_count(tx, "applications") == 0
    assert sorted((await restored.take_up()).splitlines()) == sorted(listed.splitlines())
    lines = {line.split()[0]: line.split()[1:3] for line in listed.splitlines()[:-1]}
    assert lines == {
        fresh.application.tracking_number: ["taken_up", "submitted"],
        decided_.application.tracking_number: ["taken_up", "approved"],
        returned.application.tracking_number: ["taken_up", "with_ministry"],
        gone.application.tracking_number: ["taken_up", "withdrawn"],
        assisted.application.tracking_number: ["taken_up", "submitted"],
    }
    async with restored.database.transaction() as tx:
        assert await row_count(tx, "submissions") == 6
        assert await row_count(tx, "mandates") == 1
        events = await outbox_events(tx)
        assert await tx.fetchval("SELECT actor FROM recovery_journal") == "rahima"
    told = [each for each in events if each["type"] == "application_delayed"]
    assert {each["value"]["tracking_number"] for each in told} == {
        new_application.application.tracking_number
        for new_application in (fresh, returned, assisted)
    }
    assert {each["value"]["cause"] for each in told} == {"platform"}
    ids = {each["id"] for each in events}
    assert {
        str(new_application.announcement.event_id) for new_application in (fresh, decided_, gone)
    } <= ids
    assert await restored.take_up() == "nothing is lost\n"
    async with restored.database.transaction() as tx:
        assert len(await outbox_events(tx)) == len(events)


async def test_a_service_that_runs_takes_nothing_up(
    restored: Restored, empty_kafka: EmbeddedKafka
) -> None:
    """It would refuse what ministries decide about what it does not have yet."""
    part = consumer(
        restored.database,
        RecordingHandler(),
        empty_kafka,
        name="applications",
        topic=MINISTRIES,
    )
    async with running(part):
        await until(lambda: part.health().ready)
        said = await restored.take_up(exit_code=1)
        assert said in await restored.take_up("--dry-run")
    assert "has members: stop applications" in said


async def test_what_a_citizen_did_since_the_moment_is_done_again(restored: Restored) -> None:
    """An application that the database has goes on with its correction, or is withdrawn."""
    returned, gone = submitted(), submitted()
    asked = correction_asked(returned.application.application_id)
    await restored.publish(*returned.events(), *gone.events())
    await restored.take_up()  # now they are in the database, as before the moment
    await restored.publish(asked, corrected(returned), withdrawn(gone))
    listed = await restored.take_up()
    assert f"{returned.application.tracking_number} brought_up_to_date with_ministry" in listed
    assert f"{gone.application.tracking_number} brought_up_to_date withdrawn" in listed
    record = encode(asked, trace=None)
    async with restored.database.transaction() as tx:  # or a correction would be asked for again
        assert await inbox.read_handled(tx, [event_key(record.topic, record.headers)])


async def test_what_officers_work_on_here_is_taken_up_with_what_they_said(
    restored: Restored,
) -> None:
    """Its submission and their decision are in the topics of the desk."""
    new = submitted(adapter="desk")
    application_id = new.application.application_id
    await restored.publish(
        *new.events(),
        received(application_id, served_by="desk"),
        decided(application_id, served_by="desk"),
    )
    assert f"{new.application.tracking_number} taken_up approved" in await restored.take_up()


async def test_a_lost_objection_comes_back_with_its_words(restored: Restored) -> None:
    """Also where the clock of whoever decided is slow; the citizen reads what she wrote."""
    new = submitted(adapter="desk")
    application_id = new.application.application_id
    said: dict[str, Any] = {"served_by": "desk", "note": Text(bn="কারণ", en="Why")}
    await restored.publish(*new.events())
    await restored.publish(appealed(new), slow_ms=50_000)
    await restored.publish(
        decided(application_id, outcome="refused", **said, appeal_days=30), slow_ms=60_000
    )
    await restored.publish(decided(application_id, **said, stage="appeal"), slow_ms=90_000)
    assert f"{new.application.tracking_number} taken_up approved" in await restored.take_up()
    async with restored.database.transaction() as tx:
        timeline = await read_timeline(
            tx, new.application.tracking_number, new.application.citizen_id
        )
    notes = [entry.note for entry in timeline if entry.type == "application_appealed"]
    assert [note.bn for note in notes if note] == ["কাগজটি দেওয়া ছিল"]


async def test_an_objection_that_an_office_recorded_comes_back_with_its_words(
    restored: Restored,
) -> None:
    """What the office said and what was sent back to it are one objection."""
    new = submitted(adapter="desk")
    application_id = new.application.application_id
    said: dict[str, Any] = {"served_by": "desk", "note": Text(bn="কারণ", en="Why")}
    await restored.publish(*new.events())
    await restored.publish(decided(application_id, outcome="refused", **said, appeal_days=30))
    letter = AppealRecorded(
        application_id=application_id,
        ministry=new.application.ministry,
        grounds="কাগজটি দেওয়া ছিল",
    )
    await restored.publish(letter)
    await restored.publish(appealed(new))
    assert f"{new.application.tracking_number} taken_up with_ministry" in await restored.take_up()
    async with restored.database.transaction() as tx:
        timeline = await read_timeline(
            tx, new.application.tracking_number, new.application.citizen_id
        )
    notes = [entry.note for entry in timeline if entry.type == "application_appealed"]
    assert [note.bn for note in notes if note] == ["কাগজটি দেওয়া ছিল"]


async def test_what_has_no_form_in_any_topic_is_listed(restored: Restored) -> None:
    """An application to a ministry without a connection was announced, and nothing more."""
    waiting = submitted()
    await restored.publish(waiting.announcement)
    assert f"{waiting.application.tracking_number} form_lost" in await restored.take_up()


async def test_nobody_applies_again_for_what_was_moved(restored: Restored) -> None:
    """The ministry that an operator moved it to has the form; the move is to be made again."""
    waiting, handed_over = submitted(), submitted()
    await restored.publish(waiting.announcement, moved(waiting))
    await restored.publish(*handed_over.events(), moved(handed_over))
    listed = await restored.take_up()
    for new, outcome in ((waiting, "not_taken_up -"), (handed_over, "taken_up submitted")):
        number = new.application.tracking_number
        assert f"{number} {outcome} it was moved to {MINISTRY}, which has it" in listed


async def test_what_contradicts_the_database_is_left_to_a_person(restored: Restored) -> None:
    """A correction that nobody asked for is not stored, and its application is."""
    odd, fresh = submitted(), submitted()
    await restored.publish(*odd.events(), corrected(odd), *fresh.events())
    listed = await restored.take_up()
    number = odd.application.tracking_number
    assert f"{number} taken_up submitted correction_not_asked" in listed
    assert f"{fresh.application.tracking_number} taken_up submitted" in listed
    async with restored.database.transaction() as tx:
        assert await row_count(tx, "submissions") == 2


async def test_a_slow_clock_of_a_ministry_loses_no_application(restored: Restored) -> None:
    """What a ministry said counts after the submission, whatever time its records have."""
    new = submitted()
    application_id = new.application.application_id
    await restored.publish(*new.events())
    await restored.publish(received(application_id), slow_ms=60_000)
    await restored.publish(decided(application_id), slow_ms=90_000)
    assert f"{new.application.tracking_number} taken_up approved" in await restored.take_up()


async def test_an_application_for_a_service_that_is_new_since_is_taken_up(
    restored: Restored,
) -> None:
    """The service reads about it only after its start; until then nobody knows the last day."""
    new = submitted()
    async with restored.database.transaction() as tx, consuming(router, tx) as consume:
        await tx.execute("DELETE FROM public_services")
        await consume(service_changed("S005"))
    await restored.publish(*new.events())
    assert f"{new.application.tracking_number} taken_up submitted" in await restored.take_up()


async def test_what_was_taken_up_before_a_failure_is_listed(
    restored: Restored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeat finds it in the database, and says nothing of it."""
    first, second = submitted(), submitted()
    await restored.publish(*first.events(), *second.events())
    take_up, calls = use_cases.take_up, list[Any]()

    async def fails_later(*args: Any, **more: Any) -> TakenUp:
        calls.append(args)
        if len(calls) > 1:
            raise Unavailable("database", "gone")
        return await take_up(*args, **more)

    monkeypatch.setattr(use_cases, "take_up", fails_later)
    listed = await restored.take_up(exit_code=1)
    monkeypatch.undo()
    listed += await restored.take_up()
    for new_application in (first, second):
        assert (
            listed.count(f"{new_application.application.tracking_number} taken_up submitted") == 1
        )
