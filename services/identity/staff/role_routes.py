"""HTTP routes of the roles of staff, for the programme's staff."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import (
    AccountList,
    AccountOpened,
    AccountsQuery,
    GiveRole,
    OpenAccount,
    RoleList,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.staff import use_cases
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.rules import GivenRole

_PATH: Final = "/v1/staff/{staff_id}/roles"
_PROBLEMS: Final = ("staff_role_unknown", "staff_role_not_given_here", "staff_role_own")

routes = Routes()
RoleName = Annotated[str, Field(description="Name of the role", examples=["officer"])]


@routes.get("/v1/staff", roles=("programme",))
async def list_accounts(
    query: AccountsQuery,
    staff: Staff,  # noqa: ARG001
    tx: Transaction,
    clock: Clock,
) -> AccountList:
    """List the accounts of all staff, by username (programme)."""
    return await use_cases.list_accounts(tx, query, clock.now())


@routes.post(
    "/v1/staff",
    status=201,
    roles=("programme",),
    recent_login=True,
    headers={"cache-control": "no-store"},
    problems=(
        "staff_logins_busy",
        "staff_username_malformed",
        "staff_username_taken",
        "staff_ministry_unknown",
        "district_unknown",
    ),
    example={"username": "emdad", "role": "focal_point", "ministry": "lgd"},
)
async def open_account(
    body: OpenAccount,
    staff: Staff,
    database: Database,
    passwords: PasswordChecker,
    factors: SecondFactors,
    clock: Clock,
) -> AccountOpened:
    """Open an account of a focal point, editor, leadership, vendor, or a district (programme).

    The password is shown only now.
    """
    initial, at = await passwords.new_initial(), clock.now()
    async with database.transaction() as tx:
        made, _ = await use_cases.create_staff(
            tx,
            body.username,
            body.role,
            body.ministry,
            by=staff.actor,
            at=at,
            district=body.district,
            initial=initial,
        )
        address = await set_up_app(tx, factors, made.staff_id, made.username)
    return AccountOpened(
        **made.view(at).model_dump(),
        initial_password=initial.text,
        authenticator_address=address,
    )


@routes.get(_PATH, roles=("programme",))
async def list_roles(staff_id: UUID, staff: Staff, tx: Transaction, clock: Clock) -> RoleList:  # noqa: ARG001
    """List the roles that an account has today, and who gave them (programme)."""
    username = await use_cases.find_username(tx, staff_id)
    found = await use_cases.list_roles(tx, username, clock.now())
    return RoleList(items=[given_role.view() for given_role in found])


@routes.put(
    f"{_PATH}/{{role}}",
    roles=("programme",),
    recent_login=True,
    problems=(*_PROBLEMS, "staff_ministry_unknown", "staff_at_other_ministry", "district_unknown"),
    example={"until": "2027-06-30"},
)
async def give_role(
    staff_id: UUID, role: RoleName, body: GiveRole, staff: Staff, tx: Transaction, clock: Clock
) -> RoleList:
    """Give an account a role, or change until when it has it; its sessions end (programme)."""
    username, now = await use_cases.find_username(tx, staff_id), clock.now()
    new_role = GivenRole(role, staff.actor, now, body.until, body.district)
    changed = await use_cases.give_role(
        tx, username, new_role, ministry=body.ministry, giver_id=staff.staff_id
    )
    return RoleList(
        items=[given_role.view() for given_role in changed.roles if given_role.holds_at(now)]
    )


@routes.delete(f"{_PATH}/{{role}}", roles=("programme",), recent_login=True, problems=_PROBLEMS)
async def take_role(staff_id: UUID, role: RoleName, staff: Staff, tx: Transaction) -> None:
    """Take a role from an account; its sessions end (programme)."""
    username = await use_cases.find_username(tx, staff_id)
    await use_cases.take_role(tx, username, role, by=staff.actor, giver_id=staff.staff_id)
