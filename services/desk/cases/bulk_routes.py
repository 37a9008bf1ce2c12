"""Pages on which an officer does one thing with many cases of a step at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.cases import (
    MOST_AT_ONCE,
    ActOnCases,
    BulkCase,
    BulkCases,
    BulkChoice,
    BulkGroup,
    BulkGroups,
    CasesActed,
    SeenCase,
)
from libs.contracts.language import Text
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.forms import number_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/cases/bulk"
_NOT_THE_NUMBER: Final = Text(
    bn="পাতায় যতটি নথি দেখানো আছে সেই সংখ্যাটি লিখুন।",
    en="Type the number of cases that the page shows.",
)
_NOTHING_TYPED: Final = -1
_WANTED: Final = ("duty", "workflow", "step", "action")


@routes.get("/cases/bulk")
async def show_groups(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What waits for my duties by step, with what can be done with many at once."""
    found = await gateway.read(staff, BulkGroups, _API, personal=True)
    return pages.show(request, "bulk.html", groups=found.items, most=MOST_AT_ONCE, errors=[])


@routes.get("/cases/bulk/act")
async def ask_for_number(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask how many cases they are; whoever types it has looked."""
    wanted = {name: request.query_params.get(name, "")[:60] for name in _WANTED}
    group, choice = await _chosen(gateway, staff, wanted)
    if group is None or choice is None:
        return pages.go(request, "/cases/bulk")
    query = {"duty": group.duty, "workflow": group.workflow, "step": group.step}
    listed = await gateway.read(staff, BulkCases, f"{_API}/cases", query, personal=True)
    return _ask(request, pages, (group, choice), listed.items)


@routes.post("/cases/bulk/act")
async def act_on_all(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Do it with those that are as the page showed them; name the others."""
    wanted = {name: posted.text(name)[:60] for name in _WANTED}
    shown = list(_shown(posted.text("cases")))
    typed = number_in(posted.text("count"), _NOTHING_TYPED)
    if typed != len(shown):
        group, choice = await _chosen(gateway, staff, wanted)
        if group is None or choice is None:
            return pages.go(request, "/cases/bulk")
        error = PageError("count", _NOT_THE_NUMBER.in_language(staff.language))
        return _ask(request, pages, (group, choice), shown, [error])
    sent: dict[str, Any] = {**wanted, "count": typed}
    seen = [SeenCase(case_id=case.case_id, revision=case.revision) for case in shown]
    body = ActOnCases.model_construct(**sent, cases=seen)
    try:
        acted = await gateway.post(staff, _API, body, model=CasesActed)
    except ApiProblem as failure:
        found = await gateway.read(staff, BulkGroups, _API, personal=True)
        return pages.show(
            request,
            "bulk.html",
            status=failure.problem.status,
            groups=found.items,
            most=MOST_AT_ONCE,
            errors=[PageError("groups", failure.message)],
        )
    numbers = {case.case_id: case.tracking_number for case in shown}
    return pages.show(
        request, "bulk_done.html", done=acted.done, left=acted.not_done, numbers=numbers
    )


async def _chosen(
    gateway: Gateway, staff: StaffVisit, wanted: Mapping[str, Any]
) -> tuple[BulkGroup | None, BulkChoice | None]:
    """Return the step and the action that a person has chosen; None for what is not there."""
    found = await gateway.read(staff, BulkGroups, _API, personal=True)
    for group in found.items:
        if all(getattr(group, name) == wanted[name] for name in _WANTED[:-1]):
            choices = {choice.action: choice for choice in group.actions}
            return group, choices.get(wanted["action"])
    return None, None


def _ask(
    request: Request,
    pages: Pages,
    chosen: tuple[BulkGroup, BulkChoice],
    cases: Sequence[BulkCase],
    errors: Sequence[PageError] = (),
) -> Response:
    group, choice = chosen
    return pages.show(
        request,
        "bulk_act.html",
        status=422 if errors else 200,
        group=group,
        choice=choice,
        cases=cases,
        errors=list(errors),
    )


def _shown(text: str) -> list[BulkCase]:
    """Return the cases that a page showed; a line that is none is left out."""
    found = []
    for line in text.split()[:MOST_AT_ONCE]:
        case_id, _, rest = line.partition(":")
        revision, _, number = rest.partition(":")
        try:
            case = BulkCase(
                case_id=UUID(case_id), revision=parse_int(revision), tracking_number=number[:30]
            )
        except (Malformed, ValueError):
            continue
        found.append(case)
    return found
