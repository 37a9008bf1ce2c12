"""Who may read and write which topic: a Kafka user per service, from the map of topics.

`python -m deploy.access` writes `kubernetes/stores/users.yaml` anew; `--ministry <id>` prints the
user of a ministry that runs its own adapter.

Names stand one by one, never as a prefix: `ministries.` would also match
`ministries.deadletter.v1`, which holds whole submissions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from libs.bangladesh.bodies import bodies
from libs.contracts.topics import (
    MINISTRIES,
    READING_SERVICES,
    SUBMISSIONS,
    TOPICS,
    dead_letter_topic,
)

USERS_FILE = Path(__file__).parent / "kubernetes" / "stores" / "users.yaml"
OPERATORS = "operators"
# Reads from the end in every replica, and so has no group whose offsets it commits.
WITHOUT_GROUP = frozenset({"gateway"})

_READ = ("Read", "Describe")
_WRITE = ("Write", "Describe")


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


def grants(service: str) -> list[Grant]:
    """What a service may do on the broker: read what it hears, write what it says.

    Args:
        service: its name.
    """
    heard = [name for topic in TOPICS if service in topic.readers for name in topic.names()]
    said = [name for topic in TOPICS if topic.writer == service for name in topic.names()]
    if service in READING_SERVICES:
        said.append(dead_letter_topic(service))
    groups = [Grant("group", f"{service}.", ("Read",), is_prefix=True)] if heard else []
    return [
        *(Grant("topic", name, _READ) for name in heard),
        *(Grant("topic", name, _WRITE) for name in said),
        *(groups if service not in WITHOUT_GROUP else []),
    ]


def operator_grants() -> list[Grant]:
    """What `topics apply` needs: to make topics and see them, but to read and write none."""
    return [Grant("topic", "*", ("Create", "Alter", "Describe", "DescribeConfigs"))]


def ministry_grants(ministry: str) -> list[Grant]:
    """What a ministry's own adapter may do: read its submissions, write its decisions.

    Raises:
        LookupError: when no ministry, ministry division or office has this id.
    """
    if ministry not in {body.body_id for body in bodies()}:
        raise LookupError(f"no ministry {ministry!r}")
    return [
        Grant("topic", SUBMISSIONS.name_for(ministry), _READ),
        Grant("topic", MINISTRIES.name_for(ministry), _WRITE),
        Grant("group", f"ministry-{ministry}.", ("Read",), is_prefix=True),
    ]


def users_document() -> str:
    """All users of the platform itself, as YAML."""
    services = sorted({topic.writer for topic in TOPICS}.union(*(t.readers for t in TOPICS)))
    users = [user(service, grants(service)) for service in services]
    users.append(user(OPERATORS, operator_grants()))
    return "# Written by `python -m deploy.access` from libs/contracts/topics.py.\n" + "".join(
        users
    )


def user(name: str, allowed: Sequence[Grant]) -> str:
    """One Strimzi KafkaUser as YAML; its password is made by the operator."""
    return "\n".join(_lines(name, allowed)) + "\n"


def _lines(name: str, allowed: Sequence[Grant]) -> Iterator[str]:
    yield from (
        "---",
        "apiVersion: kafka.strimzi.io/v1",
        "kind: KafkaUser",
        "metadata:",
        f"  name: {name}",
        "  labels:",
        "    strimzi.io/cluster: kafka",
        "spec:",
        "  authentication:",
        "    type: scram-sha-512",
        "  authorization:",
        "    type: simple",
        "    acls:",
    )
    for grant in allowed:
        pattern = "prefix" if grant.is_prefix else "literal"
        resource = f'type: {grant.kind}, name: "{grant.name}", patternType: {pattern}'
        yield f"      - resource: {{{resource}}}"
        yield f"        operations: [{', '.join(grant.operations)}]"


def main(
    ministry: Annotated[str, typer.Option(help="Print the user of this ministry's adapter")] = "",
) -> None:
    """Write the access lists of the platform anew, or print those of one ministry."""
    if ministry:
        typer.echo(user(f"ministry-{ministry}", ministry_grants(ministry)), nl=False)
        return
    USERS_FILE.write_text(users_document(), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
