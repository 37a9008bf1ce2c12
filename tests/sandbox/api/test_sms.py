import asyncio
import time
from datetime import UTC, datetime

from libs.contracts.notifications import DeliveryReport
from libs.ids import new_id
from libs.web.signatures import verify
from services.sandbox.api.sms import Message, Taken, take
from services.sandbox.store.ledger import Connection
from services.sandbox.store.owed import due_owed
from services.sandbox.store.pages import messages_after
from tests.sandbox.running import Platform, Sandbox, until, until_ledger


async def test_a_message_is_taken_reported_and_in_the_ledger(
    running: Sandbox, side: Platform
) -> None:
    """A message ends with a signed delivery report, and both times stand in its row."""
    reference = new_id()
    status, reply = await running.send(side, reference=str(reference))
    assert status == 202
    assert reply["provider_id"]
    [row] = await until_ledger(running, "messages", lambda rows: rows[0]["reported_at"])
    headers, body = side.calls[0]
    verify("sandbox-sms-secret", headers, body, datetime.now(UTC))
    report = DeliveryReport.model_validate_json(body)
    assert (report.reference, report.status) == (reference, "delivered")
    assert row["reference"] == str(reference)
    assert row["to"] == "+8801712345678"
    received_at = datetime.fromisoformat(row["received_at"])
    assert received_at < report.reported_at
    assert received_at < datetime.fromisoformat(row["reported_at"])


async def test_a_repeated_message_is_sent_once(running: Sandbox, side: Platform) -> None:
    """The same key and message get the first answer, one row and one report."""
    fields = {"reference": str(new_id()), "key": "one"}
    answers = await asyncio.gather(*[running.send(side, **fields) for _ in range(10)])
    assert len({reply["provider_id"] for _, reply in answers}) == 1
    await until(lambda: side.calls)
    await asyncio.sleep(0.1)
    assert len(side.calls) == 1
    assert (await running.ledger("summary"))["messages"] == {"total": 1, "distinct": 1}


async def test_ignored_keys_send_twice_and_show(running: Sandbox, side: Platform) -> None:
    """An operator that ignores keys sends every repeat, and the ledger shows it."""
    await running.order("sms", ignore_idempotency=True)
    fields = {"reference": str(new_id()), "key": "one"}
    for _ in range(2):
        await running.send(side, **fields)
    assert (await running.ledger("summary"))["messages"] == {"total": 2, "distinct": 1}


async def test_a_key_for_another_message_is_refused(running: Sandbox, side: Platform) -> None:
    """The same key with another text is answered 422."""
    reference = str(new_id())
    await running.send(side, key="one", reference=reference)
    status, _ = await running.send(side, key="one", reference=reference, text="অন্য")
    assert status == 422


async def test_a_report_can_come_twice(running: Sandbox, side: Platform) -> None:
    """With report_twice_rate 1 every report comes a second time, saying the same."""
    await running.order("sms", report_twice_rate=1.0, report_delay_ms=10)
    await running.send(side)
    await until(lambda: len(side.calls) == 2)
    first, second = side.bodies()
    assert first["reference"] == second["reference"]
    assert side.calls[0][0]["webhook-id"] != side.calls[1][0]["webhook-id"]


async def test_reports_overtake_each_other(running: Sandbox, side: Platform) -> None:
    """Reports leave after a time of their own, not in the order of the messages."""
    await running.order("sms", report_delay_ms=200)
    sent = [str(new_id()) for _ in range(20)]
    for reference in sent:
        await running.send(side, reference=reference)
    await until(lambda: len(side.calls) == 20)
    reported = [body["reference"] for body in side.bodies()]
    assert sorted(reported) == sorted(sent)
    assert reported != sent


async def test_a_phone_that_is_none_is_a_problem(running: Sandbox, side: Platform) -> None:
    """Numbers come in one form, and a message without one is not taken."""
    status, problem = await running.send(side, to="01712345678")
    assert status == 422
    assert problem["errors"][0]["pointer"] == "/to"
    assert "01712345678" not in str(problem)
    assert await running.ledger("messages") == []


def test_a_repeat_within_one_commit_is_a_repeat_too(connection: Connection) -> None:
    """Two requests under one key that share a commit are one message and one report."""
    body = Message(reference=new_id(), to="+8801712345678", text="ক", report_url="http://a/")
    batch = [
        Taken(body, "one", "", ignores_keys=False, report_delays_s=(0.0,), message_id=new_id())
        for _ in range(2)
    ]
    first, second = take(connection, batch)
    assert first == second
    assert len(messages_after(connection, 0, 10)) == 1
    assert len(due_owed(connection, "report", now_s=time.time() + 1, limit=10)) == 1
