"""The page of ministries' connections, in plain words."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

import pytest
from aiohttp import web

from libs.contracts.catalogue import Adapter
from libs.contracts.language import Language, Text
from libs.contracts.ministries import MinistryStatusChanged, PlannedOutage, ServiceHours
from libs.contracts.status import StatusPage, SystemState
from services.applications.ministry_status.rules import DueCount, page
from tests.services.portal.running import portal

AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTAGE = PlannedOutage(
    starts_at=AT, ends_at=AT + 2 * HOUR, reason=Text(bn="নতুন সার্ভার", en="A new server")
)
CALLED: dict[str, dict[str, Any]] = {
    "lgd": {"state": "down", "waiting": 12, "answered_at": AT - 3 * HOUR},
    "minland": {"state": "planned_outage", "outages": (OUTAGE,)},
    "ird": {"state": "catching_up"},
    "ssd": {
        "state": "outside_hours",
        "hours": ServiceHours(days=(7, 1), opens_at=time(9), closes_at=time(17)),
    },
    "rthd": {"state": "working", "answered_at": AT},
    "mof": {"state": "down", "trouble": "stopped"},
    "moe": {"state": "down", "trouble": "not_admitted"},
    "mopa": {"state": "down", "trouble": "exchange_stuck"},
}

FACTS = {
    "bn": (
        "১২টি দাখিল", "সকাল ১১:০০", "নতুন সার্ভার", "রবি, সোম: সকাল ৯:০০ – বিকেল ৫:০০",
        "১০টির মধ্যে ৯টি",
    ),
    "en": ("12 submissions", "11:00 am", "A new server", "Sun, Mon: 9:00 am – 5:00 pm", "9 of 10"),
}  # fmt: skip


def status() -> StatusPage:
    """What the API says, with a ministry in every state."""
    events = {
        ministry: MinistryStatusChanged.model_validate({
            "ministry": ministry, "since": AT - HOUR, "waiting": 0, **values,
        })
        for ministry, values in CALLED.items()
    }  # fmt: skip
    adapters: dict[str, set[Adapter]] = {ministry: {"hosted"} for ministry in [*CALLED, "moa"]}
    adapters |= {"ecs": {"own"}, "mofa": {"none_yet"}, "mopme": {"desk"}}
    return page(adapters, events, [DueCount("rthd", 10, 9)], AT)


async def api(request: web.BaseRequest) -> web.Response:
    """A gateway that has nothing but the status."""
    assert request.path == "/v1/status"
    return web.Response(text=status().model_dump_json(), content_type="application/json")


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_every_connection_is_told_in_words_with_trouble_first(
    language: Language, unused_tcp_port: int
) -> None:
    """Each ministry in each state, since when, what is planned, and 333 for help."""
    assert {one.state for one in status().items} == set(get_args(SystemState))
    async with portal(api, unused_tcp_port) as scene:
        shown = await scene.browser.open("/status" if language == "bn" else "/en/status")
    assert shown.status == 200
    assert "tel:333" in shown.links
    names = {one.ministry: one.name.in_language(language) for one in status().items}
    assert [name for name in names.values() if name not in shown.text] == []
    assert all(
        shown.text.index(names[early]) < shown.text.index(names[late])
        for early in ("lgd", "minland", "ird", "ssd")
        for late in ("mofa", "rthd", "ecs", "moa")
    )
    said = [one.text for one in status().items if one.state not in {"working", "not_called"}]
    assert [text for text in said if text.in_language(language) not in shown.text] == []
    assert [fact for fact in FACTS[language] if fact not in shown.text] == []
