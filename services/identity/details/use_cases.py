"""Save, read and delete the details that forms offer a citizen."""

from datetime import datetime
from uuid import UUID

from libs.bangladesh.calendar import DHAKA
from libs.contracts.identity import DetailsView, PersonalDetails
from libs.database.transaction import Transaction
from services.identity.citizens import use_cases as citizens
from services.identity.details import queries, rules


async def read_details(tx: Transaction, citizen_id: UUID) -> DetailsView:
    """Read the saved details of a citizen, with the numbers of the profile.

    Raises:
        Refused: the id is not a citizen's.
    """
    citizen = await citizens.read_citizen(tx, citizen_id)
    return rules.view_of(citizen, await queries.read_details(tx, citizen_id))


async def save_details(
    tx: Transaction, citizen_id: UUID, details: PersonalDetails, at: datetime
) -> DetailsView:
    """Store a citizen's details in the place of earlier ones.

    Raises:
        Refused: the id is not a citizen's.
        Unreadable: a detail is wrong.
    """
    citizen = await citizens.lock_citizen(tx, citizen_id)  # so that an erasure leaves none behind
    rules.check(details, at.astimezone(DHAKA).date())
    await queries.save_details(tx, citizen_id, details, at=at)
    return rules.view_of(citizen, rules.Saved(details, at))


async def delete_details(tx: Transaction, citizen_id: UUID) -> None:
    """Delete the saved details of a citizen; a repeat changes nothing."""
    await queries.delete_details(tx, citizen_id)
