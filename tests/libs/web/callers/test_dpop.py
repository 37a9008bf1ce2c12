from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey
from starlette.requests import Request

from libs.errors import Refused
from libs.web.callers.dpop import TYPE, hash_of, make_proof, read_proof

KEY = ECKey.generate_key("P-256")
NOW_S = 1_800_000_000.0
ORIGINS = {"https://api.example"}


def request_with(*proofs: str, path: str = "/v1/a", method: str = "POST") -> Request:
    headers = [(b"dpop", proof.encode()) for proof in proofs]
    return Request({"type": "http", "method": method, "path": path, "headers": headers})


def proof(**changed: Any) -> str:
    """A right proof, with something replaced."""
    made = {"proof_id": "1", "now_s": NOW_S, "token": "the token", **changed}
    key, url = made.pop("key", KEY), made.pop("url", "https://api.example/v1/a")
    return make_proof(key, made.pop("method", "POST"), url, **made)


def signed(header: dict[str, Any], claims: dict[str, Any] | None = None, key: Any = KEY) -> str:
    """A proof with a header of one's own."""
    right = {"htm": "POST", "htu": "https://api.example/v1/a", "iat": NOW_S, "jti": "1"}
    full = {"typ": TYPE, "alg": "ES256", "jwk": KEY.as_dict(private=False), **header}
    return jwt.encode(full, {**right, **(claims or {})}, key, algorithms=[full["alg"]])


def signed_text(payload: str) -> str:
    """A proof with claims that are written by hand."""
    header = {"typ": TYPE, "alg": "ES256", "jwk": KEY.as_dict(private=False)}
    return jws.serialize_compact(header, payload, KEY, algorithms=["ES256"])


def claims_text(**changed: str) -> str:
    """Claims as they are written, right but for what is given."""
    right = {
        "htm": '"POST"',
        "htu": '"https://api.example/v1/a"',
        "iat": str(int(NOW_S)),
        "jti": '"1"',
        "ath": f'"{hash_of("the token")}"',
    }
    return "{" + ",".join(f'"{name}":{text}' for name, text in (right | changed).items()) + "}"


@pytest.mark.parametrize(
    "changed",
    [
        {"htu": '"http://[x"'},
        {"iat": "NaN"},
        {"iat": "Infinity"},
        {"iat": "1" + 400 * "0"},
        {"jti": '"\\ud800"'},
        {"ath": '"\\ud800"'},
    ],
)
def test_a_proof_that_nobody_would_make_is_refused_and_raises_nothing_else(
    changed: dict[str, str],
) -> None:
    """Anybody can sign one; a time that is no number would never be over."""
    right = request_with(signed_text(claims_text()))
    assert read_proof(right, ORIGINS, NOW_S, token="the token").proof_id == "1"
    shown = request_with(signed_text(claims_text(**changed)))
    with pytest.raises(Refused, match="proof_invalid"):
        read_proof(shown, ORIGINS, NOW_S, token="the token")


def test_a_right_proof_has_the_thumbprint_of_its_key() -> None:
    """It may be a minute old."""
    read = read_proof(request_with(proof()), ORIGINS, NOW_S + 60, token="the token")
    assert (read.thumbprint, read.proof_id) == (KEY.thumbprint(), "1")


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ([], "proof_invalid"),
        ([proof(), proof(proof_id="2")], "proof_invalid"),
        (["nonsense"], "proof_invalid"),
        ([proof(method="GET")], "proof_invalid"),
        ([proof(url="https://api.example/v1/b")], "proof_invalid"),
        ([proof(url="https://api.example:444/v1/a")], "proof_invalid"),
        ([proof(url="https://api.example@evil.example/v1/a")], "proof_invalid"),
        ([proof(token="another")], "proof_invalid"),
        ([proof(token=None)], "proof_invalid"),
        ([proof(proof_id="")], "proof_invalid"),
        ([proof(proof_id="x" * 101)], "proof_invalid"),
        ([proof(now_s=NOW_S - 61)], "device_clock_wrong"),
        ([proof(now_s=NOW_S + 2 * 86400)], "device_clock_wrong"),
        ([signed({"typ": "JWT"})], "proof_invalid"),
        ([signed({"jwk": KEY.as_dict(private=True)})], "proof_invalid"),
        ([signed({"jwk": ECKey.generate_key("P-256").as_dict(private=False)})], "proof_invalid"),
        ([signed({}, {"iat": True})], "proof_invalid"),
        ([signed({"alg": "HS256"}, key=OctKey.import_key("secret" * 8))], "proof_invalid"),
    ],
)
def test_a_proof_with_anything_wrong_is_refused(shown: list[str], code: str) -> None:
    """Method, address, token, key, kind, algorithm, id, time: each counts."""
    with pytest.raises(Refused) as refused:
        read_proof(request_with(*shown), ORIGINS, NOW_S, token="the token")
    assert refused.value.code == code
