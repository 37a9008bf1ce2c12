import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from libs.contracts.notifications import DeliveryReport, ListedReport
from libs.ids import new_id
from libs.web.signed.signatures import verify
from tests.sandbox.running import Platform, Sandbox, listed, until_ledger
from tests.waiting import PATIENCE_S, until


async def test_a_message_is_accepted_reported_and_in_the_ledger(
    running: Sandbox, side: Platform
) -> None:
    """Its delivery report is signed, and its row has both times."""
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
    """The same key and message get the first response, one row and one report."""
    fields = {"reference": str(new_id()), "key": "one"}
    answers = await asyncio.gather(*[running.send(side, **fields) for _ in range(10)])
    assert len({reply["provider_id"] for _, reply in answers}) == 1
    await until_ledger(running, "callbacks", lambda callbacks: callbacks["waiting"] == 0)
    assert len(side.calls) == 1
    assert (await running.ledger("summary"))["messages"] == {"total": 1, "distinct": 1}


async def test_ignored_keys_send_twice_and_show(running: Sandbox, side: Platform) -> None:
    """An operator that ignores keys sends every repeat, and the ledger shows it."""
    await running.set_faults("sms", ignore_idempotency=True)
    fields = {"reference": str(new_id()), "key": "one"}
    for _ in range(2):
        await running.send(side, **fields)
    assert (await running.ledger("summary"))["messages"] == {"total": 2, "distinct": 1}


async def test_a_key_for_another_message_is_refused(running: Sandbox, side: Platform) -> None:
    """The response to the same key with another text is 422."""
    reference = str(new_id())
    await running.send(side, key="one", reference=reference)
    status, _ = await running.send(side, key="one", reference=reference, text="অন্য")
    assert status == 422


async def test_a_report_can_be_sent_twice(running: Sandbox, side: Platform) -> None:
    """With report_twice_rate 1 every report is sent twice, with the same content."""
    await running.set_faults("sms", report_twice_rate=1.0, report_delay_ms=10)
    await running.send(side)
    await until(lambda: len(side.calls) == 2)
    first, second = side.bodies()
    assert first["reference"] == second["reference"]
    assert side.calls[0][0]["webhook-id"] != side.calls[1][0]["webhook-id"]


async def test_reports_overtake_each_other(running: Sandbox, side: Platform) -> None:
    """Reports are not sent in the order of the messages."""
    await running.set_faults("sms", report_delay_ms=200)
    sent = [str(new_id()) for _ in range(20)]
    for reference in sent:
        await running.send(side, reference=reference)
    await until(lambda: len(side.calls) == 20)
    reported = [body["reference"] for body in side.bodies()]
    assert sorted(reported) == sorted(sent)
    assert reported != sent


async def test_an_invalid_phone_number_is_a_problem(running: Sandbox, side: Platform) -> None:
    """A message with an invalid number is not accepted."""
    status, problem = await running.send(side, to="01712345678")
    assert status == 422
    assert problem["errors"][0]["pointer"] == "/to"
    assert "01712345678" not in str(problem)
    assert await running.ledger("messages") == []


def statuses(answer: Any) -> list[int]:
    """The statuses of the messages of a list."""
    return [result["status"] for result in answer["results"]]


async def test_a_list_of_messages_is_accepted_and_reported_in_a_list(
    running: Sandbox, side: Platform
) -> None:
    """Every message has its row and its response; all reports come in one request."""
    side.status, side.body = lambda: 200, RESULTS_OF_FIVE
    await running.set_faults("sms", report_delay_ms=0)
    messages = [listed(side) for _ in range(5)]
    status, answer = await running.send_all(*messages)
    assert (status, statuses(answer)) == (200, [202] * 5)
    assert len({result["body"]["provider_id"] for result in answer["results"]}) == 5
    rows = await until_ledger(
        running, "messages", lambda rows: all(row["reported_at"] for row in rows)
    )
    assert [row["reference"] for row in rows] == [message["reference"] for message in messages]
    [(headers, body)] = side.calls
    verify("sandbox-sms-secret", headers, body, datetime.now(UTC))
    reports = [ListedReport.model_validate(each) for each in side.bodies()[0]["reports"]]
    assert {str(report.reference) for report in reports} == {row["reference"] for row in rows}


