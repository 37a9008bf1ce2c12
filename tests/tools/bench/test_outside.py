"""The outside systems of a bench, as the platform and the ledger's reader see them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.clock import utc_now
from libs.ids import new_id
from libs.web.signed.signatures import verify
from tests.waiting import until
from tools.bench.platform import OUTSIDE, run_module, until_ready
from tools.embedded.ports import stable_ports
from tools.ledger import LedgerReader

SECRET = "a secret of a test"
NUMBER = "NS-7K4M9-PXRT3-HC2D3"


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """The systems, while a test runs."""
    ports = await stable_ports(tmp_path / "ports.json", ["outside"])
    settings = {"SANDBOX_PORT": str(ports["outside"]), "SANDBOX_SMS_SECRET": SECRET}
    base = f"http://127.0.0.1:{ports['outside']}"
    async with run_module("outside", tmp_path, [OUTSIDE], settings) as process:
        await until_ready([f"{base}/health/ready"], process)
        yield base


def message(report_url: str) -> dict[str, str]:
    """A message about a decision."""
    return {
        "reference": str(new_id()),
        "to": "+8801700000000",
        "text": f"{NUMBER} approved",
        "report_url": report_url,
    }


async def test_a_repeated_hand_over_gets_the_same_decision_and_one_row(url: str) -> None:
    """A ministry acts once under a key."""
    body = {"application_id": "a", "tracking_number": NUMBER, "kind": "submitted"}
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            async with http.post(
                f"{url}/ministries/lgd/submissions", json=body, headers={"idempotency-key": "k"}
            ) as response:
                assert (await response.json())["decision"] == {"action": "approved", "note": None}
        ledger = await LedgerReader(http, url).snapshot()
    assert ledger.of("a", NUMBER).handed_over == 1


async def test_messages_are_reported_signed_until_they_are_taken(url: str) -> None:
    """Alone and in a list; the platform is away for the first report."""
    reports: list[Any] = []
    failing = [503]

    async def take(request: web.Request) -> web.Response:
        raw = await request.read()
        verify(SECRET, request.headers, raw, utc_now())
        if failing:
            return web.Response(status=failing.pop())
        reports.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/reports", take)
    app.router.add_post("/reports/bulk", take)
    async with TestServer(app) as platform, aiohttp.ClientSession() as http:
        report_url = str(platform.make_url("/reports"))
        alone, listed = message(report_url), message(f"{report_url}/bulk")
        async with http.post(
            f"{url}/sms/messages", json=alone, headers={"idempotency-key": "alone"}
        ) as response:
            assert (response.status, await response.json()) == (
                202,
                {"provider_id": alone["reference"]},
            )
        bulk = {"messages": [{**listed, "idempotency_key": "listed"}]}
        async with http.post(f"{url}/sms/messages/bulk", json=bulk) as response:
            assert [each["status"] for each in (await response.json())["results"]] == [202]
        await until(lambda: len(reports) == 2)
        received = (await LedgerReader(http, url).snapshot()).of("", NUMBER)
    references = {each["reference"] for each in received.messages}
    assert references == {alone["reference"], listed["reference"]}
    alone_reported = next(report for report in reports if "reports" not in report)
    assert alone_reported["status"] == "delivered"
