"""HTTP routes of seats against need."""

from typing import Final

from libs.clock import Clock
from libs.contracts.training import SeatsPage
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.districts import district_of
from services.programme.seats.use_cases import LatestSeats

_ROLES: Final = ("programme", "leadership", "district_staff")

routes = Routes()


@routes.get("/v1/training/seats", roles=_ROLES)
async def read_seats(staff: Staff, tx: Transaction, latest: LatestSeats, clock: Clock) -> SeatsPage:
    """Show seats against need by district and ministry (programme, leadership).

    Staff of a district see the uddoktas of their own one.
    """
    return await latest.read(tx, clock.now(), district_of(staff))
