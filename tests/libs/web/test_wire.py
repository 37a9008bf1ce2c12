"""HTTP on the wire: what ends an answer, and what may not be sent."""

import pytest

from libs.web import wire
from libs.web.wire import Broken, NotHttp, Origin, TooLarge
from tests.libs.web.party import OK, ask, speaking


async def test_an_answer_comes_whole_in_whatever_pieces_it_is_sent() -> None:
    """Chunks and network packets are no matter of whoever asks."""
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
    )
    async with speaking(chunked, OK) as (party, connections, origin):
        assert await ask(connections, origin) == (200, b"abcde")
        assert await ask(connections, origin) == (200, b"ok")
    assert party.connections == 1


async def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    """RFC 9112, section 6.3, rule 8."""
    async with speaking(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it") as (
        _,
        connections,
        origin,
    ):
        assert await ask(connections, origin) == (200, b"all of it")


async def test_an_answer_that_ends_before_its_length_is_broken() -> None:
    """Half an answer is none."""
    cut = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\nhalf"
    async with speaking(cut) as (_, connections, origin):
        with pytest.raises(Broken):
            await ask(connections, origin)


async def test_an_answer_to_head_has_no_body() -> None:
    """Its length is that of the answer to GET; nothing is waited for."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n"
    async with speaking(head, OK) as (_, connections, origin):
        assert await ask(connections, origin, "HEAD") == (200, b"")
        assert await ask(connections, origin) == (200, b"ok")


async def test_what_only_says_that_more_comes_is_passed_over() -> None:
    """100 and 103 come before the answer."""
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    async with speaking(early + OK) as (_, connections, origin):
        assert await ask(connections, origin) == (200, b"ok")


async def test_another_protocol_is_no_answer() -> None:
    """Nobody asked to switch."""
    switch = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
    async with speaking(switch) as (_, connections, origin):
        with pytest.raises(NotHttp):
            await ask(connections, origin)


async def test_an_answer_over_the_limit_is_not_taken_in() -> None:
    """And its connection is not used again."""
    long = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n" + b"x" * 11
    async with speaking(long, OK, limit_bytes=10) as (party, connections, origin):
        with pytest.raises(TooLarge):
            await ask(connections, origin)
        assert await ask(connections, origin) == (200, b"ok")
    assert party.connections == 2


async def test_a_kept_connection_that_was_closed_unseen_is_said_to_be_untouched() -> None:
    """Whoever knows that asking twice does no harm may ask again; a first one is not like that."""
    async with speaking(OK, None, None) as (_, connections, origin):
        await ask(connections, origin)
        with pytest.raises(Broken) as kept:
            await ask(connections, origin)
        with pytest.raises(Broken) as fresh:
            await ask(connections, origin)
    assert kept.value.untouched
    assert not fresh.value.untouched


async def test_what_comes_unasked_ends_the_connection() -> None:
    """The next question would take it for its answer."""
    async with speaking(OK + b"HTTP/1.1 500 Surprise\r\ncontent-length: 0\r\n\r\n", OK) as (
        party, connections, origin,
    ):  # fmt: skip
        assert await ask(connections, origin) == (200, b"ok")
        assert await ask(connections, origin) == (200, b"ok")
    assert party.connections == 2


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://a", ("http://a", "/")),
        ("http://a:1/b?c=/d", ("http://a:1", "/b?c=/d")),
        ("https://a?b", ("https://a", "/?b")),
        ("http://a/b#c", ("http://a", "/b")),
        ("http://[::1]:8/x", ("http://[::1]:8", "/x")),
    ],
)
def test_an_address_parts_into_origin_and_target(url: str, parts: tuple[str, str]) -> None:
    """The target goes into the request line byte for byte; a fragment stays at home."""
    assert wire.split(url) == parts


def test_ports_follow_the_scheme() -> None:
    """RFC 9110, section 4.2."""
    assert wire.origin_of("http://a") == Origin("http", "a", 80)
    assert wire.origin_of("https://a") == Origin("https", "a", 443)
    assert wire.origin_of("https://a:8") == Origin("https", "a", 8)


@pytest.mark.parametrize("address", ["", "a", "ftp://a", "http://", "http://a:x"])
def test_what_is_no_address_is_turned_away(address: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match=r"."):
        wire.origin_of(address)


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/a b", {}),
        ("/a\r\nhost: b", {}),
        ("/", {"a": "b\r\nc: d"}),
        ("/", {"a": "b\nc: d"}),
        ("/", {"a\r\nb": "c"}),
        ("/", {"a": "b\rc"}),
    ],
)
def test_nothing_can_add_a_line(target: str, headers: dict[str, str]) -> None:
    """A value from outside must not become a header, or a second request."""
    with pytest.raises(ValueError, match="line break"):
        wire.request_bytes("GET", "party", target, headers, None)


def test_a_request_says_how_long_its_body_is() -> None:
    """Where there is one, and where one is expected."""
    assert b"content-length: 3" in wire.request_bytes("POST", "a", "/", {}, b"abc")
    assert b"content-length: 0" in wire.request_bytes("POST", "a", "/", {}, None)
    assert b"content-length" not in wire.request_bytes("GET", "a", "/", {}, None)
