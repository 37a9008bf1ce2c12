"""Events that notifications owns, and the delivery reports of providers."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.events import Event

Channel = Literal["sms"]

REPORTS_AT_ONCE = 200
"""Most delivery reports in one list."""


class _MessageFact(Event):
    application_id: UUID
    message_id: UUID
    channel: Channel
    template: str


class MessageSent(_MessageFact):
    """The provider accepted the message."""


class MessageDelivered(_MessageFact):
    """The provider reported the message as delivered to the handset."""


class MessageFailed(_MessageFact):
    """The message failed for good."""

    reason: str


class DeliveryReport(BaseModel):
    """The provider's report on a message."""

    model_config = ConfigDict(extra="ignore")

    reference: UUID
    status: Literal["delivered", "failed"]
    reason: str | None = None
    reported_at: AwareDatetime


class ListedReport(DeliveryReport):
    """A delivery report in a list, `{"reports": [...]}`, with its trace context."""

    traceparent: str = Field("", max_length=55)
    tracestate: str = Field("", max_length=512)
