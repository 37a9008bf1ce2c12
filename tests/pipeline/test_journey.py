"""From a citizen's click to the ministry and back as an SMS, when nothing fails."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest
from typing_extensions import override

from conformance.adapter import Adapter, Memory, Submission
from conformance.records import Sent
from conformance.target import Target, operator_settings
from libs.clock import utc_now
from libs.contracts.catalogue import MinistryAdapter
from libs.contracts.topics import (
    APPLICATIONS,
    HOSTED_MINISTRIES,
    HOSTED_SUBMISSIONS,
    NOTIFICATIONS,
)
from libs.database.pool import Database
from libs.messaging.envelope import decode
from services.catalogue.public_services.use_cases import set_ministry_adapter
from services.registry import SERVICES
from tests.pipeline.conftest import TAX_NUMBER, logged_in, portal_citizen
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of
from tests.waiting import PATIENCE_S, until
from tools.virtual_users.citizen import Accepted, Citizen

TAX_OFFICE = "ird"
CHANGES: tuple[MinistryAdapter, ...] = ("own", "none_yet", "own", "hosted")
Answered = Callable[[Accepted], Awaitable[None]]


async def test_an_accepted_application_reaches_its_ministry_and_its_answer_the_citizen(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """Accepted means kept, up to the delivery report, once at each outside party."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    received = platform.received(accepted)
    assert received.handed_over == 1
    assert received.decisions
    assert received.duplicate_messages == 0


DECIDED_AT_ONCE = [
    "submission_made",
    "ministry_decided",
    "application_submitted",
    "application_decided",
]
DECIDED_LATER = [
    "submission_made",
    "ministry_received",
    "ministry_decided",
    "application_submitted",
    "application_received",
    "application_decided",
]


@pytest.mark.parametrize(
    ("behaviour", "types", "messages"),
    [
        ({"mode": "answer"}, DECIDED_AT_ONCE, 1),
        ({"mode": "callback", "decision_delay_ms": 3_000}, DECIDED_LATER, 2),
    ],
    ids=["at-once", "later"],
)
async def test_an_application_has_four_records_and_six_where_it_is_decided_later(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Answered,
    behave: Callable[..., Awaitable[None]],
    behaviour: dict[str, Any],
    types: list[str],
    messages: int,
) -> None:
    """A decision in the ministry's answer is one event and one SMS; SMS are announced to nobody."""
    await behave(**behaviour)
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    found: list[str] = []
    for topic in (HOSTED_SUBMISSIONS, HOSTED_MINISTRIES, APPLICATIONS, NOTIFICATIONS):
        found += [
            decode(topic, record.topic, record.headers, record.value).type
            for record in await records_of(platform.kafka, topic.name)
            if record.key == accepted.application_id.encode()
        ]
    assert found == types
    assert len(platform.received(accepted).messages) == messages


async def test_everybody_sees_how_ministries_systems_do(platform: Platform) -> None:
    """Through the gateway, without a login: a row in plain words for every ministry."""
    address = f"{platform.plan.url('gateway')}/v1/status"
    async with platform.http.get(address) as answer:
        page = await answer.json()
    assert answer.status == 200
    assert TAX_OFFICE in {item["ministry"] for item in page["items"]}
    assert all(item["text"]["bn"] and item["text"]["en"] for item in page["items"])


