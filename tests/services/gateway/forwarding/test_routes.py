import asyncio
import time

import pytest
from aiohttp import web

from tests.libs.web.running import SESSION, ask, spoken
from tests.services.gateway.scenes import NUMBER, Play, scene


async def problem_of_upstream(_: web.BaseRequest) -> web.Response:
    return web.Response(
        body=b'{"type":"/problems/x"}', status=409, content_type="application/problem+json"
    )


async def hang(_: web.BaseRequest) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def done(_: web.BaseRequest) -> web.Response:
    return web.Response(status=204)


async def test_problem_of_the_upstream_is_returned() -> None:
    """The upstream's response is returned unchanged, problems included."""
    async with scene(problem_of_upstream) as here:
        got = await ask(here.app, "POST", "/v1/applications", headers=here.login(), json={})
    assert (got.status, got.code) == (409, "x")
    assert got.headers["content-type"] == "application/problem+json"
    assert got.headers["content-length"] == str(len(got.body))


async def test_response_without_a_body_has_none() -> None:
    """204 has neither body nor length."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/logout", headers=here.login())
    assert (got.status, got.body) == (204, b"")
    assert "content-length" not in got.headers


async def test_request_without_a_token_is_not_forwarded() -> None:
    """The upstream does not receive requests without a valid token."""
    async with scene(done) as here:
        got = await ask(here.app, "GET", "/v1/me")
        assert (got.status, got.code) == (401, "token_missing")
        assert here.asked == []


async def test_papers_are_not_found_by_trying_numbers() -> None:
    """Lookups have a lower limit of their address; everything else goes on."""
    async with scene(done, lookups=2) as here:
        for number in range(2):
            assert (await ask(here.app, "GET", f"/v1/papers/{number}")).status == 204
        got = await ask(here.app, "GET", "/v1/papers/2")
        assert (got.status, got.code) == (429, "too_many_requests")
        assert (await ask(here.app, "GET", "/v1/paper-keys")).status == 204
        assert len(here.asked) == 3


async def test_request_of_an_ended_session_is_not_forwarded() -> None:
    """After a logout the upstream hears nothing of the session's tokens, those seen before too."""
    async with scene(done) as here:
        headers = here.login()
        assert (await ask(here.app, "GET", "/v1/me", headers=headers)).status == 204
        here.tokens.end_session(SESSION, time.time())
        got = await ask(here.app, "GET", "/v1/me", headers=headers)
        assert (got.status, got.code, len(here.asked)) == (401, "session_ended", 1)


async def test_staff_log_in_by_routes_of_their_own() -> None:
    """Logins of staff are forwarded without a token, and lead nowhere else."""
    async with scene(done) as here:
        for path in ("/v1/staff/login", "/v1/staff/login/challenges"):
            assert (await ask(here.app, "POST", path, json={})).status == 204
        got = await ask(here.app, "POST", "/v1/staff/login/confirmations", json={})
        assert (got.status, got.code) == (401, "token_missing")


async def test_login_needs_no_token() -> None:
    """A citizen without a token can get one."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert got.status == 204


async def test_late_application_may_be_repeated() -> None:
    """When the response is late, the problem says that repeating with the same key is safe."""
    async with scene(hang, deadline_s=0.05) as here:
        headers = here.login() | {"accept-language": "en"}
        got = await ask(here.app, "POST", "/v1/applications", headers=headers, json={})
    assert (got.status, got.code) == (504, "answer_late_repeat_safe")
    assert "same Idempotency-Key" in got.json()["detail"]
    assert int(got.headers["retry-after"]) >= 1


async def test_late_response_without_a_key_does_not_promise_a_safe_repeat() -> None:
    """Without an Idempotency-Key the problem does not say that repeating is safe."""
    async with scene(hang, deadline_s=0.05) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (504, "answer_late")


async def test_unreachable_upstream_is_a_503() -> None:
    """The response has a Retry-After."""
    async with scene(done, url="http://127.0.0.1:1") as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (503, "service_not_reached")
    assert int(got.headers["retry-after"]) >= 1


async def test_upstream_that_does_not_speak_http_is_a_504() -> None:
    """The upstream may have acted on the request, so the problem is that of a late response."""
    async with spoken(b"nonsense\r\n\r\n") as (_, url), scene(done, url=url) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (504, "answer_late")


async def test_body_over_the_limit_never_reaches_the_upstream() -> None:
    """A body over 64 KiB is refused at the gateway."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", chunks=[b"x" * 70_000])
        assert got.status == 413
        assert here.asked == []


