"""What a citizen or a careless client may send: a clear problem, nothing stored, never a 500."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

from libs.contracts.problems import TYPE_PREFIX
from tests.pipeline.conftest import TAX_NUMBER, logged_in
from tests.pipeline.platform import Platform
from tools.virtual_users.citizen import Api, Citizen

JSON = "application/json"
LIMIT_BYTES = 64 * 1024
APPLY = "/v1/applications"
BANGLA_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
STORED = """
    SELECT (SELECT count(*) FROM applications), (SELECT count(*) FROM submissions),
           (SELECT count(*) FROM idempotency)
"""

Body = bytes | Callable[[], AsyncIterator[bytes]]


@pytest.fixture(scope="module")
async def citizen(platform: Platform) -> Citizen:
    """One citizen for this file: a login takes longer than a test."""
    return await logged_in(platform)


async def send(
    platform: Platform, citizen: Citizen, body: Body, headers: dict[str, str | None]
) -> tuple[int, dict[str, Any], str]:
    """Send raw bytes as an application; the answer's status, document and media type."""
    own = {"content-type": JSON, "idempotency-key": secrets.token_hex(8), **citizen.headers}
    sent = {name: value for name, value in {**own, **headers}.items() if value is not None}
    url = platform.plan.url("gateway") + APPLY
    content = body if isinstance(body, bytes) else body()
    async with platform.http.post(url, data=content, headers=sent) as answer:
        return answer.status, orjson.loads(await answer.read()), answer.content_type


async def refused(
    platform: Platform,
    citizen: Citizen,
    body: Body,
    expected: tuple[int, str],
    **headers: str | None,
) -> list[str]:
    """See an application refused, in both languages, and nothing stored; the fields at fault.

    Bangla is what a client gets that asks for no language.
    """
    before = await platform.rows("applications", STORED)
    pointers: list[list[str]] = []
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for language in (None, "en"):
        asked = {**named, "accept-language": language}
        status, problem, media_type = await send(platform, citizen, body, asked)
        faults = problem.get("errors", [])
        assert (status, problem["type"].removeprefix(TYPE_PREFIX)) == expected, problem
        assert (problem["status"], media_type) == (status, "application/problem+json")
        assert problem["trace_id"]
        for text in (problem["title"], *(fault["message"] for fault in faults)):
            is_bangla = any("\u0980" <= letter <= "\u09ff" for letter in text)
            assert is_bangla == (language is None), text
        pointers.append([fault["pointer"] for fault in faults])
    assert await platform.rows("applications", STORED) == before
    assert pointers[0] == pointers[1]
    return pointers[0]


def command(form: Any, public_service_id: Any = TAX_NUMBER, **more: Any) -> bytes:
    """The body of an application."""
    return orjson.dumps({"public_service_id": public_service_id, "form": form, **more})


async def streamed() -> AsyncIterator[bytes]:
    """More than the limit, in chunks that announce no size."""
    for _ in range(40):
        yield b" " * 4096


NOT_READ: dict[str, tuple[Body, int, str]] = {
    "malformed": (b'{"public_service_id": ', 400, "not_json"),
    "lone surrogate": (rb'{"public_service_id": "S031", "form": {"a": "\ud800"}}', 400, "not_json"),
    "a name twice": (b'{"form": {"a": 1, "a": 2}}', 400, "duplicate_member"),
    "ten thousand open brackets": (b"[" * 10_000, 400, "too_deep"),
    "ten thousand braces in a form": (
        b'{"public_service_id": "S031", "form": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        400,
        "too_deep",
    ),
    "too large and says so": (command({"a": "x" * LIMIT_BYTES}), 413, "body_too_large"),
    "too large, in chunks": (streamed, 413, "body_too_large"),
}


@pytest.mark.parametrize(("body", "status", "code"), NOT_READ.values(), ids=NOT_READ)
async def test_a_body_that_cannot_be_read_is_refused_whole(
    platform: Platform, citizen: Citizen, body: Body, status: int, code: str
) -> None:
    """A body that is no JSON, too large or too deep is refused before any rule."""
    assert await refused(platform, citizen, body, (status, code)) == []


WRONG_FIELDS: dict[str, tuple[bytes, int, str, set[str]]] = {
    "nothing given": (b"{}", 422, "wrong_shape", {"/public_service_id", "/form"}),
    "an unknown field": (command({}, surplus=1), 422, "wrong_shape", {"/surplus"}),
    "a NUL in the form": (command({"circle": "a\0b"}), 422, "control_character", {"/form/circle"}),
    "a NUL in a name": (command({"a\0b": "x"}), 422, "control_character", {"/form"}),
    "an unknown service": (
        command({}, "S999"),
        404,
        "public_service_unknown",
        {"/public_service_id"},
    ),
}


