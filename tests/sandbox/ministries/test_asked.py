"""A ministry of the sandbox that is asked for its decisions, with the platform's adapter."""

from collections.abc import AsyncIterator

import pytest

from libs.clock import utc_now
from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import link_key
from sandbox.keys import ministry_secret
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.poll_json import PollJsonAdapter
from services.ministries.deliveries.rules import Delivery, plan_delivery
from services.ministries.deliveries.values import Inquiry
from tests.sandbox.running import MASTER, Sandbox
from tests.services.ministries.scenes import LAND, submission


@pytest.fixture
async def adapter(running: Sandbox) -> AsyncIterator[PollJsonAdapter]:
    async with HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client:
        yield PollJsonAdapter(
            Link(
                ministry=LAND,
                connection=Connection(adapter="poll_json", address=f"{running.url}/asked"),
                client=client,
                credentials=Credentials(lambda name: [ministry_secret(MASTER, name)]),
                callback_url="http://127.0.0.1:9/decisions",
                deadline_s=5.0,
                now=utc_now,
                papers=PaperLinks("", link_key(MASTER)),
            )
        )


async def handed_over(adapter: PollJsonAdapter, kind: str = "submitted") -> Delivery:
    """Hand over, and return the delivery."""
    delivery = plan_delivery(submission(kind))  # type: ignore[arg-type]
    await adapter.submit(delivery, delivery.idempotency_key)
    return delivery


async def said(adapter: PollJsonAdapter, delivery: Delivery) -> list[str]:
    """What the ministry says of a delivery's application."""
    inquiry = Inquiry(delivery.application_id, delivery.tracking_number, delivery.created_at)
    return [ministry_decision.action for ministry_decision in await adapter.ask([inquiry])]


async def decisions(running: Sandbox) -> tuple[int, int]:
    """How many decisions the ledger has, and how many are to be given."""
    callbacks = await running.ledger("callbacks")
    return len(await running.ledger("decisions")), callbacks["waiting"]


async def test_it_says_what_it_decided_when_it_is_asked(
    running: Sandbox, adapter: PollJsonAdapter
) -> None:
    """However often; the ledger has one decision, from when it was given."""
    await running.behave(LAND, mode="callback", refusal_rate=1.0)
    delivery = await handed_over(adapter)
    assert await decisions(running) == (0, 1)
    assert [await said(adapter, delivery) for _ in range(2)] == [["refused"], ["refused"]]
    assert await decisions(running) == (1, 0)


async def test_it_is_pending_until_it_is_decided(
    running: Sandbox, adapter: PollJsonAdapter
) -> None:
    """A correction is decided anew, and a withdrawal not at all."""
    await running.behave(LAND, mode="callback", correction_rate=1.0)
    assert await said(adapter, await handed_over(adapter)) == ["correction_asked"]
    await running.behave(LAND, mode="callback", decision_delay_ms=60_000)
    assert await said(adapter, await handed_over(adapter, "corrected")) == ["received"]
    assert await said(adapter, await handed_over(adapter, "withdrawn")) == ["received"]
    assert await decisions(running) == (1, 0)


async def test_what_it_has_said_stands_after_a_withdrawal(
    running: Sandbox, adapter: PollJsonAdapter
) -> None:
    """It is asked once more, since the answer may have been lost."""
    await running.behave(LAND, mode="callback", refusal_rate=1.0)
    delivery = await handed_over(adapter)
    assert await said(adapter, delivery) == ["refused"]
    await handed_over(adapter, "withdrawn")
    assert await said(adapter, delivery) == ["refused"]
    assert await decisions(running) == (1, 0)


async def test_it_says_nothing_of_what_it_does_not_have(
    running: Sandbox, adapter: PollJsonAdapter
) -> None:
    """Nor anything while it is down."""
    delivery = plan_delivery(submission())
    assert await said(adapter, delivery) == []
    await running.set_faults(LAND, down_for_s=60)
    with pytest.raises(Unavailable):
        await said(adapter, delivery)
