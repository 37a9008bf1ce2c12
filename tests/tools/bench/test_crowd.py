"""Citizens of a bench: logged in through the API, each from an address of its own."""

import asyncio
from itertools import islice

import orjson
from tools.bench.crowd import log_in_crowd, requests

from tests.tools.bench.clicking import WISHES
from tests.tools.playing import playing
from tools.virtual_users.citizen import Api


async def test_as_many_as_asked_for_are_logged_in() -> None:
    """Each asked for a code of its own and sends what it was given for it."""
    async with playing() as (played, http):
        async with asyncio.timeout(20):
            crowd = await log_in_crowd(http, Api(http, played.url), played.url, 5)
        assert crowd == ["Bearer a"] * 5
        assert len(played.codes) == 5


async def test_requests_differ_in_key_citizen_address_and_service() -> None:
    """No key comes twice, and in time every citizen comes to every service."""
    clicks = list(islice(requests("/v1/applications", WISHES, ["Bearer a", "Bearer b"]), 8))
    keys = {_header(click, b"idempotency-key") for click in clicks}
    assert len(keys) == 8
    pairs = {(_header(click, b"authorization"), b"S002" in click) for click in clicks}
    assert len(pairs) == 4
    assert {_header(click, b"x-forwarded-for") for click in clicks} == {b"10.0.0.0", b"10.0.0.1"}


def test_each_says_what_is_applied_for_and_how_long_it_is() -> None:
    """The service, its form and a pilot centre, behind a head that fits the body."""
    head, _, body = next(requests("/v1/applications", WISHES)).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/applications HTTP/1.1\r\n")
    assert _header(head, b"content-length") == str(len(body)).encode()
    assert orjson.loads(body) == {
        "public_service_id": "S002",
        "form": {"name_bn": "নমুনা"},
        "service_centre_id": "gulshan",
    }


def _header(request: bytes, name: bytes) -> bytes:
    (found,) = [
        line.partition(b": ")[2] for line in request.split(b"\r\n") if line.startswith(name + b":")
    ]
    return found
