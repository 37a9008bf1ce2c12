"""Access lists of the topics, derived from the map.

Topics are named one by one, not by prefix: `ministries.` would also match
`ministries.deadletter.v1`, which has whole submissions.
"""

from dataclasses import dataclass

from libs.bangladesh.bodies import bodies
from libs.contracts.export import slug_of
from libs.contracts.topics import (
    MINISTRIES,
    OWN_ADAPTER,
    READING_SERVICES,
    SUBMISSIONS,
    TOPICS,
    Topic,
    dead_letter_topic,
)

OPERATORS = "operators"
# The gateway reads from the end in every replica, and so has no group whose offsets it commits; an
# adapter of a ministry has groups of its own.
WITHOUT_GROUP = frozenset({"gateway", OWN_ADAPTER})

AUTOSCALER = "autoscaler"
"""The user by which a cluster's autoscaler sees how far groups are behind; it reads nothing."""
MEASURES_LAG = "catalogue"
"""The service that measures how far all consumer groups are behind.

It has no group, so it runs while readers are dead, and it serves no click of a citizen.
"""

_READ = ("Read", "Describe")
_WRITE = ("Write", "Describe")
_SEE = ("Describe",)  # where a group is in its topics


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of an access list.

    Args:
        kind: what it is about: `topic` or `group`.
        name: its name, or how the names of groups begin.
        operations: what is allowed; everything else is not.
        is_prefix: whether the name stands for all names that begin with it.
    """

    kind: str
    name: str
    operations: tuple[str, ...]
    is_prefix: bool = False


_SEES_ALL = (Grant("topic", "*", _SEE), Grant("group", "*", _SEE))


def service_users() -> dict[str, list[Grant]]:
    """Return the rights of every service of the map, by the name of its Kafka user."""
    services = {topic.writer for topic in TOPICS}.union(*(topic.readers for topic in TOPICS))
    return {service: grants(service) for service in sorted(services - {OWN_ADAPTER})}


def grants(service: str) -> list[Grant]:
    """Return a service's rights on the broker: read its subscriptions, write its own topics.

    After a restore of its database, a service may read what it has written to some of them.

    A writer also sees the offsets of its readers: before it uses added partitions, they must have
    read the old ones. One service sees how far every group is, and reads nothing for that.

    Args:
        service: its name.
    """
    written = [topic for topic in TOPICS if topic.writer == service]
    seen = dict.fromkeys(group for topic in written for group in reading_groups(topic))
    reads = [name for topic in TOPICS if service in topic.readers for name in topic.names()]
    taken_up = [name for topic in written if topic.taken_up for name in topic.names()]
    writes = [name for topic in written for name in topic.names()]
    if service in READING_SERVICES:
        writes.append(dead_letter_topic(service))
    groups = [Grant("group", f"{service}.", ("Read",), is_prefix=True)] if reads else []
    return [
        *(Grant("topic", name, _READ) for name in reads),
        *(
            Grant("topic", name, (*_READ, "Write") if name in taken_up else _WRITE)
            for name in writes
        ),
        *(groups if service not in WITHOUT_GROUP else []),
        *(Grant("group", group, _SEE) for group in seen),
        *(_SEES_ALL if service == MEASURES_LAG else ()),
    ]


def reading_groups(topic: Topic) -> list[str]:
    """The consumer groups that read a topic of the map."""
    return [group_of(reader, topic) for reader in topic.readers if reader not in WITHOUT_GROUP]


def group_of(service: str, topic: Topic) -> str:
    """Return the consumer group in which a service reads a topic; its quiet topics share one."""
    return f"{service}.{'quiet' if topic.quiet else slug_of(topic)}"


def autoscaler_grants() -> list[Grant]:
    """Return the rights of the autoscaler's user."""
    return list(_SEES_ALL)


def operator_grants() -> list[Grant]:
    """Return the rights of the user that makes topics; it may neither read nor write them.

    It sees where consumer groups are, since it may add a partition only behind their last record.
    """
    return [
        Grant("topic", "*", ("Create", "Alter", "Describe", "AlterConfigs", "DescribeConfigs")),
        Grant("group", "*", _SEE),
    ]


def ministry_user(ministry: str) -> str:
    """Return the Kafka user of a ministry that runs its own adapter."""
    return f"ministry-{ministry}"


def ministry_grants(ministry: str) -> list[Grant]:
    """Return the rights of a ministry's own adapter: read its submissions, write its decisions.

    Raises:
        LookupError: when no ministry, ministry division or office has this id.
    """
    if ministry not in {body.body_id for body in bodies()}:
        raise LookupError(f"no ministry {ministry!r}")
    return [
        Grant("topic", SUBMISSIONS.name_for(ministry), _READ),
        Grant("topic", MINISTRIES.name_for(ministry), _WRITE),
        Grant("group", f"{ministry_user(ministry)}.", ("Read",), is_prefix=True),
    ]
