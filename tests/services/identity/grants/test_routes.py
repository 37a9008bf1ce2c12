import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey

from services.identity.clients.use_cases import disable_client, replace_keys
from services.identity.erasure.use_cases import carry_out, request_erasure
from tests.services.identity.openid.running import (
    CALLBACK,
    Browser,
    Site,
    key_set,
    new_key,
    register,
)
from tests.services.identity.running import Reply

OFFLINE = {"scope": "openid offline_access"}


async def signed_in(site: Site, browser: Browser, **changed: str | None) -> Any:
    """The tokens of a new login at the site."""
    reply = await site.exchange(await browser.give_code(site, **changed))
    assert reply.status == 200, reply.raw
    return reply.body


def refusal(reply: Reply) -> tuple[int, str]:
    """Status and error of a refusal."""
    return reply.status, reply.body["error"]


async def test_tokens_are_what_the_standards_say(site: Site, browser: Browser) -> None:
    """Types, audiences and `at_hash`; nothing may be stored by a cache."""
    reply = await site.exchange(await browser.give_code(site))
    assert reply.headers["cache-control"] == "no-store"
    assert reply.body.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    keys = KeySet.import_key_set((await site.identity.call("GET", "/.well-known/jwks.json")).body)
    access = jwt.decode(reply.body["access_token"], keys, algorithms=["ES256"])
    id_token = jwt.decode(reply.body["id_token"], keys, algorithms=["ES256"])
    assert (access.header["typ"], id_token.header["typ"]) == ("at+jwt", "JWT")
    assert access.claims["aud"] == f"{site.issuer}/v1/openid/userinfo"
    assert access.claims["client_id"] == id_token.claims["aud"] == "land"
    assert access.claims["sub"] == id_token.claims["sub"]
    assert len(id_token.claims["at_hash"]) == 22


