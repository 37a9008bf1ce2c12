"""Pages of training, for the programme's staff and for who takes part."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.bangladesh.geography import districts
from libs.bangladesh.text import bangla_digits
from libs.contracts.accounts import ACCOUNTS_AT_ONCE, AccountList, AccountView
from libs.contracts.language import Text
from libs.contracts.training import (
    CourseList,
    CreateTraining,
    HolderOfSeat,
    NeedView,
    OwnTraining,
    ProposeNeed,
    RecordAnswers,
    SeatsPage,
    TrainingDetails,
    TrainingList,
    TrainingTest,
    TrainingView,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in, typed_as
from services.desk.staff.proposals import answer_proposal
from services.desk.staff.rules import sees_country
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_SESSIONS: Final = "/v1/training/sessions"
_COURSES: Final = "/v1/training/courses"
_PAGE: Final = "/programme/training"
_OF_SESSION: Final = ("course", "audience", "day", "place", "district", "ministry", "trainer_id")
_PLACES: Final = {str(place): place for place in range(10)}
_MISSING: Final = Text(bn="একটি উত্তর বেছে নিন।", en="Choose an answer.")


@routes.get(_PAGE)
async def show_training(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The courses, who needs them, and the sessions."""
    return await _training(request, pages, gateway, staff, Posted())


