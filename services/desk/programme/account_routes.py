"""Pages on which the programme opens accounts, lets them begin again, and answers proposals."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.accounts import (
    AccountDetail,
    AccountList,
    ProposalApproved,
    ProposalList,
    ProposalView,
    ProposeAccount,
    RejectProposal,
)
from libs.contracts.centres import (
    AddDevice,
    CentreList,
    CreateUddokta,
    DeviceAdded,
    DeviceList,
    UddoktaAdded,
)
from libs.contracts.language import Text
from libs.contracts.offices import CreateOfficer, OfficeList, OfficerAdded
from libs.contracts.problems import PROBLEMS
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
Role = Literal["uddokta", "officer", "programme"]
_SHOWN: Final = "shown_once"
_ONCE: Final = "/programme/shown"
_FIELDS: Final[Mapping[Role, Sequence[str]]] = {
    "uddokta": (
        "username", "service_centre_id", "position", "phone", "licence_number", "licence_from",
        "licence_until", "certificate_number", "certificate_until",
    ),
    "officer": ("username", "office_id"),
    "programme": ("username", "reason"),
}  # fmt: skip
_MOST_CHARS: Final = 501
_ANSWERS: Final = {"approve": "approval", "know": "acknowledgement"}


@routes.get("/programme/accounts")
async def show_accounts(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the accounts of all staff."""
    query = {"after": request.query_params.get("after")}
    listed = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
    return pages.show(request, "accounts.html", listed=listed)


