"""Deletion of what a service's capabilities have of a citizen who is erased."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TypeAlias
from uuid import UUID

from libs.database.transaction import Transaction
from libs.found_modules import modules_of

Erase: TypeAlias = Callable[[Transaction, UUID, datetime], Awaitable[Mapping[str, int]]]
"""Deletes what a capability has of a citizen; returns how many rows, by what they were."""


def erasures_of(package: str) -> tuple[Erase, ...]:
    """Return `erase` of every `erasure.py` in the capabilities of a service.

    They are found by their names, so that a new capability changes no other.

    Args:
        package: the service's package.
    """
    return tuple(import_module(module).erase for module in modules_of(package, "erasure"))


async def erase_all(
    tx: Transaction, erasures: Sequence[Erase], citizen_id: UUID, at: datetime
) -> dict[str, int]:
    """Delete what capabilities have of a citizen; a repeat finds nothing any more.

    Args:
        tx: the transaction of the erasure.
        erasures: of the capabilities.
        citizen_id: of the citizen.
        at: the time of the erasure.

    Returns:
        How many rows were deleted or emptied, by what they were.
    """
    deleted = Counter[str]()
    for erase in erasures:
        deleted.update(await erase(tx, citizen_id, at))
    return dict(deleted)
