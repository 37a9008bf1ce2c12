"""Pages on which the programme opens accounts, lets them begin again, and answers proposals."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.bangladesh.geography import districts
from libs.contracts.accounts import (
    AccountDetail,
    AccountList,
    AccountOpened,
    OpenAccount,
    ProposalApproved,
    ProposalList,
    ProposalView,
    ProposeAccount,
    RejectProposal,
    RoleList,
)
from libs.contracts.centres import CreateUddokta, UddoktaAdded
from libs.contracts.language import Text
from libs.contracts.offices import CreateOfficer, OfficerAdded
from libs.contracts.problems import PROBLEMS
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme.places import (
    Choices,
    find_centres,
    find_offices,
    read_office_names,
)
from services.desk.programme.shown_once import ONCE, drawn, keep_shown, take_shown
from services.desk.staff.forms import both_languages, errors_of, search_in, typed_as, typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
Role = Literal[
    "uddokta",
    "officer",
    "programme",
    "focal_point",
    "editor",
    "leadership",
    "district_staff",
    "vendor",
]
_FIELDS: Final[Mapping[Role, Sequence[str]]] = {
    "uddokta": (
        "username", "service_centre_id", "position", "phone", "licence_number", "licence_from",
        "licence_until",
    ),
    "officer": ("username", "office_id"),
    "programme": ("username", "reason"),
    "focal_point": ("username", "ministry"),
    "editor": ("username", "ministry"),
    "leadership": ("username",),
    "district_staff": ("username", "district"),
    "vendor": ("username",),
}  # fmt: skip
_ANSWERS: Final[Mapping[str, str]] = {
    "approve": "/v1/proposals/{id}/approval",
    "know": "/v1/proposals/{id}/acknowledgement",
    "reject": "/v1/proposals/{id}/rejection",
}


_APPROVED: Final = "approved"


@routes.get("/programme/accounts")
async def show_accounts(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the accounts of all staff."""
    query = search_in(request)
    listed = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
    return pages.show(request, "accounts.html", listed=listed, query=query)


