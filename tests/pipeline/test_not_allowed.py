"""Well-formed requests that are refused: a closed service, an old login, another citizen's data."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.database.pool import Database
from libs.ids import new_id
from services.applications.lifecycle.encrypted import FORM
from services.catalogue.public_services.use_cases import set_open
from services.identity.signing_keys import queries as signing_keys
from services.identity.signing_keys.key_wrapping import KeyWrapping
from tests.pipeline.conftest import TAX_NUMBER, logged_in
from tests.pipeline.platform import Platform
from tests.waiting import until
from tools.virtual_users.citizen import Citizen

TRADE_LICENCE = "S040"
HOUR_S = 3600
STORED = """
    SELECT (SELECT count(*) FROM applications), (SELECT count(*) FROM submissions),
           (SELECT count(*) FROM timeline WHERE type = 'application_submitted'),
           (SELECT count(*) FROM idempotency)
"""


@pytest.fixture(scope="module")
async def citizen(platform: Platform) -> Citizen:
    """One citizen for this file: a login takes longer than a test."""
    return await logged_in(platform)


async def asked(
    platform: Platform, citizen: Citizen, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any], str | None]:
    """Ask as a citizen; the answer's status, document and language."""
    sent = {
        "content-type": "application/json",
        "idempotency-key": secrets.token_hex(8),
        **citizen.headers,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = platform.plan.url("gateway") + path
    content = None if body is None else orjson.dumps(body)
    async with platform.http.request(method, url, data=content, headers=sent) as answer:
        read, language = await answer.read(), answer.headers.get("content-language")
        return answer.status, orjson.loads(read), language


def code_of(problem: dict[str, Any]) -> str:
    return str(problem["type"].rsplit("/", 1)[-1])


async def rule(platform: Platform, *, is_open: bool) -> None:
    """Open or close a public service as an operator does."""
    database = Database(platform.dsn["catalogue"], connections=1)
    await database.open()
    async with database.transaction() as tx:
        await set_open(tx, TRADE_LICENCE, is_open=is_open, by="an operator", at=datetime.now(UTC))
    await database.close()


async def until_answered(platform: Platform, citizen: Citizen, code: str) -> dict[str, Any]:
    """Apply, with nothing filled in, until the problem is this one."""
    command = {"public_service_id": TRADE_LICENCE, "form": {}}

    async def problem_of_that_code() -> dict[str, Any] | None:
        _, problem, _ = await asked(platform, citizen, "POST", "/v1/applications", command)
        return problem if code_of(problem) == code else None

    return await until(problem_of_that_code)


async def test_a_closed_service_takes_nothing_until_it_is_open_again(
    platform: Platform, citizen: Citizen
) -> None:
    """A closed service says so, points at the field, and stores nothing."""
    before = await platform.rows("applications", STORED)
    await rule(platform, is_open=False)
    problem = await until_answered(platform, citizen, "public_service_closed")
    await rule(platform, is_open=True)
    assert problem["status"] == 409
    assert problem["errors"][0]["pointer"] == "/public_service_id"
    await until_answered(platform, citizen, "form_invalid")
    assert await platform.rows("applications", STORED) == before


async def test_a_login_that_has_run_out_takes_nothing(platform: Platform, citizen: Citizen) -> None:
    """A token of our own key that has expired is told apart from a wrong one."""
    database = Database(platform.dsn["identity"], connections=1)
    await database.open()
    async with database.transaction() as tx:
        keys = await signing_keys.read_keys(tx)
    await database.close()
    secret = platform.plan.environment("identity", bootstrap="", dsn={})["IDENTITY_KEY_SECRET"]
    wrapping = KeyWrapping.of_secret(secret)
    # The platforms of other files have keys here too, under secrets of their own.
    ((kept, plain),) = [
        (key, opened)
        for key in keys
        if (opened := wrapping.unwrap(key.wrapped_private_key, key.kid)) is not None
    ]
    now_s = int(time.time())
    hour_ago_s = now_s - HOUR_S
    claims = {
        "iss": "nagorik-identity",
        "aud": "nagorik",
        "sub": str(new_id()),
        "sid": str(new_id()),
        "roles": ["citizen"],
    }
    for issued_s, life_s, status in ((hour_ago_s, 2 * HOUR_S, 401), (now_s, 900, 422)):
        token = jwt.encode(
            {"alg": "ES256", "typ": "at+jwt", "kid": kept.kid},
            {**claims, "iat": issued_s, "exp": issued_s + life_s},
            ECKey.import_key(orjson.loads(plain)),
        )
        command = {"public_service_id": TAX_NUMBER, "form": {}}
        got, problem, _ = await asked(
            platform,
            citizen,
            "POST",
            "/v1/applications",
            command,
            authorization=f"Bearer {token}",
        )
        assert (got, code_of(problem)) == (
            status,
            "token_expired" if status == 401 else "form_invalid",
        )


async def test_a_logout_is_known_to_every_service(platform: Platform) -> None:
    """Gateway and applications refuse the session's token within moments, not after its life."""
    leaving = await logged_in(platform)
    urls = [platform.plan.url(name) + "/v1/applications" for name in ("gateway", "applications")]
    for url in urls:
        async with platform.http.get(url, headers=leaving.headers) as answer:
            assert answer.status == 200
    logout = platform.plan.url("gateway") + "/v1/logout"
    async with platform.http.post(logout, headers=leaving.headers) as answer:
        assert answer.status == 204

    async def refused() -> bool:
        codes = []
        for url in urls:
            async with platform.http.get(url, headers=leaving.headers) as answer:
                problem = await answer.json(content_type=None)
                codes.append((answer.status, code_of(problem) if answer.status > 400 else ""))
        return codes == [(401, "session_ended")] * 2

    await until(refused)


async def test_anothers_application_is_unknown(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """404, as for a number that nobody has: 403 would tell that there is such a case."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    mine = f"/v1/applications/{accepted.tracking_number}"
    stranger = await logged_in(platform)
    for method, path, body in (
        ("GET", mine, None),
        ("GET", f"{mine}/events", None),
        ("POST", f"{mine}/corrections", {"form": form}),
        ("POST", f"{mine}/withdrawal", None),
    ):
        status, problem, _ = await asked(platform, stranger, method, path, body)
        assert (status, code_of(problem)) == (404, "application_unknown")
        unknown = path.replace(accepted.tracking_number, "NS-00000-00000-00000")
        _, same, _ = await asked(platform, stranger, method, unknown, body)
        assert {**same, "trace_id": ""} == {**problem, "trace_id": ""}
    _, view = await citizen.get(mine)
    assert "application_withdrawn" not in {entry["type"] for entry in view["timeline"]}


async def test_a_body_under_another_name_is_not_guessed_at(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """415 in the language asked for, and nothing stored."""
    before = await platform.rows("applications", STORED)
    command = {"public_service_id": TAX_NUMBER, "form": form}
    for wanted in ("bn", "en"):
        status, problem, language = await asked(
            platform,
            citizen,
            "POST",
            "/v1/applications",
            command,
            content_type="text/plain",
            accept_language=wanted,
        )
        assert (status, code_of(problem)) == (415, "unsupported_media_type")
        assert language == wanted
        assert problem["title"].isascii() == (wanted == "en")
    assert await platform.rows("applications", STORED) == before


async def test_invisible_characters_are_not_kept(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """What nobody can see is in no snapshot: names that look equal are equal."""
    name = form["name_bn"]
    accepted = await citizen.apply(
        TAX_NUMBER, {**form, "name_bn": f"\u200b{name[:2]}\u2060{name[2:]}\ufeff"}
    )
    async with platform.transaction("applications") as tx:
        (row,) = await tx.fetch(
            "SELECT submission_id, form FROM submissions WHERE application_id = $1",
            accepted.application_id,
        )
        stored = orjson.loads(tx.cipher.open(FORM, row["submission_id"], row["form"]))
    assert stored["name_bn"] == name
