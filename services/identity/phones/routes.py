"""HTTP routes of the number of one's own account."""

from datetime import timedelta

from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.identity import ChangePhone, PhoneView
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.addresses import client_address
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.identity.citizens.numbers import read_phone as read_number
from services.identity.codes.rules import CodePolicy, Origin, read_code
from services.identity.phones import use_cases
from services.identity.phones.use_cases import WantedChange
from services.identity.settings import Settings

routes = Routes()


@routes.get("/v1/me/phone")
async def read_phone(citizen: Citizen, tx: Transaction) -> PhoneView:
    """Read the number of my account, and whether it is about to change."""
    return await use_cases.read_phone(tx, citizen.citizen_id)


@routes.post(
    "/v1/me/phone",
    problems=("code_wrong", "code_expired", "code_too_short", "phone_unchanged", "phone_taken"),
    example={"phone": "01812345678", "code": "৪৮২১৯৩", "old_code": "৯০১১৭৪"},
)
async def change_phone(  # noqa: PLR0913
    body: ChangePhone,
    request: Request,
    citizen: Citizen,
    database: Database,
    proxies: TrustedProxies,
    policy: CodePolicy,
    settings: Settings,
    clock: Clock,
) -> PhoneView:
    """Change the number of my account.

    Ask for a code for the new number first, and for one for the old number if it still works;
    without that the change takes some days, in which the old number can cancel it. Other sessions
    end with the change, and the old number is told by SMS.
    """
    wanted = WantedChange(
        citizen.citizen_id,
        citizen.session_id,
        read_number(body.phone),
        read_code(body.code),
        None if body.old_code is None else read_code(body.old_code),
        Origin(client_address(request, proxies)),
    )
    wait = timedelta(days=settings.phone_change_wait_days)
    async with database.transaction() as tx:
        changed = await use_cases.change_phone(tx, wanted, policy, wait, clock.now())
    if isinstance(changed, Exception):
        raise changed
    return changed


@routes.post("/v1/me/phone/cancellation", problems=("phone_change_not_requested",))
async def cancel_phone_change(citizen: Citizen, tx: Transaction) -> None:
    """Cancel the change of my number that waits."""
    await use_cases.cancel_change(tx, citizen.citizen_id)
