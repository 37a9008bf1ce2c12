"""What was answered before is offered again, and nothing is filled in by itself."""

from typing import Any

import pytest
from aiohttp import web
from typing_extensions import override

from libs.contracts.applications import ApplicationList, SubmittedForm
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import Stored, logged_in, portal

HOME = {"area": "100409", "union": "U2393", "village": "চরপাড়া"}
OF_HERSELF = {"name_bn": "রহিমা খাতুন", "father_name": "করিম", "present_address": HOME}


class Before(Stored):
    """A gateway with a draft, and an application that was sent before it.

    Args:
        service_id: its public service.
        sent: its answers; None if there is no application.
    """

    def __init__(self, service_id: str, sent: dict[str, Any] | None) -> None:
        super().__init__()
        self.service_id = service_id
        self.form = sent

    @override
    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        if request.method == "GET" and request.path == "/v1/applications":
            more = {"public_service_id": self.service_id, "tracking_number": NUMBER}
            last = application().model_copy(update=more)
            items = [last.model_dump(exclude={"timeline"})] if self.form else []
            listed = ApplicationList.model_validate({"items": items})
            return web.json_response(text=listed.model_dump_json())
        if request.path == f"/v1/applications/{NUMBER}/form":
            sent = SubmittedForm(
                public_service_id=self.service_id,
                form=self.form or {},
                form_version=1,
                submitted_at=application().submitted_at,
            )
            return web.json_response(text=sent.model_dump_json())
        return await super().play(request)


async def test_the_answers_of_the_last_application_are_offered_and_filled_in_on_request(
    unused_tcp_port: int,
) -> None:
    """They are shown in words; what was typed stays, and the fields are empty before."""
    gateway = Before("S031", OF_HERSELF)
    async with portal(gateway.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/apply/S002")
        assert "রহিমা খাতুন" in page.text
        assert page.form("name_bn").fields["name_bn"] == ""
        assert gateway.answers is None
        typed = {"name_bn": "রহিমা বেগম", "last": "yes"}
        page = await scene.browser.send(page, page.form("name_bn"), typed)
        assert page.form("name_bn").fields["name_bn"] == "রহিমা বেগম"
        assert gateway.typed["father_name"] == "করিম"


@pytest.mark.parametrize(
    ("service_id", "sent"), [("S001", {"name_bn": "শিশু"}), ("S031", None)], ids=["child", "none"]
)
async def test_a_childs_name_is_offered_to_nobody(
    service_id: str, sent: dict[str, Any] | None, unused_tcp_port: int
) -> None:
    """The form of a birth registration does not say that its name is that of who applies."""
    gateway = Before(service_id, sent)
    async with portal(gateway.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/apply/S002")
        assert "শিশু" not in page.text
        assert "last" not in page.form("name_bn").buttons


async def test_an_address_is_the_same_as_an_earlier_one(unused_tcp_port: int) -> None:
    """One button copies it, as it was typed on the same page, and can be changed then."""
    gateway = Stored(of="S001")
    async with portal(gateway.play, unused_tcp_port) as scene:
        draft_path = (await logged_in(scene, "/apply/S001")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft_path}/steps/parents")
        form = page.form("present_address.district")
        assert form.buttons["same"] == ["present_address=permanent_address"]
        typed = {"permanent_address.district": "1004", "permanent_address.area": "100409"}
        page = await scene.browser.send(page, form, {**typed, "same": form.buttons["same"][0]})
        form = page.form("present_address.area")
        assert form.fields["present_address.area"] == "100409"
        assert "same" not in form.buttons
        changed = {"present_address.village": "চরপাড়া"}
        page = await scene.browser.send(page, form, changed)
        assert gateway.typed["present_address.village"] == "চরপাড়া"
        assert "permanent_address.village" not in gateway.typed