@routes.get("/programme/accounts/{staff_id}")
async def show_account(
    staff_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """An account; ask how it begins again, and why, or say why it does not here."""
    return await _account(request, pages, gateway, staff, staff_id, Posted(), [])


@routes.post("/programme/accounts/{staff_id}")
async def propose_beginning(
    staff_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose that an account begins again."""
    account = await _read_account(gateway, staff, staff_id)
    wanted = typed_as(ProposeAccount, posted, ("kind", "reason"), username=account.username)
    try:
        await gateway.post(staff, "/v1/proposals", wanted, model=ProposalView)
    except ApiProblem as failure:
        errors = [PageError("reason", failure.message, failure.problem.status)]
        return await _account(request, pages, gateway, staff, staff_id, posted, errors)
    return pages.go(request, "/programme/proposals")


@routes.post("/programme/accounts/{staff_id}/roles")
async def give_role(
    staff_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Give an account a role, or change until when it has it; its logins end."""
    path = path_of(f"/v1/staff/{staff_id}/roles/{{role}}", role=posted.text("role")[:40] or "-")
    try:
        body = typed_in(posted, ("until", "ministry", "district"))
        await gateway.replace(staff, path, body, model=RoleList)
    except ApiProblem as failure:
        return await _account(
            request, pages, gateway, staff, staff_id, posted, errors_of(failure, "role")
        )
    return pages.go(request, f"/programme/accounts/{staff_id}")


@routes.get("/programme/accounts/{staff_id}/roles/{role}/removal")
async def ask_to_take_role(
    staff_id: UUID,
    role: str,
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Ask whether an account is to lose a role."""
    account = await _read_account(gateway, staff, staff_id)
    asks = Confirmation(
        question=Text(
            bn="ভূমিকাটি নেবেন?",
            en="Take the role away?",
        ),
        about=f"{account.username}: {role}",
        warning=Text(
            bn="তাঁর সব লগইন এখনই শেষ হয়। আর কোনো ভূমিকা না থাকলে তিনি লগইন করতে পারেন না।",
            en="All logins of the account end at once. Without another role it cannot log in.",
        ),
        label=Text(bn="ভূমিকা নিন", en="Take it away"),
        back=f"/programme/accounts/{staff_id}",
    )
    return ask_to_confirm(request, pages, asks)


@routes.post("/programme/accounts/{staff_id}/roles/{role}/removal")
async def take_role(
    staff_id: UUID,
    role: str,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Take a role from an account."""
    await gateway.do(staff, "DELETE", path_of(f"/v1/staff/{staff_id}/roles/{{role}}", role=role))
    return pages.go(request, f"/programme/accounts/{staff_id}")


@routes.get("/programme/new/{role}")
async def ask_for_account(
    role: Role, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for the details of a new account."""
    return await _new_account(request, pages, gateway, staff, role, Posted())


@routes.post("/programme/new/{role}")
async def open_account(
    role: Role,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Open an account and show its password once; one of the programme is only proposed."""
    try:
        if role == "programme":
            wanted = typed_as(ProposeAccount, posted, _FIELDS[role], kind="programme_account")
            await gateway.post(staff, "/v1/proposals", wanted, model=ProposalView)
            return pages.go(request, "/programme/proposals")
        added = await _open(gateway, staff, role, posted)
    except ApiProblem as failure:
        return await _new_account(request, pages, gateway, staff, role, posted, failure)
    _keep_beginning(staff, added, back=_page_of(added))
    return pages.go(request, ONCE)


@routes.get("/programme/proposals")
async def show_proposals(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show proposals that wait for a second person, and which of mine were rejected."""
    query = {"after": request.query_params.get("after")}
    waiting = await gateway.read(staff, ProposalList, "/v1/proposals", query, personal=True)
    return pages.show(
        request,
        "proposals.html",
        waiting=waiting,
        offices=await _offices_in(gateway, staff, waiting),
        approved=staff.take(_APPROVED),
        typed={},
        errors=[],
    )


@routes.post("/programme/proposals/{proposal_id}")
async def answer_proposal(
    proposal_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Approve or reject a proposal; a new password is shown once."""
    action, because = posted.get("action", ""), posted.text("because")[:501]
    action = action if action in _ANSWERS else "reject"
    path = path_of(_ANSWERS[action], id=proposal_id)
    rejection = RejectProposal.model_construct(reason=because) if because else RejectProposal()
    body = rejection if action == "reject" else None
    try:
        done = await gateway.post(staff, path, body, model=ProposalApproved)
    except ApiProblem as failure:
        place = "because" if body and failure.problem.errors else "proposal"
        waiting = await gateway.read(staff, ProposalList, "/v1/proposals", personal=True)
        return pages.show(
            request,
            "proposals.html",
            status=failure.problem.status,
            waiting=waiting,
            offices=await _offices_in(gateway, staff, waiting),
            approved=None,
            typed={proposal_id: because},
            errors=[PageError(f"{place}-{proposal_id}", failure.message)],
        )
    if done.initial_password is None and done.authenticator_address is None:
        if posted.get("back") == "uddokta" and done.uddokta_id:
            return pages.go(request, f"/programme/uddoktas/{done.uddokta_id}")
        if action == "approve":
            staff.keep(**{_APPROVED: {"kind": done.kind, "username": done.username}})
        return pages.go(request, "/programme/proposals")
    _keep_beginning(staff, done)
    return pages.go(request, ONCE)


async def _offices_in(gateway: Gateway, staff: Visit, waiting: ProposalList) -> Mapping[str, str]:
    """Return the names of the offices at which somebody gets a duty."""
    return await read_office_names(
        gateway, staff, (proposal.office_id for proposal in waiting.items)
    )


@routes.get("/programme/shown")
async def show_once(request: Request, staff: StaffVisit, pages: Pages) -> Response:
    """Show the first password of a person once, and forget it."""
    shown = take_shown(staff)
    code = drawn(shown["address"]) if shown and shown["address"] else None
    return pages.show(request, "shown_once.html", shown=shown, code_of_app=code)


async def _account(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    staff_id: UUID,
    typed: Posted,
    errors: list[PageError],
) -> Response:
    account = await _read_account(gateway, staff, staff_id)
    return pages.show(
        request,
        "account_page.html",
        status=errors[0].status if errors else 200,
        account=account,
        roles_here=account.roles_here,
        ministries=_ministries(staff),
        districts=_districts(staff),
        typed=typed,
        errors=errors,
    )


def _ministries(staff: Visit) -> list[tuple[str, str]]:
    """Return ids and names of all ministries and divisions, in the language of the visit."""
    names = [(body.body_id, Text(bn=body.name_bn, en=body.name_en)) for body in bodies()]
    return [(body_id, name.in_language(staff.language)) for body_id, name in names]


def _districts(staff: Visit) -> list[tuple[str, str]]:
    """Return codes and names of the districts, by name in the language of the visit."""
    names = [(place.code, Text(bn=place.name_bn, en=place.name_en)) for place in districts()]
    found = [(code, name.in_language(staff.language)) for code, name in names]
    return sorted(found, key=lambda place: place[1])


async def _read_account(gateway: Gateway, staff: Visit, staff_id: UUID) -> AccountDetail:
    path = f"/v1/staff/{staff_id}/account"
    return await gateway.read(staff, AccountDetail, path, personal=True)


async def _open(
    gateway: Gateway, staff: Visit, role: Role, posted: Posted
) -> UddoktaAdded | OfficerAdded | AccountOpened:
    """Open an account.

    Raises:
        ApiProblem: the API does not take it.
    """
    if role == "officer":
        officer = typed_as(CreateOfficer, posted, _FIELDS[role])
        return await gateway.post(staff, "/v1/officers", officer, model=OfficerAdded)
    if role != "uddokta":
        account = typed_as(OpenAccount, posted, _FIELDS[role], role=role)
        return await gateway.post(staff, "/v1/staff", account, model=AccountOpened)
    name = Text.model_construct(None, **both_languages(posted, "first_name"))
    uddokta = typed_as(CreateUddokta, posted, _FIELDS["uddokta"], first_name=name)
    return await gateway.post(staff, "/v1/uddoktas", uddokta, model=UddoktaAdded)


async def _new_account(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    role: Role,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    places, has_others = await _places(request, gateway, staff, role, typed)
    return pages.show(
        request,
        "new_account.html",
        status=failure.problem.status if failure else 200,
        role=role,
        places=places,
        has_others=has_others,
        words=search_in(request)["q"],
        ministries=_ministries(staff),
        districts=_districts(staff),
        username_rule=PROBLEMS["staff_username_malformed"].detail,
        typed=typed,
        errors=errors_of(failure, "username") if failure else [],
    )


async def _places(
    request: Request, gateway: Gateway, staff: Visit, role: Role, typed: Posted
) -> tuple[Choices, bool]:
    """Return where a person with a role can work, and whether there are others to look for."""
    words = search_in(request)["q"]
    if role == "uddokta":
        wanted = typed.get("service_centre_id") or request.query_params.get("centre")
        return await find_centres(gateway, staff, words, None if words else wanted)
    return await find_offices(gateway, staff, words) if role == "officer" else ([], False)


def _page_of(added: UddoktaAdded | OfficerAdded | AccountOpened) -> str:
    """Return the page to which the way goes on after an account was opened."""
    if isinstance(added, UddoktaAdded):
        return path_of("/programme/centres/{id}", id=added.service_centre_id)
    if isinstance(added, AccountOpened):
        return f"/programme/accounts/{added.staff_id}"
    return f"/programme/officers/{added.officer_id}"


def _keep_beginning(
    staff: Visit,
    begun: UddoktaAdded | OfficerAdded | AccountOpened | ProposalApproved,
    *,
    back: str = "/programme/accounts",
) -> None:
    """Keep the password and codes of a person who begins."""
    keep_shown(
        staff,
        username=begun.username,
        password=begun.initial_password,
        address=begun.authenticator_address,
        back=back,
    )
