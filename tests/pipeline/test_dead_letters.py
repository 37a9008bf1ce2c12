"""Dead letters of each service through the gateway, with real logins of staff."""

from typing import Any

import pytest

from tests.pipeline.platform import Platform
from tests.pipeline.running import staff_logged_in
from tools.virtual_users.citizen import Citizen


async def asked(
    platform: Platform, headers: dict[str, str], service: str, path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    """Send a request to the gateway; return the status and the document."""
    url = f"{platform.plan.url('gateway')}/v1/operations/{service}/{path}"
    method = "GET" if body is None else "POST"
    async with platform.http.request(method, url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("service", ["applications", "ministries", "notifications"])
async def test_a_citizen_sees_no_dead_letters(
    platform: Platform, citizen: Citizen, service: str
) -> None:
    """A citizen is refused: the role is missing."""
    status, problem = await asked(platform, citizen.headers, service, "dead-letters")
    assert (status, problem["type"]) == (403, "/problems/role_missing")


async def test_staff_reach_each_service_in_their_own_role(platform: Platform) -> None:
    """An operator lists, replays and settles; a viewer lists and looks; no more for either."""
    operator = await staff_logged_in(platform, "operator")
    viewer = await staff_logged_in(platform, "dead_letter_viewer")
    wish = {"ids": [2**40], "why": "none of ours"}
    look = {"dead_letter_id": 2**40, "why": "none of ours"}
    for service in ("applications", "ministries", "notifications"):
        for path in ("dead-letters", "journal"):
            assert (await asked(platform, operator, service, path))[0] == 200
            assert (await asked(platform, viewer, service, path))[0] == 200
        for path in ("replays", "settlements"):
            status, report = await asked(platform, operator, service, path, wish)
            assert (status, report["settled"]) == (200, [])
            assert (await asked(platform, viewer, service, path, wish))[0] == 403
        assert (await asked(platform, operator, service, "looks", look))[0] == 403
        assert (await asked(platform, viewer, service, "looks", look))[0] == 404
