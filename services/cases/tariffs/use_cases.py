"""Copies published tariffs, and gives their rows."""

from collections.abc import Sequence
from functools import lru_cache

from pydantic import TypeAdapter

from libs.contracts.catalogue import TariffChanged
from libs.database.transaction import Transaction
from libs.workflows.tariffs import TariffRow
from services.cases.tariffs import queries


async def copy_tariffs(tx: Transaction, events: Sequence[TariffChanged]) -> None:
    """Store the newest version of tariffs; a repeat changes nothing."""
    newest: dict[str, TariffChanged] = {}
    for event in events:
        before = newest.setdefault(event.tariff_id, event)
        if before.version <= event.version:
            newest[event.tariff_id] = event
    await queries.save_tariffs(tx, list(newest.values()))


async def read_rows(tx: Transaction) -> tuple[TariffRow, ...]:
    """Read the rows of all tariffs."""
    return tuple(row for text in await queries.read_tariffs(tx) for row in _rows(text))


@lru_cache(maxsize=1024)
def _rows(text: str) -> tuple[TariffRow, ...]:
    return TypeAdapter(tuple[TariffRow, ...]).validate_json(text)
