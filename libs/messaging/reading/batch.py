"""The argument of a handler: the new events of one batch, in order, with a way to refuse one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from libs.contracts.events import Event
from libs.contracts.topics import topic_of
from libs.errors import Refused

E = TypeVar("E", bound=Event)
S = TypeVar("S")


class Batch(Generic[E]):
    """New events of one topic, in the order in which they happened.

    Args:
        events: the events; those of one key are in order.
    """

    def __init__(self, events: Sequence[E]) -> None:
        self.events = events
        self.refused: list[tuple[E, Refused]] = []

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A batch is not validated; documents describe one of its events."""
        return core_schema.json_or_python_schema(
            json_schema=handler.generate_schema(*(get_args(source) or (Any,))),
            python_schema=core_schema.is_instance_schema(Batch),
        )

    @classmethod
    def of(cls, *events: E) -> Self:
        """Make a batch of events; for tests."""
        return cls(events)

    def __len__(self) -> int:
        return len(self.events)

    def keys(self) -> list[Any]:
        """The distinct keys of the events (e.g. application ids), in order of appearance."""
        return list(dict.fromkeys(key_of(event) for event in self.events))

    def refuse(self, event: E, reason: Refused) -> None:
        """Refuse one event, which becomes a dead letter; the other events are not affected."""
        self.refused.append((event, reason))

    def fold(
        self,
        states: Mapping[Any, S],
        rule: Callable[[S, E], tuple[S, Sequence[Event]]],
    ) -> tuple[list[S], list[Event]]:
        """Apply a rule to each event in order, on the state after the event before it.

        Args:
            states: state by key, as read and locked.
            rule: returns the new state and what happened, or raises `Refused`.

        Returns:
            The changed states in their last form, and the rule's results in order. An
            event that is refused, or whose key has no state, becomes a dead letter.
        """
        current = dict(states)
        changed: dict[Any, S] = {}
        announced: list[Event] = []
        for event in self.events:
            key = key_of(event)
            if key not in current:
                self.refuse(event, Refused("unknown_key", f"no row for this {event.type}"))
                continue
            try:
                state, happened = rule(current[key], event)
            except Refused as reason:
                self.refuse(event, reason)
                continue
            if state is not current[key]:
                current[key] = changed[key] = state
            announced.extend(happened)
        return list(changed.values()), announced


def key_of(event: Event) -> Any:
    """The value of the event's key field."""
    return getattr(event, topic_of(event).key)
