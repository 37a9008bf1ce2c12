from collections.abc import Awaitable, Callable

import pytest
from pydantic import ValidationError

from services.applications.main import build
from services.applications.settings import Settings
from tests.libs.test_service import running
from tests.waiting import answered


async def test_the_service_starts_serves_and_drains_with_all_others_away(
    dsn_for: Callable[[str], Awaitable[str]], unused_tcp_port: int
) -> None:
    """Without identity, catalogue and broker it is alive, reports what is missing, and stops."""
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
        "parts"
    ].keys()


def test_every_setting_is_described() -> None:
    """An operator reads what a setting does, with its unit in its name."""
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("setting", ["group_limit", "catalogue_refresh_s", "responses_kept_days"])
def test_zero_is_refused(setting: str) -> None:
    """A setting that would stop the service is refused at the start."""
    with pytest.raises(ValidationError):
        Settings.model_validate({setting: 0})
