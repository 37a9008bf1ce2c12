"""The programme's database is lost, made anew, and rebuilt from what the topics still have."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from typer.testing import CliRunner

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.applications import DayRecounted, ServiceCount
from libs.database.pool import Database
from libs.messaging.kafka.administering import administering
from services.programme.bodies.overview import Overview
from services.programme.figures.rules import ApplicationEvent, counts_of
from services.programme.main import build
from services.programme.settings import Settings
from services.programme.snapshots.use_cases import take
from tests.ciphers import make_cipher
from tests.libs.messaging.scenes import write_events
from tests.operating import as_operator
from tests.services.programme.bodies.scenes import announced, connected
from tests.services.programme.figures.scenes import decided, rated, read_counts, submitted
from tests.services.programme.rollout.scenes import centre
from tests.services.programme.running import Api
from tests.waiting import PATIENCE_S, until
from tools.chaos.inspector import TopicInspector
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres

DAY: Final = timedelta(days=1)
TODAY: Final = dhaka_date(utc_now())
SERVICES: Final = ("S001", "S002", "S003")
SUBMITTED: Final = submitted().type


DAYS: Final = [TODAY - number * DAY for number in range(45, 0, -1)]
OF_OTHERS: Final = (announced("S001", published=True), connected(), centre("nilkhet"))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(6), UTC)


def happened_on(day: date) -> list[ApplicationEvent]:
    """What happened to the applications of a day."""
    found: list[ApplicationEvent] = []
    for number in range(8):
        at, service = noon(day), SERVICES[(day.toordinal() + number) % 3]
        of: dict[str, Any] = {"occurred_at": at, "public_service_id": service}
        said = {"submitted_at": at - number * DAY, "due_on": day - (number % 2) * DAY}
        found += [submitted(**of), decided(**of, **said), rated(number % 5 + 1, **of)]
    return found


def recounted(day: date, events: Sequence[ApplicationEvent]) -> DayRecounted:
    """The same day, counted by its owner."""
    number = Counter(one.public_service_id for one in events if one.type == SUBMITTED)
    counts = tuple(ServiceCount(public_service_id=each, submitted=number[each]) for each in number)
    return DayRecounted(day=day, occurred_at=noon(day) + DAY, counts=counts)


HAPPENED: Final = {day: happened_on(day) for day in DAYS}


class Programme:
    """The service on a real broker and database."""

    def __init__(self, kafka: EmbeddedKafka, dsn: str) -> None:
        self.database = Database(dsn, connections=1, cipher=make_cipher())
        self._kafka, self._dsn = kafka, dsn

    async def read_until(self, since: date, number: int) -> None:
        """Let the service run until it has counted so much of the days since one."""
        login = as_operator(self._kafka)
        settings = Settings.model_validate({"dsn": self._dsn, **login})
        stop = asyncio.Event()
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(build(settings).run(stop))
            await until(lambda: self._has_read(since, number))
            stop.set()

    async def _has_read(self, since: date, number: int) -> bool:
        async with self.database.transaction() as tx:
            of_others = await tx.fetchval(
                """
                SELECT (SELECT count(*) FROM recounted_days) + (SELECT count(*) FROM centres)
                       + (SELECT count(*) FROM facts)
                """
            )
            counts = await read_counts(tx, since)
        return (sum(counts.values()), of_others) == (number, len(DAYS) + len(OF_OTHERS))

    def rewind(self) -> str:
        """Run the command of the runbook; return what it printed."""
        login = as_operator(self._kafka)
        env = {
            "PROGRAMME_DSN": self._dsn,
            "NAGORIK_KAFKA_BOOTSTRAP": login["NAGORIK_KAFKA_BOOTSTRAP"],
            "NAGORIK_KAFKA_SECURITY": login["NAGORIK_KAFKA_SECURITY"],
            "PROGRAMME_KAFKA_USER": login["kafka_user"],
            "PROGRAMME_KAFKA_PASSWORD": login["kafka_password"],
        }
        words = ["admin", "programme", "rewind", "--by", "rahima"]
        result = CliRunner(env=env).invoke(make_app(), words)
        assert result.exit_code == 0, result.output
        return result.output

    async def figures(self) -> Any:
        """What those who lead see, but for the moment and since when."""
        api = Api(self.database, now=utc_now())
        found = (await api.call("GET", "/v1/programme/figures", who="salma leadership")).json()
        found["recount"].pop("days")
        return {name: found[name] for name in ("bodies", "periods", "recount")}

    async def weeks(self) -> dict[date, int | None]:
        """Take the snapshots that are due; return what was submitted in each week."""
        async with self.database.transaction() as tx:
            taken = await take(tx, Overview(), utc_now())
        found, api = {}, Api(self.database, now=utc_now())
        for week in taken:
            table = (await api.call("GET", f"/v1/open-data/{week}/country.json", who="")).json()
            found[week] = table["rows"][0]["submitted"]
        return found


async def ends(kafka: EmbeddedKafka) -> dict[TopicPartition, int]:
    """The next offset of each partition of the events of applications."""
    found = await TopicInspector(kafka.client).ends([topics.APPLICATIONS.name])
    return {TopicPartition(*place): end for place, end in found.items()}


async def lose(postgres: EmbeddedPostgres) -> None:
    """Make the database anew: migrated, and without a row."""
    connection = await asyncpg.connect(postgres.dsn("programme"))
    names = await connection.fetchval(
        """
        SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND relname NOT IN ('migrations', 'data_keys', 'hour_keys')
        """
    )
    await connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    await connection.close()


Cuts = list[dict[TopicPartition, int]]


async def write_all(kafka: EmbeddedKafka) -> Cuts:
    """Write what happened; return the next offsets after two of the days."""
    cuts: Cuts = []
    for day, events in HAPPENED.items():
        await write_events(kafka, *events)
        if day in {TODAY - 36 * DAY, TODAY - 31 * DAY}:
            cuts.append(await ends(kafka))
    await write_events(kafka, *OF_OTHERS)
    await write_events(kafka, *(recounted(day, found) for day, found in HAPPENED.items()))
    return cuts


async def forget(kafka: EmbeddedKafka, cuts: Cuts) -> None:
    """Delete what is older: of some partitions up to the first of two days, else to the second."""
    async with administering(kafka.client) as admin:
        await admin.delete_records(
            {
                place: RecordsToDelete(before_offset=cuts[place.partition % 2][place])
                for place in cuts[0]
            }
        )


async def test_a_lost_database_is_rebuilt_from_the_topics_to_the_same_numbers(
    empty_kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    postgres: EmbeddedPostgres,
) -> None:
    """Topics have lost what is older than 30 days, of some partitions more than of others.

    Of these days nothing is called lost and no week is published; a stage is not set anew.
    """
    programme = Programme(empty_kafka, await dsn_for("programme"))
    await programme.database.open()
    cuts = await write_all(empty_kafka)
    counted = counts_of(event for events in HAPPENED.values() for event in events)
    await programme.read_until(DAYS[0], sum(counted.values()))
    before, weeks = await programme.figures(), await programme.weeks()
    assert before["recount"]["lost"] == before["recount"]["counted_twice"] == 0
    assert before["bodies"]["live"] == 1

    await forget(empty_kafka, cuts)
    await lose(postgres)
    printed = await asyncio.to_thread(programme.rewind)
    assert "are deleted: they are lost to this service" in printed
    since = TODAY - 30 * DAY
    of_days = {key: number for key, number in counted.items() if key.day >= since}
    await programme.read_until(since, sum(of_days.values()))
    async with programme.database.transaction() as tx:
        assert await read_counts(tx, since) == of_days
        assert await tx.fetchval("SELECT count(*) FROM area_stages") == 0
    assert await programme.figures() == before
    again = await programme.weeks()
    assert min(again) - 6 * DAY > since
    assert again == {week: weeks[week] for week in again}
    await programme.database.close()
