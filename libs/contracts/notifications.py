"""Events that notifications owns, and the delivery reports of providers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Reason, Template
from libs.contracts.contract import Contract
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.language import Text

Channel = Annotated[str, Field(pattern="^[a-z][a-z_]{1,19}$")]
"""How a message goes out, as `sms`. A reader takes an unknown channel as it takes the others."""

MessageState = Literal["queued", "sent", "delivered", "failed", "cancelled"]
"""Waiting, with the provider, on the handset, failed for good, or left out."""

REPORTS_AT_ONCE = 200
"""Most delivery reports in one list."""


class MessageFailed(Event):
    """The message could not be delivered, for good."""

    application_id: UUID
    message_id: UUID
    channel: Channel
    template: Template
    reason: Reason


class MessagesErased(ErasureConfirmed):
    """A citizen's contact and messages are deleted."""


class MessageView(Contract):
    """One message to the citizen about an application, without its text and its address."""

    message_id: UUID
    channel: Channel
    template: str = Field(description="What it is about: `submitted`, `approved`, ...")
    state: MessageState
    title: Text
    at: AwareDatetime = Field(description="When it was written")
    changed_at: AwareDatetime | None = Field(
        default=None, description="Since when it is in this state; null while it waits"
    )
    reason: str | None = Field(default=None, description="Why it failed or was cancelled, a code")
    trace_id: str | None = None


class MessageList(Contract):
    """The messages about one application, oldest first."""

    items: list[MessageView]


class DeliveryReport(Contract):
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
