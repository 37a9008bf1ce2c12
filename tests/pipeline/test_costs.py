"""What an application costs in round trips, counted in PostgreSQL's own log."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from libs.contracts.topics import APPLICATIONS, HOSTED_MINISTRIES, HOSTED_SUBMISSIONS, Topic
from libs.messaging.envelope import read
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of
from tests.waiting import until
from tools.embedded.postgres import EmbeddedPostgres
from tools.virtual_users.citizen import Accepted, Citizen

Answered = Callable[[Accepted], Awaitable[None]]

_LINE = re.compile(
    r"^(?P<service>\w+)_pipeline (?P<transaction>\d+/\d+) LOG: [^\n]*?"
    r" (?P<step>statement|parse|bind|execute)[^:\n]*: (?P<text>.*?)(?=^\w* [\d/]* LOG:|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Transactions of each service, and their statements without BEGIN and COMMIT: docs/performance.md.
AT_ONCE = {
    "applications": (2, 7),
    "ministries": (2, 7),
    "notifications": (4, 10),
    "documents": (2, 4),
    "programme": (2, 6),
}
LATER = {
    "applications": (3, 11),
    "ministries": (3, 15),  # one of them finds a withdrawal that the ministry has confirmed
    "notifications": (7, 15),
    "documents": (3, 5),
    "programme": (3, 8),
}
_OURS = "SELECT FROM inbox WHERE event_key = ANY($1)"
# asyncpg asks for types when a connection first meets them. What each ministry's system does is
# written every few seconds. Blocked keys are asked for while any record is a dead letter.
_NOT_COUNTED = ("typeinfo_tree", "set_config('jit'", "ministry_status", "FROM dead_letters", _OURS)


@pytest.fixture
async def log(postgres: EmbeddedPostgres) -> AsyncIterator[Callable[[], str]]:
    """PostgreSQL logs every statement with its parameters; returns what it has logged since."""
    settings = {"log_line_prefix": "'%d %v '", "log_min_duration_statement": "0"}
    connection = await asyncpg.connect(postgres.dsn())
    begins_at = postgres.log_path.stat().st_size

    def read_log() -> str:
        return postgres.log_path.read_bytes()[begins_at:].decode()

    for name, value in settings.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    await until(lambda: _LINE.search(read_log()) is not None)
    yield read_log
    for name in settings:
        await connection.execute(f"ALTER SYSTEM RESET {name}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@pytest.mark.parametrize(
    ("behaviour", "most"),
    [
        ({"mode": "answer"}, AT_ONCE),
        ({"mode": "callback", "decision_delay_ms": 1_000}, LATER),
    ],
    ids=["at-once", "later"],
)
async def test_an_application_costs_no_more_round_trips_than_documented(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Answered,
    behave: Callable[..., Awaitable[None]],
    log: Callable[[], str],
    behaviour: dict[str, Any],
    most: dict[str, tuple[int, int]],
) -> None:
    """A transaction that does the work of two events is counted once."""
    await behave(**behaviour)
    first = await citizen.apply(TAX_NUMBER, form)  # what is done at the first one only
    await answered(first)
    await read_by_documents(platform, first)
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    await read_by_documents(platform, accepted)
    found = transactions_about(log(), await ids_of(platform, accepted))
    assert found.keys() <= most.keys(), found
    assert found["notifications"]
    for service, statements in found.items():
        transactions, in_all = most[service]
        assert (len(statements) <= transactions, sum(statements) <= in_all) == (True, True), found


def transactions_about(log: str, ids: Collection[str]) -> dict[str, list[int]]:
    """The statements of each transaction that has one of the ids as a parameter, by service."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in _LINE.finditer(log):
        if line["step"] == "execute":
            texts[line["service"], line["transaction"]].append(line["text"])
    found: dict[str, list[int]] = defaultdict(list)
    for (service, _), statements in texts.items():
        counted = [
            statement
            for statement in statements
            if not any(words in statement for words in _NOT_COUNTED)
        ]
        if any(one in text for one in ids for text in counted):
            found[service].append(len(counted))
    return found


async def ids_of(platform: Platform, accepted: Accepted) -> set[str]:
    """The ids of an application, its delivery, its messages, and its events in inboxes."""
    application_id = accepted.application_id
    ids = {application_id, application_id.encode().hex(), accepted.tracking_number}
    for service, sql in (
        ("notifications", "SELECT message_id::text FROM messages WHERE application_id = $1"),
        ("ministries", "SELECT delivery_id::text FROM deliveries WHERE application_id = $1"),
    ):
        ids |= {row[0] for row in await platform.rows(service, sql, application_id)}
    for topic in (HOSTED_SUBMISSIONS, HOSTED_MINISTRIES, APPLICATIONS):
        ids |= {str(event) for event in await events_of(platform, accepted, topic)}
    return ids


async def events_of(platform: Platform, accepted: Accepted, topic: Topic) -> set[UUID]:
    """The ids of an application's events on a topic."""
    records = await records_of(platform.kafka, topic.name)
    key = accepted.application_id.encode()
    return {read(topic, record)[0] for record in records if record.key == key}


async def read_by_documents(platform: Platform, accepted: Accepted) -> None:
    """Wait until documents has read what happened; it gathers, also with other applications."""
    keys = await events_of(platform, accepted, APPLICATIONS)

    async def are_read() -> bool:
        return len(await platform.rows("documents", _OURS, keys)) == len(keys)

    await until(are_read)
