import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from libs.contracts.language import Text
from libs.errors import Refused
from services.identity.clients.parameters import OAuthError, read_form, read_query
from services.identity.clients.rules import Addresses, Client, new_client, read_public_keys
from tests.services.identity.openid.running import CALLBACK, key_set, new_key

AT = datetime(2026, 12, 16, tzinfo=UTC)


def client(uris: Sequence[str], sector: str | None = None, scopes: Sequence[str] = ()) -> Client:
    """A new client with these addresses."""
    name = Text(bn="ভূমি", en="Land")
    return new_client("land", name, Addresses(uris, [], sector), scopes, key_set(new_key()), AT)


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK,
        "https://land.example:8443/a?b=c",
        "http://127.0.0.1:8000/callback",
        "http://localhost/callback",
    ],
)
def test_an_address_is_whole_and_safe(uri: str) -> None:
    """HTTPS, or HTTP on the loopback for development."""
    assert client([uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "http://land.example/callback",
        "ftp://land.example/",
        "javascript:alert(1)",
        "land.example/callback",
        "https:///callback",
        "https://user@land.example/",
        "https://land.example/#part",
        "https://land.example/ a",
        "https://land.example/\n",
        "https://land.example:port/",
        "https://land.example:0/",
        "https://[land.example/",
        "https://ভূমি.example/",
        "https://land.example/;script-src",
        "",
    ],
)
def test_other_addresses_are_refused(uri: str) -> None:
    """Also those that would end a value of the content security policy."""
    with pytest.raises(Refused, match="client_uri_invalid"):
        client([uri])


def test_the_sector_is_the_only_host_or_is_named() -> None:
    """With several hosts we cannot know which one it is (OpenID Connect Core, 8.1)."""
    assert client([CALLBACK, "https://land.example/other"]).sector == "land.example"
    hosts = [CALLBACK, "https://tax.example/"]
    assert client(hosts, "ministry.example").sector == "ministry.example"
    for addresses in (hosts, []):
        with pytest.raises(Refused, match="client_sector_needed"):
            client(addresses)


def test_scopes_are_known_and_begin_with_openid() -> None:
    """An unknown scope is a mistake of the operator."""
    assert client([CALLBACK], scopes=["phone"]).scopes == ("openid", "phone")
    with pytest.raises(Refused, match="client_scopes_invalid"):
        client([CALLBACK], scopes=["nid"])


def test_public_keys_are_kept_and_nothing_else() -> None:
    """EC on P-256 and RSA with an id."""
    rsa = RSAKey.generate_key(2048, {"kid": "2"}, private=True)
    kept = json.loads(
        read_public_keys(json.dumps({"keys": [*keys_of(new_key()), rsa.as_dict(private=False)]}))
    )
    assert [key["kid"] for key in kept["keys"]] == ["1", "2"]


def keys_of(key: ECKey) -> list[dict[str, object]]:
    """The public key as a list."""
    keys: list[dict[str, object]] = json.loads(key_set(key))["keys"]
    return keys


def test_other_keys_are_refused() -> None:
    """Private, weak, shared or nameless keys, and too many."""
    (public,) = keys_of(new_key())
    curve = ECKey.generate_key("P-384", {"kid": "1"}).as_dict(private=False)
    weak = RSAKey.generate_key(1024, {"kid": "1"}).as_dict(private=False)
    secret = OctKey.generate_key(256, {"kid": "1"}).as_dict(private=True)
    nameless = {name: value for name, value in public.items() if name != "kid"}
    sets: list[list[Any]] = [
        [],
        [new_key().as_dict(private=True)],
        [public, public],
        [nameless],
        [curve],
        [weak],
        [secret],
        [public, secret],
        [key for kid in "123456" for key in keys_of(new_key(kid))],
    ]
    for text in ("", "[]", "{}", *(json.dumps({"keys": keys}) for keys in sets)):
        with pytest.raises(Refused, match="client_keys_invalid"):
            read_public_keys(text)


def test_a_parameter_without_value_counts_as_not_sent() -> None:
    """RFC 6749, 3.1; and one that is sent twice is known to be."""
    parameters = read_query(b"a=1&b=&c=2&c=3&b=&a=")
    assert parameters == {"a": "1", "c": "3"}
    assert parameters.repeated == {"a", "c"}
    with pytest.raises(OAuthError, match="sent more than once"):
        parameters.check_unique()


@pytest.mark.parametrize("body", [b"a=%ff", "a=ক".encode(), b"&".join([b"a=1"] * 61)])
def test_parameters_that_are_not_well_formed_are_refused(body: bytes) -> None:
    """Not UTF-8, not ASCII, too many."""
    with pytest.raises(OAuthError, match="invalid_request"):
        read_form("application/x-www-form-urlencoded; charset=utf-8", body)
