import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from libs.clock import Clock
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.restoring.rewind import write_journal
from libs.telemetry.tracing import Tracing
from libs.web.signed.signatures import derived_key, sign
from services.ministries.decisions.routes import CallbackGroup, routes
from services.ministries.decisions.use_cases import record_callbacks
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.rules import Delivery
from services.ministries.settings import Settings
from tests.libs.messaging.scenes import running
from tests.libs.web.running import Answer, app_with, ask
from tests.services.ministries.scenes import (
    APPLICATION,
    HEALTH,
    LAND,
    NOTE,
    NUMBER,
    TRACE,
    claim,
    committed_types,
    decision,
    planned,
    row_of,
    submission,
    succeeded,
)

MASTER = "a-master-secret-for-tests-and-nothing-else"
NEWER, OLDER = (derived_key(MASTER, name) for name in ("newer", "older"))
ROTATING = "mof"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
APPROVED: Mapping[str, Any] = {
    "application_id": str(APPLICATION),
    "action": "approved",
    "case_file_number": NUMBER,
}


class Ministry:
    """A ministry's system that calls back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def call_back(
        self,
        content: Mapping[str, Any] | bytes,
        *,
        webhook_id: str = "msg_1",
        ministry: str = LAND,
        signed_by: str | None = None,
        signing_key: str | None = None,
        at: datetime = NOW,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call back, signed by a ministry."""
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        key = signing_key or derived_key(MASTER, signed_by or ministry)
        signed = sign(key, webhook_id, at, body)
        return await ask(
            self._app,
            "POST",
            f"/v1/ministries/{ministry}/decisions",
            headers={"content-type": "application/json", **signed, **(headers or {})},
            chunks=[body],
        )


@pytest.fixture
async def ministry(database: Database) -> AsyncIterator[Ministry]:
    record = partial(record_callbacks, tracing=Tracing("test"))
    group = CallbackGroup("decisions", database, record)
    settings = Settings(
        ministry_secret=SecretStr(MASTER),
        ministry_keys={ROTATING: [SecretStr(NEWER), SecretStr(OLDER)]},
    )
    app = app_with(*routes.bind("ministries", [group, settings, Clock(lambda: NOW)]))
    async with running(group):
        yield Ministry(app)


@pytest.fixture
async def delivery(database: Database) -> Delivery:
    """A submission that was sent to its ministry and has no recorded result yet."""
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
        await claim(tx)
    return delivery


