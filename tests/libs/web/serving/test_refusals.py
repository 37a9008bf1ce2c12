"""The log of refused requests."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from libs.addresses import TrustedProxies
from libs.errors import Refused, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.web.serving.refusals import LINES, RefusalLog
from tests.libs.web.running import app_with, ask

PROXIES = TrustedProxies.parse("192.0.2.0/24")


def raises(failure: Exception) -> Route:
    async def endpoint(_: Request) -> Response:
        raise failure

    return Route("/a/{what}", endpoint)


async def test_a_refused_request_has_a_line_without_personal_data() -> None:
    """It names the problem and the template of the route; the address and the path stay out."""
    for failure, problem in (
        (Refused("role_missing", "who it was"), "role_missing"),
        (Unreadable("not_json"), "not_json"),
        (Unreadable("a reason of a library"), "wrong_shape"),
    ):
        app = app_with(raises(failure), refusals=RefusalLog(PROXIES, Metrics("test")))
        with capture_logs() as logs:
            await ask(app, "GET", "/a/karim", headers={"X-Forwarded-For": "198.51.100.7"})
        (line,) = logs
        assert line.pop("network")
        assert line == {
            "event": "request refused",
            "log_level": "info",
            "problem": problem,
            "method": "GET",
            "route": "/a/{what}",
            "caller_id": None,
            "session_id": None,
        }


async def test_an_outage_is_no_refusal() -> None:
    """It has the line of its dependency."""
    with capture_logs() as logs:
        await ask(app_with(raises(Unavailable("database"))), "GET", "/a/b")
    assert [line["event"] for line in logs] == ["request not served"]


async def test_lines_of_one_network_belong_together() -> None:
    """The hash differs between networks, and between processes."""
    one, other = (
        app_with(raises(Refused("role_missing")), refusals=RefusalLog(PROXIES, Metrics("test")))
        for _ in range(2)
    )
    with capture_logs() as logs:
        for app, address in (
            (one, "198.51.100.7"),
            (one, "198.51.100.8"),
            (one, "203.0.113.7"),
            (other, "198.51.100.7"),
        ):
            await ask(app, "GET", "/a/b", headers={"X-Forwarded-For": address})
    first, neighbour, stranger, elsewhere = (line["network"] for line in logs)
    assert first == neighbour
    assert len({first, stranger, elsewhere}) == 3


async def test_a_flood_is_counted_and_hides_nothing_else() -> None:
    """A hundred lines of a problem, and the number of the others; another problem has its line."""
    refusals = RefusalLog(PROXIES, Metrics("test"))
    flood = app_with(raises(Refused("token_invalid")), refusals=refusals)
    rare = app_with(raises(Refused("role_missing")), refusals=refusals)
    with capture_logs() as logs:
        for _ in range(LINES + 50):
            await ask(flood, "GET", "/a/b")
        await ask(rare, "GET", "/a/b")
        await refusals.count()
    lines = [line["problem"] for line in logs[:-1]]
    assert lines == ["token_invalid"] * LINES + ["role_missing"]
    assert (logs[-1]["event"], logs[-1]["counts"]) == (
        "more requests refused",
        {"token_invalid": 50},
    )


async def test_the_next_minute_has_lines_again() -> None:
    """And where nothing was left out, no count."""
    refusals = RefusalLog(PROXIES, Metrics("test"))
    app = app_with(raises(Refused("token_invalid")), refusals=refusals)
    with capture_logs() as logs:
        for _ in range(2):
            for _ in range(LINES):
                await ask(app, "GET", "/a/b")
            await refusals.count()
    assert [line["event"] for line in logs] == ["request refused"] * 2 * LINES