@routes.get(f"{_PAGE}/seats")
async def show_seats(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Where seats are short of need: uddoktas by district, officers by ministry."""
    found = await gateway.read(staff, SeatsPage, "/v1/training/seats", personal=True)
    return pages.show(request, "training_seats.html", found=found)


@routes.post(f"{_PAGE}/sessions")
async def create_session(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Set a session."""
    seats = posted.text("seats")
    numbers = {"seats": number_in(seats, None)} if seats else {}
    wanted = typed_as(CreateTraining, posted, _OF_SESSION, **numbers)
    try:
        made = await gateway.post(staff, _SESSIONS, wanted, model=TrainingView)
    except ApiProblem as failure:
        return await _training(request, pages, gateway, staff, posted, failure)
    return pages.go(request, f"{_PAGE}/sessions/{made.session_id}")


@routes.post(f"{_PAGE}/needs")
async def propose_need(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Propose that an audience needs a course from a day on."""
    path = path_of(f"{_COURSES}/{{course}}/needs", course=posted.text("course") or "-")
    wanted = typed_as(ProposeNeed, posted, ("audience", "needed_from", "reason"))
    try:
        await gateway.post(staff, path, wanted, model=NeedView)
    except ApiProblem as failure:
        return await _training(request, pages, gateway, staff, posted, failure)
    return pages.go(request, _PAGE)


@routes.post(f"{_PAGE}/needs/{{act_id}}")
async def answer_need(
    act_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Decide it, as another person has proposed, or say why not."""
    path = path_of("/v1/training/needs/{act_id}", act_id=str(act_id))
    try:
        await answer_proposal(gateway, staff, path, posted, NeedView)
    except ApiProblem as failure:
        return await _training(request, pages, gateway, staff, posted, failure)
    return pages.go(request, _PAGE)


@routes.get(f"{_PAGE}/sessions/{{session_id}}")
async def show_session(
    session_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A session: who has a seat, who came, and who has passed."""
    return await _session(request, pages, gateway, staff, session_id)


@routes.post(f"{_PAGE}/sessions/{{session_id}}")
async def act_on_seat(
    session_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Record that somebody attended, or begin the test."""
    path = path_of(f"{_SESSIONS}/{{session_id}}", session_id=str(session_id))
    wanted = typed_as(HolderOfSeat, posted, ("holder_id",))
    try:
        if posted.text("action") == "attended":
            await gateway.post(staff, f"{path}/attendance", wanted, model=TrainingDetails)
            return pages.go(request, f"{_PAGE}/sessions/{session_id}")
        test = await gateway.post(staff, f"{path}/tests", wanted, model=TrainingTest)
    except ApiProblem as failure:
        return await _session(request, pages, gateway, staff, session_id, failure)
    return pages.go(request, f"{_PAGE}/tests/{test.test_id}")


@routes.get(f"{_PAGE}/tests/{{test_id}}")
async def show_test(
    test_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The questions of a test, which the candidate answers here; or its result."""
    return await _test(request, pages, gateway, staff, test_id, Posted())


@routes.post(f"{_PAGE}/tests/{{test_id}}")
async def record_test(
    test_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Record what the candidate answered."""
    path = path_of("/v1/training/tests/{test_id}", test_id=str(test_id))
    test = await gateway.read(staff, TrainingTest, path, personal=True)
    chosen = [_PLACES.get(posted.text(f"answer-{place}")) for place in range(len(test.questions))]
    missing = [place for place, answer in enumerate(chosen) if answer is None]
    if missing:
        return await _test(request, pages, gateway, staff, test_id, posted, missing=missing)
    try:
        wanted = RecordAnswers(answers=[answer for answer in chosen if answer is not None])
        await gateway.post(staff, f"{path}/answers", wanted, model=TrainingTest)
    except ApiProblem as failure:
        return await _test(request, pages, gateway, staff, test_id, posted, failure)
    return pages.go(request, f"{_PAGE}/tests/{test_id}")


@routes.get("/training")
async def show_own_training(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Until when I am qualified, and sessions in which I can take a seat."""
    return await _own(request, pages, gateway, staff)


@routes.post("/training/mail")
async def put_own_mail(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Say where I am warned; an empty field takes the address back."""
    wanted = {"mail": posted.text("mail") or None}
    try:
        await gateway.replace(staff, "/v1/training/own/mail", wanted, model=OwnTraining)
    except ApiProblem as failure:
        return await _own(request, pages, gateway, staff, failure, "mail")
    return pages.go(request, "/training")


@routes.post("/training/sessions/{session_id}")
async def act_on_own_seat(
    session_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Take a seat, or give it back."""
    path = path_of(f"{_SESSIONS}/{{session_id}}/seat", session_id=str(session_id))
    try:
        if posted.text("action") == "give_back":
            await gateway.do(staff, "DELETE", path)
        else:
            await gateway.post(staff, path, model=TrainingView)
    except ApiProblem as failure:
        return await _own(request, pages, gateway, staff, failure)
    return pages.go(request, "/training")


async def _training(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    courses = await gateway.read(staff, CourseList, _COURSES, personal=True)
    sessions = await gateway.read(staff, TrainingList, _SESSIONS, personal=True)
    trainers = await _trainers(gateway, staff) if _sees_accounts(staff) else []
    place = "reason" if "reason" in typed else "place"
    return pages.show(
        request,
        "training.html",
        status=failure.problem.status if failure else 200,
        courses=courses.items,
        sessions=sessions.items,
        trainers=[(str(account.staff_id), account.username) for account in trainers],
        places=_places(),
        ministries=_ministries(),
        typed=typed,
        errors=errors_of(failure, place) if failure else [],
    )


async def _session(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    session_id: UUID,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of(f"{_SESSIONS}/{{session_id}}", session_id=str(session_id))
    details = await gateway.read(staff, TrainingDetails, path, personal=True)
    return pages.show(
        request,
        "training_session.html",
        status=failure.problem.status if failure else 200,
        details=details,
        names=await _names(gateway, staff, [seat.holder_id for seat in details.seats]),
        places=dict(_places()),
        errors=errors_of(failure, "seats") if failure else [],
    )


async def _test(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    test_id: UUID,
    typed: Posted,
    failure: ApiProblem | None = None,
    missing: Collection[int] = (),
) -> Response:
    path = path_of("/v1/training/tests/{test_id}", test_id=str(test_id))
    test = await gateway.read(staff, TrainingTest, path, personal=True)
    errors = errors_of(failure, "answer-0") if failure else []
    errors += [_missing(place, staff) for place in missing]
    return pages.show(
        request,
        "training_test.html",
        status=failure.problem.status if failure else 422 if missing else 200,
        test=test,
        names=await _names(gateway, staff, [test.holder_id]),
        typed=typed,
        errors=errors,
    )


def _missing(place: int, staff: Visit) -> PageError:
    """Return that a question has no answer; the summary names it by its number."""
    number = place + 1
    name = Text(bn=f"প্রশ্ন {bangla_digits(number)}", en=f"Question {number}")
    message = _MISSING.in_language(staff.language)
    return PageError(f"answer-{place}", message, name=name.in_language(staff.language))


async def _own(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    failure: ApiProblem | None = None,
    place: str = "sessions",
) -> Response:
    sessions = await gateway.read(staff, TrainingList, _SESSIONS, personal=True)
    own = await gateway.read(staff, OwnTraining, "/v1/training/own", personal=True)
    return pages.show(
        request,
        "own_training.html",
        status=failure.problem.status if failure else 200,
        own=own,
        mail=own.mail or "",
        sessions=sessions.items,
        places=dict(_places()),
        errors=errors_of(failure, place) if failure else [],
    )


async def _names(gateway: Gateway, staff: Visit, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the usernames of accounts; none for who does not see accounts."""
    if not _sees_accounts(staff):
        return {}
    ids = [str(staff_id) for staff_id in staff_ids]
    names: dict[UUID, str] = {}
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        query = {"ids": ",".join(ids[start : start + ACCOUNTS_AT_ONCE])}
        listed = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
        names |= {account.staff_id: account.username for account in listed.items}
    return names


async def _trainers(gateway: Gateway, staff: Visit) -> list[AccountView]:
    """Return the accounts of the programme, by username."""
    found: list[AccountView] = []
    after: str | None = None
    while True:
        query = {"role": "programme", "after": after}
        listed = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
        found += listed.items
        after = listed.next
        if after is None:
            return found


def _sees_accounts(staff: Visit) -> bool:
    return sees_country(staff.session.get("roles", ()))


def _places() -> list[tuple[str, Text]]:
    found = [(place.code, Text(bn=place.name_bn, en=place.name_en)) for place in districts()]
    return sorted(found, key=lambda place: place[1].en)


def _ministries() -> list[tuple[str, Text]]:
    return [(body.body_id, Text(bn=body.name_bn, en=body.name_en)) for body in bodies()]
