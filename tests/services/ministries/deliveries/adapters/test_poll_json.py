from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from typing_extensions import override

from libs.contracts.ministries import MinistryDecision
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.poll_json import PollJsonAdapter
from tests.services.ministries.deliveries.adapters.json_suite import JsonSuite
from tests.services.ministries.deliveries.adapters.suite import (
    ASKED,
    IsAsked,
    MinistrySystem,
    answering,
)
from tests.services.ministries.scenes import LAND, NOTE

STATES = {"received": "pending", "approved": "approved"}


def states(*found: dict[str, Any]) -> bytes:
    return orjson.dumps({"states": found})


class TestPollJsonAdapter(JsonSuite, IsAsked):
    """Hand-over is that of the adapter for JSON over HTTP."""

    @override
    def adapter(self, link: Link) -> Adapter:
        return PollJsonAdapter(link)

    @override
    def states(self, rows: Sequence[tuple[str, str]]) -> bytes:
        return states(
            *(
                {"tracking_number": number, "state": STATES.get(action, action)}
                for number, action in rows
            )
        )

    @override
    def invalid_states(self) -> list[bytes]:
        return [
            b"",
            b"[]",
            b'{"states": null}',
            b'{"states": [7]}',
            b'{"states": [' + b"{}," * 10_000 + b"{}]}",
            b'{"states": "\xff"}',
        ]

    async def test_the_question_and_a_note(
        self, under_test: PollJsonAdapter, system: MinistrySystem
    ) -> None:
        """All numbers go in one call; a request for correction has its note."""
        system.behave = answering(
            body=states({"tracking_number": "NS-0", "state": "returned", "note": NOTE.model_dump()})
        )
        (found,) = await under_test.ask(ASKED)
        assert (found.action, found.note) == ("correction_asked", NOTE)
        (arrived,) = system.arrived
        assert arrived.path == f"/ministries/{LAND}/states"
        assert orjson.loads(arrived.body) == {"tracking_numbers": ["NS-0", "NS-1", "NS-2"]}

    async def test_a_row_of_another_shape_is_not_used(
        self, under_test: PollJsonAdapter, system: MinistrySystem
    ) -> None:
        """The others are, and each that is not is counted for an alert."""
        not_used: list[None] = []
        counting = replace(under_test.link, count_not_used=lambda: not_used.append(None))
        system.behave = answering(
            body=states(
                {"tracking_number": "NS-0", "state": "returned"},
                {"tracking_number": "NS-0", "state": "approved", "case_file_number": "a\0b"},
                {"tracking_number": 1, "state": "approved"},
                {"tracking_number": "NS-2", "state": "refused"},
                {"tracking_number": "NS-1", "state": "approved", "case_file_number": "7"},
            )
        )
        found = await PollJsonAdapter(counting).ask(ASKED)
        assert [_said(each) for each in found] == [("approved", "7")]
        assert len(not_used) == 4


def _said(decision: MinistryDecision) -> tuple[str, str | None]:
    return decision.action, decision.case_file_number
