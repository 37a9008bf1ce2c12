"""`admin <service> rewind` beside a real broker and database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from libs.clock import utc_now
from libs.contracts.topics import OLDEST_RESTORE_DAYS, READING_SERVICES
from libs.database.pool import Database
from libs.ids import new_id
from tests.libs.messaging.scenes import (
    RecordingHandler,
    consumer,
    running,
    submitted,
    write_events,
)
from tests.operating import as_operator
from tests.waiting import until
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka

SERVICE = "documents"
_TIMES = {
    "in the future": utc_now() + timedelta(days=1),
    f"{OLDEST_RESTORE_DAYS} days ago": utc_now() - timedelta(days=OLDEST_RESTORE_DAYS + 1),
}


def command(*words: str, service: str = SERVICE, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(make_app(), ["admin", service, *words, "--by", "rahima"])


@pytest.mark.parametrize("said", _TIMES)
@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("identity", ("take-up", "--since")),
        ("applications", ("take-up", "--since")),
        ("ministries", ("rewind", "--to")),
    ],
)
def test_a_moment_that_cannot_be_one_is_refused(
    service: str, words: tuple[str, ...], said: str
) -> None:
    """Of a time to come nothing was lost yet, and of one too long ago topics have lost records."""
    result = command(*words, _TIMES[said].isoformat(), service=service)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


def test_brokers_that_do_not_run_are_named() -> None:
    """Only the service is stopped for it."""
    env = {
        "DOCUMENTS_DSN": "postgresql://nobody@127.0.0.1:1/nothing",
        "NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    }
    result = command("rewind", env=env)
    assert result.exit_code == 1
    assert "Kafka and PostgreSQL must run" in result.output


async def test_a_service_that_runs_is_named(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """It is refused also where nothing is to be read again, and a dry run says so."""
    dsn = await dsn_for("applications")
    login = as_operator(empty_kafka)
    env = {
        "DOCUMENTS_DSN": dsn,
        "NAGORIK_KAFKA_BOOTSTRAP": login["NAGORIK_KAFKA_BOOTSTRAP"],
        "NAGORIK_KAFKA_SECURITY": login["NAGORIK_KAFKA_SECURITY"],
        "DOCUMENTS_KAFKA_USER": login["kafka_user"],
        "DOCUMENTS_KAFKA_PASSWORD": login["kafka_password"],
    }
    database, recorder, application = Database(dsn, connections=2), RecordingHandler(), new_id()
    async with running(consumer(database, recorder, empty_kafka, name=SERVICE)):
        await write_events(empty_kafka, submitted(application))
        await until(lambda: recorder.of(application))
        dry = await asyncio.to_thread(command, "rewind", "--dry-run", env=env)
        real = await asyncio.to_thread(command, "rewind", env=env)
    await database.close()
    assert (dry.exit_code, real.exit_code) == (0, 1)
    for result in (dry, real):
        assert "documents.applications.v1 has members: stop documents" in result.output


@pytest.mark.parametrize("service", READING_SERVICES)
def test_it_is_called_by_its_name_at_each_service(service: str) -> None:
    """Also at one that has no other command, which would be called without its name."""
    shown = CliRunner().invoke(make_app(), ["admin", service, "rewind", "--help"])
    assert (shown.exit_code, "read again" in shown.output) == (0, True)
