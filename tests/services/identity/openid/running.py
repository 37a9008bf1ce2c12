"""A site that lets people log in with us, and a browser that goes from page to page."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity.clients.rules import Addresses, new_client
from services.identity.clients.use_cases import add_client
from services.identity.grants.rules import challenge_of
from tests.services.identity.running import PHONE, Identity, Reply, announced

CALLBACK = "https://land.example/login/callback"
AFTER_LOGOUT = "https://land.example/bye"
VERIFIER = "v" * 43
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ReadCode = Callable[[str], Awaitable[str]]
AUTHORIZATION = "/v1/openid/authorization"


def new_key(kid: str = "1") -> ECKey:
    """A key pair of a client."""
    return ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"}, private=True)


def key_set(*keys: ECKey) -> str:
    """Public keys as a client registers them."""
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


@dataclass(slots=True)
class Site:
    """A client with its key."""

    identity: Identity
    client_id: str = "land"
    key: ECKey = field(default_factory=new_key)

    @property
    def issuer(self) -> str:
        """Our address."""
        return self.identity.address

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of an assertion; None removes one."""
        now_s = int(self.identity.time().timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": str(new_id()),
            "iat": now_s,
            "exp": now_s + 60,
        }
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def assertion(self, header: Mapping[str, Any] | None = None, **changed: Any) -> str:
        """A signed assertion."""
        return jwt.encode(
            {"alg": "ES256", "kid": "1", **(header or {})}, self.claims(**changed), self.key
        )

    async def post(self, path: str, assertion: str | None = None, **fields: str) -> Reply:
        """Post to an endpoint as the client."""
        sent = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
            **fields,
        }
        async with self.identity.http.post(path, data=sent) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    async def exchange(self, code: str, **changed: str) -> Reply:
        """Exchange a code; an empty value removes a field."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changed,
        }
        return await self.post("/v1/openid/token", **{k: v for k, v in fields.items() if v})

    async def refresh(self, token: str, **more: str) -> Reply:
        """Exchange a refresh token."""
        fields = {"grant_type": "refresh_token", "refresh_token": token, **more}
        return await self.post("/v1/openid/token", **fields)

    async def user(self, token: str) -> Reply:
        """Ask for the claims of a person."""
        return await self.identity.call("GET", "/v1/openid/userinfo", token=token)

    def request(self, **changed: str | None) -> dict[str, str]:
        """The parameters of a request to log in; None removes one."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "s t",
            "nonce": "n",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in parameters.items() if value is not None}


async def register(identity: Identity, redirect_uri: str = CALLBACK, **changed: Any) -> Site:
    """Add a client that may ask for everything."""
    site = Site(identity, **changed)
    async with identity.database.transaction() as tx:
        await add(tx, site.client_id, site.key, redirect_uri, identity.time())
    return site


async def add(tx: Transaction, client_id: str, key: ECKey, redirect_uri: str, at: datetime) -> None:
    """Store a client that may ask for everything."""
    client = new_client(
        client_id,
        Text(bn="ভূমি", en="Land records"),
        Addresses([redirect_uri], [AFTER_LOGOUT], None),
        ["profile", "phone", "offline_access"],
        key_set(key),
        at,
    )
    await add_client(tx, client, by="test")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a browser."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def address(self) -> str:
        """Where the browser is sent."""
        return self.headers.get("location", "")

    @property
    def answer(self) -> dict[str, str]:
        """The parameters of the answer to the client."""
        assert self.status == 303, (self.status, self.text)
        assert self.address.startswith(CALLBACK + "?")
        return dict(parse_qsl(urlsplit(self.address).query, strict_parsing=True))

    @property
    def form(self) -> tuple[str, dict[str, str]]:
        """Address and hidden fields of the first form."""
        (action,) = re.findall(r'<form method="post" action="([^"]+)"', self.text)[:1]
        first = self.text.partition("</form>")[0]
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', first)
        return html.unescape(action), {name: html.unescape(value) for name, value in hidden}


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser of a person, with its cookies."""

    http: aiohttp.ClientSession
    address: str
    read_code: ReadCode

    async def get(self, path: str, parameters: Any = None, **headers: str) -> Page:
        """Open an address."""
        return await self._send("GET", path, params=parameters, headers=headers)

    async def post(self, path: str, fields: Any, **headers: str) -> Page:
        """Post a form."""
        return await self._send("POST", path, data=fields, headers=headers)

    async def submit(self, page: Page, **typed: str) -> Page:
        """Submit the form of a page."""
        action, hidden = page.form
        return await self.post(action, {**hidden, **typed})

    async def log_in(self, page: Page, phone: str = PHONE) -> Page:
        """Type the phone and the code from the SMS."""
        page = await self.submit(page, phone=phone)
        assert page.status == 200, page.text
        return await self.submit(page, code=await self.read_code(phone))

    async def give_code(self, site: Site, **changed: str | None) -> str:
        """Log in and consent, and return the code that the client gets."""
        page = await self.get(AUTHORIZATION, site.request(**changed))
        if 'name="phone"' in page.text:
            page = await self.log_in(page)
        if 'name="decision"' in page.text:
            page = await self.submit(page, decision="allow")
        return page.answer["code"]

    async def _send(self, method: str, path: str, **options: Any) -> Page:
        async with self.http.request(method, path, allow_redirects=False, **options) as reply:
            return Page(reply.status, reply.headers, await reply.text())


@asynccontextmanager
async def browsing(address: str, read_code: ReadCode) -> AsyncIterator[Browser]:
    """A new browser of a person who reads codes on a phone."""
    jar = aiohttp.CookieJar(unsafe=True)  # takes cookies of an address without a name
    async with aiohttp.ClientSession(address, cookie_jar=jar) as http:
        yield Browser(http, address, read_code)


def browsing_at(identity: Identity) -> AbstractAsyncContextManager[Browser]:
    """A new browser; codes are read from the announced events."""

    async def read_code(_: str) -> str:
        return str((await announced(identity.database))[-1].model_dump()["code"])

    return browsing(identity.address, read_code)


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
