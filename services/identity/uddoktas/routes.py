"""HTTP routes of uddoktas, for the programme's staff."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.centres import (
    CreateUddokta,
    MoveUddokta,
    ProposeSanction,
    RenewLicence,
    SanctionList,
    SanctionView,
    UddoktaAdded,
    UddoktaList,
    UddoktasQuery,
    UddoktaView,
)
from libs.contracts.lists import ListQuery
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.centres.use_cases import read_names
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.use_cases import find_username
from services.identity.uddoktas import use_cases
from services.identity.uddoktas.rules import sanction_view

routes = Routes()


@routes.get("/v1/uddoktas", roles=("programme",))
async def list_uddoktas(query: UddoktasQuery, staff: Staff, tx: Transaction) -> UddoktaList:  # noqa: ARG001
    """List the uddoktas (programme)."""
    found = await use_cases.read_uddoktas(tx, query)
    page, following = query.page(found, lambda uddokta: uddokta.username)
    names = await read_names(tx, {uddokta.service_centre_id for uddokta in page})
    return UddoktaList(items=[uddokta.view() for uddokta in page], centres=names, next=following)


@routes.get("/v1/uddoktas/{uddokta_id}", roles=("programme",))
async def read_uddokta(uddokta_id: UUID, staff: Staff, tx: Transaction) -> UddoktaView:  # noqa: ARG001
    """Read an uddokta with licence, qualification and centre (programme)."""
    return (await use_cases.find_uddokta(tx, uddokta_id)).view()


@routes.post(
    "/v1/uddoktas",
    status=201,
    roles=("programme",),
    recent_login=True,
    headers={"cache-control": "no-store"},
    problems=(
        "staff_logins_busy",
        "staff_username_malformed",
        "staff_username_taken",
        "service_centre_unknown",
        "licence_dates_wrong",
        "text_missing",
    ),
    example={
        "username": "rahim",
        "first_name": {"bn": "রহিম", "en": "Rahim"},
        "service_centre_id": "gulshan",
        "licence_number": "L-2026-114",
        "licence_from": "2026-07-01",
        "licence_until": "2028-06-30",
        "phone": "০১৮১১-১১১১১১",
    },
)
async def create_uddokta(
    body: CreateUddokta,
    staff: Staff,
    database: Database,
    passwords: PasswordChecker,
    factors: SecondFactors,
    clock: Clock,
) -> UddoktaAdded:
    """Create an account for a licensed uddokta; the password is shown only now (programme)."""
    initial = await passwords.new_initial()
    async with database.transaction() as tx:
        uddokta, address = await use_cases.create_uddokta(
            tx, body, initial, factors, clock.now(), by=staff.actor
        )
    return UddoktaAdded(
        **uddokta.view().model_dump(),
        initial_password=initial.text,
        authenticator_address=address,
    )


@routes.put(
    "/v1/uddoktas/{uddokta_id}/licence",
    roles=("programme",),
    recent_login=True,
    problems=("licence_dates_wrong",),
    example={"licence_until": "2030-06-30"},
)
async def renew_licence(
    uddokta_id: UUID, body: RenewLicence, staff: Staff, tx: Transaction
) -> UddoktaView:
    """Set until when the licence of an uddokta holds (programme)."""
    username = await find_username(tx, uddokta_id, "uddokta")
    renewed = await use_cases.renew_licence(
        tx, username, body.licence_until, body.certificate_until, by=staff.actor
    )
    return renewed.view()


@routes.put(
    "/v1/uddoktas/{uddokta_id}/centre",
    roles=("programme",),
    recent_login=True,
    problems=("service_centre_unknown",),
    example={"service_centre_id": "uttara"},
)
async def move_uddokta(
    uddokta_id: UUID, body: MoveUddokta, staff: Staff, tx: Transaction
) -> UddoktaView:
    """Let an uddokta work at another centre; the sessions end (programme)."""
    username = await find_username(tx, uddokta_id, "uddokta")
    moved = await use_cases.move_uddokta(tx, username, body.service_centre_id, by=staff.actor)
    return moved.view()


@routes.get("/v1/uddokta", roles=("uddokta",))
async def read_own_licence(staff: Staff, tx: Transaction) -> UddoktaView:
    """Read my centre, licence and qualification (uddokta)."""
    return (await use_cases.read_uddokta(tx, staff.staff_id)).view()


@routes.get("/v1/uddoktas/{uddokta_id}/sanctions", roles=("programme",))
async def list_sanctions(
    uddokta_id: UUID,
    query: ListQuery,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> SanctionList:
    """List the sanctions of an uddokta, the newest first (programme)."""
    return await use_cases.list_sanctions(tx, uddokta_id, query, staff.staff_id, clock.now())


@routes.post(
    "/v1/uddoktas/{uddokta_id}/sanctions",
    status=201,
    roles=("programme",),
    recent_login=True,
    example={"kind": "pause", "reason": "complaints of 12 March are being looked into"},
)
async def propose_sanction(
    uddokta_id: UUID, body: ProposeSanction, staff: Staff, tx: Transaction, clock: Clock
) -> SanctionView:
    """Propose to pause, suspend or reinstate an uddokta; another person approves (programme)."""
    sanction = await use_cases.propose_sanction(
        tx, uddokta_id, body.kind, body.reason, staff.staff_id, clock.now()
    )
    return sanction_view(uddokta_id, sanction)
