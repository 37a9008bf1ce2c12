"""What an upgrade counts, and when it is well; `make upgrade` is a whole one."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.registry import SERVICES
from tests.tools.chaos.observed_run import approved, seen
from tests.tools.chaos.scenes import result_of
from tools.chaos.applications import APPLICATIONS
from tools.chaos.run import Observation
from tools.chaos.upgrade import Answers, UpgradeResult, moved
from tools.embedded.ports import free_port
from tools.supervision.rolling import TODAY, Release


def result(**fields: Any) -> UpgradeResult:
    """The result of an upgrade in which nothing is wrong."""
    well: dict[str, Any] = {
        "chaos": result_of(),
        "migrations": ["catalogue: publications/0004_publications.sql"],
        "replaced": 20,
        "answers": Answers(count=9),
        "moved": 3,
    }
    return UpgradeResult(**{**well, **fields})


def test_an_upgrade_is_well_without_an_error_that_a_client_saw() -> None:
    """And only if keys changed their partition meanwhile: else their order was not tried."""
    assert result().all_is_well
    assert not result(answers=Answers(errors=Counter({"503 for GET /": 1}))).all_is_well
    assert not result(chaos=result_of(found=[("lost", "one")])).all_is_well
    assert not result(moved=0).all_is_well


async def test_errors_and_broken_connections_of_our_own_addresses_are_counted() -> None:
    """What the sandbox answers is its own."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query["status"]))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    answers, nobody = Answers(), free_port()
    async with (
        TestServer(app) as ours,
        TestServer(app) as sandbox,
        aiohttp.ClientSession(trace_configs=[answers.tracing()]) as http,
    ):
        answers.ports = frozenset({ours.port or 0, nobody})
        for server, status in ((ours, 200), (ours, 404), (ours, 503), (sandbox, 500)):
            url = server.make_url(f"/v1/applications/NS-1?status={status}")
            async with http.get(url) as response:
                await response.read()
        with suppress(aiohttp.ClientError):
            await http.get(f"http://127.0.0.1:{nobody}/")
    assert answers.count == 3
    assert answers.errors == {"503 for GET /v1/applications": 1}
    assert answers.lost == 1


def test_applications_in_two_partitions_are_counted() -> None:
    """Of `applications.v1` only."""
    run = approved()
    assert moved(Observation([run.click], run.evidence(), {})) == 0
    other = replace(seen(APPLICATIONS, "a", run.click.application_id), place=(APPLICATIONS, 7))
    run.records.append(other)
    assert moved(Observation([run.click], run.evidence(), {})) == 1


def test_a_release_has_the_services_of_its_tree(tmp_path: Path) -> None:
    """And runs its code: the folder of the process is its tree."""
    (tmp_path / "services" / "gateway").mkdir(parents=True)
    (tmp_path / "services" / "gateway" / "main.py").touch()
    release = Release("the last", tmp_path)
    assert [name for name in SERVICES if release.has(name)] == ["gateway"]
    assert all(TODAY.has(name) for name in SERVICES if name != "sandbox")
    assert str(tmp_path) in release.within(["python", "-m", "services"])
