import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from libs.contracts.ministries import MinistryDecision
from libs.ids import new_id
from libs.web.signed.signatures import verify
from sandbox.callbacks.queries import next_due_s
from sandbox.faults.rules import Behaviour
from sandbox.keys import ministry_secret
from sandbox.ledger.schema import Connection
from sandbox.ministries.rules import Kind
from sandbox.ministries.use_cases import Arrival, HandOver, accept
from tests.sandbox.running import MASTER, Platform, Sandbox, sandbox, submission
from tests.waiting import until


async def test_a_hand_over_opens_a_case_file_and_is_in_the_ledger(
    running: Sandbox, side: Platform
) -> None:
    """The ledger has the hand-over as it arrived."""
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    application_id = str(new_id())
    status, reply = await running.post_signed(
        {
            "kind": "submitted",
            "application_id": application_id,
            "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
            "public_service_id": "trade-licence",
            "form": {"name": "রহিমা"},
            "callback_url": side.url,
        },
        "cabinet",
        {"idempotency-key": "key-1", "traceparent": traceparent},
    )
    assert status == 200
    assert reply["case_file_number"].startswith("04.00.")
    [row] = await running.ledger("submissions")
    received_at = datetime.fromisoformat(row.pop("received_at"))
    assert abs((datetime.now(UTC) - received_at).total_seconds()) < 60
    assert row == {
        "n": 1,
        "ministry": "cabinet",
        "application_id": application_id,
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "kind": "submitted",
        "idempotency_key": "key-1",
        "traceparent": traceparent,
    }


async def test_a_ministry_accepts_only_what_is_signed_with_one_of_its_keys(
    tmp_path: Path, side: Platform
) -> None:
    """While a key is rotated both are accepted; another ministry's key and none are 401."""
    keys = [SecretStr("whsec_bmV3"), SecretStr("whsec_b2xk")]
    async with sandbox(tmp_path, ministry_keys={"cabinet": keys}) as running:

        async def status(signing_key: str | Sequence[str], ministry: str = "cabinet") -> int:
            headers = {"idempotency-key": str(new_id())}
            body = submission(side)
            got, _ = await running.post_signed(body, ministry, headers, signing_key=signing_key)
            return got

        assert [await status(key.get_secret_value()) for key in keys] == [200, 200]
        assert await status(["whsec_b3RoZXI=", "whsec_b2xk"]) == 200
        assert await status(ministry_secret(MASTER, "cabinet")) == 401
        assert await status("whsec_bmV3", ministry="mopa") == 401
        unsigned, _ = await running.call(
            "POST",
            "/ministries/cabinet/submissions",
            json=submission(side),
            headers={"idempotency-key": "one"},
        )
        assert unsigned == 401
        assert len(await running.ledger("submissions")) == 3


async def test_a_repeat_gets_the_first_response_and_no_second_row(
    running: Sandbox, side: Platform
) -> None:
    """Also at the same time a key is acted on once."""
    fields = {"application_id": str(new_id())}
    answers = await asyncio.gather(
        *[running.hand_over(side, key="one", **fields) for _ in range(20)]
    )
    assert len({json.dumps(answer) for answer in answers}) == 1
    summary = await running.ledger("summary")
    assert summary["submissions"] == {"total": 1, "distinct": 1}


async def test_ministries_have_separate_keys(running: Sandbox, side: Platform) -> None:
    """One key at two ministries is two hand-overs."""
    fields = {"application_id": str(new_id())}
    await running.hand_over(side, "cabinet", key="one", **fields)
    await running.hand_over(side, "ecs", key="one", **fields)
    assert len(await running.ledger("submissions")) == 2


async def test_a_key_for_another_application_is_refused(running: Sandbox, side: Platform) -> None:
    """The response is 422 with the problem type that was agreed, and nothing is done."""
    await running.hand_over(side, key="one")
    status, problem = await running.hand_over(side, key="one")
    agreed = "urn:nagorik-sheba:refusal:submission-not-acceptable"
    assert (status, problem["type"]) == (422, agreed)
    assert len(await running.ledger("submissions")) == 1


