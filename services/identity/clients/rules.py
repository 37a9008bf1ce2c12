"""Clients: their addresses, keys and scopes, and the assertions with which they authenticate."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from libs.contracts.language import Text
from libs.errors import Refused

SCOPES: Final = ("openid", "profile", "phone", "offline_access")
ALGORITHMS: Final = ("ES256", "PS256")
ASSERTION_LIFE_S: Final = 3600
CLOCK_SKEW_S: Final = 60

_MOST_KEYS: Final = 5
_LEAST_RSA_BITS: Final = 2048
_LONGEST_ID_CHARS: Final = 200
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# With these a client could bring its own key; nobody may think that we look at them.
_KEYS_IN_HEADER: Final = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"})


@dataclass(frozen=True, slots=True)
class Client:
    """A site that lets people log in with us.

    Args:
        client_id: its name in the protocol.
        name: as people read it.
        redirect_uris: where a person may be sent after the login, compared byte for byte.
        post_logout_redirect_uris: the same after the logout.
        scopes: the scopes that it may ask for.
        sector: clients of one sector get the same id for a person.
        public_keys: JSON Web Key Set.
        created_at: when it was made.
        disabled_at: since when nobody can log in there with us; None if people can.
    """

    client_id: str
    name: Text
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    sector: str
    public_keys: str
    created_at: datetime
    disabled_at: datetime | None = None

    @property
    def key_ids(self) -> list[str]:
        """The ids of its keys."""
        return [key["kid"] for key in json.loads(self.public_keys)["keys"]]


@dataclass(frozen=True, slots=True)
class Assertion:
    """A checked assertion of a client; it can be used once (RFC 7523, section 3)."""

    assertion_id: str
    expires_at_s: float


class WrongAssertion(Exception):
    """An assertion is not accepted; its text says why, to the developer of the client."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a new client, and the sector if it is not their only host."""

    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str]
    sector: str | None


def new_client(
    client_id: str,
    name: Text,
    addresses: Addresses,
    scopes: Sequence[str],
    public_keys: str,
    at: datetime,
) -> Client:
    """Return a new client; the scope `openid` it always has.

    Raises:
        Refused: an address, a scope or a key is not allowed, or the sector is missing.
    """
    all_scopes = tuple(dict.fromkeys(["openid", *scopes]))
    if not set(all_scopes) <= set(SCOPES):
        raise Refused("client_scopes_invalid")
    return Client(
        client_id=client_id,
        name=name,
        redirect_uris=_checked_uris(addresses.redirect_uris),
        post_logout_redirect_uris=_checked_uris(addresses.post_logout_redirect_uris),
        scopes=all_scopes,
        sector=_sector(addresses),
        public_keys=read_public_keys(public_keys),
        created_at=at,
    )


def read_public_keys(text: str) -> str:
    """Return a JSON Web Key Set with nothing but the public keys in it.

    Raises:
        Refused: it is none, or a key is private, weak, of another kind, or without an id of its own
            (`client_keys_invalid`).
    """
    try:
        keys = KeySet.import_key_set(json.loads(text)).keys
        ids = {str(raw["kid"]) for raw in json.loads(text)["keys"]}
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("client_keys_invalid") from None
    right_number = 0 < len(keys) == len(ids) <= _MOST_KEYS
    if not right_number or not all(_is_good(key) for key in keys):
        raise Refused("client_keys_invalid")
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def read_client_id(assertion: str) -> str:
    """Return who an assertion claims to be from, unchecked.

    Raises:
        WrongAssertion: it is none.
    """
    try:
        claims = json.loads(jws.extract_compact(assertion.encode()).payload)
        return str(claims["sub"])
    except (JoseError, ValueError, TypeError, KeyError):
        raise WrongAssertion("client_assertion is no JWT with a sub") from None


def check_assertion(
    assertion: str, client: Client, audiences: Collection[str], at: datetime
) -> Assertion:
    """Check signature and claims of an assertion (RFC 7523, section 3; OpenID Core, section 9).

    Args:
        assertion: as the client sent it.
        client: the one that it claims to be from.
        audiences: our names; it must be for one of them, and for nobody else.
        at: the current time.

    Raises:
        WrongAssertion: it is not accepted.
    """
    claims = _signed_claims(assertion, client)
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise WrongAssertion("iss and sub must be the client_id")
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in audiences:
        raise WrongAssertion("aud must be the issuer or the token endpoint, and nothing else")
    assertion_id = claims.get("jti")
    if not isinstance(assertion_id, str) or not 0 < len(assertion_id) <= _LONGEST_ID_CHARS:
        raise WrongAssertion("jti is missing or too long")
    return Assertion(assertion_id, _checked_time_s(claims, at.timestamp()))


def _checked_uris(uris: Sequence[str]) -> tuple[str, ...]:
    """Return addresses of HTTPS (or of HTTP on the loopback) without user and fragment.

    Raises:
        Refused: one is another (RFC 6749, section 3.1.2).
    """
    for uri in uris:
        try:
            parts = urlsplit(uri)
            is_whole = parts.port != 0
        except ValueError:
            raise Refused("client_uri_invalid") from None
        if not is_whole or not _is_allowed(uri, parts):
            raise Refused("client_uri_invalid")
    return tuple(uris)


def _sector(addresses: Addresses) -> str:
    """Return the sector of a new client (OpenID Connect Core 1.0, section 8.1).

    Raises:
        Refused: none is given, and the addresses have several hosts.
    """
    hosts = {urlsplit(uri).hostname or "" for uri in addresses.redirect_uris}
    if addresses.sector is None and len(hosts) != 1:
        raise Refused("client_sector_needed")
    return addresses.sector or hosts.pop()


def _signed_claims(assertion: str, client: Client) -> dict[str, Any]:
    keys = KeySet.import_key_set(json.loads(client.public_keys))
    try:
        signed = jws.deserialize_compact(assertion, keys, algorithms=ALGORITHMS)
        claims = json.loads(signed.payload or b"")
    except (JoseError, ValueError, TypeError, KeyError):
        raise WrongAssertion("the signature is not one of the client's keys") from None
    if _KEYS_IN_HEADER & signed.headers().keys():
        raise WrongAssertion("the header must name a registered key by kid, and bring none")
    if not isinstance(claims, dict):
        raise WrongAssertion("the claims are no object")
    return claims


def _checked_time_s(claims: dict[str, Any], now_s: float) -> float:
    expires_at_s = _time_s(claims.get("exp"))
    begins_at_s = max(_time_s(claims.get(name, 0)) for name in ("iat", "nbf"))
    if expires_at_s + CLOCK_SKEW_S <= now_s:
        raise WrongAssertion("exp has passed")
    if expires_at_s > now_s + ASSERTION_LIFE_S + CLOCK_SKEW_S:
        raise WrongAssertion(f"exp is more than {ASSERTION_LIFE_S} seconds away")
    if begins_at_s > now_s + CLOCK_SKEW_S:
        raise WrongAssertion("iat or nbf is in the future")
    return expires_at_s


def _time_s(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAssertion("exp is missing, or a time is no number")
    return float(value)


def _is_allowed(uri: str, parts: SplitResult) -> bool:
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    is_plain = uri.isascii() and uri.isprintable() and not set(uri) & set(" #\"'<>\\;,")
    return bool(host) and is_safe and is_plain and "@" not in parts.netloc


def _is_good(key: object) -> bool:
    match key:
        case ECKey():
            return not key.is_private and key.curve_name == "P-256"
        case RSAKey():
            return not key.is_private and key.raw_value.key_size >= _LEAST_RSA_BITS
        case _:
            return False
