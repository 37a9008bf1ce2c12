"""Nothing of a citizen gets into the programme: not into a table, a file, an answer or a log.

Each frozen message of each topic that it reads is read, with a citizen planted in those about
applications; then she is looked for wherever something of the programme can be seen.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from libs.contracts import topics
from libs.contracts.applications import ApplicationSubmitted
from libs.database.pool import Database
from libs.messaging.reading.router import handlers_of
from libs.web.handling.routes import Routes
from services.programme.assistance import consumers as assistance
from services.programme.bodies import consumers as bodies
from services.programme.bodies.overview import Overview
from services.programme.calendar import consumers as calendar
from services.programme.centres import consumers as centres
from services.programme.figures import consumers as figures
from services.programme.infrastructure import consumers as infrastructure
from services.programme.people import consumers as people
from services.programme.snapshots.use_cases import take
from tests.contract.frozen import Sample, samples
from tests.libs.messaging.scenes import Raw, handling
from tests.services.programme.running import ROUTES, Api

HANDLERS: Final = handlers_of(
    module.router
    for module in (assistance, bodies, calendar, centres, figures, infrastructure, people)
)
NAME: Final = {"bn": "রোকসানা পারভীন ০১৭৯৯৮৮৭৭৬৬", "en": "Roksana Parvin 01799887766 19902617245"}
NOT_OF_A_CITIZEN: Final = {
    "public_service_id", "ministry", "from_ministry", "outcome", "cause", "changes", "waits_for",
    "kind", "rule_id", "office_id", "service_centre_id", "uddokta_id", "submitted_at", "due_on",
    "until", "before", "appeal_until",
}  # fmt: skip
"""Fields of events of applications whose values anybody may know."""
APPLICATION: Final = "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e3f"
"""The key of a record that could not be read is kept and announced: later ones of the application
wait. It says nothing about who the citizen is without the database of applications."""
MANDATE: Final = str(UUID(int=77))
READERS: Final = ("salma programme", "adviser leadership", "rahim officer mopa")
NOW: Final = datetime(2026, 3, 1, 4, tzinfo=UTC)
"""Weeks after the day of the samples, so that snapshots are taken."""


def planted_in(value: Any, name: str = "") -> Any:
    """The value with the citizen in each note, and a mandate of her own."""
    match value:
        case {"bn": _, "en": _} if name == "note":
            return NAME
        case str() if name == "mandate_id":
            return MANDATE
        case dict():
            return {field: planted_in(inner, field) for field, inner in value.items()}
        case list():
            return [planted_in(inner, name) for inner in value]
        case _:
            return value


def texts_of(value: Any, name: str = "") -> Iterator[str]:
    """What is of a citizen or of her application in an event."""
    match value:
        case dict():
            for field, inner in value.items():
                yield from texts_of(inner, name if field in {"bn", "en"} else field)
        case list():
            for inner in value:
                yield from texts_of(inner, name)
        case str() if name not in NOT_OF_A_CITIZEN:
            yield value


@dataclass(frozen=True)
class Planted:
    """The texts by which the citizen is found, in each spelling in which a row may have them."""

    texts: frozenset[str]

    def found_in(self, place: str) -> set[str]:
        spelled = {text: (text, text.encode().hex()) for text in self.texts}
        return {text for text, ways in spelled.items() if any(way in place for way in ways)}


async def rows_of(database: Database) -> Mapping[str, str]:
    """All rows of each table, as text."""
    async with database.transaction() as tx:
        tables = await tx.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        found = {}
        for row in tables:
            table = row["tablename"]
            rows = await tx.fetch(f'SELECT to_json(one)::text AS row FROM "{table}" AS one')  # noqa: S608
            found[table] = "\n".join(each["row"] for each in rows)
    return found


async def answers(api: Api) -> list[tuple[str, str]]:
    """Each address that somebody reads, with its answers."""
    index = (await api.call("GET", "/v1/open-data", who="")).json()
    files = [file["address"] for week in index["items"] for file in week["files"]]
    assert files, "open data of a week are there to be looked at"
    values: defaultdict[str, str] = defaultdict(lambda: str(UUID(int=1)))
    values |= {
        "body": "mopa", "area": "30262500", "service_centre_id": "gulshan", "number": "Q-1",
        "week_ends": index["items"][0]["week_ends"], "name": "bodies.csv",
    }  # fmt: skip
    paths = [
        declared.path.format_map(values)
        for declared in Routes.joined(*ROUTES).declarations
        if declared.method == "GET"
    ]
    found = []
    for path in (*paths, *files):
        for who in READERS:
            answer = await api.call("GET", path, who=who)
            found.append((path, answer.body.decode()))
    return found


async def read_all(database: Database) -> Planted:
    """Read each message of each topic, and one that cannot be read; return what was planted.

    Something happens weeks later, too, so that the weeks between are over.
    """
    planted: set[str] = set()
    offset = 0
    for sample in samples():
        if sample.topic not in HANDLERS:
            continue
        if sample.topic is topics.APPLICATIONS:
            sample = replace(sample, fields=planted_in(sample.fields))
            planted |= set(texts_of(sample.fields))
        offset += 1
        await handling(database, HANDLERS[sample.topic], topic=sample.topic).handle(
            [raw_of(sample, offset)]
        )
    work = handling(database, HANDLERS[topics.APPLICATIONS])
    first = next(sample for sample in samples() if sample.event_class is ApplicationSubmitted)
    late = {"ce_time": b"2026-02-20T04:30:00+00:00", "ce_id": str(UUID(int=9)).encode()}
    headers = [(name, late.get(name, value)) for name, value in first.headers]
    await work.handle([replace(raw_of(first, offset + 2), headers=headers)])
    unreadable = replace(raw_of(sample, offset + 1), topic=topics.APPLICATIONS.name)
    unreadable.value = f'{{"note": "{NAME["en"]}"'.encode()
    await work.handle([unreadable])
    return Planted(frozenset(planted))


def raw_of(sample: Sample, offset: int) -> Raw:
    return Raw(offset, sample.key, sample.value, sample.headers, sample.name)


async def test_nothing_of_a_citizen_is_found_anywhere(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    """In no table, no file of open data, no answer, and no line of the log."""
    planted = await read_all(database)
    assert {NAME["bn"], NAME["en"], "0198a5af-11aa-7b31-8c55-0a1b2c3d4e5f"} <= planted.texts
    async with database.transaction() as tx:
        assert await take(tx, Overview(), NOW)
    rows = await rows_of(database)
    assert rows["counts"]
    assert rows["dead_letters"], "what could not be read is kept, encrypted"
    for table, text in rows.items():
        by_key = {APPLICATION} if table in {"dead_letters", "outbox"} else set()
        assert planted.found_in(text) - by_key == set(), table
    api = Api(database, now=NOW)
    for path, text in await answers(api):
        assert planted.found_in(text) == set(), path
    log = capfd.readouterr()
    assert planted.found_in(log.out + log.err) == set()


def test_each_topic_that_the_programme_reads_is_read_above() -> None:
    """A consumer that is added later is one of them."""
    read = {topic for topic in topics.TOPICS if "programme" in topic.readers}
    assert read - {topics.REVOCATIONS} == HANDLERS.keys()


async def test_a_citizen_who_is_there_is_found(database: Database) -> None:
    """So that the test above means something: as text, and as bytes."""
    planted = Planted(frozenset(NAME.values()))
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO decided_days (public_service_id, day) VALUES ($1, '2026-06-30')",
            f"S001 {NAME['bn']}",
        )
        await tx.execute(
            "INSERT INTO outbox (topic, record_value, headers) VALUES ('t', $1, $1)",
            NAME["en"].encode(),
        )
    rows = await rows_of(database)
    assert planted.found_in(rows["decided_days"]) == {NAME["bn"]}
    assert planted.found_in(rows["outbox"]) == {NAME["en"]}
