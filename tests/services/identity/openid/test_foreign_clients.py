"""Two clients that others wrote go through the whole flow."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptojwt.jwk.ec import ECKey as CryptoJwtKey
from cryptojwt.key_bundle import KeyBundle
from cryptojwt.key_jar import KeyJar
from idpyoidc.client.rp_handler import RPHandler

from tests.services.identity.openid.running import (
    AFTER_LOGOUT,
    CALLBACK,
    SCOPES,
    Browser,
    Site,
    follow,
    use_authlib,
)
from tests.services.identity.running import PHONE

AUTHENTICATED = {"client_authn_methods": ["private_key_jwt"]}
SERVICES = {
    "authorization": {"class": "idpyoidc.client.oidc.authorization.Authorization"},
    "access_token": {
        "class": "idpyoidc.client.oidc.access_token.AccessToken",
        "kwargs": AUTHENTICATED,
    },
    "userinfo": {"class": "idpyoidc.client.oidc.userinfo.UserInfo"},
    "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"},
}


async def test_a_client_of_authlib(site: Site, browser: Browser) -> None:
    """Code flow, checked ID token, claims, refresh and revocation."""
    await use_authlib(browser, site.identity.http, site.key, PHONE)


async def test_a_client_of_idpyoidc(site: Site, browser: Browser) -> None:
    """Code flow with its own checks of all answers, and logout.

    It takes no metadata without RS256, which OpenID Connect Discovery 1.0 asks for and FAPI
    forbids; so it gets ours as part of its configuration.
    """
    metadata = (await site.identity.call("GET", "/.well-known/openid-configuration")).body
    handler = RPHandler(
        base_url="https://land.example",
        client_configs={"": configuration(site, metadata)},
        services=SERVICES,
        keyjar=key_jar(site),
        httpc_params={"timeout": 5},
    )
    url = await asyncio.to_thread(handler.begin, site.issuer)
    page = await follow(browser, url, PHONE)
    answer = dict(parse_qsl(urlsplit(page.address).query))
    result = await asyncio.to_thread(handler.finalize, site.issuer, answer)
    assert result["userinfo"]["phone_number"] == PHONE
    assert result["id_token"]["iss"] == site.issuer
    ended = await asyncio.to_thread(handler.logout, result["state"], None, AFTER_LOGOUT)
    page = await browser.get(ended["url"].removeprefix(site.issuer))
    assert page.address.startswith(AFTER_LOGOUT)


def configuration(site: Site, metadata: dict[str, Any]) -> dict[str, Any]:
    """What idpyoidc has to know of its client."""
    return {
        "provider_info": {
            **metadata,
            "keys": {"url": {site.issuer: metadata["jwks_uri"]}},
        },
        "client_id": "land",
        "client_type": "oidc",
        "redirect_uris": [CALLBACK],
        "response_types_supported": ["code"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
            }
        },
    }


def key_jar(site: Site) -> KeyJar:
    """The client's key as idpyoidc keeps it."""
    jar, bundle = KeyJar(), KeyBundle()
    bundle.append(CryptoJwtKey(**site.key.as_dict(private=True)))
    for owner in ("", "land"):
        jar.add_kb(owner, bundle)
    return jar
