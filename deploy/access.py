"""The Kafka users of Strimzi with their access lists, from `libs/contracts/access.py`.

`python -m deploy.access` writes `kubernetes/stores/users.yaml` anew; `--ministry <id>` prints the
user of a ministry that runs its own adapter.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from libs.contracts.access import (
    OPERATORS,
    Grant,
    ministry_grants,
    ministry_user,
    operator_grants,
    service_users,
)

USERS_FILE = Path(__file__).parent / "kubernetes" / "stores" / "users.yaml"


def users_document() -> str:
    """All users of the platform itself, as YAML."""
    users = {**service_users(), OPERATORS: operator_grants()}
    return "# Written by `python -m deploy.access` from libs/contracts/topics.py.\n" + "".join(
        user(name, allowed) for name, allowed in users.items()
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
        typer.echo(user(ministry_user(ministry), ministry_grants(ministry)), nl=False)
        return
    USERS_FILE.write_text(users_document(), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
