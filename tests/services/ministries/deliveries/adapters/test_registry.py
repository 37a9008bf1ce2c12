from pydantic import SecretStr

from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from services.ministries.deliveries.adapters.registry import adapters
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.settings import Settings
from tests.services.ministries.deliveries.adapters.suite import MinistrySystem, answering
from tests.services.ministries.scenes import HEALTH, LAND, submission


async def test_a_ministry_can_have_an_address_of_its_own() -> None:
    """Other ministries share the default address."""
    answer = answering(body=b'{"case_file_number": "1"}')
    shared, own = MinistrySystem(answer), MinistrySystem(answer)
    runners = [await shared.listening(), await own.listening()]
    settings = Settings(
        ministry_secret=SecretStr("x" * 32),
        ministries_url=shared.url,
        ministry_urls={HEALTH: own.url},
        adapters={HEALTH: "http_json"},
    )
    async with HttpClient("ministries", tracing=Tracing("t"), metrics=Metrics("t")) as client:
        adapter_of = adapters(settings, lambda _: client, public_url="http://nagorik.example")
        for ministry in (LAND, HEALTH):
            delivery = plan_delivery(submission(ministry=ministry))
            await adapter_of(ministry).submit(delivery, delivery.idempotency_key)
    for runner in runners:
        await runner.cleanup()
    assert [each.path for each in shared.arrived] == [f"/ministries/{LAND}/submissions"]
    assert [each.path for each in own.arrived] == [f"/ministries/{HEALTH}/submissions"]
    assert b"http://nagorik.example/v1/ministries/mohfw/decisions" in own.arrived[0].body
