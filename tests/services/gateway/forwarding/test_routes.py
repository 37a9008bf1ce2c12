import asyncio

import pytest
from aiohttp import web

from tests.libs.web.asking import ask
from tests.libs.web.test_client import spoken
from tests.services.gateway.scenes import Play, scene


async def problem_of_owner(_: web.BaseRequest) -> web.Response:
    return web.Response(
        body=b'{"type":"/problems/x"}', status=409, content_type="application/problem+json"
    )


async def hang(_: web.BaseRequest) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def done(_: web.BaseRequest) -> web.Response:
    return web.Response(status=204)


async def test_owners_problem_is_the_callers() -> None:
    """What the upstream says comes through as it is, problems included."""
    async with scene(problem_of_owner) as here:
        got = await ask(here.app, "POST", "/v1/applications", headers=here.login(), json={})
    assert (got.status, got.code) == (409, "x")
    assert got.headers["content-type"] == "application/problem+json"
    assert got.headers["content-length"] == str(len(got.body))


async def test_answer_without_a_body_stays_without() -> None:
    """204 has neither body nor length."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/logout", headers=here.login())
    assert (got.status, got.body) == (204, b"")
    assert "content-length" not in got.headers


async def test_bad_login_goes_no_further_than_the_door() -> None:
    """An upstream is not bothered with requests that have no valid token."""
    async with scene(done) as here:
        got = await ask(here.app, "GET", "/v1/me")
        assert (got.status, got.code) == (401, "token_missing")
        assert here.asked == []


async def test_login_itself_needs_no_login() -> None:
    """Who has no token can get one."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert got.status == 204


async def test_repeating_an_application_is_said_to_be_safe() -> None:
    """When the answer is late the citizen learns that the same key does not apply twice."""
    async with scene(hang, deadline_s=0.05) as here:
        headers = here.login() | {"accept-language": "en"}
        got = await ask(here.app, "POST", "/v1/applications", headers=headers, json={})
    assert (got.status, got.code) == (504, "answer_late_repeat_safe")
    assert "same Idempotency-Key" in got.json()["detail"]
    assert int(got.headers["retry-after"]) >= 1


async def test_late_answer_of_others_promises_nothing() -> None:
    """Where no key protects the caller we do not say that repeating is safe."""
    async with scene(hang, deadline_s=0.05) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (504, "answer_late")


async def test_owner_that_is_away_is_not_reached() -> None:
    """Nothing was taken, and the caller is told when to ask again."""
    async with scene(done, url="http://127.0.0.1:1") as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (503, "service_not_reached")
    assert int(got.headers["retry-after"]) >= 1


async def test_owner_that_talks_nonsense_is_late() -> None:
    """What is no HTTP may still have acted, so the caller is told to look again."""
    async with spoken(b"nonsense\r\n\r\n") as (_, url), scene(done, url=url) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", json={})
    assert (got.status, got.code) == (504, "answer_late")


async def test_body_over_the_limit_never_reaches_the_owner() -> None:
    """64 KiB is held at the guard."""
    async with scene(done) as here:
        got = await ask(here.app, "POST", "/v1/login/codes", chunks=[b"x" * 70_000])
        assert got.status == 413
        assert here.asked == []


class Catalogue:
    """Counts what it is asked, and can change."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = b'{"items":[]}'

    async def play(self, _: web.BaseRequest) -> web.Response:
        self.asked += 1
        await asyncio.sleep(0)
        return web.Response(body=self.body, content_type="application/json")


async def test_catalogue_is_asked_once_for_the_same() -> None:
    """The same question again is answered from memory; another one is not."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        for target in ("/v1/services?q=a", "/v1/services?q=a", "/v1/services?q=b"):
            assert (await ask(here.app, "GET", target)).body == catalogue.body
    assert catalogue.asked == 2


async def test_change_is_seen_by_the_next_question() -> None:
    """After the catalogue told of a change the new answer is given."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        await ask(here.app, "GET", "/v1/services")
        catalogue.body = b"new"
        here.cache.drop()
        assert (await ask(here.app, "GET", "/v1/services")).body == b"new"


@pytest.mark.parametrize("known", ["{}", "W/{}", '"x", {}', "*"])
async def test_who_has_the_answer_is_not_sent_it_again(known: str) -> None:
    """A matching If-None-Match is answered with 304 and no body, weak tags and lists included."""
    async with scene(Catalogue().play) as here:
        first = await ask(here.app, "GET", "/v1/services")
        headers = {"if-none-match": known.format(first.headers["etag"])}
        again = await ask(here.app, "GET", "/v1/services", headers=headers)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_other_tag_gets_the_answer() -> None:
    """Who has an older answer gets the new one."""
    async with scene(Catalogue().play) as here:
        headers = {"if-none-match": '"old"'}
        got = await ask(here.app, "GET", "/v1/services", headers=headers)
    assert got.status == 200


async def test_head_does_not_empty_the_answer_of_a_get() -> None:
    """What a HEAD leaves behind has no body and is never given to a GET."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        head = await ask(here.app, "HEAD", "/v1/services")
        assert head.status == 200
        assert "content-length" not in head.headers
        assert (await ask(here.app, "GET", "/v1/services")).body == catalogue.body


async def test_languages_are_kept_apart() -> None:
    """A problem in Bangla is not given to who asks in English."""
    catalogue = Catalogue()
    async with scene(catalogue.play) as here:
        for language in ("bn", "en"):
            await ask(here.app, "GET", "/v1/services", headers={"accept-language": language})
    assert catalogue.asked == 2


async def test_failure_is_not_kept() -> None:
    """A catalogue that was away is asked again at once."""
    plays: list[Play] = [problem_of_owner, Catalogue().play]

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        return await plays.pop(0)(request)

    async with scene(play) as here:
        assert (await ask(here.app, "GET", "/v1/services")).status == 409
        assert (await ask(here.app, "GET", "/v1/services")).status == 200
