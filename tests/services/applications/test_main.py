from collections.abc import Awaitable, Callable

import pytest
from pydantic import ValidationError

from services.applications.main import build
from services.applications.settings import Settings
from tests.libs.running import running
from tests.waiting import answered


async def test_the_service_starts_and_stops_without_its_dependencies(
    dsn_for: Callable[[str], Awaitable[str]], unused_tcp_port: int
) -> None:
    """Without identity, catalogue and broker the service is live but not ready."""
    settings = Settings(
        dsn=await dsn_for("applications"),
        port=unused_tcp_port,
        identity_url="http://127.0.0.1:9",
        drain_s=3,
    )
    async with running(build(settings)) as url:
        live, _ = await answered(f"{url}/health/live")
        status, ready = await answered(f"{url}/health/ready")
    assert (live, status) == (200, 503)
    assert {"submit", "keys", "public services", "overdue", "relay", "database"} <= ready[
        "components"
    ].keys()


def test_every_setting_is_described() -> None:
    """Every setting has a description."""
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("setting", ["group_limit", "catalogue_refresh_s", "responses_kept_days"])
def test_zero_is_refused(setting: str) -> None:
    """A limit or interval of zero is refused at the start."""
    with pytest.raises(ValidationError):
        Settings.model_validate({setting: 0})
