"""The Kafka users of Strimzi with their access lists, from the map of topics."""

from collections.abc import Iterator, Sequence

from libs.contracts.access import (
    AUTOSCALER,
    OPERATORS,
    Grant,
    autoscaler_grants,
    operator_grants,
    service_users,
)

FILE = "deploy/kubernetes/stores/users.yaml"


def users_file() -> str:
    """All users of the platform itself, as YAML."""
    users = {
        **service_users(),
        OPERATORS: operator_grants(),
        AUTOSCALER: autoscaler_grants(),
    }
    head = "# Written by `make generate` from libs/contracts/topics.py.\n"
    return head + "".join(kafka_user(name, grants) for name, grants in users.items())


def kafka_user(name: str, grants: Sequence[Grant]) -> str:
    """One Strimzi KafkaUser as YAML; the operator makes its password."""
    return "\n".join(_lines(name, grants)) + "\n"


def _lines(name: str, grants: Sequence[Grant]) -> Iterator[str]:
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
    for grant in grants:
        pattern = "prefix" if grant.is_prefix else "literal"
        resource = f'type: {grant.kind}, name: "{grant.name}", patternType: {pattern}'
        yield f"      - resource: {{{resource}}}"
        yield f"        operations: [{', '.join(grant.operations)}]"
