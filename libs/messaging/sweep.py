"""Old name of `libs.periodic`; to be deleted when nothing imports it."""

from collections.abc import Awaitable, Callable

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.periodic import Periodic, in_transaction


class Sweep(Periodic):
    """Old name of `Periodic` with `in_transaction`."""

    def __init__(
        self,
        name: str,
        step: Callable[[Transaction], Awaitable[int]],
        *,
        database: Database,
        every_s: float = 5.0,
    ) -> None:
        super().__init__(name, in_transaction(database, step), every_s=every_s)