async def test_every_message_of_a_list_has_its_own_response(
    running: Sandbox, side: Platform
) -> None:
    """A repeat, a reused key and an invalid number affect one message only."""
    first = listed(side)
    again, other = dict(first), {**first, "text": "অন্য"}
    bad = listed(side, to="01712345678")
    status, answer = await running.send_all(first, again, other, bad, listed(side))
    assert (status, statuses(answer)) == (200, [202, 202, 422, 422, 202])
    assert answer["results"][0] == answer["results"][1]
    assert answer["results"][2]["body"]["type"] == "/problems/idempotency_key_reused"
    assert answer["results"][3]["body"]["errors"][0]["pointer"] == "/to"
    assert (await running.ledger("summary"))["messages"] == {"total": 2, "distinct": 2}


async def test_a_message_is_the_same_alone_and_in_a_list(running: Sandbox, side: Platform) -> None:
    """A repeat is recognised by its key, alone or in a list."""
    fields = {"reference": str(new_id())}
    _, alone = await running.send(side, key="one", **fields)
    _, answer = await running.send_all(listed(side, idempotency_key="one", **fields))
    assert answer["results"] == [{"status": 202, "body": alone}]
    assert (await running.ledger("summary"))["messages"] == {"total": 1, "distinct": 1}


async def test_a_fault_of_a_request_applies_to_all_its_messages(
    running: Sandbox, side: Platform
) -> None:
    """After a lost response all are sent again under their keys, and each is sent once."""
    messages = [listed(side) for _ in range(3)]
    await running.set_faults("sms", lose_answer_rate=1.0)
    with pytest.raises(aiohttp.ClientError):
        await running.send_all(*messages)
    await running.set_faults("sms", error_rate=1.0)
    assert (await running.send_all(*messages))[0] == 500
    await running.set_faults("sms")
    status, answer = await running.send_all(*messages)
    assert (status, statuses(answer)) == (200, [202] * 3)
    assert (await running.ledger("summary"))["messages"] == {"total": 3, "distinct": 3}


async def test_faults_of_messages_apply_in_a_list(running: Sandbox, side: Platform) -> None:
    """Keys are ignored and reports are sent twice in a list, too."""
    await running.set_faults(
        "sms", ignore_idempotency=True, report_twice_rate=1.0, report_delay_ms=0
    )
    one = listed(side)
    await running.send_all(one, one, listed(side))
    assert (await running.ledger("summary"))["messages"] == {"total": 3, "distinct": 2}
    await until(lambda: sum(len(body["reports"]) for body in side.bodies()) == 6)


async def test_every_message_of_a_list_has_its_own_trace(running: Sandbox, side: Platform) -> None:
    """The operator's work and the report are spans of the message's trace."""
    traces = [f"{number:032x}" for number in (1, 2)]
    messages = [listed(side, traceparent=f"00-{trace}-{'1' * 16}-01") for trace in traces]
    await running.send_all(*messages, listed(side))
    await until(lambda: sum(len(body["reports"]) for body in side.bodies()) == 3)
    for trace in traces:
        spans = await until_spans(running, trace, 2)
        assert [span["name"] for span in spans] == ["take message", "call back delivery report"]
        assert spans[0]["parent_span_id"] == "1" * 16
        assert spans[1]["parent_span_id"] == spans[0]["span_id"]
    reports = [report for body in side.bodies() for report in body["reports"]]
    assert sum(report.get("traceparent", "")[3:35] in traces for report in reports) == 2


async def until_spans(running: Sandbox, trace_id: str, count: int) -> list[Any]:
    """Wait until a trace has so many spans."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            _, shown = await running.call("GET", f"/traces/{trace_id}")
            if len(shown.get("spans", [])) >= count:
                return list(shown["spans"])
            await asyncio.sleep(0.05)


RESULTS_OF_FIVE = json.dumps({"results": [{"status": 204}] * 5}).encode()
