"""Pages on how far ministries and divisions are."""

import gzip
from datetime import UTC, date, datetime
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from libs.bangladesh.bodies import bodies
from libs.contracts.language import Text
from libs.contracts.programme import (
    BodyFigures,
    BodyProgress,
    Progress,
    ProgressOfBody,
    ServiceProgress,
)
from libs.contracts.snapshots import OpenDataFile, OpenDataIndex, OpenDataWeek
from tests.services.portal.running import portal

AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
MOST_BYTES: Final = 30_000


def body(body_id: str, name: Text, live: int = 0) -> BodyProgress:
    """A body with five services."""
    return BodyProgress(
        body=body_id, name=name, services=5, online=3, connected=2, live=live, target="never"
    )


ALL = [body(one.body_id, Text(bn=one.name_bn, en=one.name_en)) for one in bodies()[:53]]
FIGURES = BodyFigures(
    owing=53,
    listed=34,
    overdue=6,
    not_asked=0,
    target_reached=2,
    services=81,
    online=12,
    connected=9,
    live=7,
)


def service(n: int, decided: int | None, median_days: int | None) -> ServiceProgress:
    """A service that is online."""
    return ServiceProgress(
        public_service_id=f"S00{n}",
        name=Text(bn=f"সেবা {n}", en=f"Service {n}"),
        is_online=True,
        is_connected=n == 1,
        is_live=n == 1,
        decided=decided,
        median_days=median_days,
    )


ANSWERS: dict[str, BaseModel] = {
    "/v1/progress": Progress(at=AT, bodies=FIGURES, items=ALL),
    "/v1/progress/minland": ProgressOfBody(
        at=AT,
        week_ends=date(2026, 6, 27),
        summary=body("minland", Text(bn="ভূমি মন্ত্রণালয়", en="Ministry of Land"), live=1),
        connection=None,
        public_services=[service(1, 12, 4), service(2, None, None), service(3, 0, None)],
    ),
    "/v1/open-data": OpenDataIndex(
        licence="CC-BY-4.0",
        licence_address="https://creativecommons.org/licenses/by/4.0/",
        attribution="Nagorik Sheba",
        hidden="[c]",
        items=[
            OpenDataWeek(
                week_begins=date(2026, 6, 21),
                week_ends=date(2026, 6, 27),
                taken_at=AT,
                is_recounted=False,
                files=[
                    OpenDataFile(
                        name="bodies.csv",
                        address="/v1/open-data/2026-06-27/bodies.csv",
                        media_type="text/csv",
                        size_bytes=12_345,
                        sha256="0",
                    )
                ],
            )
        ],
        next=date(2026, 6, 27),
    ),
}
FILE: Final = "\ufeffweek_ends,body\r\n2026-06-27,=minland\r\n"


async def api(request: web.BaseRequest) -> web.Response:
    """A gateway that has nothing but the progress."""
    if request.path == "/v1/open-data/2026-06-27/bodies.csv":
        headers = {"content-disposition": 'attachment; filename="bodies.csv"'}
        return web.Response(text=FILE, content_type="text/csv", headers=headers)
    text = ANSWERS[request.path].model_dump_json()
    return web.Response(text=text, content_type="application/json")


async def test_everybody_sees_what_is_counted_and_what_it_means(unused_tcp_port: int) -> None:
    """With the time, what each number is of, and the meaning of each word."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/progress")
        for words in ("34 / 53", "7 / 81", "Two people, of the ministry", "30 June 2026"):
            assert words in page.text
        assert f"/en/progress/{ALL[0].body}" in page.links
        for path in ("/progress", "/en/progress"):
            page = await scene.browser.open(path)
            assert len(gzip.compress(page.html.encode())) < MOST_BYTES


async def test_the_table_is_stacked_on_a_narrow_screen(unused_tcp_port: int) -> None:
    """Each number says then what it is."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/progress")
    assert '<table class="stack">' in page.html
    assert all(f'data-name="{name}"' in page.html for name in ("Online", "Connected", "Live"))


async def test_a_body_shows_its_services_and_hides_small_numbers(unused_tcp_port: int) -> None:
    """What is not known says so."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/progress/minland")
        for words in ("we know of none", "hidden", "27 June 2026", "Service 1 Live 12 4"):
            assert words in page.text
        assert "/en/services/S001" in page.links


async def test_open_data_is_a_file_with_licence_and_week(unused_tcp_port: int) -> None:
    """It is passed on byte by byte, to be kept and not to be shown."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/open-data")
        for words in ("CC-BY-4.0", "21 June 2026", "some may be missing", "12 kB", "[c]"):
            assert words in page.text
        assert "/en/open-data?after=2026-06-27" in page.links
        (address,) = (link for link in page.links if link.endswith("bodies.csv"))
        async with scene.http.get(scene.url + address) as reply:
            assert await reply.read() == FILE.encode()
            assert reply.headers["content-disposition"].startswith("attachment")
