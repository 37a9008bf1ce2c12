"""SQL of recounts."""

from datetime import date

from libs.database.transaction import Transaction


async def insert_recount(tx: Transaction, counted_on: date) -> bool:
    """Note that applications are counted on a day; return whether nobody has on that day."""
    inserted = await tx.execute(
        "INSERT INTO recounts (counted_on) VALUES ($1) ON CONFLICT DO NOTHING", counted_on
    )
    return bool(inserted)