async def test_ignored_keys_show_as_total_above_distinct(running: Sandbox, side: Platform) -> None:
    """A ministry that ignores keys acts on every repeat, and the ledger shows it."""
    await running.set_faults("cabinet", ignore_idempotency=True)
    fields = {"application_id": str(new_id())}
    for _ in range(3):
        await running.hand_over(side, key="one", **fields)
    summary = await running.ledger("summary")
    assert summary["submissions"] == {"total": 3, "distinct": 1}


async def test_a_decision_in_the_response_is_in_the_ledger(
    running: Sandbox, side: Platform
) -> None:
    """With mode `answer` there are no callbacks."""
    await running.behave("cabinet", mode="answer", refusal_rate=1.0)
    _, reply = await running.hand_over(side, application_id=str(new_id()))
    assert reply["decision"]["action"] == "refused"
    assert reply["decision"]["note"]["bn"]
    [decision] = await running.ledger("decisions")
    assert decision["action"] == "refused"
    assert (await running.ledger("callbacks"))["waiting"] == 0


async def test_a_decision_by_callback_is_signed_by_its_ministry(
    running: Sandbox, side: Platform
) -> None:
    """A callback carries the decision, and a signature with the ministry's own secret."""
    await running.behave("cabinet", mode="callback", refusal_rate=0.0)
    application_id = new_id()
    _, reply = await running.hand_over(side, application_id=str(application_id))
    assert reply["decision"] is None
    await until(lambda: side.calls)
    headers, body = side.calls[0]
    verify(ministry_secret("sandbox-ministry-secret", "cabinet"), headers, body, datetime.now(UTC))
    decision = MinistryDecision.model_validate_json(body)
    assert (decision.application_id, decision.action) == (application_id, "approved")
    assert decision.case_file_number == reply["case_file_number"]


async def test_a_withdrawn_application_is_not_decided(running: Sandbox, side: Platform) -> None:
    """A withdrawal deletes the unsent decision."""
    await running.behave("cabinet", mode="callback", decision_delay_ms=60_000)
    application_id = str(new_id())
    await running.hand_over(side, application_id=application_id)
    _, reply = await running.hand_over(side, application_id=application_id, kind="withdrawn")
    assert reply["decision"] is None
    assert (await running.ledger("callbacks"))["waiting"] == 0
    assert await running.ledger("decisions") == []


async def test_a_corrected_application_is_decided(running: Sandbox, side: Platform) -> None:
    """It is not sent back for correction again."""
    await running.behave("cabinet", mode="answer", correction_rate=1.0, refusal_rate=0.0)
    application_id = str(new_id())
    _, first = await running.hand_over(side, application_id=application_id)
    _, second = await running.hand_over(side, application_id=application_id, kind="corrected")
    assert first["decision"]["action"] == "correction_asked"
    assert second["decision"]["action"] == "approved"
    assert (await running.ledger("summary"))["decisions"] == 1


@pytest.mark.parametrize(
    ("ministry", "changed", "status"),
    [
        ("nowhere", {}, 404),
        ("cabinet", {"kind": "burnt"}, 422),
        ("cabinet", {"callback_url": "file:///etc/passwd"}, 422),
        ("cabinet", {"tracking_number": "\x00"}, 422),
    ],
)
async def test_bad_input_is_a_problem_and_leaves_no_row(
    running: Sandbox, side: Platform, ministry: str, changed: dict[str, str], status: int
) -> None:
    """An invalid hand-over gets a problem and is not acted on."""
    given, problem = await running.hand_over(side, ministry, **changed)
    assert given == status
    assert problem["type"].startswith("/problems/")
    assert await running.ledger("submissions") == []


def arrival(key: str, application_id: UUID, *, kind: Kind = "submitted") -> Arrival:
    return Arrival(
        ministry="cabinet",
        body=HandOver(
            kind=kind,
            application_id=application_id,
            tracking_number="NS",
            public_service_id="x",
            callback_url="http://127.0.0.1/",
        ),
        idempotency_key=key,
        traceparent="",
        behaviour=Behaviour(mode="callback", decision_delay_ms=1000),
        ignores_keys=False,
        seed=1,
    )


def test_a_withdrawal_deletes_a_later_decision(connection: Connection) -> None:
    """A submission and its withdrawal leave no open callback."""
    application_id = new_id()
    accept(connection, arrival("one", application_id))
    accept(connection, arrival("two", application_id, kind="withdrawn"))
    assert next_due_s(connection, "decision") is None
