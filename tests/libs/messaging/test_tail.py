from typing import Any

from libs.contracts import topics
from libs.contracts.events import Event
from libs.ids import new_id
from libs.messaging.broker import Broker
from libs.messaging.envelope import Record
from libs.messaging.tail import Tail
from libs.telemetry.metrics import Metrics
from tests.libs.messaging.scene import (
    own_name,
    running,
    settings_for,
    submitted,
    until,
    until_true,
    write,
    write_events,
)
from tools.embedded.kafka import EmbeddedKafka


async def test_two_tails_both_see_what_is_new_and_neither_what_was_before(
    kafka: EmbeddedKafka,
) -> None:
    """Every replica has the live view; what was before is read from the owner."""
    seen: list[list[Event]] = [[], []]
    before, after = new_id(), new_id()
    await write_events(kafka, submitted(before))

    tails = [tail_into(each, kafka, Metrics("gateway")) for each in seen]

    async def both_have_it() -> bool:
        await write_events(kafka, submitted(after))
        return all(ids(each) & {after} for each in seen)

    async with running(*tails):
        await until(lambda: all(each.health().ready for each in tails))
        await until_true(both_have_it)
    assert not any(ids(each) & {before} for each in seen)


def tail_into(heard: list[Event], kafka: EmbeddedKafka, metrics: Metrics, **knobs: Any) -> Tail:
    """A tail of the applications' topic that puts what it reads into a list."""

    async def hear(event: Event) -> None:
        heard.append(event)

    broker = Broker(own_name(), settings_for(kafka))
    return Tail({topics.APPLICATIONS: hear}, broker=broker, metrics=metrics, **knobs)


def ids(events: list[Event]) -> set[object]:
    return {getattr(event, "application_id", None) for event in events}


async def test_what_nobody_wants_is_not_even_decoded(kafka: EmbeddedKafka) -> None:
    """A record is chosen by topic and key, before anything of it is read."""
    heard: list[Event] = []
    wanted, other = new_id(), new_id()
    metrics = Metrics("gateway")
    tail = tail_into(
        heard,
        kafka,
        metrics,
        wanted=lambda topic, key: topic is topics.APPLICATIONS and key == str(wanted).encode(),
    )

    async def comes_through() -> bool:
        await write(kafka, Record(topics.APPLICATIONS.name, b"k", b"{", ()))
        await write_events(kafka, submitted(other), submitted(wanted))
        return len(heard) > 1

    async with running(tail):
        await until(lambda: tail.health().ready)
        await until_true(comes_through)
    assert ids(heard) == {wanted}
    assert b"passed_over" not in metrics.render()


async def test_what_cannot_be_read_is_passed_over(kafka: EmbeddedKafka) -> None:
    """Nothing depends on the live view, so a bad record is counted and the next one shown."""
    heard: list[Event] = []
    metrics = Metrics("gateway")
    tail = tail_into(heard, kafka, metrics)

    async def comes_through() -> bool:
        await write(kafka, Record(topics.APPLICATIONS.name, b"k", b"{", ()))
        await write_events(kafka, submitted())
        return bool(heard)

    async with running(tail):
        await until(lambda: tail.health().ready)
        await until_true(comes_through)
        await until(lambda: b"passed_over.header_missing" in metrics.render())
