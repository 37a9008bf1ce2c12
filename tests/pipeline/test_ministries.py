"""Ministries that lose their data, and services whose ministry changes, with everything running."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.docs.shell import shell
from tests.docs.test_integrating import commands
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen

TAX_OFFICE = "ird"

Behave = Callable[..., Awaitable[None]]


async def with_ministry(platform: Platform, *accepted: Accepted) -> None:
    """Wait until the ministry has applications, and the platform knows it."""

    async def known() -> bool:
        rows = await platform.rows(
            "ministries",
            "SELECT FROM deliveries WHERE application_id = ANY($1) AND state = 'handed_over'",
            [UUID(each.application_id) for each in accepted],
        )
        return len(rows) == len(accepted)

    await until(known, within_s=30)


async def test_a_ministry_that_lost_data_resumes_by_its_cursor(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    behave: Behave,
    tmp_path: Path,
) -> None:
    """The page's commands; then all that was lost is there again, decided and told once."""
    await behave(mode="never")
    accepted = [await citizen.apply(TAX_NUMBER, form) for _ in range(3)]
    await with_ministry(platform, *accepted)
    await behave(mode="callback", refusal_rate=1.0)
    script = commands("## When you have lost data", "## We ask you").replace("mopa", TAX_OFFICE)
    environment = platform.plan.environment("ministries", bootstrap="", dsn={})
    printed = await shell(
        script,
        tmp_path,
        platform=platform.plan.url("gateway"),
        sandbox=platform.plan.url("sandbox"),
        MINISTRIES_MINISTRY_SECRET=environment["MINISTRIES_MINISTRY_SECRET"],
    )
    decoder = json.JSONDecoder()
    page, end = decoder.raw_decode(printed)
    resumed, _ = decoder.raw_decode(printed[end:].lstrip())
    ours = [each.tracking_number for each in accepted]
    assert [each["submission"]["tracking_number"] for each in page["deliveries"]] == ours[:2]
    assert all(each["submission"]["form"] == form for each in page["deliveries"])
    assert page["has_more"]
    assert resumed.pop("known") <= len(accepted)
    assert resumed == {"lost": 2, "restored": 2, "wrong": 0, "missing": 0}

    async def decided() -> bool:
        return all([await status(citizen, each) == "refused" for each in accepted[1:]])

    await until(decided, within_s=30)
    assert await status(citizen, accepted[0]) == "with_ministry"
    received = [platform.received(each) for each in accepted]
    assert [len(each.submissions) for each in received] == [1, 1, 1]


async def status(citizen: Citizen, accepted: Accepted) -> str:
    """Where an application is."""
    _, answer = await citizen.get(f"/v1/applications/{accepted.tracking_number}")
    return str(answer.get("status"))


@pytest.mark.parametrize("foreign", ["mopa", "minland"])
async def test_a_foreign_ministry_reads_nothing(platform: Platform, foreign: str) -> None:
    """Through the gateway it is refused as by the service."""
    url = f"{platform.plan.url('gateway')}/v1/ministries/{foreign}/deliveries"
    async with platform.http.post(url, json={"after": None}) as answer:
        assert answer.status == 401
        assert (await answer.json())["type"].endswith("signature_invalid")
