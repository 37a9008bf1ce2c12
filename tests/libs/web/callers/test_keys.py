import pytest

from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from tests.libs.messaging.scenes import running
from tests.libs.web.running import CITIZEN, Identity, served, showing
from tests.waiting import until


def keys(url: str, *, needed: bool = True) -> Keys:
    return Keys(url, tracing=Tracing("t"), metrics=Metrics("t"), needed=needed)


async def test_keys_are_fetched_and_tokens_checked() -> None:
    """A token is accepted as soon as identity has answered."""
    identity = Identity()
    async with served(identity.show) as url:
        part = keys(f"{url}/")
        async with running(part):
            await until(lambda: part.health().ready)
            caller = await part.checker.check(showing(identity.token()))
    assert caller.subject_id == CITIZEN


@pytest.mark.parametrize("needed", [True, False])
def test_without_a_key_set_a_service_is_ready_where_it_needs_none(needed: bool) -> None:
    """A service for operators only is ready during an outage of identity."""
    assert keys("http://127.0.0.1:9", needed=needed).health().ready is not needed
