"""An event says what happened: past tense, frozen, its type the class's name in snake case.

Why: an event that says what to do next ("NotifyCitizen") makes its writer depend on who reads it,
and the day a second reader comes it is sent twice. One that can be changed after it was made is
changed between the decision and the outbox. A type that differs from its class is looked for under
the wrong name by whoever follows a trace at night.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

import pytest
from pydantic import ConfigDict

from libs.contracts.events import Event
from libs.contracts.topics import TOPICS

# A verb that is irregular is named here.
_PAST = re.compile(r"[a-z]+ed|sent|made|paid|given|held|withdrawn", re.ASCII)
# What became so, for which there is no verb.
_BECAME = {"overdue", "unreachable"}


def wrong_with(event: type[Event]) -> Iterator[str]:
    """Return what is wrong with an event class."""
    words = re.findall(r"[A-Z][a-z0-9]*", event.__name__, re.ASCII)
    last = words[-1].lower() if words else ""
    if not (_PAST.fullmatch(last) or last in _BECAME):
        yield f"{event.__name__} is not past tense"
    if not event.model_config.get("frozen"):
        yield f"{event.__name__} is not frozen"
    if event.model_config.get("extra") != "ignore":
        yield f"{event.__name__} does not ignore fields that a newer writer adds"
    if event.type != "_".join(words).lower():
        yield f"{event.__name__} has the type {event.type}"


def _all_events() -> list[type[Event]]:
    return [event for topic in TOPICS for event in topic.events]


@pytest.mark.parametrize("event", _all_events(), ids=lambda event: event.__name__)
def test_events_of_the_map_are_facts(event: type[Event]) -> None:
    """Each event is in the past tense, frozen, ignores unknown fields, and has its class's name."""
    assert list(wrong_with(event)) == []


def test_a_wrong_event_is_found() -> None:
    """A command, and events that are not frozen, are strict, or have another type."""

    class NotifyCitizen(Event):
        pass

    class CitizenMoved(Event):
        model_config = ConfigDict(frozen=False, extra="forbid")

    class CitizenRenamed(Event):
        type: ClassVar[str] = "renaming"

    CitizenRenamed.type = "renaming"
    assert list(wrong_with(NotifyCitizen)) == ["NotifyCitizen is not past tense"]
    assert list(wrong_with(CitizenMoved)) == [
        "CitizenMoved is not frozen",
        "CitizenMoved does not ignore fields that a newer writer adds",
    ]
    assert list(wrong_with(CitizenRenamed)) == ["CitizenRenamed has the type renaming"]
