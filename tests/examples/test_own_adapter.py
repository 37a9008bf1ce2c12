"""The example of an adapter keeps what every adapter must keep."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

import orjson
import pytest
from aiohttp import web
from typing_extensions import override

from libs.errors import NotAdmitted, Refused, Unavailable
from libs.ids import new_id
from services.ministries.deliveries.adapters.contract import Adapter, Link, PolledAdapter
from services.ministries.deliveries.rules import Delivery
from tests.examples.modules import example
from tests.services.ministries.deliveries.adapters.suite import (
    ASKED,
    PAPER,
    PAPERS,
    IsAsked,
    MinistrySystem,
    ReceivedRequest,
    answering,
    link_to,
)
from tests.services.ministries.scenes import NUMBER

_STATES = {"received": "P", "approved": "G", "refused": "D", "correction_asked": "Q"}


class TestFormTextAdapter(IsAsked):
    """All that every adapter inherits, and what is its own."""

    media_type = "text/plain"

    @override
    def adapter(self, link: Link) -> Adapter:
        made: Adapter = example("own_adapter/form_text.py").FormTextAdapter(link)
        return made

    @override
    def answer(self, *, action: str | None = None) -> bytes:
        return f"OK|{NUMBER}\r\n".encode("cp1252")

    @override
    def invalid_bodies(self) -> list[bytes]:
        return [b"", b"OK|", b"OK|1|G", b"OK|\x00", b"OK|" + b"x" * 101, b"OK|\x81",
                "OK|রহিমা|1".encode(), b"ERR|23|", b"ERR|23|" + b"x" * 101]  # fmt: skip

    @override
    def refusals(self) -> list[tuple[bytes, str]]:
        return []  # this system refuses with status 200

    @override
    def states(self, rows: Sequence[tuple[str, str]]) -> bytes:
        return listed(*((number, _STATES.get(action, "Z"), "") for number, action in rows))

    @override
    def invalid_states(self) -> list[bytes]:
        return [b"", b"OK|7", b"DATE;FILE;REF;STATE", b"\x81"]

    @pytest.mark.parametrize(
        ("code", "means"),
        [("31", Refused), ("01", NotAdmitted), ("99", Unavailable), ("", Unavailable)],
    )
    async def test_an_error_with_status_200(
        self,
        under_test: Adapter,
        system: MinistrySystem,
        delivery: Delivery,
        code: str,
        means: type[Exception],
    ) -> None:
        """Its table says which is for good, and which is about the login."""
        system.behave = answering(body=f"ERR|{code}|why".encode())
        with pytest.raises(means) as raised:
            await self.submit(under_test, delivery)
        assert "why" not in str(raised.value)

    async def test_a_repeat_is_told_its_number(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The system says by an error that it has the application."""
        system.behave = answering(body=b"ERR|23|LMS-7")
        assert (await self.submit(under_test, delivery)).case_file_number == "LMS-7"

    async def test_a_letter_that_windows_1252_has_not(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """It comes as a browser of the time sends it; the login is in the form."""
        await self.submit(under_test, replace(delivery, form='{"name": "Café ক"}'))
        sent = parse_qs(system.arrived[0].body.decode("ascii"), encoding="cp1252")
        assert sent["form.name"] == ["Café &#2453;"]
        assert (sent["user"], sent["password"]) == (["platform"], ["only-for-tests"])

    async def test_each_paper_follows_by_itself(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """With the number of the case file; nothing is reported as taken before all have it."""
        two = [*PAPERS, {**PAPERS[0], "document_id": str(new_id())}]
        delivery = replace(delivery, documents=orjson.dumps(two).decode())
        await self.submit(under_test, delivery)
        assert [each.path for each in system.arrived] == ["/submit", "/attach", "/attach"]
        assert len({each.idempotency_key for each in system.arrived}) == 3
        assert all(
            PAPER in each.body and NUMBER.encode() in each.body for each in system.arrived[1:]
        )

        async def submit_only(arrived: ReceivedRequest) -> web.StreamResponse:
            body = self.answer() if arrived.path == "/submit" else b"ERR|99|disk full"
            return web.Response(body=body)

        system.behave = submit_only
        with pytest.raises(Unavailable):
            await self.submit(under_test, delivery)

    async def test_the_list_is_read_since_the_last_answer(
        self, under_test: PolledAdapter, system: MinistrySystem
    ) -> None:
        """By the day in Dhaka; what is not in it has not changed, and a remark may be Bangla."""
        system.behave = answering(body=listed(("NS-0", "Q", "Caf\xe9 &#2453;")))
        found = {each.application_id: each for each in await under_test.ask(ASKED)}
        assert system.arrived[0].request.query["since"] == "20260227"
        asked_back = found.pop(ASKED[0].application_id)
        assert asked_back.note is not None
        assert (asked_back.action, asked_back.note.bn) == ("correction_asked", "Café ক")
        assert [each.action for each in found.values()] == ["received", "received"]

    async def test_without_a_login_nothing_is_sent(
        self, system: MinistrySystem, under_test: Adapter, delivery: Delivery
    ) -> None:
        """The alert names the ministry, as for a wrong one."""
        link = replace(link_to(under_test.link.client, system.url), login=None)
        with pytest.raises(NotAdmitted):
            await self.submit(self.adapter(link), delivery)
        assert not system.arrived


def listed(*rows: tuple[str, str, str]) -> bytes:
    """The list of the system."""
    lines = [f"01/03/2026;LMS-7;{number};{state};{remark}" for number, state, remark in rows]
    return "\r\n".join(["DATE;FILE;REFERENCE;STATE;REMARK", *lines]).encode("cp1252")