async def test_a_repeated_decision_is_announced_once(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """A repeated or concurrent callback gets 204 and changes nothing."""
    first = await ministry.call_back(APPROVED)
    at_once = await asyncio.gather(*[ministry.call_back(APPROVED) for _ in range(5)])
    assert {reply.status for reply in [first, *at_once]} == {204}
    assert await committed_types(database) == ["ministry_decided"]
    async with database.transaction() as tx:
        assert (await row_of(tx, delivery))["state"] == "handed_over"


async def test_the_same_decision_under_another_webhook_id_is_announced_once(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """A ministry that sends a new webhook-id with each retry announces one decision."""
    replies = [await ministry.call_back(APPROVED, webhook_id=f"msg_{n}") for n in range(3)]
    assert {reply.status for reply in replies} == {204}
    assert await committed_types(database) == ["ministry_decided"]


async def test_a_key_is_rotated_for_one_ministry_alone(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """Both keys of the ministry are valid meanwhile, its derived key and others' keys are not."""
    elsewhere = new_id()
    async with database.transaction() as tx:
        await planned(tx, submission(application_id=elsewhere, ministry=ROTATING))
        await claim(tx)
    content = {**APPROVED, "application_id": str(elsewhere)}
    statuses = [
        (await ministry.call_back(content, ministry=ROTATING, signing_key=key)).status
        for key in (NEWER, OLDER, derived_key(MASTER, ROTATING))
    ]
    assert statuses == [204, 204, 401]
    assert (await ministry.call_back(APPROVED)).status == 204
    assert (await ministry.call_back(APPROVED, signing_key=NEWER)).status == 401


async def test_concurrent_decisions_share_commits(ministry: Ministry, database: Database) -> None:
    """An invalid callback in a group fails alone."""
    ids = [new_id() for _ in range(20)]
    async with database.transaction() as tx:
        await planned(tx, *[submission(application_id=each) for each in ids])
        await claim(tx)
    calls = [
        ministry.call_back({**APPROVED, "application_id": str(each)}, webhook_id=f"msg_{each}")
        for each in [*ids, new_id()]
    ]
    statuses = [reply.status for reply in await asyncio.gather(*calls)]
    assert statuses == [204] * 20 + [404]
    assert (await committed_types(database)).count("ministry_decided") == 20


@pytest.mark.parametrize(
    ("action", "types"),
    [
        ("received", ["ministry_received"]),
        ("correction_asked", ["ministry_received", "correction_asked"]),
        ("refused", ["ministry_decided"]),
    ],
)
async def test_every_action_is_announced(
    ministry: Ministry, database: Database, delivery: Delivery, action: str, types: list[str]
) -> None:
    """The receipt comes first, unless a decision implies it."""
    reply = await ministry.call_back({**APPROVED, "action": action, "note": NOTE.model_dump()})
    assert reply.status == 204
    assert await committed_types(database) == types


async def test_an_application_of_another_ministry_is_unknown(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """A callback about an application that the ministry was not sent is refused, and not stored."""
    reply = await ministry.call_back(APPROVED, ministry=HEALTH)
    assert reply.status == 404
    assert reply.code == "delivery_unknown"
    assert await committed_types(database) == []
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM webhook_calls") == 0


async def test_an_unknown_application_is_unknown(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """Whatever id a ministry invents, nothing is announced."""
    reply = await ministry.call_back({**APPROVED, "application_id": str(new_id())})
    assert (reply.status, reply.code) == (404, "delivery_unknown")
    assert await committed_types(database) == []


async def test_after_a_restore_an_unknown_application_is_asked_for_again(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """For a day after a rewind its delivery may still be read; a refusal would lose it."""
    async with database.transaction() as tx:
        await write_journal(tx, by="rahima", action="rewind", detail="")
    reply = await ministry.call_back({**APPROVED, "application_id": str(new_id())})
    assert reply.status == 503
    async with database.transaction() as tx:
        await tx.execute("UPDATE recovery_journal SET at = now() - interval '25 hours'")
    reply = await ministry.call_back({**APPROVED, "application_id": str(new_id())})
    assert reply.status == 404


async def test_a_second_outcome_is_a_problem_for_the_ministry(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """The first one holds; the second is not stored, also where both come in one commit."""
    refusal = {**APPROVED, "action": "refused", "note": NOTE.model_dump()}
    assert (await ministry.call_back(APPROVED, webhook_id="a")).status == 204
    for _ in range(2):
        reply = await ministry.call_back(refusal, webhook_id="b")
        assert (reply.status, reply.code) == (409, "decided_otherwise")
    assert (await ministry.call_back(APPROVED, webhook_id="c")).status == 204
    assert await committed_types(database) == ["ministry_decided"]


async def test_a_late_repeat_of_a_request_for_correction_is_no_problem(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """With a webhook-id of its own, after the decision; another request then is one."""
    asked = {**APPROVED, "action": "correction_asked", "note": NOTE.model_dump()}
    assert (await ministry.call_back(asked, webhook_id="a")).status == 204
    assert (await ministry.call_back(APPROVED, webhook_id="b")).status == 204
    assert (await ministry.call_back(asked, webhook_id="c")).status == 204
    other = {**asked, "note": {"bn": "ছবি দিন", "en": "Add a photo"}}
    reply = await ministry.call_back(other, webhook_id="d")
    assert (reply.status, reply.code) == (409, "decided_otherwise")
    types = await committed_types(database)
    assert types == ["ministry_received", "correction_asked", "ministry_decided"]


async def test_two_outcomes_at_once_are_one_decision(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """Whichever is first; the other is answered with a problem."""
    refusal = {**APPROVED, "action": "refused", "note": NOTE.model_dump()}
    replies = await asyncio.gather(
        ministry.call_back(APPROVED, webhook_id="a"), ministry.call_back(refusal, webhook_id="b")
    )
    assert sorted(reply.status for reply in replies) == [204, 409]
    assert await committed_types(database) == ["ministry_decided"]


async def test_a_repeat_at_once_of_what_is_not_taken_is_not_taken(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """A system that gave up waiting, and repeats, does not read that its decision is stored."""
    asked = {**APPROVED, "paper": {"template": "no_such_template", "fields": {}}}
    replies = await asyncio.gather(*[ministry.call_back(asked) for _ in range(3)])
    assert [reply.status for reply in replies] == [422] * 3
    assert await committed_types(database) == []


async def test_a_decision_after_a_confirmed_withdrawal_is_a_problem_for_the_ministry(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """Unless it was made before; while the withdrawal waits, nobody has read it."""
    async with database.transaction() as tx:
        await use_cases.record_results(tx, [succeeded(delivery, decision())])
        (withdrawal,) = await planned(tx, submission("withdrawn"))
        await use_cases.record_results(tx, [succeeded(withdrawal, decision())])
        confirmed_at = (await row_of(tx, withdrawal))["closed_at"]
    late = {**APPROVED, "decided_at": (confirmed_at + timedelta(seconds=1)).isoformat()}
    for number, body in enumerate((APPROVED, late)):
        reply = await ministry.call_back(body, webhook_id=f"late_{number}")
        assert (reply.status, reply.code) == (409, "withdrawal_confirmed")
    assert "ministry_decided" not in await committed_types(database)
    crossed = {**APPROVED, "decided_at": (confirmed_at - timedelta(hours=1)).isoformat()}
    assert (await ministry.call_back(crossed, webhook_id="late_0")).status == 204
    assert (await committed_types(database)).count("ministry_decided") == 1


@pytest.mark.parametrize("note", [None, {"bn": " ", "en": ""}])
async def test_a_refusal_needs_a_note(
    ministry: Ministry, database: Database, delivery: Delivery, note: dict[str, str] | None
) -> None:
    """The problem names the field, and says what belongs there."""
    reply = await ministry.call_back({**APPROVED, "action": "refused", "note": note})
    (error,) = reply.json()["errors"]
    assert (reply.status, error["pointer"], error["code"]) == (422, "/note", "note_missing")
    assert await committed_types(database) == []


async def test_a_webhook_id_with_another_content_is_refused(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """A webhook-id that comes with other content is refused, so that no decision is lost."""
    await ministry.call_back(APPROVED)
    reply = await ministry.call_back({**APPROVED, "action": "received"})
    assert reply.status == 422
    assert reply.code == "webhook_id_reused"


async def test_two_contents_under_one_webhook_id_in_one_commit(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """The second content is refused, also within one group commit."""
    replies = await asyncio.gather(
        ministry.call_back(APPROVED), ministry.call_back({**APPROVED, "action": "received"})
    )
    assert sorted(reply.status for reply in replies) == [204, 422]


@pytest.mark.parametrize(
    "call",
    [
        {"signed_by": HEALTH},
        {"at": NOW - timedelta(minutes=6)},
        {"headers": {"webhook-signature": "v1,bm8="}},
        {"headers": {"webhook-timestamp": "৯৯"}},
    ],
)
async def test_a_call_with_a_wrong_signature_is_refused(
    ministry: Ministry, database: Database, delivery: Delivery, call: dict[str, Any]
) -> None:
    """Another ministry's secret, an old timestamp and a forged signature get 401."""
    reply = await ministry.call_back(APPROVED, **call)
    assert reply.status == 401
    assert await committed_types(database) == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[" * 10_000, 400),
        (b'{"application_id": "\xff"}', 400),
        (b"[]", 422),
        ({}, 422),
        ({**APPROVED, "application_id": "7"}, 422),
        ({**APPROVED, "action": "perhaps"}, 422),
        ({**APPROVED, "action": "correction_asked"}, 422),
        ({**APPROVED, "note": {"bn": "x\0", "en": "x"}}, 422),
        ({**APPROVED, "note": {"bn": "x\x07", "en": "x"}}, 422),
        ({**APPROVED, "note": {"bn": "ক" * 4_001, "en": "x"}}, 422),
        ({**APPROVED, "case_file_number": "x" * 101}, 422),
        (b'{"x": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_an_unreadable_body_gets_a_problem(
    ministry: Ministry,
    database: Database,
    delivery: Delivery,
    content: bytes | dict[str, Any],
    status: int,
) -> None:
    """The response is a problem document, and nothing is stored."""
    reply = await ministry.call_back(content)
    assert reply.status == status
    assert reply.code
    assert await committed_types(database) == []


@pytest.mark.parametrize("webhook_id", ["", "x" * 201, "a b"])
async def test_a_webhook_id_that_cannot_be_stored_is_refused(
    ministry: Ministry, delivery: Delivery, webhook_id: str
) -> None:
    """It must have 1 to 200 printable ASCII characters."""
    reply = await ministry.call_back(APPROVED, webhook_id=webhook_id)
    assert reply.status == 400


async def test_another_content_type_is_refused(ministry: Ministry, delivery: Delivery) -> None:
    """The body must be JSON."""
    reply = await ministry.call_back(APPROVED, headers={"content-type": "text/plain"})
    assert reply.status == 415


@pytest.mark.parametrize("same_trace", [True, False])
async def test_a_decision_is_announced_in_the_trace_of_the_callback(
    ministry: Ministry, database: Database, delivery: Delivery, *, same_trace: bool
) -> None:
    """The events have the callback's trace: the citizen's, or an officer's linked to it."""
    trace_id = TRACE.trace_id if same_trace else "c" * 32
    headers = {"traceparent": f"00-{trace_id}-{'d' * 16}-01"}
    await ministry.call_back(
        {**APPROVED, "note": Text(bn="ক", en="x").model_dump()}, headers=headers
    )
    async with database.transaction() as tx:
        for row in await tx.fetch("SELECT headers FROM outbox"):
            assert f"00-{trace_id}-" in row["headers"].decode()


ORDER: Mapping[str, Any] = {
    "template": "approval_order",
    "fields": {"name_bn": "রহিমা খাতুন", "subject": "বিষয়", "order": "মঞ্জুর"},
}


@pytest.mark.parametrize(
    ("order", "problem", "pointer"),
    [
        ("ক" * 2_001, "wrong_shape", "/paper/fields/order"),
        ("\u202e", "paper_field_unprintable", "/paper/fields/order"),
        ("", "paper_field_missing", "/paper/fields/order"),
    ],
)
async def test_a_paper_that_cannot_be_made_is_refused_with_its_decision(
    ministry: Ministry,
    database: Database,
    delivery: Delivery,
    order: str,
    problem: str,
    pointer: str,
) -> None:
    """The answer says which field; nothing is stored, and both are taken when they come again."""
    fields = {**ORDER["fields"], "order": order}
    reply = await ministry.call_back({**APPROVED, "paper": {**ORDER, "fields": fields}})
    assert (reply.status, reply.code) == (422, problem)
    assert reply.pointers == [pointer]
    assert await committed_types(database) == []
    async with database.transaction() as tx:
        assert (await row_of(tx, delivery))["state"] == "open"
    again = await ministry.call_back({**APPROVED, "paper": ORDER}, webhook_id="msg_2")
    assert again.status == 204
    assert await committed_types(database) == ["ministry_decided", "paper_granted"]


async def test_a_paper_is_replaced_and_withdrawn(
    ministry: Ministry, database: Database, delivery: Delivery
) -> None:
    """Over restarts: which one was last is stored."""
    other = {**ORDER, "fields": {**ORDER["fields"], "order": "আংশিক"}}
    withdrawal = {**APPROVED, "action": "paper_withdrawn", "note": NOTE.model_dump()}
    calls = [{**APPROVED, "paper": ORDER}, {**APPROVED, "paper": other}, withdrawal, withdrawal]
    for number, call in enumerate(calls):
        assert (await ministry.call_back(call, webhook_id=f"msg_{number}")).status == 204
    assert await committed_types(database) == [
        "ministry_decided",
        "paper_granted",
        "paper_granted",
        "paper_revoked",
    ]
