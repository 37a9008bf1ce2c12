"""The example of an adapter keeps what every adapter must keep."""

import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from typing_extensions import override

from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.web.client import HttpClient
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Inquiry
from tests.services.ministries.deliveries.adapters.suite import (
    AdapterSuite,
    MinistrySystem,
    answering,
    link_to,
)
from tests.services.ministries.scenes import NOTE, NUMBER

_FILE = Path(__file__).resolve().parents[2] / "examples" / "own_adapter" / "form_text.py"
_STATES = {"approved": "GRANTED", "refused": "DENIED", "correction_asked": "QUERY"}


def example() -> Any:
    """The example as a module; it lies outside the packages."""
    spec = spec_from_file_location("form_text", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["form_text"] = module
    spec.loader.exec_module(module)
    return module


class TestFormTextAdapter(AdapterSuite):
    """All that every adapter inherits, and what is its own."""

    media_type = "text/plain"

    @override
    def adapter(self, link: Link) -> Adapter:
        made: Adapter = example().FormTextAdapter(link)
        return made

    @override
    def answer(self, *, action: str | None) -> bytes:
        decided = f"|{_STATES[action]}|{NOTE.bn}|{NOTE.en}" if action else ""
        return f"OK|{NUMBER}{decided}".encode()

    @override
    def invalid_bodies(self) -> list[bytes]:
        return [
            b"",
            b"<html>",
            b"OK|",
            b"OK|1|PERHAPS",
            b"OK|1|QUERY|",
            b"OK|\x00",
            "OK|রহিমা|NEW|a|b|c".encode(),
            b"OK|" + b"x" * 101,
            "OK|é".encode("cp1252"),
        ]

    @override
    def refusals(self) -> list[tuple[int, bytes, str]]:
        return []  # this system refuses with status 200

    @pytest.mark.parametrize(("code", "means"), [("NOT_OURS", Refused), ("BUSY", Unavailable)])
    async def test_an_error_with_status_200(
        self,
        under_test: Adapter,
        system: MinistrySystem,
        delivery: Delivery,
        code: str,
        means: type[Exception],
    ) -> None:
        """Its table says which is for good."""
        system.behave = answering(body=f"ERR|{code}|why".encode())
        with pytest.raises(means):
            await self.submit(under_test, delivery)

    async def test_many_are_asked_about_at_once(
        self, client: HttpClient, system: MinistrySystem
    ) -> None:
        """What was not asked for, or is unknown there, is left out."""
        inquiries: Sequence[Inquiry] = [Inquiry(new_id(), f"NS-{n}") for n in range(3)]
        system.behave = answering(body=b"NS-0|OK|7|GRANTED|\nNS-1|ERR|UNKNOWN|\nNS-9|OK|8|NEW|\n")
        adapter = example().FormTextAdapter(link_to(client, system.url))
        (found,) = await adapter.ask(inquiries)
        assert (found.application_id, found.action) == (inquiries[0].application_id, "approved")
        assert parse_qs(system.arrived[0].body.decode()) == {"refs": ["NS-0,NS-1,NS-2"]}
