"""The base of all events: a frozen fact with an id, a time, and a trace context."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field
from typing_extensions import override

from libs.contracts.bounds import EventTime
from libs.contracts.contract import Contract
from libs.ids import derived_id, new_id
from libs.trace_context import TraceContext, current_context

ENVELOPE_FIELDS = frozenset({"event_id", "occurred_at"})


class Event(Contract):
    """Something that happened, as its owner publishes it.

    `event_id` and `occurred_at` travel as the CloudEvents attributes `id` and `time`, the class's
    `type` as `type`; all other fields are the data. Readers ignore fields they do not know.
    """

    # As pydantic keeps what is no field, making an event takes half as long again.
    __slots__ = ("_published_at", "_trace")

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str] = "event"

    event_id: UUID = Field(default_factory=new_id)
    occurred_at: EventTime = Field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Name the type after the class, so that the two cannot differ."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.type = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Set the event's trace context to the current one."""
        self.in_trace(current_context()).read_from(None)

    @property
    def trace(self) -> TraceContext | None:
        """The event's trace context; the current one at its creation unless set."""
        trace: TraceContext | None = object.__getattribute__(self, "_trace")
        return trace

    def in_trace(self, trace: TraceContext | None) -> Self:
        """Set the event's trace context, and return the event."""
        object.__setattr__(self, "_trace", trace)
        return self

    @property
    def published_at(self) -> datetime | None:
        """When the record was written from which this event, or its cause, was read.

        None of an event that follows from no record, and of one that is read from a dead letter.
        """
        published_at: datetime | None = object.__getattribute__(self, "_published_at")
        return published_at

    def read_from(self, published_at: datetime | None) -> Self:
        """Set when the event's record was written, and return the event."""
        object.__setattr__(self, "_published_at", published_at)
        return self

    @override
    def __copy__(self) -> Self:
        """Copy the event with its trace context, and the time of its record."""
        return super().__copy__().in_trace(self.trace).read_from(self.published_at)

    @classmethod
    def because_of(cls, cause: "Event", **fields: Any) -> Self:
        """Make the event that follows from another one.

        Fields of the same name, the times and the trace come from the cause unless given. The id is
        derived from the cause's, so a repeated run publishes the same fact under the same id.
        """
        shared = {name: getattr(cause, name) for name in _shared(type(cause), cls)}
        event_id = derived_id(cause.event_id, cls.type)
        effect = cls(**{**shared, "event_id": event_id, **fields})
        return effect.in_trace(cause.trace).read_from(cause.published_at)


@cache
def _shared(cause: type[Event], effect: type[Event]) -> list[str]:
    """Return the names of the fields that an event takes over from its cause, without the id."""
    return [
        name for name in effect.model_fields if name in cause.model_fields and name != "event_id"
    ]
