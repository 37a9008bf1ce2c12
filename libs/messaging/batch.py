"""What a handler is given: the new events of one batch, in order, and a way to put one aside."""

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
    """Events of one topic in the order in which they happened, each not seen before.

    Args:
        events: the events; of one key always in order.
    """

    def __init__(self, events: Sequence[E]) -> None:
        self.events = events
        self.refused: list[tuple[E, Refused]] = []

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A handler is called with a batch as it is; documents describe one of its events."""
        return core_schema.json_or_python_schema(
            json_schema=handler.generate_schema(*(get_args(source) or (Any,))),
            python_schema=core_schema.is_instance_schema(Batch),
        )

    @classmethod
    def of(cls, *events: E) -> Self:
        """Make a batch by hand; for tests."""
        return cls(events)

    def __len__(self) -> int:
        return len(self.events)

    def keys(self) -> list[Any]:
        """The distinct keys of the events (e.g. application ids), in order of appearance."""
        return list(dict.fromkeys(key_of(event) for event in self.events))

    def refuse(self, event: E, reason: Refused) -> None:
        """Put one event aside for the dead letters; its neighbours go on."""
        self.refused.append((event, reason))

    def fold(
        self,
        states: Mapping[Any, S],
        rule: Callable[[S, E], tuple[S, Sequence[Event]]],
    ) -> tuple[list[S], list[Event]]:
        """Apply a rule to each event in order, each on the state that the one before it left.

        Args:
            states: state by key, as read and locked.
            rule: returns the new state and what happened, or raises `Refused`.

        Returns:
            The states that changed, each once in its last form, and what happened, in order. An
            event that is refused, or whose key has no state, is put aside.
        """
        current = dict(states)
        changed: dict[Any, S] = {}
        told: list[Event] = []
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
            told.extend(happened)
        return list(changed.values()), told


def key_of(event: Event) -> Any:
    """The value of the field that is the record's key."""
    return getattr(event, topic_of(type(event)).key)
