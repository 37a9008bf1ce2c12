"""A citizen is erased: no byte of what she wrote is left, and every service has confirmed it."""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete

from libs.contracts.topics import MINISTRIES, TOPICS, longest_kept_days
from libs.messaging.kafka.administering import administering
from services.registry import SERVICES, WITH_DATABASE
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.topics import write
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka
from tools.virtual_users.citizen import Accepted, Citizen

TAX_OFFICE = "ird"
NAME = "অপরাজিতা সুরঞ্জনা"
NAME_EN = "APARAJITA SURANJANA"
FATHER = "নীলকান্ত সুরঞ্জন"
COMMENT = "অপরাজিতার মন্তব্য"
NID = "8264917350"
BIRTH_NUMBER = "19871234598765432"
# Where the id alone stays, so that nothing older brings her back, and to show that it was done.
ID_STAYS = {
    ("identity", "erasures"),
    ("identity", "erasure_confirmations"),
    ("cases", "erased_citizens"),
    ("issuance", "erased_citizens"),
    ("applications", "tracking_phones"),
    ("ministries", "erased_citizens"),
    ("notifications", "contacts"),
}

# An encrypted value as text, and as bytes in hexadecimal digits.
ENCRYPTED = re.compile(r"[so]1:[A-Za-z0-9+/]{20,}|73313a[0-9a-f]{40,}", re.ASCII)

Behave = Callable[..., Awaitable[None]]
Answered = Callable[[Accepted], Awaitable[None]]


@dataclass(frozen=True)
class Person:
    """What is known of the planted person."""

    citizen_id: UUID
    phone: str
    new_phone: str
    applications: dict[str, Accepted]
    phone_hashes: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """What must not be found: names, numbers, and what she wrote."""
        numbers = [each.removeprefix("+88") for each in (self.phone, self.new_phone)]
        return [NAME, NAME_EN, FATHER, COMMENT, NID, BIRTH_NUMBER, *numbers]

    def rows_of(self, text: str) -> Iterator[str]:
        """The rows of a dump that are of the person: they have an id or the hash of a number."""
        ids = [
            str(self.citizen_id),
            *(application.application_id for application in self.applications.values()),
        ]
        marks = [*ids, *(each.encode().hex() for each in ids), *self.phone_hashes]
        return (line for line in text.splitlines() if any(mark in line for mark in marks))

    def stored_in(self, tables: Mapping[str, str]) -> dict[str, set[str]]:
        """What is stored of the person by table: encrypted values, and hashes of numbers."""
        stored = {}
        for table, text in tables.items():
            rows = list(self.rows_of(text))
            hashes = {
                phone_hash
                for phone_hash in self.phone_hashes
                if any(phone_hash in row for row in rows)
            }
            stored[table] = hashes.union(*(ENCRYPTED.findall(row) for row in rows))
        return stored

    def found_in(self, text: str) -> list[str]:
        """What of it is in a text; rows of bytes are written in hexadecimal digits."""
        return [word for word in self.words if word in text or word.encode().hex() in text.lower()]


async def post(platform: Platform, citizen: Citizen, path: str, body: Any = None) -> Any:
    """Post as the citizen, and return the answer."""
    status, answer = await citizen.post(path, secrets.token_urlsafe(12), body)
    assert status < 300, (path, status, answer)
    return answer


@pytest.fixture
async def person(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Answered,
    behave: Behave,
) -> Person:
    """A person with a profile, a change of number that waits, applications, and a dead letter."""
    form |= {"name_bn": NAME, "name_en": NAME_EN, "father_name": FATHER, "nid": NID}
    form["mobile"] = citizen.phone.removeprefix("+88")
    numbers = {"nid": NID, "birth_registration_number": BIRTH_NUMBER}
    async with platform.http.patch(
        f"{platform.plan.url('gateway')}/v1/me", json=numbers, headers=citizen.headers
    ) as answer:
        citizen_id = UUID((await answer.json())["citizen_id"])
    details = {"name_bn": NAME, "name_en": NAME_EN, "father_name": FATHER, "consent": True}
    async with platform.http.put(
        f"{platform.plan.url('gateway')}/v1/me/details", json=details, headers=citizen.headers
    ) as answer:
        assert (await answer.json())["nid"] == NID
    new_phone = f"+88018{secrets.randbelow(10**8):08d}"
    await post(platform, citizen, "/v1/login/codes", {"phone": new_phone})
    code = await platform.ledger.code_for(new_phone, within_s=PATIENCE_S)
    await post(platform, citizen, "/v1/me/phone", {"phone": new_phone, "code": code})
    applications = await applied(platform, citizen, form, answered, behave)
    await plant_dead_letter(platform, applications["decided"])
    async with platform.transaction("identity") as tx:
        hashes = tuple(tx.cipher.index(each).hex() for each in (citizen.phone, new_phone))
    return Person(citizen_id, citizen.phone, new_phone, applications, hashes)


