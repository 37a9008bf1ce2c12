"""HTTP routes of passkeys: the options for a browser, and the passkeys of an account."""

from libs.clock import Clock
from libs.contracts.identity import (
    AddPasskey,
    PasskeyList,
    PasskeyOptions,
    PasskeyView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import ANY_ROLE, Staff
from libs.web.handling.routes import Routes
from services.identity.second_factors import use_cases
from services.identity.second_factors.use_cases import SecondFactors

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}


@routes.post("/v1/staff/login/challenges", headers=_NOT_STORED)
async def ask_for_passkey(factors: SecondFactors, clock: Clock) -> PasskeyOptions:
    """Get the challenge that a passkey signs at a login (staff)."""
    return PasskeyOptions(public_key=use_cases.ask_for_passkey(factors, clock.now()))


@routes.post("/v1/staff/passkey-challenges", roles=ANY_ROLE, recent_login=True)
async def ask_for_new_passkey(
    staff: Staff, factors: SecondFactors, tx: Transaction, clock: Clock
) -> PasskeyOptions:
    """Get the challenge to make a passkey (staff)."""
    options = await use_cases.ask_for_new_passkey(
        tx, factors, staff.staff_id, staff.actor, clock.now()
    )
    return PasskeyOptions(public_key=options)


@routes.post(
    "/v1/staff/passkeys",
    status=201,
    roles=ANY_ROLE,
    recent_login=True,
    problems=("passkey_wrong",),
    example={"name": "the blue one", "passkey": {"id": "AQID", "type": "public-key"}},
)
async def add_passkey(
    body: AddPasskey, staff: Staff, factors: SecondFactors, tx: Transaction, clock: Clock
) -> PasskeyView:
    """Add a passkey to my account (staff)."""
    at = clock.now()
    made = await use_cases.add_passkey(tx, factors, staff.staff_id, body.name, body.passkey, at)
    return PasskeyView(passkey_id=made.passkey_id.hex(), name=made.name, added_at=at)


@routes.get("/v1/staff/passkeys", roles=ANY_ROLE)
async def list_passkeys(staff: Staff, tx: Transaction) -> PasskeyList:
    """List my passkeys (staff)."""
    found = await use_cases.list_passkeys(tx, staff.staff_id)
    return PasskeyList(
        items=[
            PasskeyView(passkey_id=passkey.passkey_id.hex(), name=passkey.name, added_at=added_at)
            for passkey, added_at in found
        ]
    )


@routes.delete("/v1/staff/passkeys/{passkey_id}", roles=ANY_ROLE, recent_login=True)
async def remove_passkey(passkey_id: str, staff: Staff, tx: Transaction) -> None:
    """Remove one of my passkeys (staff).

    Raises:
        Refused: there is no such passkey.
    """
    try:
        known_as = bytes.fromhex(passkey_id)
    except ValueError:
        raise Refused("not_found") from None
    await use_cases.remove_passkey(tx, staff.staff_id, known_as)
