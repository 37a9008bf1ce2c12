"""The HTTP route with which a device of a centre says what it measured."""

from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.centres import LineView, MeasureLine
from libs.database.transaction import Transaction
from libs.web.callers.dpop import PROOF_HEADER, read_proof
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.lines import use_cases
from services.identity.settings import Settings

routes = Routes()


@routes.post(
    "/v1/uddokta/lines",
    status=201,
    reads=(PROOF_HEADER,),
    roles=("uddokta",),
    problems=(
        "proof_invalid",
        "device_clock_wrong",
        "device_unknown",
        "uddokta_stopped",
        "licence_expired",
    ),
    example={"down_kbit_s": 2400, "round_trip_ms": 140},
)
async def measure_line(
    body: MeasureLine,
    request: Request,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> LineView:
    """Tell the programme what an enrolled device measured of the centre's line (uddokta).

    Its key signs the header `DPoP` (RFC 9449). The numbers are those of who has the key: the desk
    takes the times of its own requests, and asks the browser for none.
    """
    at = clock.now()
    proof = read_proof(request, settings.origins, at.timestamp())
    measured = await use_cases.announce(tx, staff.staff_id, proof, body, at)
    return LineView(
        service_centre_id=measured.service_centre_id,
        device_id=measured.device_id,
        measured_at=at,
        down_kbit_s=measured.down_kbit_s,
        round_trip_ms=measured.round_trip_ms,
    )
