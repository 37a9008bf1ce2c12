"""Looks for cases that nothing moves on."""

from datetime import datetime

from libs.database.transaction import Transaction
from services.cases.stalled import queries
from services.cases.stalled.rules import GRACE, Search


async def look_on(tx: Transaction, search: Search, at: datetime, *, limit: int) -> Search:
    """Look at the next open cases of a search; a search that is over begins again."""
    going = Search() if search.is_over else search
    part = await queries.read_open(tx, going.after, at - GRACE, limit)
    return going.with_part(part, limit)
