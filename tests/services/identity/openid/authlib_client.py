"""A client that Authlib makes goes through the whole flow."""

import asyncio
from typing import Any

import aiohttp
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.services.identity.openid.site import CALLBACK, Browser, Page

SCOPES = ["openid", "phone", "offline_access"]


async def follow(browser: Browser, url: str, phone: str) -> Page:
    """The way from the client's link back to the client."""
    page = await browser.get(url.removeprefix(browser.address))
    page = await browser.log_in(page, phone)
    return await browser.submit(page, decision="allow")


async def use_authlib(
    browser: Browser, http: aiohttp.ClientSession, key: ECKey, phone: str
) -> None:
    """Code flow, checked ID token, claims, refresh and revocation."""
    metadata = await _json(http, f"{browser.address}/.well-known/openid-configuration")
    endpoint = metadata["token_endpoint"]
    session = OAuth2Session(
        "land",
        key,
        token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt",
        redirect_uri=CALLBACK,
        scope=" ".join(SCOPES),
        code_challenge_method="S256",
    )
    session.register_client_auth_method(
        PrivateKeyJWT(endpoint, headers={"alg": "ES256", "kid": "1"}, alg="ES256")
    )
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier="v" * 50, nonce="of authlib"
    )
    page = await follow(browser, url, phone)
    tokens = await asyncio.to_thread(
        session.fetch_token,
        endpoint,
        authorization_response=page.address,
        state=state,
        code_verifier="v" * 50,
    )
    id_token = jwt.decode(
        tokens["id_token"], KeySet.import_key_set(await _json(http, metadata["jwks_uri"]))
    )
    claims = CodeIDToken(
        id_token.claims,
        id_token.header,
        {"iss": {"value": metadata["issuer"]}, "aud": {"value": "land"}},
        {"nonce": "of authlib", "client_id": "land", "access_token": tokens["access_token"]},
    )
    claims.validate(leeway=5)
    user = (await asyncio.to_thread(session.get, metadata["userinfo_endpoint"])).json()
    assert user["phone_number"] == phone
    assert user["sub"] == claims["sub"]
    renewed = await asyncio.to_thread(session.refresh_token, endpoint, tokens["refresh_token"])
    assert renewed["refresh_token"] != tokens["refresh_token"]
    revoked = await asyncio.to_thread(
        session.revoke_token, metadata["revocation_endpoint"], renewed["refresh_token"]
    )
    assert revoked.status_code == 200
    ended = await asyncio.to_thread(session.get, metadata["userinfo_endpoint"])
    assert ended.status_code == 401


async def _json(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url) as reply:
        assert reply.status == 200
        return await reply.json(content_type=None)
