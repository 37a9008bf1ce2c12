"""How many uddoktas of centres are qualified."""

from collections.abc import Collection, Mapping
from datetime import date

from libs.database.transaction import Transaction
from services.programme.rollout import queries
from services.programme.training.courses import courses


async def qualified_at(
    tx: Transaction, service_centre_ids: Collection[str], today: date
) -> Mapping[str, int]:
    """Return how many active uddoktas are qualified on a day, by centre.

    Whoever is has passed each course that is for uddoktas.
    """
    needed = [course.course for course in courses().values() if "uddokta" in course.audiences]
    return await queries.count_qualified(tx, service_centre_ids, needed, today)