@routes.get("/programme/accounts/{staff_id}")
async def show_account(
    staff_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """An account; ask how it begins again, and why, or say why it does not here."""
    account = await _read_account(gateway, staff, staff_id)
    return pages.show(request, "account_page.html", account=account, typed=Posted(), errors=[])


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
    wanted = _typed(ProposeAccount, posted, ("kind", "reason"), username=account.username)
    try:
        await gateway.post(staff, "/v1/proposals", wanted, model=ProposalView)
    except ApiProblem as failure:
        return pages.show(
            request,
            "account_page.html",
            status=failure.problem.status,
            account=account,
            typed=posted,
            errors=[PageError("reason", failure.message)],
        )
    return pages.go(request, "/programme/proposals")


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
            wanted = _typed(ProposeAccount, posted, _FIELDS[role], kind="programme_account")
            await gateway.post(staff, "/v1/proposals", wanted, model=ProposalView)
            return pages.go(request, "/programme/proposals")
        added = await _open(gateway, staff, role, posted)
    except ApiProblem as failure:
        return await _new_account(request, pages, gateway, staff, role, posted, failure)
    _keep_beginning(staff, added)
    return pages.go(request, _ONCE)


@routes.get("/programme/proposals")
async def show_proposals(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show proposals that wait for a second person, and which of mine were rejected."""
    query = {"after": request.query_params.get("after")}
    waiting = await gateway.read(staff, ProposalList, "/v1/proposals", query, personal=True)
    return pages.show(request, "proposals.html", waiting=waiting, typed={}, errors=[])


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
    action, because = posted.get("action", "reject"), posted.text("because")[:_MOST_CHARS]
    path = path_of(f"/v1/proposals/{{id}}/{_ANSWERS.get(action, 'rejection')}", id=proposal_id)
    rejection = RejectProposal.model_construct(reason=because) if because else RejectProposal()
    body = None if action in _ANSWERS else rejection
    try:
        done = await gateway.post(staff, path, body, model=ProposalApproved)
    except ApiProblem as failure:
        place = "because" if action not in _ANSWERS and failure.problem.errors else "proposal"
        waiting = await gateway.read(staff, ProposalList, "/v1/proposals", personal=True)
        return pages.show(
            request,
            "proposals.html",
            status=failure.problem.status,
            waiting=waiting,
            typed={proposal_id: because},
            errors=[PageError(f"{place}-{proposal_id}", failure.message)],
        )
    if done.initial_password is None and done.authenticator_address is None:
        is_back = posted.get("back") == "uddokta" and done.uddokta_id
        about = f"/programme/uddoktas/{done.uddokta_id}" if is_back else "/programme/proposals"
        return pages.go(request, about)
    _keep_beginning(staff, done)
    return pages.go(request, _ONCE)


@routes.get("/programme/shown")
async def show_once(request: Request, staff: StaffVisit, pages: Pages) -> Response:
    """Show the first password of a person once, and forget it."""
    return pages.show(request, "shown_once.html", shown=staff.take(_SHOWN))


@routes.get("/programme/centres/{centre_id}/devices")
async def show_devices(
    centre_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The devices of a centre; ask for a code for another one."""
    return await _devices(request, staff, pages, gateway, centre_id)


@routes.post("/programme/centres/{centre_id}/devices")
async def add_device(
    centre_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Let a device be enrolled, and show its code once."""
    path = path_of("/v1/centres/{id}/devices", id=centre_id)
    try:
        wanted = _typed(AddDevice, posted, ("name",))
        added = await gateway.post(staff, path, wanted, model=DeviceAdded)
    except ApiProblem as failure:
        return await _devices(request, staff, pages, gateway, centre_id, posted, failure)
    _keep(staff, code=added.enrolment_code)
    return pages.go(request, _ONCE)


async def _devices(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    centre_id: str,
    typed: Posted | None = None,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of("/v1/centres/{id}/devices", id=centre_id)
    listed = await gateway.read(staff, DeviceList, path, personal=True)
    return pages.show(
        request,
        "devices.html",
        status=failure.problem.status if failure else 200,
        centre_id=centre_id,
        name=(await read_centre_names(gateway, staff)).get(centre_id, centre_id),
        devices=listed.items,
        typed=typed or Posted(),
        errors=[PageError("name", failure.message)] if failure else [],
    )


async def read_centre_names(gateway: Gateway, staff: Visit) -> dict[str, str]:
    """Return the names of all centres by their ids, in the language of the visit."""
    listed = await gateway.read(staff, CentreList, "/v1/centres")
    language = staff.language
    return {centre.service_centre_id: centre.name.in_language(language) for centre in listed.items}


async def _read_account(gateway: Gateway, staff: Visit, staff_id: UUID) -> AccountDetail:
    path = f"/v1/staff/{staff_id}/account"
    return await gateway.read(staff, AccountDetail, path, personal=True)


async def _open(
    gateway: Gateway, staff: Visit, role: Role, posted: Posted
) -> UddoktaAdded | OfficerAdded:
    """Open an account.

    Raises:
        ApiProblem: the API does not take it.
    """
    if role == "officer":
        officer = _typed(CreateOfficer, posted, _FIELDS[role])
        return await gateway.post(staff, "/v1/officers", officer, model=OfficerAdded)
    name = Text.model_construct(bn=posted.text("first_name_bn"), en=posted.text("first_name_en"))
    uddokta = _typed(CreateUddokta, posted, _FIELDS["uddokta"], first_name=name)
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
    return pages.show(
        request,
        "new_account.html",
        status=failure.problem.status if failure else 200,
        role=role,
        places=await _places(gateway, staff, role),
        username_rule=PROBLEMS["staff_username_malformed"].detail,
        typed=typed,
        errors=_errors_of(failure) if failure else [],
    )


async def _places(gateway: Gateway, staff: Visit, role: Role) -> list[tuple[str, str]]:
    """Return the centres or offices where a person with a role can work."""
    if role == "uddokta":
        return list((await read_centre_names(gateway, staff)).items())
    if role == "programme":
        return []
    found: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        page = await gateway.read(staff, OfficeList, "/v1/offices", {"after": after}, personal=True)
        found += [
            (office.office_id, office.name.in_language(staff.language)) for office in page.items
        ]
        after = page.next
        if after is None:
            return found


def _typed(model: type[BaseModel], posted: Posted, fields: Sequence[str], **more: Any) -> Any:
    """Return the typed values as the API takes them; empty fields are not sent."""
    typed: dict[str, Any] = {
        name: posted.text(name)[:_MOST_CHARS] for name in fields if posted.text(name)
    }
    return model.model_construct(**typed | more)


def _errors_of(failure: ApiProblem) -> list[PageError]:
    """Return the errors, at their fields."""
    errors = [
        PageError(error.pointer.removeprefix("/").replace("/", "_"), error.message)
        for error in failure.problem.errors
    ]
    return errors or [PageError("username", failure.message)]


def _keep_beginning(staff: Visit, begun: UddoktaAdded | OfficerAdded | ProposalApproved) -> None:
    """Keep the password and codes of a person who begins."""
    _keep(
        staff,
        username=begun.username,
        password=begun.initial_password,
        address=begun.authenticator_address,
    )


def _keep(staff: Visit, **shown: str | None) -> None:
    """Keep a page that is shown once in the browser's sealed cookie, until it is shown."""
    staff.keep(**{_SHOWN: dict.fromkeys(("username", "password", "address", "code")) | shown})
