"""Access lists derived from the map of topics."""

import pytest

from libs.contracts.access import (
    MEASURES_LAG,
    Grant,
    grants,
    ministry_grants,
    operator_grants,
    service_users,
)
from libs.contracts.topics import (
    OWN_ADAPTER,
    READING_SERVICES,
    TOPICS,
    dead_letter_topic,
    topics_by_name,
)


def names(granted: list[Grant], operation: str, kind: str = "topic") -> set[str]:
    return {each.name for each in granted if each.kind == kind and operation in each.operations}


@pytest.mark.parametrize("service", service_users())
def test_a_service_may_read_and_write_its_topics_only(service: str) -> None:
    """Topics are named one by one; the service's own dead-letter topic is one of them.

    What a restored database has lost is read from the topics that the service wrote it to.
    """
    by_name = topics_by_name()
    heard = {name for name, topic in by_name.items() if service in topic.readers}
    said = {name for name, topic in by_name.items() if topic.writer == service}
    taken_up = {name for name in said if by_name[name].taken_up}
    own = {dead_letter_topic(service)} if service in READING_SERVICES else set()
    assert names(grants(service), "Read") == heard | taken_up
    assert names(grants(service), "Write") == said | own


def test_every_service_of_the_map_has_a_user() -> None:
    """A new service on a topic gets a user."""
    in_map = {topic.writer for topic in TOPICS}.union(*(topic.readers for topic in TOPICS))
    assert set(service_users()) == in_map - {OWN_ADAPTER}


@pytest.mark.parametrize("service", READING_SERVICES)
def test_groups_are_a_services_own(service: str) -> None:
    """A service may commit the offsets of groups that begin with its own name, and of no other."""
    assert names(grants(service), "Read", "group") == {f"{service}."}


def test_one_service_sees_how_far_every_group_is() -> None:
    """It measures; no other sees groups of which it is neither reader nor writer."""
    see_all = [service for service in service_users() if "*" in names(grants(service), "Describe")]
    assert see_all == [MEASURES_LAG]
    assert "*" in names(grants(MEASURES_LAG), "Describe", "group")


def test_a_ministry_may_use_its_own_topics_only() -> None:
    """It reads one topic, writes one, and has its consumer groups."""
    own = ministry_grants("mopa")
    assert names(own, "Read") == {"submissions.mopa.v1"}
    assert names(own, "Write") == {"ministries.mopa.v1"}
    assert names(own, "Read", "group") == {"ministry-mopa."}


def test_an_unknown_ministry_gets_no_user() -> None:
    """A mistyped id is refused."""
    with pytest.raises(LookupError):
        ministry_grants("mopaa")


def test_the_user_that_makes_topics_may_not_use_them() -> None:
    """It can neither read nor write them."""
    assert not names(operator_grants(), "Read") | names(operator_grants(), "Write")
