"""The adapter to ministry systems that take JSON over HTTP, and never call back.

Decisions are asked for by `POST {address}/ministries/{ministry}/states`, with many numbers at once:

| what an answer has | what happens |
| --- | --- |
| an application that was not asked about, or an unknown number | not used, and an alert |
| a state that is not in `STATES`, a row of another shape | not used, and an alert |
| a refusal or a return without a note | not used, and an alert |
| a `paper` of another shape | not used, and an alert |
| a `paper` that cannot be made | the decision is not used; it is asked about again |
| an application twice, with different outcomes | neither is used; it is asked about again |
| another shape as a whole, over 10,000 rows | `Unreadable`: all are asked about again, later |
| another status than 2xx, whatever its body says | asked again later, with growing pauses |
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import override

from libs.contracts.applications import Stage
from libs.contracts.language import Text
from libs.contracts.ministries import DecisionPaper, MinistryDecision
from libs.errors import Unreadable
from libs.ids import new_id
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import LIST_LIMIT_BYTES, PolledAdapter
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.responses import Action
from services.ministries.deliveries.values import Inquiry

STATES: Final[Mapping[str, Action]] = {
    "pending": "received",
    "approved": "approved",
    "refused": "refused",
    "returned": "correction_asked",
}
"""The system's states."""


_MOST_STATES: Final = 10_000  # twice as many as one question may have


class _State(BaseModel):
    model_config = ConfigDict(extra="ignore")

    tracking_number: str
    state: str
    case_file_number: str | None = None
    note: Text | None = None
    paper: DecisionPaper | None = None
    stage: Stage = "first"


class _States(BaseModel):
    model_config = ConfigDict(extra="ignore")

    states: Annotated[list[dict[str, Any]], Field(max_length=_MOST_STATES)]


class PollJsonAdapter(HttpJsonAdapter, PolledAdapter):
    """Hands submissions over as `HttpJsonAdapter` does, and asks for the decisions."""

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        link = self.link
        by_number = {inquiry.tracking_number: inquiry for inquiry in inquiries}
        reply = await link.post(
            f"/ministries/{link.ministry}/states",
            orjson.dumps({"tracking_numbers": list(by_number)}),
            f"ask_{new_id()}",
            limit_bytes=LIST_LIMIT_BYTES,
            Content_Type="application/json",
        )
        if not 200 <= reply.status < 300:
            failure = failure_of(link.ministry, reply, (), link.now())
            raise failure
        try:
            states = _States.model_validate_json(reply.body).states
        except ValidationError:
            raise Unreadable("nonsense_answer", "not the answer that was agreed") from None
        return list(_usable(by_number, states, link.count_not_used))


def _usable(
    by_number: Mapping[str, Inquiry],
    states: Sequence[Mapping[str, Any]],
    count_not_used: Callable[[], None],
) -> Iterator[MinistryDecision]:
    """Yield the rows that answer the question and keep the contract."""
    for state in states:
        try:
            found = _State.model_validate(state)
            yield responses.read_decision(
                by_number[found.tracking_number].application_id,
                STATES[found.state],
                found.case_file_number,
                found.note,
                paper=found.paper,
                stage=found.stage,
            )
        except (ValidationError, KeyError, Unreadable):
            count_not_used()
