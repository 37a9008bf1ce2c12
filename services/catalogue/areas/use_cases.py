"""Store and read areas and post offices."""

from collections.abc import Mapping, Sequence

from libs.bangladesh.geography import Postcode
from libs.contracts.catalogue import Area
from libs.database.transaction import Transaction
from services.catalogue.areas import queries


async def save_areas(
    tx: Transaction, areas: Sequence[Area], postcodes: Sequence[Postcode]
) -> Mapping[str, int]:
    """Store areas and post offices; return the number of new or changed rows by table.

    Args:
        tx: the open transaction.
        areas: all areas; an area follows its parent.
        postcodes: one per post office.
    """
    return {
        "areas": await queries.save_areas(tx, areas),
        "postcodes": await queries.save_postcodes(tx, postcodes),
    }


async def read_areas(tx: Transaction) -> tuple[list[Area], list[Postcode]]:
    """Read all areas and all post offices, ordered by code."""
    return await queries.read_areas(tx), await queries.read_postcodes(tx)
