"""Calls the `erase()` of a service's capabilities for a citizen who is erased."""

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


def erase_functions_of(package: str) -> tuple[Erase, ...]:
    """Return `erase` of every `erase.py` in the capabilities of a service.

    They are found by their names, so that a new capability changes no other.

    Args:
        package: the service's package.
    """
    return tuple(import_module(module).erase for module in modules_of(package, "erase"))


async def erase_all(
    tx: Transaction, erase_functions: Sequence[Erase], citizen_id: UUID, at: datetime
) -> dict[str, int]:
    """Delete the capabilities' data of a citizen; a repeat finds none.

    Args:
        tx: the transaction of the erasure.
        erase_functions: of the capabilities.
        citizen_id: of the citizen.
        at: the time of the erasure.

    Returns:
        How many rows were deleted or emptied, by what they were.
    """
    deleted = Counter[str]()
    for erase in erase_functions:
        deleted.update(await erase(tx, citizen_id, at))
    return dict(deleted)
