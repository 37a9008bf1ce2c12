from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from libs.clock import utc_now
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import link_key
from sandbox.keys import ministry_secret
from sandbox.ministries.rules import NOT_OFFERED
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.poll_json import PollJsonAdapter
from services.ministries.deliveries.adapters.soap import SoapAdapter
from services.ministries.deliveries.rules import plan_delivery
from tests.sandbox.running import MASTER, Sandbox
from tests.services.ministries.scenes import LAND, submission

DEADLINE_S = 5.0


@pytest.fixture
async def link(running: Sandbox) -> AsyncIterator[Link]:
    client = HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t"), reply_limit_bytes=65_536)
    async with client:
        yield Link(
            ministry=LAND,
            connection=Connection(adapter="soap", address=f"{running.url}/ministries/{LAND}/soap"),
            client=client,
            credentials=Credentials(lambda name: [ministry_secret(MASTER, name)]),
            callback_url="http://127.0.0.1:9/decisions",
            deadline_s=DEADLINE_S,
            now=utc_now,
            papers=PaperLinks("", link_key(MASTER)),
        )


async def test_a_submission_by_soap_is_in_the_ledger_once(running: Sandbox, link: Link) -> None:
    """A repeat gets the first answer, and the ledger has one hand-over."""
    await running.behave(LAND, mode="answer", refusal_rate=1.0)
    delivery = plan_delivery(submission())
    adapter = SoapAdapter(link)
    first, again = [await adapter.submit(delivery, delivery.idempotency_key) for _ in range(2)]
    assert first == again
    assert (first.action, first.note is not None) == ("refused", True)
    _, rows = await running.call("GET", "/ledger/submissions")
    assert [row["idempotency_key"] for row in rows] == [delivery.idempotency_key]


async def test_a_refusal_is_the_agreed_one(running: Sandbox, link: Link) -> None:
    """By SOAP and by JSON, a ministry refuses a service that it does not offer; nothing is kept."""
    json = replace(link, connection=Connection(adapter="http_json", address=running.url))
    delivery = replace(plan_delivery(submission()), public_service_id=NOT_OFFERED)
    for adapter in (SoapAdapter(link), HttpJsonAdapter(json)):
        with pytest.raises(Refused):
            await adapter.submit(delivery, delivery.idempotency_key)
    assert await running.ledger("submissions") == []


async def test_a_fault_refuses_what_is_right(running: Sandbox, link: Link) -> None:
    """JSON, polling and SOAP alike give the agreed refusal; without the fault it is taken."""
    polled = f"{running.url}/asked"
    links = (
        SoapAdapter(link),
        HttpJsonAdapter(replace(link, connection=Connection(address=running.url))),
        PollJsonAdapter(replace(link, connection=Connection(adapter="poll_json", address=polled))),
    )
    delivery = plan_delivery(submission())
    await running.set_faults("ministries", refuse_rate=1)
    for adapter in links:
        with pytest.raises(Refused):
            await adapter.submit(delivery, delivery.idempotency_key)
    assert await running.ledger("submissions") == []
    await running.call("DELETE", "/faults")
    for adapter in links:
        await adapter.submit(delivery, delivery.idempotency_key)
    assert len(await running.ledger("submissions")) == 1


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ({"error_rate": 1}, Unavailable),
        ({"nonsense_rate": 1}, NotAdmitted),
        ({"proxy_rate": 1}, NotAdmitted),
        ({"down_for_s": 60}, Unavailable),
        ({"hang_rate": 1}, Unavailable),
        ({"lose_answer_rate": 1}, Unavailable),
        ({"malformed": "empty", "malformed_rate": 1}, Unreadable),
        ({"malformed": "error_inside", "malformed_rate": 1}, Unavailable),
        ({"malformed": "wrong_type", "malformed_rate": 1}, Unreadable),
        ({"malformed": "huge", "malformed_rate": 1}, Unreadable),
        ({"malformed": "drip", "malformed_rate": 1}, Unavailable),
        ({"malformed": "windows_1252", "malformed_rate": 1}, Unreadable),
    ],
)
async def test_a_fault_of_the_sandbox(
    running: Sandbox, link: Link, fault: dict[str, object], means: type[Exception]
) -> None:
    """Whatever the system does, the adapter has a word for it."""
    await running.behave(LAND, mode="never")
    await running.call("PUT", f"/faults/{LAND}", json=fault)
    delivery = plan_delivery(submission())
    with pytest.raises(means):
        await SoapAdapter(link).submit(delivery, delivery.idempotency_key)
