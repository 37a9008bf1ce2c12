"""Cases that were decided after the moment of a restore, by what the topic of a real broker has."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from libs.clock import utc_now
from libs.contracts.applications import SubmissionMade
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import encode
from tests.ciphers import make_cipher
from tests.operating import as_operator
from tests.services.cases.scenes import Desk, submitted
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

    async def decided(self, *decisions: MinistryDecided) -> None:
        """Write decisions as cases did before the restore."""
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


def decision(first: SubmissionMade, outcome: str = "approved", note: str = "") -> MinistryDecided:
    """What applications was told of a case."""
    return MinistryDecided(
        application_id=first.application_id,
        ministry=first.ministry,
        served_by="desk",
        outcome=outcome,
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
