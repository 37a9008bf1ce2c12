"""SQL of saved details."""

from datetime import datetime
from uuid import UUID

from libs.contracts.identity import PersonalDetails
from libs.database.transaction import Transaction
from services.identity.details.encrypted import DETAILS
from services.identity.details.rules import Saved


async def save_details(
    tx: Transaction, citizen_id: UUID, details: PersonalDetails, *, at: datetime
) -> None:
    """Store details; they replace earlier ones."""
    await tx.execute(
        """
        INSERT INTO saved_details (citizen_id, details, saved_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (citizen_id) DO UPDATE
               SET details = excluded.details, saved_at = excluded.saved_at
        """,
        citizen_id,
        tx.cipher.seal(DETAILS, citizen_id, details.model_dump_json(exclude_none=True)),
        at,
    )


async def read_details(tx: Transaction, citizen_id: UUID) -> Saved | None:
    """Read the saved details of a citizen; None if there are none."""
    row = await tx.fetchrow(
        "SELECT details, saved_at FROM saved_details WHERE citizen_id = $1", citizen_id
    )
    if row is None:
        return None
    text = tx.cipher.open(DETAILS, citizen_id, row["details"]) or "{}"
    return Saved(PersonalDetails.model_validate_json(text), row["saved_at"])


async def delete_details(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the saved details of a citizen; return 1, or 0 if there were none."""
    return await tx.execute("DELETE FROM saved_details WHERE citizen_id = $1", citizen_id)