async def test_a_code_is_exchanged_once_however_often_it_is_sent(
    site: Site, browser: Browser
) -> None:
    """Of twenty at once one gets tokens, and these end, since somebody else has the code."""
    code = await browser.give_code(site, **OFFLINE)
    replies = await asyncio.gather(*(site.exchange(code) for _ in range(20)))
    (given,) = [reply.body for reply in replies if reply.status == 200]
    others = [refusal(reply) for reply in replies if reply.status != 200]
    assert others == [(400, "invalid_grant")] * 19
    assert (await site.user(given["access_token"])).problem == "token_invalid"
    assert refusal(await site.refresh(given["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": "v" * 42 + "é"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
async def test_a_wrong_exchange_is_refused(
    site: Site, browser: Browser, changed: dict[str, str], error: str
) -> None:
    """What the code is bound to must be shown, unchanged."""
    code = await browser.give_code(site)
    assert refusal(await site.exchange(**{"code": code, **changed})) == (400, error)


async def test_a_wrong_verifier_uses_the_code_up(site: Site, browser: Browser) -> None:
    """Nobody tries verifiers, or puts a stolen code into another person's login."""
    code = await browser.give_code(site)
    assert (await site.exchange(code, code_verifier="w" * 43)).status == 400
    assert refusal(await site.exchange(code)) == (400, "invalid_grant")


async def test_a_code_is_of_its_client_and_of_a_minute(site: Site, browser: Browser) -> None:
    """Another client does not get its tokens, nor use it up; after 60 seconds nobody does."""
    code, late = await browser.give_code(site), await browser.give_code(site)
    other = await register(site.identity, client_id="tax")
    assert refusal(await other.exchange(code)) == (400, "invalid_grant")
    assert (await site.exchange(code)).status == 200
    site.identity.time.forward(seconds=60)
    assert refusal(await site.exchange(late)) == (400, "invalid_grant")


async def test_a_code_ends_with_the_login(site: Site, browser: Browser) -> None:
    """Whoever logs out between the page and the exchange stays logged out."""
    code = await browser.give_code(site)
    token = (await site.identity.log_in())["access_token"]
    await site.identity.call("DELETE", "/v1/sessions", token=token)
    assert refusal(await site.exchange(code)) == (400, "invalid_grant")


async def test_refresh_tokens_rotate(site: Site, browser: Browser) -> None:
    """The previous one gives the same successor for 60 s; a later use ends the grant."""
    tokens = await signed_in(site, browser, **OFFLINE)
    first = await site.refresh(tokens["refresh_token"])
    again = await site.refresh(tokens["refresh_token"])
    assert first.body["refresh_token"] == again.body["refresh_token"] != tokens["refresh_token"]
    assert (await site.user(first.body["access_token"])).status == 200
    site.identity.time.forward(seconds=61)
    assert refusal(await site.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert refusal(await site.refresh(first.body["refresh_token"])) == (400, "invalid_grant")
    assert (await site.user(first.body["access_token"])).problem == "token_invalid"


async def test_a_refresh_token_outlives_the_logout(site: Site, browser: Browser) -> None:
    """`offline_access` means that; the access token may have fewer scopes, never more."""
    tokens = await signed_in(site, browser, scope="openid phone offline_access")
    token = (await site.identity.log_in())["access_token"]
    await site.identity.call("DELETE", "/v1/sessions", token=token)
    reply = await site.refresh(tokens["refresh_token"], scope="openid")
    assert (await site.user(reply.body["access_token"])).body.keys() == {"sub"}
    more = await site.refresh(reply.body["refresh_token"], scope="openid profile")
    assert refusal(more) == (400, "invalid_scope")


async def test_a_refresh_token_is_of_its_client_only(site: Site, browser: Browser) -> None:
    """Neither another client nor our own API takes it, nor the client one of the API."""
    tokens = await signed_in(site, browser, **OFFLINE)
    other = await register(site.identity, client_id="tax")
    assert refusal(await other.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert (await site.identity.refresh(tokens["refresh_token"])).status == 401
    ours = (await site.identity.log_in())["refresh_token"]
    assert refusal(await site.refresh(ours)) == (400, "invalid_grant")
    assert (await site.refresh(tokens["refresh_token"])).status == 200


async def test_no_token_is_taken_for_another(site: Site, browser: Browser) -> None:
    """Tokens of clients open nothing of our API, and only an access token opens the claims."""
    tokens = await signed_in(site, browser)
    for token in (tokens["access_token"], tokens["id_token"]):
        reply = await site.identity.call("GET", "/v1/me", token=token)
        assert (reply.status, reply.problem) == (401, "token_invalid")
    ours = (await site.identity.log_in())["access_token"]
    for token in (tokens["id_token"], ours):
        reply = await site.user(token)
        assert (reply.status, reply.problem) == (401, "token_invalid")
        assert 'error="invalid_token"' in reply.headers["www-authenticate"]
    assert (await site.user(tokens["access_token"])).status == 200
    site.identity.time.forward(minutes=16)
    assert (await site.user(tokens["access_token"])).status == 401


async def test_a_forged_token_is_refused(site: Site, browser: Browser) -> None:
    """Without a signature, signed with our public key as a secret, or by a foreign issuer."""
    tokens = await signed_in(site, browser)
    published = (await site.identity.call("GET", "/.well-known/jwks.json")).body
    kid = published["keys"][0]["kid"]
    claims = json.loads(jws.extract_compact(tokens["access_token"].encode()).payload)
    secret = OctKey.import_key(json.dumps(published["keys"][0]))
    own = new_key(kid)
    head = {"typ": "at+jwt", "kid": kid}
    forged = [
        jwt.encode({**head, "alg": "none"}, claims, secret, algorithms=["none"]),
        jwt.encode({**head, "alg": "HS256"}, claims, secret, algorithms=["HS256"]),
        jwt.encode({**head, "alg": "ES256"}, claims, own),
        jwt.encode({**head, "alg": "ES256", "jwk": own.as_dict(private=False)}, claims, own),
        jwt.encode({**head, "alg": "ES256", "jku": "https://evil.example/keys"}, claims, own),
    ]
    for token in forged:
        assert (await site.user(token)).status == 401
        assert (await site.identity.call("GET", "/v1/me", token=token)).status == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"sub": "nobody"},
        {"aud": "https://evil.example"},
        {"aud": None},
        {"aud": ["{issuer}", "https://evil.example"]},
        {"exp": None},
        {"exp": -60},
        {"exp": 3661},
        {"exp": True},
        {"iat": 61},
        {"nbf": 61},
        {"jti": None},
        {"jti": ""},
        {"jti": "j" * 201},
    ],
    ids=str,
)
async def test_a_wrong_assertion_does_not_authenticate(site: Site, changed: dict[str, Any]) -> None:
    """Times in seconds from now: clocks may differ by a minute, and no more."""
    now_s = int(site.identity.time().timestamp())
    for name, value in changed.items():
        if type(value) is int:
            changed = {name: now_s + value}
        if isinstance(value, list):
            changed = {name: [each.format(issuer=site.issuer) for each in value]}
    reply = await site.exchange("code", client_assertion=site.assertion(**changed))
    assert refusal(reply) == (401, "invalid_client")


async def test_clocks_may_differ_a_little(site: Site) -> None:
    """An assertion that has just expired, or is not yet valid, authenticates."""
    now_s = int(site.identity.time().timestamp())
    for changed in ({"exp": now_s - 59}, {"iat": now_s + 60}, {"aud": [site.issuer]}):
        reply = await site.exchange("code", client_assertion=site.assertion(**changed))
        assert refusal(reply) == (400, "invalid_grant")


async def test_a_forged_assertion_does_not_authenticate(site: Site) -> None:
    """Without signature, with the public key as a secret, with a key that it brings itself."""
    own = new_key()
    public = OctKey.import_key(key_set(site.key))
    head = {"kid": "1"}
    brought = {**head, "alg": "ES256"}
    forged = [
        jwt.encode({**head, "alg": "none"}, site.claims(), public, algorithms=["none"]),
        jwt.encode({**head, "alg": "HS256"}, site.claims(), public, algorithms=["HS256"]),
        jwt.encode(brought, site.claims(), own),
        jwt.encode({**brought, "jwk": own.as_dict(private=False)}, site.claims(), own),
        jwt.encode({**brought, "jku": "https://evil.example/keys"}, site.claims(), own),
        site.assertion({"jku": "https://land.example/keys"}),  # signed well, and yet
        site.assertion({"kid": "2"}),
        "nonsense",
        "ক",
    ]
    for assertion in forged:
        reply = await site.exchange("code", client_assertion=assertion)
        assert refusal(reply) == (401, "invalid_client")
    reply = await site.exchange("code", client_assertion_type="other")
    assert refusal(reply) == (401, "invalid_client")
    assert refusal(await site.post("/v1/openid/token", assertion="")) == (401, "invalid_client")
    reply = await site.exchange("code", client_id="tax")
    assert refusal(reply) == (401, "invalid_client")


async def test_an_assertion_is_used_once(site: Site) -> None:
    """Of twenty at once one authenticates, also where the request is refused then."""
    assertion = site.assertion()
    replies = await asyncio.gather(
        *(site.exchange("code", client_assertion=assertion) for _ in range(20))
    )
    errors = sorted(reply.body["error"] for reply in replies)
    assert errors == ["invalid_client"] * 19 + ["invalid_grant"]


async def test_a_repeated_parameter_is_refused(site: Site) -> None:
    """RFC 6749, 3.2."""
    async with site.identity.http.post(
        "/v1/openid/token",
        data=[("client_assertion", site.assertion()), ("code", "a"), ("code", "b")],
    ) as reply:
        assert (reply.status, (await reply.json())["error"]) == (400, "invalid_request")
    reply_ = await site.identity.call("POST", "/v1/openid/token", {"grant_type": "x"})
    assert refusal(reply_) == (400, "invalid_request")


async def test_keys_of_a_client_are_rotated(site: Site, browser: Browser) -> None:
    """While both are registered both authenticate; afterwards the new one alone."""
    old, new = site.key, new_key("2")
    for keys, working in (((old, new), ((old, "1"), (new, "2"))), ((new,), ((new, "2"),))):
        async with site.identity.database.transaction() as tx:
            await replace_keys(tx, "land", key_set(*keys), by="test")
        for site.key, kid in working:
            reply = await site.exchange("c", client_assertion=site.assertion({"kid": kid}))
            assert refusal(reply) == (400, "invalid_grant")
    site.key = old
    assert refusal(await site.exchange("c")) == (401, "invalid_client")


async def test_a_disabled_client_is_out_at_once(site: Site, browser: Browser) -> None:
    """Neither its tokens nor its assertions are accepted any more."""
    tokens = await signed_in(site, browser, **OFFLINE)
    async with site.identity.database.transaction() as tx:
        await disable_client(tx, "land", site.identity.time(), by="test")
    assert (await site.user(tokens["access_token"])).problem == "token_invalid"
    assert refusal(await site.refresh(tokens["refresh_token"])) == (401, "invalid_client")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_client_revokes_its_tokens(site: Site, browser: Browser, kind: str) -> None:
    """With either token the whole grant ends; unknown tokens are answered alike (RFC 7009)."""
    tokens = await signed_in(site, browser, **OFFLINE)
    other = await register(site.identity, client_id="tax")
    theirs = await other.post("/v1/openid/revocation", token=tokens[kind])
    assert refusal(theirs) == (400, "invalid_grant")
    assert (await site.user(tokens["access_token"])).status == 200
    for token in (tokens[kind], tokens[kind], "unknown", tokens["id_token"]):
        assert (await site.post("/v1/openid/revocation", token=token)).status == 200
    assert (await site.user(tokens["access_token"])).problem == "token_invalid"
    assert refusal(await site.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert refusal(await site.post("/v1/openid/revocation")) == (400, "invalid_request")


async def test_a_citizen_sees_and_withdraws_consents(site: Site, browser: Browser) -> None:
    """The tokens end at once, and the next login asks again; nobody sees those of another."""
    tokens = await signed_in(site, browser, scope="openid phone offline_access")
    mine = (await site.identity.log_in())["access_token"]
    theirs = (await site.identity.log_in(phone="+8801812345678"))["access_token"]
    call = site.identity.call
    (consent,) = (await call("GET", "/v1/consents", token=mine)).body["items"]
    assert consent["client_name"] == {"bn": "ভূমি", "en": "Land records"}
    assert consent["scopes"] == ["offline_access", "openid", "phone"]
    assert (await call("GET", "/v1/consents", token=theirs)).body["items"] == []
    assert (await call("DELETE", "/v1/consents/land", token=theirs)).status == 204
    assert (await site.user(tokens["access_token"])).status == 200
    for _ in range(2):
        assert (await call("DELETE", "/v1/consents/land", token=mine)).status == 204
    assert (await site.user(tokens["access_token"])).problem == "token_invalid"
    assert refusal(await site.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert (await call("GET", "/v1/consents", token=mine)).body["items"] == []
    page = await browser.get("/v1/openid/authorization", site.request(prompt="none"))
    assert page.answer["error"] == "consent_required"


async def test_an_erased_citizen_is_forgotten(site: Site, browser: Browser) -> None:
    """Tokens, consents and the ids at other sites go with the account."""
    tokens = await signed_in(site, browser, **OFFLINE)
    at = site.identity.time()
    async with site.identity.database.transaction() as tx:
        citizen_id = await tx.fetchval("SELECT citizen_id FROM consents")
        await request_erasure(tx, citizen_id, timedelta(), at)
        await carry_out(tx, at)
        for table in ("grants", "consents", "pairwise_subjects"):
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    assert (await site.user(tokens["access_token"])).problem == "token_invalid"
    assert refusal(await site.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
