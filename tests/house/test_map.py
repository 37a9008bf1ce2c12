"""The map of topics and the code say the same, both ways.

Why: in one national platform the names of topics stand in each service's own settings, and the
class of one message exists five times with four sets of fields: nobody can say who reads what, so
nobody dares to change anything. Here `libs/contracts/topics.py` is the one place; what differs from
it fails before it is merged.
"""

import dataclasses
import inspect
from collections.abc import Collection
from types import ModuleType

import pytest

from libs.contracts import (
    applications,
    cases,
    catalogue,
    documents,
    gateway,
    identity,
    ministries,
    notifications,
)
from libs.contracts.events import Event
from libs.contracts.export import slug_of
from libs.contracts.topics import (
    CATALOGUE,
    HOSTED,
    OWN_ADAPTER,
    REVOCATIONS,
    TOPICS,
    Topic,
    purpose_in_database,
    topics_of,
)
from libs.messaging.reading.router import Router
from operations.declarations import routers_of
from services.registry import REGISTRY, SERVICES, WITH_DATABASE, entry_of

CONTRACTS = (
    applications,
    cases,
    catalogue,
    documents,
    gateway,
    identity,
    ministries,
    notifications,
)


def differences(
    service: str, read: Collection[Topic], topics: Collection[Topic] = TOPICS
) -> list[str]:
    """Return the differences between a service's handlers and the map."""
    mapped = {topic.name for topic in topics if service in topic.readers}
    handled = {topic.name for topic in read}
    return sorted(
        [
            *(f"{service} has no handler for {name}" for name in mapped - handled),
            *(f"the map has no reader {service} of {name}" for name in handled - mapped),
        ]
    )


def events_without_one_topic(
    events: Collection[type[Event]], topics: Collection[Topic] = TOPICS
) -> list[str]:
    """Return events that are not in exactly one topic; of topics by adapter the hosted counts.

    What only our desk is sent counts in its topic.
    """
    counted = [topic for topic in topics if topic.served_by in {None, HOSTED}]
    places = [event for topic in counted for event in topic.events]
    at_desk = [event for topic in topics if topic.served_by == "desk" for event in topic.events]
    places += [event for event in at_desk if event not in places]
    return sorted(event.__name__ for event in events if places.count(event) != 1)


def topics_that_differ(shared: Topic, own: Topic) -> set[str]:
    """The fields in which two topics of the same events differ."""
    fields = (each.name for each in dataclasses.fields(Topic))
    return {name for name in fields if getattr(shared, name) != getattr(own, name)}


def _consumed_by(service: str) -> set[Topic]:
    routers = routers_of(entry_of(service).package)
    return {
        topic for router in routers if isinstance(router, Router) for topic in router.subscribed
    }


def _events_of(contracts: ModuleType) -> list[type[Event]]:
    """The event classes of a module, without those that are only bases of others in it."""
    found = [
        member
        for _, member in inspect.getmembers(contracts, inspect.isclass)
        if issubclass(member, Event) and member.__module__ == contracts.__name__
    ]
    bases = {base for each in found for base in each.__mro__[1:]}
    return [each for each in found if each not in bases]


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"gateway"}))
def test_handlers_and_the_map_agree(service: str) -> None:
    """A service handles the topics that the map says it reads, and no others."""
    declared = [topic for topic in TOPICS if topic is not REVOCATIONS]
    assert differences(service, _consumed_by(service), declared) == []


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_service_with_personal_records_can_encrypt_them(service: str) -> None:
    """They are rows of its outbox, and of its dead letters."""
    personal = [
        topic.name
        for topic in TOPICS
        if service in {topic.writer, *topic.readers} and purpose_in_database(topic.names()[0])
    ]
    assert not personal or any(secret.key_id for secret in entry_of(service).secrets), personal


def test_every_service_that_checks_tokens_reads_the_revocations() -> None:
    """Who fetches identity's keys reads what identity revokes; `Service` has the handler."""
    calls_identity = {entry.name for entry in REGISTRY if "identity" in entry.calls}
    assert calls_identity == set(REVOCATIONS.readers)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_declares_the_topics_that_it_writes(service: str) -> None:
    """A router of the writer declares each topic, and of no other service."""
    routers = routers_of(entry_of(service).package)
    published = {topic for router in routers for topic in router.published}
    assert published == {topic for topic in TOPICS if topic.writer == service}


def test_writers_and_readers_are_services() -> None:
    """Every name in the map is a service of ours."""
    named = {name for topic in TOPICS for name in (topic.writer, *topic.readers)}
    assert named <= {*SERVICES, OWN_ADAPTER}


def test_no_service_reads_its_own_topics() -> None:
    """A service does not need its own events."""
    assert [topic.name for topic in TOPICS if topic.writer in topic.readers] == []


@pytest.mark.parametrize("contracts", CONTRACTS, ids=lambda module: module.__name__)
def test_every_event_belongs_to_one_topic(contracts: ModuleType) -> None:
    """The outbox finds the topic by the event's class."""
    assert events_without_one_topic(_events_of(contracts)) == []


_OTHERS = [topic for topic in TOPICS if topic.served_by not in {None, HOSTED}]


@pytest.mark.parametrize("other", _OTHERS, ids=slug_of)
def test_topics_by_adapter_are_like_the_one_that_ministries_share(other: Topic) -> None:
    """An adapter of a ministry's own, and our desk, read and write what the hosted one does."""
    shared = topics_of(other.events[0])[0]
    assert shared.served_by == HOSTED
    differing = topics_that_differ(shared, other)
    unlike = {"name", "writer", "readers", "partitions", "largest_batch_bytes", "served_by"}
    if other.writer == "cases":  # no ministry's system has what is decided here, too
        unlike.add("taken_up")
        if set(other.events) > set(shared.events):
            unlike.add("events")  # only our officers record what a citizen brings as a letter
    assert differing <= unlike
    assert other.per_ministry == (OWN_ADAPTER in {other.writer, *other.readers})


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_events_are_owned_by_their_writer_and_have_the_key(topic: Topic) -> None:
    """Events are in the file of the writing service, and have the topic's key field."""
    for event in topic.events:
        assert event.__module__ == f"libs.contracts.{topics_of(event)[0].writer}"
        assert topic.key in event.model_fields
        assert not topic.per_ministry or "ministry" in event.model_fields


def test_a_difference_is_found_on_either_side() -> None:
    """A missing handler and one without a topic in the map are found."""
    assert differences("gateway", [], [CATALOGUE]) == ["gateway has no handler for catalogue.v1"]
    assert differences("ministries", [CATALOGUE], [CATALOGUE]) == [
        "the map has no reader ministries of catalogue.v1"
    ]
    assert differences("gateway", [CATALOGUE], [CATALOGUE]) == []


def test_an_event_without_one_topic_is_found() -> None:
    """An event of no topic, and one of two topics."""

    class ParcelLost(Event):
        pass

    assert events_without_one_topic([ParcelLost]) == ["ParcelLost"]
    assert events_without_one_topic(CATALOGUE.events, [CATALOGUE, CATALOGUE]) == [
        "PublicServiceChanged"
    ]
