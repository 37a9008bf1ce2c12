"""How many uddoktas of centres are qualified."""

from collections.abc import Collection, Mapping
from datetime import date

from libs.database.transaction import Transaction


class Qualified:
    """Counts the qualified uddoktas of centres; nobody knows them before there are courses."""

    async def at_centres(
        self, tx: Transaction, service_centre_ids: Collection[str], today: date
    ) -> Mapping[str, int] | None:
        """Return how many are qualified on a day, by centre; None while that is not known."""
        del tx, service_centre_ids, today
        return None
