"""Deletion of what a service's capabilities have of a citizen who is erased."""

import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TypeAlias
from uuid import UUID

from libs.database.transaction import Transaction

Erase: TypeAlias = Callable[[Transaction, UUID, datetime], Awaitable[Mapping[str, int]]]
"""Deletes what a capability has of a citizen; returns how many rows, by what they were."""


def erasures_of(package: str) -> tuple[Erase, ...]:
    """Return `erase` of every `erasure.py` in the capabilities of a service.

    They are found by their names, as migrations are: a new capability changes no other.

    Args:
        package: the service's package.
    """
    folders = pkgutil.iter_modules(import_module(package).__path__, f"{package}.")
    modules = [f"{each.name}.erasure" for each in folders if each.ispkg]
    return tuple(import_module(module).erase for module in modules if find_spec(module))


async def erase_all(
    tx: Transaction, erasures: Sequence[Erase], citizen_id: UUID, at: datetime
) -> dict[str, int]:
    """Delete what capabilities have of a citizen.

    A repeat finds nothing any more.

    Args:
        tx: the transaction of the erasure.
        erasures: of the capabilities.
        citizen_id: of the citizen.
        at: the time of the erasure.

    Returns:
        How many rows were deleted or emptied, by what they were.
    """
    deleted: dict[str, int] = {}
    for erase in erasures:
        deleted |= await erase(tx, citizen_id, at)
    return deleted
