"""The device of a centre: enrolled at the desk, and known to the citizens' pages too."""

from aiohttp import web
from joserfc.jws import extract_compact

from libs.clock import Clock
from libs.contracts.centres import DeviceView
from libs.ids import new_id
from libs.pages.centre_devices import CentreDevices
from libs.pages.visits import Visit
from libs.web.signed.seals import Seals
from services.portal.settings import Settings
from tests.libs.pages.running import SECRETS
from tests.services.desk.counter.running import play
from tests.services.desk.running import desk

PORTAL = "http://127.0.0.1:1"


async def test_the_key_of_a_device_goes_on_to_the_citizens_pages(unused_tcp_port: int) -> None:
    """Encrypted, in a form that leads to the portal; it is the key that was enrolled."""
    device = DeviceView(device_id=new_id(), service_centre_id="gulshan", name="counter 1")

    async def enrolling(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/devices/enrolments":
            return web.Response(text=device.model_dump_json(), content_type="application/json")
        return await play(request)

    async with desk(enrolling, unused_tcp_port, portal_origin=PORTAL) as scene:
        assert (await scene.browser.open("/counter/device/portal")).status == 404
        page = await scene.browser.open("/counter/device")
        page = await scene.browser.send(page, page.form("code"), {"code": "from-the-programme"})
        assert page.path == "/counter/device/portal"
        assert f"form-action 'self' {PORTAL};" in page.headers["content-security-policy"]
        form = page.form("device")
        [enrolment] = [each for each in scene.asked if each.path == "/v1/devices/enrolments"]
    assert form.action == f"{PORTAL}/centre-device"
    devices = CentreDevices(
        Seals(Settings.model_validate(SECRETS).device_key), "http://gateway", Clock()
    )
    at_the_portal = Visit("bn", "/", "", "")
    devices.take_over(at_the_portal, form.fields["device"])
    key = devices.key_of(at_the_portal)
    assert key is not None
    enrolled = extract_compact(enrolment.headers["dpop"].encode()).headers()["jwk"]
    assert key.as_dict(private=False) == enrolled
