"""The page on which everybody checks a qualification."""

from datetime import date

from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.training import QualificationCheck
from tests.services.desk.running import refused
from tests.services.portal.running import portal

NUMBER = "7K4M9-PXRT3"


async def api(request: web.BaseRequest) -> web.Response:
    """A gateway that knows one number."""
    if request.path != f"/v1/qualifications/{NUMBER}":
        return refused("qualification_unknown")
    found = QualificationCheck(
        number=NUMBER,
        course="cyber_security",
        course_name=Text(bn="সাইবার নিরাপত্তা", en="Cyber security"),
        audience="uddokta",
        valid_from=date(2026, 6, 30),
        valid_until=date(2028, 6, 29),
        holds=True,
    )
    return web.Response(text=found.model_dump_json(), content_type="application/json")


async def test_everybody_checks_a_number(unused_tcp_port: int) -> None:
    """Without a login; a number that nobody has says so at its field."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/qualifications")
        assert "It holds today" not in page.text
        page = await scene.browser.open(f"/en/qualifications?number={NUMBER}")
        for words in ("It holds today", "Cyber security, uddokta", "29 June 2028"):
            assert words in page.text
        page = await scene.browser.open("/en/qualifications?number=nothing")
        assert page.status == 404
        assert "Compare the number" in page.text
