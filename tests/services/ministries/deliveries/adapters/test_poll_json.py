from typing import Any

import orjson
import pytest
from typing_extensions import override

from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.web.client import HttpClient
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.poll_json import PollJsonAdapter
from services.ministries.deliveries.values import Inquiry
from tests.services.ministries.deliveries.adapters.suite import (
    MinistrySystem,
    answering,
    hanging,
    link_to,
)
from tests.services.ministries.deliveries.adapters.test_http_json import (
    TestHttpJsonAdapter as _HttpJsonTests,
)
from tests.services.ministries.scenes import LAND, NOTE

INQUIRIES = [Inquiry(new_id(), f"NS-{n}") for n in range(3)]


def states(*found: dict[str, Any]) -> bytes:
    return orjson.dumps({"states": found})


class TestPollJsonAdapter(_HttpJsonTests):
    """Hand-over is that of the adapter for JSON over HTTP."""

    @override
    def adapter(self, link: Link) -> PollJsonAdapter:
        return PollJsonAdapter(link)

    def asking(self, client: HttpClient, system: MinistrySystem) -> PollJsonAdapter:
        return self.adapter(link_to(client, system.url, "poll_json"))

    async def test_many_are_asked_about_at_once(
        self, client: HttpClient, system: MinistrySystem
    ) -> None:
        """One call asks for all; what was not asked for is left out."""
        system.behave = answering(
            body=states(
                {"tracking_number": "NS-1", "state": "pending"},
                {"tracking_number": "NS-0", "state": "returned", "note": NOTE.model_dump()},
                {"tracking_number": "NS-7", "state": "approved"},
            )
        )
        found = await self.asking(client, system).ask(INQUIRIES)
        assert [(each.application_id, each.action) for each in found] == [
            (INQUIRIES[1].application_id, "received"),
            (INQUIRIES[0].application_id, "correction_asked"),
        ]
        (arrived,) = system.arrived
        assert arrived.path == f"/ministries/{LAND}/states"
        assert orjson.loads(arrived.body) == {"tracking_numbers": ["NS-0", "NS-1", "NS-2"]}
        assert "webhook-signature" in arrived.request.headers

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>",
            b"[]",
            states({"tracking_number": "NS-1", "state": "perhaps"}),
            states({"tracking_number": "NS-1", "state": "returned"}),
            states({"tracking_number": "NS-1", "state": "approved", "case_file_number": "a\0b"}),
            states({"tracking_number": 1, "state": "approved"}),
        ],
    )
    async def test_an_answer_of_another_shape(
        self, client: HttpClient, system: MinistrySystem, body: bytes
    ) -> None:
        """Nothing of it is used."""
        system.behave = answering(body=body)
        with pytest.raises(Unreadable):
            await self.asking(client, system).ask(INQUIRIES)

    async def test_no_answer(self, client: HttpClient, system: MinistrySystem) -> None:
        """A status is read as for a hand-over, and silence is Unavailable."""
        for behave in (answering(503), answering(404), hanging):
            system.behave = behave
            with pytest.raises(Unavailable):
                await self.asking(client, system).ask(INQUIRIES)
        system.behave = answering(400)
        with pytest.raises(Refused):
            await self.asking(client, system).ask(INQUIRIES)
