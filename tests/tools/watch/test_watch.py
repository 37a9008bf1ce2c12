"""The page with the figures of a platform."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from lxml import html

from libs.telemetry.metrics import Metrics
from tests.waiting import until
from tools.embedded.ports import HOST, free_port
from tools.watch.page import runbook, shown
from tools.watch.panels import dashboards
from tools.watch.runbooks import runbooks
from tools.watch.server import watch_page
from tools.watch.watch import Watch


@asynccontextmanager
async def service(metrics: Metrics) -> AsyncIterator[str]:
    """A process that gives these metrics; yields their address."""

    async def render(_: web.Request) -> web.Response:
        metrics.count("http_requests", 50, method="GET", route="/v1/services", status_class="2xx")
        return web.Response(body=metrics.render())

    app = web.Application()
    app.router.add_get("/metrics", render)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    try:
        yield f"http://{HOST}:{port}/metrics"
    finally:
        await runner.cleanup()


def labels(status_class: str) -> tuple[tuple[str, str], ...]:
    """The labels of requests to one service."""
    return (
        ("instance", "identity"),
        ("job", "nagorik"),
        ("route", "/v1/logins"),
        ("service", "identity"),
        ("status_class", status_class),
    )


async def test_figures_are_live() -> None:
    """What runs is scraped while somebody looks; who does not answer, and alerts, are shown."""
    metrics = Metrics("gateway")
    metrics.gauge("ministry_connection_stopped", 1, destination="<land>")
    async with AsyncExitStack() as running:
        address = await running.enter_async_context(service(metrics))
        away = f"http://{HOST}:{free_port()}/metrics"
        page = await running.enter_async_context(
            watch_page({"gateway": address, "desk": away}, free_port())
        )
        http = await running.enter_async_context(aiohttp.ClientSession())

        async def text(path: str) -> str:
            async with http.get(f"{page}/{path}") as answer:
                assert answer.status == 200
                return "".join(map(str, html.fromstring(await answer.text()).itertext()))

        async def measured() -> bool:
            return "Measured" in await text("")

        await until(measured)
        first = await text("")
        assert "MinistryStopped (ticket, after 1m): <land> is not called" in first
        assert "Processes that do not answer" in first

        async def has_rate() -> bool:
            parts = (await text("journey")).split("runbook")
            (panel,) = (part for part in parts if "Requests answered" in part)
            return "gateway" in panel and "/s" in panel

        await until(has_rate)
        async with http.get(f"{page}/nothing") as answer:
            assert answer.status == 404
        assert "kubectl" in await text("runbooks/reader-stuck")


@pytest.mark.parametrize(("failures", "holds"), [(12, False), (40, True)])
def test_twenty_failures_are_twenty(failures: int, *, holds: bool) -> None:
    """Rules add up rates of every 30 seconds; a page that is asked oftener counts the same."""
    watch = Watch({})
    held = []
    for at in range(0, 300, 5):
        failed = float(failures) if at >= 60 else 0.0
        said = {
            "nagorik_http_requests_total": {
                labels("5xx"): failed,
                labels("2xx"): 3.0 * at,
            }
        }
        watch.add(float(at), said)
        held += [alert.name for alert in watch.holding() if alert.name.startswith("Objective")]
    assert ("ObjectiveMissedFast" in held) == holds


def test_every_query_has_an_answer_without_a_prometheus() -> None:
    """Those of all dashboards, and the rules about services, whatever their series say."""
    watch = Watch({"gateway": "", "notifications": ""})
    for dashboard in watch.dashboards:
        watch.look(dashboard)
    for at in range(3):
        watch.add(1_000.0 + 5 * at, {"up": {(("job", "nagorik"),): 1.0}})
    assert {alert.name for alert in watch.holding()} == {"LagNotMeasured"}


@pytest.mark.parametrize("name", runbooks())
def test_links_between_runbooks_lead_to_pages(name: str) -> None:
    """And no link leads to a file that is not there."""
    watch = Watch({})
    page = html.fromstring(runbook(watch, name))
    links = {link.attrib["href"] for link in page.iter("a")}
    known = {f"/{dashboard.name}" for dashboard in dashboards()}
    known |= {f"/runbooks/{other}" for other in runbooks()}
    assert {link for link in links if "://" not in link} <= known


def test_values_have_their_units() -> None:
    """As people read them."""
    assert shown(0.0213, "s") == "21.3 ms"
    assert shown(7200, "s") == "2.0 h"
    assert shown(0.5, "percentunit") == "50.0%"
    assert shown(12_500_000, "bytes") == "12.5 MB"
    assert shown(3, "none") == "3"
