"""The cases of the W3C's own test suite for trace context, at the gateway.

Rewritten from w3c/trace-context (test/test.py, strictness 2). Their service calls back as often as
it is told; ours calls an upstream once for each request.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

import pytest
from aiohttp import web
from multidict import CIMultiDictProxy
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.telemetry.tracing import Tracing
from libs.web.serving.protocol import CoalescingProtocol
from tests.libs.web.running import listening
from tests.services.gateway.scenes import scene

TRACE, SPAN = "12345678901234567890123456789012", "1234567890123456"
PARENT = f"00-{TRACE}-{SPAN}-01"
UNSAMPLED = f"00-{TRACE}-{SPAN}-00"
_FORMAT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Passed:
    """What the upstream was told."""

    trace: str
    span: str
    members: dict[str, str]


Send = Callable[[Headers], Awaitable[Passed]]


@pytest.fixture(params=[0, 1_000], ids=["unsampled", "sampled"])
async def send(request: pytest.FixtureRequest) -> AsyncIterator[Send]:
    """Sends these headers, byte for byte, to a gateway that samples nothing, or all."""
    numbers, per_s = count(), request.param
    tracing = Tracing(
        "gateway", exporter=InMemorySpanExporter(), traces_per_s=per_s, callers_per_s=0
    )

    async def services(_: web.BaseRequest) -> web.Response:
        return web.json_response({})

    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(scene(services, tracing=tracing))
        port = await stack.enter_async_context(listening(here.app, CoalescingProtocol))

        async def sent(headers: Headers) -> Passed:
            lines = [f"{name}: {value}" for name, value in headers]
            target = f"GET /v1/services?q={next(numbers)} HTTP/1.1"
            text = "\r\n".join([target, "host: a", "connection: close", *lines, "", ""])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text.encode("latin-1"))
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.1 200"), answer
            return _passed(here.asked[-1].headers)

        yield sent
    tracing.close()


def _passed(headers: CIMultiDictProxy[str]) -> Passed:
    (parent,) = headers.getall("traceparent")
    found = _FORMAT.fullmatch(parent)
    assert found, parent
    assert {*found[1]} != {"0"}
    members = ",".join(headers.getall("tracestate", [])).split(",")
    pairs = dict(member.split("=", 1) for member in members if member)
    return Passed(found[1], found[2], pairs)


@pytest.mark.parametrize(
    "parent",
    [
        PARENT,
        f"cc-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like",
        f" {PARENT}",
        f"\t{PARENT}",
        f"{PARENT} ",
        f"{PARENT}\t",
        f"\t {PARENT} \t",
        f"00-{TRACE}-{SPAN}-02",
    ],
)
async def test_a_valid_parent_is_continued(send: Send, parent: str) -> None:
    """In its trace, from a position of our own each time."""
    passed = [await send([("traceparent", parent)]) for _ in range(3)]
    assert {each.trace for each in passed} == {TRACE}
    assert len({SPAN, *(each.span for each in passed)}) == 4


@pytest.mark.parametrize("name", ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"])
async def test_names_of_headers_have_any_case(send: Send, name: str) -> None:
    """As all headers have."""
    assert (await send([(name, PARENT)])).trace == TRACE


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("traceparent", PARENT.replace("9012-", "9011-")), ("traceparent", PARENT)],
        [("trace-parent", PARENT)],
        [("trace.parent", PARENT)],
        *(
            [("traceparent", malformed)]
            for malformed in (
                f"{PARENT}.",
                f"{PARENT}{'0' * 10_000}",
                f"cc-{TRACE}-{SPAN}-01-{'x' * 10_000}",
                f"{PARENT}-what-the-future-will-be-like",
                f"cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like",
                f"ff-{TRACE}-{SPAN}-01",
                f".0-{TRACE}-{SPAN}-01",
                f"0.-{TRACE}-{SPAN}-01",
                f"000-{TRACE}-{SPAN}-01",
                f"0000-{TRACE}-{SPAN}-01",
                f"0-{TRACE}-{SPAN}-01",
                f"00-{'0' * 32}-{SPAN}-01",
                f"00-.{TRACE[1:]}-{SPAN}-01",
                f"00-{TRACE[:-1]}.-{SPAN}-01",
                f"00-{TRACE}3-{SPAN}-01",
                f"00-{TRACE[:-1]}-{SPAN}-01",
                f"00-{TRACE}-{'0' * 16}-01",
                f"00-{TRACE}-.{SPAN[1:]}-01",
                f"00-{TRACE}-{SPAN[:-1]}.-01",
                f"00-{TRACE}-{SPAN}7-01",
                f"00-{TRACE}-{SPAN[:-1]}-01",
                f"00-{TRACE}-{SPAN}-.0",
                f"00-{TRACE}-{SPAN}-0.",
                f"00-{TRACE}-{SPAN}-001",
                f"00-{TRACE}-{SPAN}-1",
                "00-" + "1" * 10_000,
            )
        ),
    ],
)
async def test_another_one_begins_a_trace(send: Send, headers: Headers) -> None:
    """Of its own for each request, without what came with it."""
    passed = [await send([*headers, ("tracestate", "foo=1")]) for _ in range(3)]
    assert len({each.trace for each in passed}) == len({each.span for each in passed}) == 3
    assert all(TRACE[:-1] not in each.trace for each in passed)
    assert all(each.members == {} for each in passed)


_KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
_VALUE = "".join(map(chr, range(0x20, 0x7F))).replace(",", "").replace("=", "")
_BARS = [f"bar{number:02}={number:02}" for number in range(1, 34)]
_FOO = {"foo": "1"}
_THREE = {"foo": "1", "bar": "2", "baz": "3"}


def _lines(bars: Sequence[str]) -> list[str]:
    return [",".join(bars[at : at + 10]) for at in range(0, len(bars), 10)]


@pytest.mark.parametrize(
    ("lines", "members"),
    [
        (["foo=1,bar=2"], {"foo": "1", "bar": "2"}),
        ([""], {}),
        (["foo=1", ""], _FOO),
        (["", "foo=1"], _FOO),
        (
            ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
            {"foo": "1", "bar": "2", "rojo": "1", "congo": "2", "baz": "3"},
        ),
        (["foo=1,foo=1"], _FOO),
        (["foo=1,foo=2"], _FOO),
        (["foo=1", "foo=1"], _FOO),
        (["foo=1", "foo=2"], _FOO),
        ([f"{_KEY}={_VALUE}"], {_KEY: _VALUE}),
        ([f"{_KEY}@a-z0-9_-*/={_VALUE}"], {f"{_KEY}@a-z0-9_-*/": _VALUE}),
        (["foo=1 \t , \t bar=2, \t baz=3"], _THREE),
        (["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], _THREE),
        ([" foo=1"], _FOO),
        (["\tfoo=1"], _FOO),
        (["foo=1 "], _FOO),
        (["foo=1\t"], _FOO),
        (["\t foo=1 \t"], _FOO),
        (["foo =1"], {}),
        (["FOO=1"], {}),
        (["foo.bar=1"], {}),
        (["foo@=1,bar=2"], {"foo@": "1", "bar": "2"}),
        (["@foo=1,bar=2"], {}),
        (["foo@@bar=1,bar=2"], {"foo@@bar": "1", "bar": "2"}),
        (["foo@bar@baz=1,bar=2"], {"foo@bar@baz": "1", "bar": "2"}),
        (_lines(_BARS[:32]), dict(bar.split("=") for bar in _BARS[:32])),
        (_lines(_BARS), {}),
        (["foo=1", f"{'z' * 256}=1"], {"foo": "1", "z" * 256: "1"}),
        (["foo=1", f"{'z' * 257}=1"], {}),
        (["foo=1", f"{'t' * 241}@{'v' * 14}=1"], {"foo": "1", f"{'t' * 241}@{'v' * 14}": "1"}),
        (["foo=1", f"{'t' * 242}@v=1"], {"foo": "1", f"{'t' * 242}@v": "1"}),
        (["foo=1", f"t@{'v' * 15}=1"], {"foo": "1", f"t@{'v' * 15}": "1"}),
        (["foo=bar=baz"], {}),
        (["foo=,bar=3"], {}),
    ],
)
async def test_members_of_a_tracestate(
    send: Send, lines: Sequence[str], members: dict[str, str]
) -> None:
    """They are passed on in their order, or none of them."""
    passed = await send([("traceparent", UNSAMPLED), *(("tracestate", line) for line in lines)])
    assert passed.trace == TRACE
    assert list(passed.members.items()) == list(members.items())


@pytest.mark.parametrize("name", ["TraceState", "TrAcEsTaTe", "TRACESTATE"])
async def test_names_of_the_state_have_any_case(send: Send, name: str) -> None:
    """As all headers have; others are none."""
    assert (await send([("traceparent", UNSAMPLED), (name, "foo=1")])).members == _FOO
    for other in ("trace-state", "trace.state"):
        assert (await send([("traceparent", UNSAMPLED), (other, "foo=1")])).members == {}
