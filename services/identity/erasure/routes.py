"""HTTP routes of the erasure of one's own account."""

from datetime import timedelta

from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.identity import ErasureView, RequestErasure
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.addresses import client_address
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.identity.codes.rules import CodePolicy, Origin, read_code
from services.identity.erasure import rules, use_cases
from services.identity.settings import Settings

routes = Routes()


@routes.post(
    "/v1/me/erasure",
    status=202,
    problems=("code_wrong", "code_expired", "code_too_short"),
    example={"code": "৪৮২১৯৩"},
)
async def request_erasure(  # noqa: PLR0913
    body: RequestErasure,
    request: Request,
    citizen: Citizen,
    database: Database,
    proxies: TrustedProxies,
    policy: CodePolicy,
    settings: Settings,
    clock: Clock,
) -> ErasureView:
    """Request the erasure of my account.

    Ask for a code for my number first. An SMS says when the account is erased, what is kept and how
    to stop it. A repeat gets the first request again.
    """
    origin = Origin(client_address(request, proxies))
    wait = timedelta(days=settings.erasure_wait_days)
    async with database.transaction() as tx:
        erasure = await use_cases.request_erasure_by_code(
            tx, citizen.citizen_id, read_code(body.code), origin, policy, wait, clock.now()
        )
    if isinstance(erasure, Exception):
        raise erasure
    return rules.view(erasure)


@routes.get("/v1/me/erasure", problems=("erasure_not_requested",))
async def read_erasure(citizen: Citizen, tx: Transaction) -> ErasureView:
    """Read when my account will be erased, and which data are kept."""
    return rules.view(await use_cases.read_erasure(tx, citizen.citizen_id))


@routes.post("/v1/me/erasure/cancellation", problems=("erasure_not_requested",))
async def cancel_erasure(citizen: Citizen, tx: Transaction) -> None:
    """Cancel the erasure of my account, before it is due."""
    await use_cases.cancel_erasure(tx, citizen.citizen_id)
