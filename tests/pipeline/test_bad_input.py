"""What a citizen or a careless client may send: a clear problem, nothing stored, never a 500."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.trials.citizen import Api, Citizen
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform

JSON = "application/json"
LIMIT_BYTES = 64 * 1024
APPLY = "/v1/applications"


async def send(
    platform: Platform, citizen: Citizen, body: Any, **headers: str
) -> tuple[int, dict[str, Any], str]:
    """Send raw bytes as an application; the answer's status, document and media type."""
    sent = {
        "content-type": JSON,
        "idempotency-key": secrets.token_hex(8),
        **citizen._headers,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = platform.plan.url("gateway") + APPLY
    async with platform.http.post(url, data=body, headers=sent) as answer:
        return answer.status, orjson.loads(await answer.read()), answer.content_type


async def count(platform: Platform) -> int:
    """How many applications are stored."""
    rows = await platform.rows("applications", "SELECT count(*) AS stored FROM applications")
    return int(rows[0]["stored"])


def command(form: Any, public_service_id: Any = TAX_NUMBER, **more: Any) -> bytes:
    """The body of an application."""
    return orjson.dumps({"public_service_id": public_service_id, "form": form, **more})


BODIES: list[tuple[str, bytes, int, str]] = [
    ("malformed", b'{"public_service_id": ', 400, "not_json"),
    ("not utf-8", b'{"public_service_id": "\xff"}', 400, "not_json"),
    ("ten thousand brackets", b"[" * 10_000 + b"]" * 10_000, 400, "too_deep"),
    ("lone surrogate", rb'{"public_service_id": "S031", "form": {"a": "\ud800"}}', 400, "not_json"),
    ("a list", b"[]", 422, "wrong_shape"),
    ("wrong types", command([], 5), 422, "wrong_shape"),
    ("an unknown field", command({}, surplus=1), 422, "wrong_shape"),
    ("a NUL byte", command({"circle": "a\0b"}), 422, "control_character"),
    ("nothing answered", command({}), 422, "form_invalid"),
    ("an unknown service", command({}, "S999"), 404, "public_service_unknown"),
    ("too large", command({"a": "x" * LIMIT_BYTES}), 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), [each[1:] for each in BODIES])
async def test_bad_bodies_get_a_clear_problem_and_store_nothing(
    platform: Platform, citizen: Citizen, body: bytes, status: int, code: str
) -> None:
    """The problem says what is wrong, in Bangla unless English is asked for."""
    before = await count(platform)
    got, problem, media_type = await send(platform, citizen, body)
    assert (got, media_type) == (status, "application/problem+json"), problem
    assert problem["status"] == status
    assert problem["trace_id"]
    assert any("\u0980" <= letter <= "\u09ff" for letter in problem["title"])
    _, english, _ = await send(platform, citizen, body, accept_language="en")
    assert english["type"] == problem["type"]
    assert english["title"].isascii()
    assert problem["type"].rsplit("/", 1)[-1] == code
    assert await count(platform) == before


async def test_a_body_that_hides_its_size_is_cut_off(platform: Platform, citizen: Citizen) -> None:
    """The limit holds while a body streams, whatever it announced."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 4096

    status, problem, _ = await send(platform, citizen, chunks())
    assert (status, problem["type"].rsplit("/", 1)[-1]) == (413, "body_too_large")


async def test_a_wrong_answer_is_named_by_its_field(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """`errors` points at the field and says in both languages what to do."""
    status, problem, _ = await send(platform, citizen, command({**form, "taxpayer": "nobody"}))
    assert status == 422
    faults = {fault["pointer"]: fault for fault in problem["errors"]}
    assert faults["/form/taxpayer"]["message"]


@pytest.mark.parametrize("key", ["", "x" * 201, "ক"])
async def test_a_bad_idempotency_key_is_refused(
    platform: Platform, citizen: Citizen, form: dict[str, Any], key: str
) -> None:
    """Without a usable key nothing is stored: a repeated click could not be told from a new one."""
    before = await count(platform)
    status, _, _ = await send(platform, citizen, command(form), idempotency_key=key)
    assert status == 400
    assert await count(platform) == before


async def test_foreign_and_unsigned_tokens_are_refused(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """Only our own signature counts, and the algorithm is not the caller's to choose."""
    claims = {"iss": "nagorik-identity", "aud": "nagorik", "sub": "x", "exp": 9_999_999_999}
    foreign = jwt.encode({"alg": "ES256", "kid": "k"}, claims, ECKey.generate_key("P-256"))
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    for token in (foreign, unsigned, "nonsense"):
        status, problem, _ = await send(
            platform, citizen, command(form), authorization=f"Bearer {token}"
        )
        assert (status, problem["type"].rsplit("/", 1)[-1]) == (401, "token_invalid")


async def test_digits_and_invisible_characters_are_taken_as_meant(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """Bangla digits in a phone and a tracking number; zero-width characters in between."""
    api = Api(platform.http, platform.plan.url("gateway"))
    phone = "\u200b০১৭" + "".join("০১২৩৪৫৬৭৮৯"[secrets.randbelow(10)] for _ in range(8))
    status, _ = await api.ask("POST", "/v1/login/codes", headers={}, body={"phone": phone})
    assert status == 202
    accepted = await citizen.apply(TAX_NUMBER, form, "gulshan")
    typed = (
        accepted.tracking_number.lower()
        .replace("-", " ")
        .translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    )
    status, view = await citizen.get(f"{APPLY}/{typed}")
    assert (status, view["tracking_number"]) == (200, accepted.tracking_number)