class Catalogue:
    """Counts its requests, and can change its response."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = b'{"items":[]}'

    async def play(self, _: web.BaseRequest) -> web.Response:
        self.asked += 1
        await asyncio.sleep(0)
        return web.Response(body=self.body, content_type="application/json")


async def test_repeated_request_is_served_from_the_cache() -> None:
    """The same request again does not reach the catalogue; another one does."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        for target in ("/v1/services?q=a", "/v1/services?q=a", "/v1/services?q=b"):
            assert (await ask(here.app, "GET", target)).body == catalogue.body
    assert catalogue.asked == 2


async def test_change_is_in_the_next_response() -> None:
    """After a change of the catalogue the new response is returned."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        await ask(here.app, "GET", "/v1/services")
        catalogue.body = b"new"
        here.cache.clear()
        assert (await ask(here.app, "GET", "/v1/services")).body == b"new"


@pytest.mark.parametrize("known", ["{}", "W/{}", '"x", {}', "*"])
async def test_matching_tag_is_answered_with_304(known: str) -> None:
    """A matching If-None-Match is answered with 304 and no body, weak tags and lists included."""
    async with scene(Catalogue().play) as here:
        first = await ask(here.app, "GET", "/v1/services")
        headers = {"if-none-match": known.format(first.headers["etag"])}
        again = await ask(here.app, "GET", "/v1/services", headers=headers)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_other_tag_gets_the_content() -> None:
    """A caller with older content gets the new one."""
    async with scene(Catalogue().play) as here:
        headers = {"if-none-match": '"old"'}
        got = await ask(here.app, "GET", "/v1/services", headers=headers)
    assert got.status == 200


async def test_head_and_get_are_cached_separately() -> None:
    """The cached response of a HEAD has no body and is never returned to a GET."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        head = await ask(here.app, "HEAD", "/v1/services")
        assert head.status == 200
        assert "content-length" not in head.headers
        assert (await ask(here.app, "GET", "/v1/services")).body == catalogue.body


async def test_languages_are_cached_separately() -> None:
    """A request in English does not get a cached problem in Bangla."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        for language in ("bn", "en"):
            await ask(here.app, "GET", "/v1/services", headers={"accept-language": language})
    assert catalogue.asked == 2


async def test_failure_is_not_cached() -> None:
    """After an outage the next request reaches the catalogue."""
    plays: list[Play] = [problem_of_upstream, Catalogue().play]

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        return await plays.pop(0)(request)

    async with scene(play) as here:
        assert (await ask(here.app, "GET", "/v1/services")).status == 409
        assert (await ask(here.app, "GET", "/v1/services")).status == 200


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_a_caller_has_is_not_sent_again(known: str) -> None:
    """Personal answers have an entity tag like all others, and stay out of every cache."""

    async def play(_: web.BaseRequest) -> web.Response:
        return web.Response(
            body=b'{"items":[]}',
            content_type="application/json",
            headers={"cache-control": "no-store"},
        )

    async with scene(play) as here:
        first = await ask(here.app, "GET", "/v1/applications", headers=here.login())
        headers = here.login() | {"if-none-match": known.format(first.headers["etag"])}
        again = await ask(here.app, "GET", "/v1/applications", headers=headers)
        without_token = await ask(
            here.app, "GET", "/v1/applications", headers={"if-none-match": "*"}
        )
        posted = await ask(here.app, "POST", "/v1/me/erasure", headers=headers, json={})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "no-store"
    assert without_token.status == 401
    assert posted.status == 200
    assert "etag" not in posted.headers


async def test_a_refusal_has_no_tag() -> None:
    """A tag names a content, and a refusal is none."""

    async def play(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404, body=b'{"type":"/problems/application_unknown"}')

    async with scene(play) as here:
        headers = here.login() | {"if-none-match": "*"}
        got = await ask(here.app, "GET", f"/v1/applications/{NUMBER}", headers=headers)
    assert got.status == 404
    assert "etag" not in got.headers
