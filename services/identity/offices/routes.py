"""HTTP routes of offices and officers, for the programme's staff."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.lists import SearchQuery
from libs.contracts.offices import (
    CreateOfficer,
    OfficeList,
    OfficeNames,
    OfficerAdded,
    OfficerList,
    OfficerNames,
    OfficerView,
    OfficeView,
    PlaceOfficer,
    PutOffice,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.offices import use_cases
from services.identity.offices.rules import officer_view
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.use_cases import dismiss_officer, find_username

routes = Routes()
OfficeId = Annotated[
    str, Field(description="Id of the office, as routing rules name it", examples=["union-U2393"])
]
_NOT_STORED = {"cache-control": "no-store"}


@routes.get("/v1/offices", roles=("programme",))
async def list_offices(query: SearchQuery, staff: Staff, tx: Transaction) -> OfficeList:  # noqa: ARG001
    """List the offices where officers work, by id (programme)."""
    found = await use_cases.read_offices(tx, query)
    page, following = query.page(found, lambda office: office.office_id)
    return OfficeList(items=[office.view() for office in page], next=following)


class NamesQuery(BaseModel):
    """Of which offices."""

    ids: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._,-]{0,7000}$",
            description="Ids with commas between them",
            examples=["union-U2393,police-302618"],
        ),
    ]


@routes.get("/v1/office-names", roles=("officer", "programme", "district_staff", "focal_point"))
async def name_offices(query: NamesQuery, staff: Staff, tx: Transaction) -> OfficeNames:  # noqa: ARG001
    """Read the names of offices (officers, the programme, staff of districts, focal points)."""
    return OfficeNames(names=await use_cases.read_names(tx, query.ids.split(",")))


class OfficersQuery(BaseModel):
    """Of which officers."""

    ids: Annotated[
        str, Field(pattern=r"^[0-9a-f,-]{0,7500}$", description="Ids with commas between them")
    ]


@routes.get("/v1/officer-names", roles=("officer",))
async def name_officers(query: OfficersQuery, staff: Staff, tx: Transaction) -> OfficerNames:
    """Read the names of officers of my ministry (officers)."""
    ministry = staff.post.ministry if staff.post else ""
    return OfficerNames(names=await use_cases.read_officer_names(tx, query.ids, ministry))


@routes.get("/v1/offices/{office_id}", roles=("programme",))
async def read_office(office_id: OfficeId, staff: Staff, tx: Transaction) -> OfficeView:  # noqa: ARG001
    """Read an office (programme)."""
    return (await use_cases.find_office(tx, office_id)).view()


@routes.put(
    "/v1/offices/{office_id}",
    roles=("programme",),
    recent_login=True,
    problems=(
        "office_malformed",
        "office_has_officers",
        "staff_ministry_unknown",
        "area_unknown",
        "text_missing",
        "own_account",
    ),
    example={
        "name": {"bn": "ঢাকা উত্তর সিটি কর্পোরেশন, অঞ্চল-৬", "en": "Dhaka North, zone 6"},
        "kind": "city_corporation_zone",
        "ministry": "lgd",
        "area": "30262500",
    },
)
async def put_office(
    office_id: OfficeId, body: PutOffice, staff: Staff, tx: Transaction, clock: Clock
) -> OfficeView:
    """Create an office, or change it (programme).

    The ministry of an office cannot change, and it cannot close, while officers work there. When
    its area changes, they log in again; somebody else changes it where oneself works.
    """
    return (await use_cases.put_office(tx, office_id, body, clock.now(), by=staff.actor)).view()


@routes.get("/v1/officers", roles=("programme",))
async def list_officers(
    query: SearchQuery,
    staff: Staff,  # noqa: ARG001
    tx: Transaction,
    clock: Clock,
) -> OfficerList:
    """List the officers and where they work, by username (programme)."""
    at = clock.now()
    found = await use_cases.read_officers(tx, query)
    page, following = query.page(found, lambda officer: officer.username)
    return OfficerList(items=[officer_view(officer, at) for officer in page], next=following)


@routes.get("/v1/officers/{officer_id}", roles=("programme",))
async def read_officer(
    officer_id: UUID,
    staff: Staff,  # noqa: ARG001
    tx: Transaction,
    clock: Clock,
) -> OfficerView:
    """Read where an officer works (programme)."""
    return officer_view(await use_cases.find_officer(tx, officer_id), clock.now())


@routes.post(
    "/v1/officers",
    status=201,
    roles=("programme",),
    recent_login=True,
    headers=_NOT_STORED,
    problems=(
        "staff_logins_busy",
        "staff_username_malformed",
        "staff_username_taken",
        "office_unknown",
        "office_closed",
    ),
    example={"username": "karim", "office_id": "dncc-zone-6"},
)
async def create_officer(
    body: CreateOfficer,
    staff: Staff,
    database: Database,
    passwords: PasswordChecker,
    factors: SecondFactors,
    clock: Clock,
) -> OfficerAdded:
    """Create an account for an officer; the password is shown only now (programme)."""
    initial, at = await passwords.new_initial(), clock.now()
    async with database.transaction() as tx:
        officer, address = await use_cases.create_officer(
            tx, body.username, body.office_id, initial, factors, at, by=staff.actor
        )
    return OfficerAdded(
        **officer_view(officer, at).model_dump(),
        initial_password=initial.text,
        authenticator_address=address,
    )


@routes.put(
    "/v1/officers/{officer_id}/office",
    roles=("programme",),
    recent_login=True,
    problems=("office_unknown", "office_closed", "own_account"),
    example={"office_id": "dncc-zone-6"},
)
async def place_officer(
    officer_id: UUID, body: PlaceOfficer, staff: Staff, tx: Transaction, clock: Clock
) -> OfficerView:
    """Move an officer to another office; ends sessions and duties at the old one (programme)."""
    username = await find_username(tx, officer_id, "officer")
    placed = await use_cases.place_officer(tx, username, body.office_id, by=staff.actor)
    return officer_view(placed, clock.now())


@routes.delete("/v1/officers/{officer_id}", roles=("programme",), recent_login=True)
async def disable_officer(officer_id: UUID, staff: Staff, tx: Transaction) -> None:
    """Disable the account of an officer who leaves; the sessions end (programme).

    An account with another role, as an operator's, stays and loses the role of an officer.
    """
    username = await find_username(tx, officer_id, "officer")
    await dismiss_officer(tx, username, by=staff.actor)
