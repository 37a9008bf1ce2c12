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
