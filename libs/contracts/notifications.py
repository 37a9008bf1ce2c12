"""Events that notifications owns, and the body of a delivery report sent back to us."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from libs.contracts.events import Event

Channel = Literal["sms"]


class _MessageFact(Event):
    application_id: UUID
    message_id: UUID
    channel: Channel
    template: str


class MessageSent(_MessageFact):
    """The provider took the message over."""


class MessageDelivered(_MessageFact):
    """The provider reported the message as delivered to the handset."""


class MessageFailed(_MessageFact):
    """The message could not be delivered, for good."""

    reason: str


class DeliveryReport(BaseModel):
    """What the provider says became of a message."""

    model_config = ConfigDict(extra="ignore")

    reference: UUID
    status: Literal["delivered", "failed"]
    reason: str | None = None
    reported_at: AwareDatetime
