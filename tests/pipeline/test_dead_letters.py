"""Dead letters of each service through the gateway, with real logins of staff."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from pydantic import SecretStr

from libs.clock import Clock
from libs.database.pool import Database
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.settings import Settings
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.use_cases import create_staff
from tests.pipeline.platform import Platform
from tests.services.identity.running import CHEAP
from tools.virtual_users.citizen import Citizen

PASSWORD = "a long password of a test"


async def logged_in(platform: Platform, role: str) -> dict[str, str]:
    """The header of a member of staff: an account is made by command, and logs in as staff do."""
    username = f"{role.replace('_', '-')}-{secrets.token_hex(4)}"
    key = platform.plan.environment("identity", bootstrap="", dsn={})["IDENTITY_KEY_SECRET"]
    factors = SecondFactors.of(Settings(key_secret=SecretStr(key)))
    database = Database(platform.dsn["identity"], connections=1)
    initial, at = InitialPassword.new(CHEAP), Clock().now()
    async with database.transaction() as tx:
        staff, _ = await create_staff(tx, username, role, None, by="t", at=at, initial=initial)
        address = await set_up_app(tx, factors, staff.staff_id, username)
    await database.close()
    url = f"{platform.plan.url('gateway')}/v1/staff/password"
    (secret,) = parse_qs(urlsplit(address).query)["secret"]
    code = pyotp.TOTP(secret).now()
    body = {"username": username, "password": initial.text, "code": code, "new_password": PASSWORD}
    async with platform.http.post(url, json=body) as answer:
        return {"authorization": f"Bearer {(await answer.json())['access_token']}"}


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
    operator = await logged_in(platform, "operator")
    viewer = await logged_in(platform, "dead_letter_viewer")
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
