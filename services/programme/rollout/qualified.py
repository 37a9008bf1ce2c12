"""How many uddoktas of centres are qualified."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from libs.database.transaction import Transaction
from services.programme.people.use_cases import uddoktas_at
from services.programme.training.use_cases import qualified_among


async def qualified_at(
    tx: Transaction, service_centre_ids: Collection[str], today: date
) -> Mapping[str, int]:
    """Return how many active uddoktas are qualified on a day, by centre."""
    centre_of = await uddoktas_at(tx, service_centre_ids)
    qualified = await qualified_among(tx, centre_of, "uddokta", today)
    return Counter(centre_of[holder_id] for holder_id in qualified)