async def applied(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered, behave: Behave
) -> dict[str, Accepted]:
    """Applications of the person: decided, corrected, withdrawn and running."""

    async def apply() -> Accepted:
        return await citizen.apply(TAX_NUMBER, form)

    await behave(mode="answer", refusal_rate=1.0)
    decided = await apply()
    await answered(decided)
    rating = {"rating": 2, "comment": COMMENT}
    await post(platform, citizen, f"/v1/applications/{decided.tracking_number}/feedback", rating)
    await behave(mode="answer", correction_rate=1.0, refusal_rate=0.0)
    corrected = await apply()
    await until_status(citizen, corrected, "correction_requested")
    corrections = f"/v1/applications/{corrected.tracking_number}/corrections"
    await post(platform, citizen, corrections, {"form": form})
    await answered(corrected)
    await behave(mode="never")
    withdrawn, running = await apply(), await apply()
    await until_status(citizen, running, "with_ministry")
    await post(platform, citizen, f"/v1/applications/{withdrawn.tracking_number}/withdrawal")
    return {
        "decided": decided, "corrected": corrected, "withdrawn": withdrawn, "running": running,
    }  # fmt: skip


async def until_status(citizen: Citizen, accepted: Accepted, status: str) -> None:
    async def reached() -> bool:
        path = f"/v1/applications/{accepted.tracking_number}"
        return bool((await citizen.get(path))[1].get("status") == status)

    await until(reached)


async def plant_dead_letter(platform: Platform, accepted: Accepted) -> None:
    """Let a ministry write what cannot be read, with the person's name in it."""
    await write(
        platform.kafka,
        MINISTRIES.name_for(TAX_OFFICE),
        key=accepted.application_id.encode(),
        value=f'{{"note": "{NAME}"'.encode(),
        headers=[("ce_type", b"ministry_decided")],
    )

    async def kept() -> bool:
        rows = await platform.rows(
            "applications",
            "SELECT FROM dead_letters WHERE record_key = $1",
            accepted.application_id.encode(),
        )
        return bool(rows)

    await until(kept)


async def erase(platform: Platform, citizen: Citizen, person: Person) -> None:
    """Request the erasure as she would, and let the time pass until all have confirmed."""
    await post(platform, citizen, "/v1/login/codes", {"phone": citizen.phone})
    code = await platform.ledger.code_for(citizen.phone, within_s=PATIENCE_S)
    requested = await post(platform, citizen, "/v1/me/erasure", {"code": code})
    assert requested["kept"]
    await until_told(platform, citizen.phone, requested["gone_by"])
    await let_time_pass(platform, person.citizen_id)


async def let_time_pass(platform: Platform, citizen_id: UUID) -> None:
    """Take the waiting times from an erasure, and wait until all services have confirmed it."""
    steps = (
        ("UPDATE erasures SET due_at = now() WHERE citizen_id = $1", "closed_at"),
        (
            "UPDATE erasures SET closed_at = closed_at - interval '1 hour' WHERE citizen_id = $1",
            "announced_at",
        ),
        ("SELECT FROM erasures WHERE citizen_id = $1", "completed_at"),
    )
    for passed, column in steps:
        await platform.rows("identity", passed, citizen_id)

        async def reached(column: str = column) -> bool:
            (row,) = await platform.rows(
                "identity", "SELECT * FROM erasures WHERE citizen_id = $1", citizen_id
            )
            return row[column] is not None

        await until(reached, every_s=0.2)


async def until_told(platform: Platform, phone: str, day: str) -> None:
    """Wait until an SMS at this number names a day of an answer."""
    shown = "-".join(reversed(day.split("-")))

    async def told() -> bool:
        url = f"{platform.plan.url('sandbox')}/ledger/messages?after=0&limit=5000"
        async with platform.http.get(url) as answer:
            rows = await answer.json()
        return any(row["to"] == phone and shown in row["text"] for row in rows)

    await until(told)