async def test_a_citizen_is_shown_what_became_of_the_messages(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """Through the gateway, until the handset has them; another citizen is shown none."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    states = {
        message["message_id"]: message["state"]
        for message in await citizen.messages(accepted.tracking_number)
    }
    sent = {message["reference"] for message in platform.received(accepted).messages}
    assert {reference for reference, state in states.items() if state == "delivered"} == sent
    stranger = await logged_in(platform)
    path = f"/v1/applications/{accepted.tracking_number}/messages"
    assert (await stranger.get(path))[0] == 404
    assert (await platform.http.get(f"{platform.plan.url('gateway')}{path}")).status == 401


async def test_one_trace_leads_from_the_login_to_the_delivery_report(
    platform: Platform, form: dict[str, Any], answered: Answered
) -> None:
    """Every service is in the citizen's trace, with one root, and every span has its parent."""
    citizen = portal_citizen(platform)
    await citizen.log_in()
    await citizen.find(TAX_NUMBER, "টিআইএন")
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    by_service = await platform.by_trace(accepted.trace_id)
    spans = [span for own in by_service.values() for span in own]
    known = {context.span_id for span in spans if (context := span.get_span_context())}
    orphans = [span.name for span in spans if span.parent and span.parent.span_id not in known]
    assert orphans == []
    (root,) = [span for span in spans if span.parent is None]
    assert root.resource.attributes["service.name"] == "citizen"
    # No member of staff works on it, and the programme stores nothing of a citizen.
    assert set(SERVICES) - {"cases", "desk", "issuance", "programme"} <= set(by_service)


async def test_every_hop_follows_from_the_one_before_it(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """Intake, outbox, adapter, decision and SMS are ancestors of one another."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    by_service = await platform.by_trace(accepted.trace_id)
    spans = {
        context.span_id: (service, span)
        for service, own in by_service.items()
        for span in own
        if (context := span.get_span_context())
    }

    def ancestors(service: str, name: str) -> list[str]:
        found = [
            identity
            for identity, (of, span) in spans.items()
            if of == service and span.name.startswith(name)
        ]
        lines: list[str] = []
        for identity in found:
            line = []
            here: int | None = identity
            while here in spans:
                of, span = spans[here]
                line.append(of)
                here = span.parent.span_id if span.parent else None
            lines.append(" < ".join(dict.fromkeys(line)))
        return lines

    lines = ancestors("sandbox", "POST /sms/messages")
    assert any("notifications < applications < ministries" in line for line in lines), (
        f"no SMS follows from a ministry's decision: {lines}"
    )


async def test_a_repeated_click_gives_the_first_answer_again(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """The same key and same body is one application; another body is 422."""
    key = secrets.token_urlsafe(12)
    command = {"public_service_id": TAX_NUMBER, "form": form}
    answers = await asyncio.gather(*(citizen.post_application(command, key) for _ in range(8)))
    assert {status for status, _ in answers} == {201}
    assert len({answer["tracking_number"] for _, answer in answers}) == 1
    other = {**command, "documents": ["another"]}
    status, problem = await citizen.post_application(other, key)
    assert (status, problem["type"].rsplit("/", 1)[-1]) == (422, "idempotency_key_reused")
    mine = await citizen.applications()
    assert len(mine["items"]) == 1


async def test_everyone_sees_the_events_of_an_application_in_the_order_they_happened(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Answered,
    behave: Callable[..., Awaitable[None]],
) -> None:
    """Submitted, received, decided, as any reader of the topic finds them."""
    await behave(mode="callback", decision_delay_ms=3_000)
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    types = [
        decode(APPLICATIONS, record.topic, record.headers, record.value).type
        for record in await records_of(platform.kafka, APPLICATIONS.name)
        if record.key == accepted.application_id.encode()
    ]
    assert types == ["application_submitted", "application_received", "application_decided"]


async def test_a_change_of_adapter_under_load_hands_over_exactly_once(
    platform: Platform, citizen: Citizen, form: dict[str, Any], answered: Answered
) -> None:
    """Citizens apply while an operator changes who serves the ministry, forth and back."""
    ministrys_own = OwnAdapter(
        Target(
            platform.kafka.bootstrap,
            TAX_OFFICE,
            security=operator_settings(platform.kafka.security),
        ),
        Memory(),
    )
    accepted: list[Accepted] = []
    changed = asyncio.Event()

    async def apply_until_changed() -> None:
        while not changed.is_set():
            accepted.append(await citizen.apply(TAX_NUMBER, form))

    async with asyncio.TaskGroup() as tasks:
        adapter = tasks.create_task(ministrys_own.run())
        citizens = [tasks.create_task(apply_until_changed()) for _ in range(3)]
        for serves in CHANGES:
            await set_adapter(platform, serves)
            enough = len(accepted) + 5
            await until(partial(has_more_than, accepted, enough))
        changed.set()
        await asyncio.gather(*citizens)
        await asyncio.gather(*(answered(each) for each in accepted))
        adapter.cancel()
    by_own = Counter(ministrys_own.handed_over)
    hosted = {each.application_id: platform.received(each).handed_over for each in accepted}
    assert {by_own[key] + hosted[key] for key in hosted} == {1}
    assert by_own
    assert any(hosted.values())
    delayed = await platform.rows(
        "applications",
        "SELECT FROM timeline WHERE type = 'application_delayed' AND application_id = ANY($1)",
        [UUID(each.application_id) for each in accepted],
    )
    assert delayed == []


def has_more_than(accepted: list[Accepted], number: int) -> bool:
    return len(accepted) > number


class OwnAdapter(Adapter):
    """The adapter of a ministry, which notes what it hands over."""

    def __init__(self, target: Target, memory: Memory) -> None:
        super().__init__(target, memory)
        self.handed_over: list[str] = []

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        self.handed_over.append(submission.application_id)
        yield from super().hand_over(submission)


@asynccontextmanager
async def open_database(dsn: str) -> AsyncIterator[Database]:
    """A service's own database, as a command opens it."""
    database = Database(dsn, connections=1)
    try:
        yield database
    finally:
        await database.close()


async def set_adapter(platform: Platform, adapter: MinistryAdapter) -> None:
    """Change what serves the ministry, and wait until applications has heard of it."""
    async with open_database(platform.dsn["catalogue"]) as database, database.transaction() as tx:
        await set_ministry_adapter(tx, TAX_OFFICE, adapter, by="rahima", at=utc_now())

    async def has_heard() -> bool:
        rows = await platform.rows(
            "applications",
            "SELECT ministry_adapter FROM public_services WHERE public_service_id = $1",
            TAX_NUMBER,
        )
        return bool(rows[0]["ministry_adapter"] == adapter)

    await until(has_heard)


async def test_live_events_follow_an_application_to_its_decision(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """A frontend that watches is shown the snapshot and then every event as it happens."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    seen: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        async for name, content in citizen.watch(accepted.tracking_number):
            seen.append(name)
            snapshot = content if name == "snapshot" else {}
            types = {entry["type"] for entry in snapshot.get("timeline", [])}
            if name == "application_decided" or "application_decided" in types:
                break
    assert seen[0] == "snapshot"


def test_the_form_stays_out_of_every_span(platform: Platform, form: dict[str, Any]) -> None:
    """Traces carry ids, never what a citizen wrote."""
    written = {value for value in form.values() if isinstance(value, str) and len(value) >= 10}
    assert written
    for _, span in platform.spans:
        shown = orjson.dumps(dict(span.attributes or {}), default=str).decode() + span.name
        assert not [value for value in written if value in shown]
