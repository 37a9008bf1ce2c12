"""Makes users and access lists on a cluster; run as a deploy step (`topics apply`)."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import structlog
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from libs.contracts.access import Grant

Users = Mapping[str, Collection[Grant]]

_OPERATIONS = {
    "Read": ACLOperation.READ,
    "Write": ACLOperation.WRITE,
    "Create": ACLOperation.CREATE,
    "Alter": ACLOperation.ALTER,
    "Describe": ACLOperation.DESCRIBE,
    "AlterConfigs": ACLOperation.ALTER_CONFIGS,
    "DescribeConfigs": ACLOperation.DESCRIBE_CONFIGS,
}
_KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
_ANYWHERE = "*"
_EVERYTHING = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)
_KNOWN_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.05

log = structlog.get_logger()


class AccessNotApplied(Exception):
    """The cluster refused a user or a row of an access list, or did not apply it in time."""


async def apply_access(
    client: Mapping[str, Any], users: Users, passwords: Mapping[str, str]
) -> None:
    """Give each user its password and exactly these rights; other rights of it are removed.

    Returns when the broker applies the rights. Rows of other users do not change.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        users: rights by name of the user.
        passwords: by name; a user without one here keeps its password.

    Raises:
        AccessNotApplied: the cluster refused something.
    """
    await asyncio.to_thread(_apply, client, users, passwords)


def _apply(client: Mapping[str, Any], users: Users, passwords: Mapping[str, str]) -> None:
    with KafkaAdminClient(**client) as admin:
        _set_passwords(admin, passwords)
        wanted = {row for user, granted in users.items() for row in _rows(user, granted)}
        found = _found(admin, users)
        made, gone = wanted - found, found - wanted
        if made and (failed := admin.create_acls(list(made))["failed"]):
            raise AccessNotApplied(failed[0].__name__)
        _delete(admin, gone)
        _wait(lambda: _missing(wanted, _found(admin, users), _unknown(admin, passwords)))
    log.info("access applied", users=len(users), made=len(made), gone=len(gone), rows=len(wanted))


def _set_passwords(admin: Any, passwords: Mapping[str, str]) -> None:
    changes = [
        UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)
        for user, password in passwords.items()
    ]
    refusals = admin.alter_user_scram_credentials(changes) if changes else {}
    for user, refusal in refusals.items():
        if refusal is not None:
            raise AccessNotApplied(f"{user}: {refusal}")


def _rows(user: str, granted: Iterable[Grant]) -> list[ACL]:
    return [
        ACL(
            f"User:{user}",
            _ANYWHERE,
            _OPERATIONS[operation],
            ACLPermissionType.ALLOW,
            ResourcePattern(
                _KINDS[grant.kind],
                grant.name,
                ACLResourcePatternType.PREFIXED
                if grant.is_prefix
                else ACLResourcePatternType.LITERAL,
            ),
        )
        for grant in granted
        for operation in grant.operations
    ]


def _found(admin: Any, users: Iterable[str]) -> set[ACL]:
    """The rows that the broker has of these users."""
    rows, _ = admin.describe_acls(_EVERYTHING)
    ours = {f"User:{user}" for user in users}
    return {row for row in rows if row.principal in ours}


def _unknown(admin: Any, users: Collection[str]) -> list[str]:
    """The users that cannot log in yet; the broker knows them a little after they are made."""
    users_there = admin.describe_user_scram_credentials(list(users)) if users else {}
    return [user for user in users if users_there[user]["error"] is not None]


def _missing(wanted: set[ACL], found: set[ACL], unknown: Sequence[str]) -> str:
    """Return the differences that the broker has not applied yet, in words."""
    counted = {
        "rows to come": len(wanted - found),
        "rows to go": len(found - wanted),
        "unknown users": len(unknown),
    }
    return ", ".join(f"{count} {what}" for what, count in counted.items() if count)


def _wait(missing: Callable[[], str]) -> None:
    until = time.monotonic() + _KNOWN_WITHIN_S
    while found := missing():
        if time.monotonic() > until:
            raise AccessNotApplied(f"the brokers do not act on it: {found}")
        time.sleep(_LOOK_EVERY_S)


def _delete(admin: Any, rows: Iterable[ACL]) -> None:
    for _, _, failure in admin.delete_acls(list(rows)) if rows else ():
        if failure.errno:
            raise AccessNotApplied(failure.__name__)
