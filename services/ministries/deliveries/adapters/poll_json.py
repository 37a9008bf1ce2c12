"""The adapter to ministry systems that take JSON over HTTP, and never call back.

Decisions are asked for by `POST {address}/ministries/{ministry}/states`, with many numbers at once:

| what an answer has | what happens |
| --- | --- |
| an application that was not asked about, or an unknown number | that row is not used |
| an application twice, with different outcomes | neither is used; it is asked about again |
| a state that is not in `STATES`, another shape | `Unreadable`: all are asked about again, later |
| another status than 2xx | asked again later, with growing pauses |
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import override

from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import Unreadable
from libs.ids import new_id
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import Action, PolledAdapter
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.values import Inquiry

STATES: Final[Mapping[str, Action]] = {
    "pending": "received",
    "approved": "approved",
    "refused": "refused",
    "returned": "correction_asked",
}
"""The system's states."""


class _State(BaseModel):
    model_config = ConfigDict(extra="ignore")

    tracking_number: str
    state: str
    case_file_number: str | None = None
    note: Text | None = None


class _States(BaseModel):
    model_config = ConfigDict(extra="ignore")

    states: list[_State]


class PollJsonAdapter(HttpJsonAdapter, PolledAdapter):
    """Hands submissions over as `HttpJsonAdapter` does, and asks for the decisions."""

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        link = self.link
        asked = {each.tracking_number: each for each in inquiries}
        reply = await link.post(
            f"/ministries/{link.ministry}/states",
            orjson.dumps({"tracking_numbers": list(asked)}),
            f"ask_{new_id()}",
            Content_Type="application/json",
        )
        if not 200 <= reply.status < 300:
            failure = failure_of(link.ministry, reply, (), link.now())
            raise failure
        try:
            states = _States.model_validate_json(reply.body).states
            return [
                _decision(asked[each.tracking_number], each)
                for each in states
                if each.tracking_number in asked
            ]
        except (ValidationError, KeyError):
            raise Unreadable("nonsense_answer", "not the answer that was agreed") from None


def _decision(inquiry: Inquiry, found: _State) -> MinistryDecision:
    """Return what the system says about one application; a KeyError is an unknown state."""
    return responses.clean(
        MinistryDecision(
            application_id=inquiry.application_id,
            action=STATES[found.state],
            case_file_number=found.case_file_number,
            note=found.note,
        )
    )
