"""The whole platform, started once for the files of this folder, and citizens who use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser

from libs.database.migrate import migrate
from services.registry import WITH_DATABASE
from tests.brokers import remake_topics
from tests.pipeline.platform import Platform, running
from tests.pipeline.running import command_of
from tests.waiting import until
from tools.browser.chromium import running_browser
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.virtual_users.citizen import Accepted, Api, Citizen
from tools.virtual_users.counter import Counter
from tools.virtual_users.forms import valid_answers
from tools.virtual_users.portal import PortalCitizen

TAX_NUMBER = "S031"


@pytest.fixture(scope="package")
async def platform(kafka: EmbeddedKafka, postgres: EmbeddedPostgres) -> AsyncIterator[Platform]:
    """All services, ready, on databases of their own that no other test empties.

    They end with the last file of the folder that the process runs: the routers of the services
    serve one instance per process. Records of other tests are deleted first: a service would read
    them all.
    """
    await remake_topics(kafka.client)
    dsn: dict[str, str] = {}
    for service in WITH_DATABASE:
        name = f"{service}_pipeline"
        dsn[service] = await postgres.ensure_database(name, "only-for-tests")
        await migrate(postgres.owner_dsn(name), service)
    async with running(kafka, dsn) as everything:
        yield everything


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with running_browser() as running:
        yield running


@pytest.fixture
async def citizen(platform: Platform) -> Citizen:
    """A citizen who has logged in."""
    return await logged_in(platform)


async def logged_in(platform: Platform) -> Citizen:
    """A new citizen who has logged in."""
    api = Api(platform.http, platform.plan.url("gateway"))
    visitor = Citizen(api, platform.ledger, platform.tracing("citizen"))
    await visitor.log_in()
    return visitor


def portal_citizen(platform: Platform) -> PortalCitizen:
    """A citizen of one's own at the portal."""
    api = Api(platform.http, platform.plan.url("gateway"))
    return PortalCitizen(
        api, platform.plan.url("portal"), platform.ledger, platform.tracing("citizen")
    )


@pytest.fixture
async def form(platform: Platform) -> dict[str, Any]:
    """Valid answers to the form of one public service."""
    return await form_of(platform, TAX_NUMBER)


async def form_of(platform: Platform, public_service_id: str) -> dict[str, Any]:
    """Valid answers to the form of a public service."""
    address = f"{platform.plan.url('gateway')}/v1/services/{public_service_id}"
    async with platform.http.get(address) as answer:
        return valid_answers(public_service_id, (await answer.json())["form"])


@pytest.fixture
async def behave(platform: Platform) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Set how all ministries decide; the default returns after the test."""
    url = f"{platform.plan.url('sandbox')}/behaviour/ministries"

    async def put(**behaviour: Any) -> None:
        async with platform.http.put(url, json=behaviour) as answer:
            answer.raise_for_status()

    yield put
    await put()


@pytest.fixture
def answered(platform: Platform) -> Callable[[Accepted], Awaitable[None]]:
    """Wait until an application's answer, and what came before it, has been delivered by SMS."""

    async def wait(accepted: Accepted) -> None:
        def reported() -> bool:
            received = platform.received(accepted)
            messages = received.messages
            return bool(received.answer) and all(message["reported_at"] for message in messages)

        await until(reported)

    return wait


@pytest.fixture
async def counter(platform: Platform) -> Counter:
    """An uddokta at Gulshan, whose app's codes nobody has used yet, with a device."""
    api = Api(platform.http, platform.plan.url("gateway"))
    return await Counter.opened(api, "gulshan", command_of(platform))
