from dataclasses import dataclass

from libs.contracts.events import Event
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.reading.batch import Batch, key_of
from tests.libs.messaging.scenes import submitted, withdrawn


@dataclass(frozen=True)
class State:
    seen: tuple[str, ...] = ()


def note(state: State, event: Event) -> tuple[State, list[Event]]:
    """Store the event's type; a withdrawal before anything else is refused."""
    if event.type == "application_withdrawn" and not state.seen:
        raise Refused("wrong_state")
    if event.type in state.seen:
        return state, []
    return State((*state.seen, event.type)), [event]


def test_each_event_sees_the_state_that_the_one_before_it_left() -> None:
    """A batch of events has the same result as the single events."""
    application = new_id()
    first, second = submitted(application), withdrawn(application)
    batch = Batch[Event].of(first, second)
    changed, told = batch.fold({application: State()}, note)
    assert changed == [State(("application_submitted", "application_withdrawn"))]
    assert told == [first, second]
    assert batch.refused == []


def test_a_refused_event_does_not_affect_others() -> None:
    """A refusal does not affect the other events."""
    refused, good = withdrawn(), submitted()
    batch = Batch[Event].of(refused, good)
    states = {refused.application_id: State(), good.application_id: State()}
    changed, told = batch.fold(states, note)
    assert (len(changed), told) == (1, [good])
    assert [(event, why.code) for event, why in batch.refused] == [(refused, "wrong_state")]


def test_an_event_with_an_unknown_key_is_refused() -> None:
    """An event without a row for its key is refused."""
    batch = Batch.of(submitted())
    assert batch.fold({}, note) == ([], [])
    assert [why.code for _, why in batch.refused] == ["unknown_key"]


def test_a_state_that_did_not_change_is_not_saved_again() -> None:
    """A repeated event saves and announces nothing."""
    event = submitted()
    states = {event.application_id: State(("application_submitted",))}
    assert Batch.of(event).fold(states, note) == ([], [])


def test_keys_are_given_once_each_in_order_of_appearance() -> None:
    """One statement can lock all rows that a batch needs."""
    first, second = new_id(), new_id()
    batch = Batch[Event].of(submitted(second), submitted(first), withdrawn(second))
    assert batch.keys() == [second, first]
    assert len(batch) == 3


def test_key_is_the_field_that_the_map_names() -> None:
    """The key of an event is its topic's key field."""
    event = submitted()
    assert key_of(event) == event.application_id
