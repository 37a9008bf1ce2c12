"""Cases that were decided after the moment of a restore, by what the topic of a real broker has."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from libs.clock import utc_now
from libs.contracts.applications import SubmissionAppealed, SubmissionMade
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.workflows.model import End
from services.cases.work import queries
from services.catalogue.workflows.reference import reference_workflows
from tests.ciphers import make_cipher
from tests.operating import as_operator
from tests.services.applications.scenes import PAPER
from tests.services.cases.scenes import Desk, appealed, submitted
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka

SINCE = (utc_now() - timedelta(days=1)).isoformat()


class Restored:
    """The database of cases after a restore to a moment before the decisions in the topic."""

    def __init__(self, desk: Desk, kafka: EmbeddedKafka, dsn: str) -> None:
        self.desk = desk
        self._kafka = kafka
        login = as_operator(kafka)
        self._runner = CliRunner(
            env={
                "CASES_DSN": dsn,
                "NAGORIK_KAFKA_BOOTSTRAP": login["NAGORIK_KAFKA_BOOTSTRAP"],
                "NAGORIK_KAFKA_SECURITY": login["NAGORIK_KAFKA_SECURITY"],
                "CASES_KAFKA_USER": login["kafka_user"],
                "CASES_KAFKA_PASSWORD": login["kafka_password"],
            }
        )

    async def decided(self, *decisions: MinistryDecided | SubmissionAppealed) -> None:
        """Write decisions as cases did before the restore, and objections that it had read."""
        producer = AIOKafkaProducer(**self._kafka.client, acks="all")
        await producer.start()
        try:
            for event in decisions:
                record = encode(event, trace=None)
                await producer.send_and_wait(
                    record.topic, value=record.value, key=record.key, headers=list(record.headers)
                )
        finally:
            await producer.stop()

    async def close_decided(self, *words: str) -> str:
        """Run the command; return what it printed."""
        command = ["admin", "cases", "close-decided", "--since", SINCE, "--by", "rahima", *words]

        def run() -> Result:
            return self._runner.invoke(make_app(), command)

        result = await asyncio.to_thread(run)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
async def restored(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> Restored:
    dsn = await dsn_for("cases")
    database = Database(dsn, connections=2, cipher=make_cipher())
    await database.open()
    return Restored(await Desk(database).prepare(), empty_kafka, dsn)


def decision(
    first: SubmissionMade, outcome: str = "approved", note: str = "", stage: str = "first"
) -> MinistryDecided:
    """What applications was told of a case."""
    return MinistryDecided(
        application_id=first.application_id,
        ministry=first.ministry,
        served_by="desk",
        outcome=outcome,
        stage=stage,
        note=Text(bn=note, en=note) if note else None,
    )


async def test_a_case_is_closed_as_its_citizen_was_told(restored: Restored) -> None:
    """With nothing left to do and nothing announced again; a repeat finds nothing.

    The first decision counts. One whose submission is not read again yet is closed by a later run.
    """
    desk = restored.desk
    approved, refused = submitted(), submitted(applicant_id=new_id())
    later, untouched = submitted(applicant_id=new_id()), submitted(applicant_id=new_id())
    await desk.take_in(approved, refused, untouched)
    announced = len(await desk.said())
    why = "Lives in another union"
    await restored.decided(decision(approved), decision(refused, "refused", why), decision(later))
    await restored.decided(decision(approved, "refused", why))
    listed = await restored.close_decided("--dry-run")
    assert (await desk.file(approved)).closed_at is None
    # Applications of different partitions are listed in any order.
    assert sorted((await restored.close_decided()).splitlines()) == sorted(listed.splitlines())
    assert "2 closed, 1 not here yet" in listed
    for first, outcome in ((approved, "approved"), (refused, "refused")):
        file = await desk.file(first)
        assert (file.state.outcome, file.waits_for) == (outcome, None)
    assert (await desk.file(untouched)).closed_at is None
    assert len(await desk.said()) == announced
    await desk.take_in(later)
    assert "1 closed" in await restored.close_decided()
    assert (await desk.file(later)).state.outcome == "approved"
    assert "3 closed before" in await restored.close_decided()
    assert await desk.rows("SELECT DISTINCT case_id FROM tasks") == [(untouched.event_id,)]
    by = "SELECT count(*) FROM audit_log WHERE action = 'close decided case' AND actor = 'rahima'"
    assert await desk.rows(by) == [(3,)]


@pytest.mark.parametrize(
    ("outcome", "end"), [("approved", "registered"), ("refused", "appeal_refused")]
)
async def test_what_was_decided_about_an_objection_counts(
    restored: Restored, outcome: str, end: str
) -> None:
    """The case has the words and papers of its citizen again, and nothing is announced."""
    desk, first = restored.desk, submitted("S001")
    await desk.take_in(first)
    announced = len(await desk.said())
    at = utc_now()
    await restored.decided(
        decision(first, outcome, "Found", stage="appeal"),  # the partitions are read in any order
        appealed(first, documents=(PAPER,), occurred_at=at),
        decision(first, "refused", "Not born here"),
    )
    listed = await restored.close_decided("--dry-run")
    assert (await desk.file(first)).closed_at is None
    assert await restored.close_decided() == listed
    assert "2 closed, 1 heard" in listed
    file = await desk.file(first)
    assert (file.state.step, file.waits_for) == (end, None)
    async with desk.database.transaction() as tx:
        history = await queries.read_history(tx, file.case_id, file.ministry)
        content = (await queries.read_contents(tx, [file]))[file.case_id]
    assert [entry.note.bn for entry in history if entry.note] == [
        "Not born here",
        "কাগজটি আবেদনের সঙ্গে ছিল",
        "Found",
    ]
    assert PAPER in content.documents
    assert len(await desk.said()) == announced
    assert "2 closed before" in await restored.close_decided()
    await desk.take_in(appealed(first, occurred_at=at))  # its dead letter, sent again
    assert (desk.refused, (await desk.file(first)).state.step) == ([], end)


async def test_an_objection_that_is_not_decided_is_heard_again(restored: Restored) -> None:
    """The case is open at the higher office, which its citizen is told; a repeat closes nothing."""
    desk, first = restored.desk, submitted("S001")
    await desk.take_in(first)
    await restored.decided(
        decision(first, "refused", "Not born here"), appealed(first, occurred_at=utc_now())
    )
    assert "1 closed, 1 heard" in await restored.close_decided()
    assert "1 closed before" in await restored.close_decided()
    versions = (each for each in reference_workflows() if each.workflow == "S001")
    workflow = max(versions, key=lambda each: each.version)
    refused = workflow.steps["refused"]
    assert isinstance(refused, End)
    assert refused.appeal is not None
    assert (await desk.file(first)).state.step == refused.appeal.to
    shown = workflow.steps[refused.appeal.to].name
    assert (await desk.said())[-1]["value"]["step"]["name"]["en"] == shown.en


async def test_a_decision_about_an_objection_that_is_not_here_is_left_to_a_person(
    restored: Restored,
) -> None:
    """It does not end the first round of a case."""
    desk, first = restored.desk, submitted("S001")
    await desk.take_in(first)
    await restored.decided(decision(first, stage="appeal"))
    assert "not closed the objection before it is not here" in await restored.close_decided()
    assert (await desk.file(first)).closed_at is None