@pytest.mark.parametrize(("body", "status", "code", "at"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
async def test_a_wrong_field_is_pointed_at(
    platform: Platform, citizen: Citizen, body: bytes, status: int, code: str, at: set[str]
) -> None:
    """`errors` names the wrong fields of the body, and no others."""
    assert set(await refused(platform, citizen, body, (status, code))) == at


WRONG_ANSWERS: list[tuple[str, Any]] = [
    ("registration", "nobody"),
    ("registration", 10**30),
    ("surplus", "x"),
    ("name_bn", "ক" * 10_000),
]


@pytest.mark.parametrize(("name", "answer"), WRONG_ANSWERS)
async def test_a_wrong_answer_in_the_form_is_pointed_at(
    platform: Platform, citizen: Citizen, form: dict[str, Any], name: str, answer: Any
) -> None:
    """The one wrong answer is named, and no other."""
    raw = command({**form, name: "ANSWER"})
    body = raw.replace(b'"ANSWER"', as_json(answer))
    assert await refused(platform, citizen, body, (422, "form_invalid")) == [f"/form/{name}"]


def as_json(value: Any) -> bytes:
    """JSON of integers of any size too."""
    return str(value).encode() if isinstance(value, int) else orjson.dumps(value)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("ক", "idempotency_key_malformed"),
    ],
)
async def test_a_bad_idempotency_key_is_refused(
    platform: Platform, citizen: Citizen, form: dict[str, Any], key: str | None, code: str
) -> None:
    """Nothing is stored without a valid key, because a repeat could not be recognised."""
    await refused(platform, citizen, command(form), (400, code), idempotency_key=key)


def part(raw: bytes) -> str:
    """A part of a token."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_only_a_token_of_our_own_signature_counts(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """A token with true claims and our key's id is refused without our signature.

    The caller cannot choose the algorithm: neither `none`, nor HS256 with our public key as secret.
    """
    header, claims, signature = citizen.headers["authorization"].split()[1].split(".")
    shown = extract_compact(f"{header}.{claims}.{signature}".encode())
    own_claims, kid = orjson.loads(shown.payload), shown.headers()["kid"]
    async with platform.http.get(f"{platform.plan.url('identity')}/.well-known/jwks.json") as got:
        public = next(key for key in (await got.json())["keys"] if key["kid"] == kid)
    secret = ECKey.import_key(public).as_pem(private=False)
    hs256 = part(orjson.dumps({"alg": "HS256", "kid": kid})) + f".{claims}"
    mac = part(hmac.digest(secret, hs256.encode(), "sha256"))
    foreign = ECKey.generate_key("P-256")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    tokens = {
        "foreign": jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, own_claims, foreign),
        "foreign of its own name": jwt.encode(
            {"alg": "ES256", "typ": "at+jwt", "kid": "k"}, own_claims, foreign
        ),
        "none": part(orjson.dumps({"alg": "none", "kid": kid})) + f".{claims}.",
        "public key as secret": f"{hs256}.{mac}",
        "other signature": f"{header}.{claims}.{flipped}",
        "no signature": f"{header}.{claims}.",
        "nonsense": "nonsense",
        "endless": "x" * 5000,
    }
    for token in tokens.values():
        authorization = f"Bearer {token}"
        await refused(
            platform, citizen, command(form), (401, "token_invalid"), authorization=authorization
        )
    await refused(platform, citizen, command(form), (401, "token_missing"), authorization=None)


@pytest.mark.parametrize("typed", ["NS-00000-00000-00000", "০", "%00", "%F0%9F%98%80", "x" * 2000])
async def test_a_malformed_tracking_number_is_not_found(
    platform: Platform, citizen: Citizen, typed: str
) -> None:
    """Any text in the place of a tracking number gets a 404 with a problem document."""
    status, problem = await citizen.get(f"{APPLY}/{typed}")
    assert (status, problem["status"]) == (404, 404)
    assert problem["type"].startswith(TYPE_PREFIX)


async def test_bangla_digits_and_invisible_characters_are_accepted(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """In a phone and in a tracking number."""
    api = Api(platform.http, platform.plan.url("gateway"))
    phone = "\u200b০১৭" + f"{secrets.randbelow(10**8):08d}".translate(BANGLA_DIGITS)
    status, _ = await api.request("POST", "/v1/login/codes", headers={}, body={"phone": phone})
    assert status == 202
    accepted = await citizen.apply(TAX_NUMBER, form)
    typed = accepted.tracking_number.lower().replace("-", " ").translate(BANGLA_DIGITS)
    for number in (typed, f"\u200b{typed}\u200d"):
        status, view = await citizen.get(f"{APPLY}/{number}")
        assert (status, view["tracking_number"]) == (200, accepted.tracking_number)