async def dumped(dsn: str) -> dict[str, str]:
    """Every row of every table of a database as text, by table."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return {
            table: "\n".join(
                row["line"]
                for row in await connection.fetch(f'SELECT t::text AS line FROM "{table}" AS t')  # noqa: S608
            )
            for (table,) in tables
        }
    finally:
        await connection.close()


async def topics_with(kafka: EmbeddedKafka, person: Person) -> set[str]:
    """The topics on which a record has something of the person, read with a plain client."""
    found: set[str] = set()
    async for record in all_records(kafka):
        content = b"\x00".join(
            [record.key or b"", record.value or b"", *(value for _, value in record.headers)]
        )
        if person.found_in(content.decode(errors="replace")):
            found.add(record.topic)
    return found


async def all_records(kafka: EmbeddedKafka) -> Any:
    """Every record of every topic."""
    consumer = AIOKafkaConsumer(**kafka.client, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        consumer.subscribe(pattern="^[a-z].*")
        await until(lambda: bool(consumer.assignment()))
        places = consumer.assignment()
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    yield record
    finally:
        await consumer.stop()


async def let_retention_pass(kafka: EmbeddedKafka) -> None:
    """Delete what Kafka deletes by itself in time: every record of topics with a retention."""
    kept = {name for topic in TOPICS if topic.compacted for name in topic.names()}
    consumer = AIOKafkaConsumer(**kafka.client, group_id=None)
    async with consumer, administering(kafka.client) as admin:
        consumer.subscribe(pattern="^[a-z].*")
        await until(lambda: bool(consumer.assignment()))
        ends = await consumer.end_offsets(consumer.assignment())
        await admin.delete_records(
            {place: RecordsToDelete(end) for place, end in ends.items() if place.topic not in kept}
        )


async def shown_metrics(platform: Platform) -> str:
    """What every service shows at /metrics."""
    pages = []
    for service in SERVICES:
        async with platform.http.get(f"{platform.plan.url(service)}/metrics") as answer:
            pages.append(await answer.text())
    return "\n".join(pages)


def shown_spans(platform: Platform) -> Iterator[str]:
    """Names, attributes, links and events of every span."""
    for _, span in platform.spans:
        yield f"{span.name} {span.attributes} {[event.attributes for event in span.events]}"


async def test_nothing_of_an_erased_citizen_is_left(
    platform: Platform,
    citizen: Citizen,
    person: Person,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not in a table, a topic after its retention, a log, a trace or a metric."""
    before = {
        service: person.stored_in(await dumped(platform.dsn[service])) for service in WITH_DATABASE
    }
    holders = {
        (service, table)
        for service, tables in before.items()
        for table, stored in tables.items()
        if stored
    }
    stored_before = {
        each for tables in before.values() for stored in tables.values() for each in stored
    }
    planted = {
        ("identity", "citizens"),
        ("identity", "challenges"),
        ("identity", "phone_changes"),
        ("applications", "submissions"),
        ("applications", "feedback"),
        ("applications", "dead_letters"),
        ("notifications", "contacts"),
    }
    assert planted <= holders
    await erase(platform, citizen, person)
    for service in WITH_DATABASE:
        for table, text in (await dumped(platform.dsn[service])).items():
            assert person.found_in(text) == [], f"{service}.{table}"
            assert not [each for each in stored_before if each in text], f"{service}.{table}"
            if (service, table) not in ID_STAYS:
                assert str(person.citizen_id) not in text, f"{service}.{table}"
    restricted = {name for topic in TOPICS if topic.restricted for name in topic.names()}
    written_by_the_test = {MINISTRIES.name_for(TAX_OFFICE)}
    with_person = await topics_with(platform.kafka, person) - written_by_the_test
    assert with_person
    assert {name for name in with_person if not name.endswith(".deadletter.v1")} <= restricted
    await let_retention_pass(platform.kafka)
    assert await topics_with(platform.kafka, person) == set()
    shown = "\n".join([*shown_spans(platform), await shown_metrics(platform)])
    assert person.found_in(shown) == []
    assert person.found_in("".join(capsys.readouterr())) == []


async def test_cases_stay_without_a_person_and_running_ones_are_withdrawn(
    platform: Platform, citizen: Citizen, person: Person
) -> None:
    """The ministry hears of the withdrawal; two cases of one person have nothing in common."""
    await erase(platform, citizen, person)
    ids = {name: UUID(each.application_id) for name, each in person.applications.items()}
    rows = await platform.rows(
        "applications",
        """
        SELECT application_id, status, citizen_id FROM applications WHERE application_id = ANY($1)
        """,
        list(ids.values()),
    )
    status = {row["application_id"]: row["status"] for row in rows}
    assert {name: status[each] for name, each in ids.items()} == {
        "decided": "refused",
        "corrected": "approved",
        "withdrawn": "withdrawn",
        "running": "withdrawn",
    }
    assert len({row["citizen_id"] for row in rows}) == len(rows)

    def withdrawal_arrived() -> bool:
        submissions = platform.received(person.applications["running"]).submissions
        return any(row["kind"] == "withdrawn" for row in submissions)

    await until(withdrawal_arrived)
    assert (await citizen.get("/v1/applications"))[0] == 401
    confirmed = await platform.rows(
        "identity",
        "SELECT service FROM erasure_confirmations WHERE citizen_id = $1",
        person.citizen_id,
    )
    assert {row["service"] for row in confirmed} == {
        "applications", "cases", "documents", "issuance", "ministries", "notifications",
    }  # fmt: skip


async def test_the_broker_deletes_what_a_retention_has_passed(platform: Platform) -> None:
    """The map's retentions are the broker's, so the promised day is true."""
    async with administering(platform.kafka.client) as admin:
        names = await admin.list_topics()
        configured = await described(admin, [name for name in names if not name.startswith("__")])
    compacted = {name for topic in TOPICS if topic.compacted for name in topic.names()}
    for name, settings in configured.items():
        if name in compacted:
            continue
        assert settings["cleanup.policy"] == "delete"
        kept_ms = int(settings["retention.ms"]) + int(settings["segment.ms"])
        assert kept_ms <= longest_kept_days() * 24 * 3600 * 1000, name


async def described(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """The settings of topics, by name."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    responses = await admin.describe_configs(resources)
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }
