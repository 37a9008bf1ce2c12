"""The SOAP adapter and a system on another SOAP library (npm's `soap`) understand each other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from libs.errors import Refused, Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.deliveries.adapters import soap
from services.ministries.deliveries.adapters.soap import SoapAdapter
from services.ministries.deliveries.rules import plan_delivery
from tests.peers.node import listening
from tests.services.ministries.deliveries.adapters.suite import link_to
from tests.services.ministries.scenes import submission

WSDL = Path(soap.__file__).with_name("submissions.wsdl")
FORM = '{"name_bn": "রহিমা খাতুন", "house": {"no": 7}, "note": "<b> & \\"ড়\\""}'


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with listening("soap", str(WSDL)) as port:
        yield port


@pytest.fixture
async def adapter(port: int) -> AsyncIterator[SoapAdapter]:
    async with HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client:
        yield SoapAdapter(link_to(client, f"http://127.0.0.1:{port}/soap"))


async def test_the_form_arrives_as_it_was_written(adapter: SoapAdapter) -> None:
    """The peer reads Bangla, markup and nested answers, and we read its answer."""
    delivery = replace(plan_delivery(submission()), form=FORM)
    said = await adapter.submit(delivery, delivery.idempotency_key)
    assert said.action == "correction_asked"
    assert said.note is not None
    assert said.note.bn == 'name_bn=রহিমা খাতুন; house.no=7; note=<b> & "ড়"'
    assert said.case_file_number is not None
    again = await adapter.submit(delivery, delivery.idempotency_key)
    assert again == said


async def test_a_withdrawal_is_accepted(adapter: SoapAdapter) -> None:
    """An answer without the parts that may be left out is read."""
    delivery = plan_delivery(submission("withdrawn"))
    said = await adapter.submit(delivery, delivery.idempotency_key)
    assert (said.action, said.note) == ("received", None)


@pytest.mark.parametrize(("service", "means"), [("not-offered", Refused), ("broken", Unavailable)])
async def test_its_faults_are_understood(
    adapter: SoapAdapter, service: str, means: type[Exception]
) -> None:
    """A Fault with a code of the table refuses; a defect of the peer does not."""
    delivery = replace(plan_delivery(submission()), public_service_id=service)
    with pytest.raises(means):
        await adapter.submit(delivery, delivery.idempotency_key)
