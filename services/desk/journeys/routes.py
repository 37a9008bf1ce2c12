"""Pages of a journey: ask for a tracking number, and show where the application is."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.text import Malformed
from libs.contracts.journeys import JourneyPart
from libs.contracts.language import Text
from libs.errors import Unavailable
from libs.ids import MAX_INPUT_CHARS, parse_tracking_number
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.journeys import drawing, rules
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_WITHIN_S: Final = 3.0
"""A service that has not answered by then is a gap on the page."""
_NOT_OURS: Final = frozenset({"role_missing", "application_unknown"})
"""Answers that are about who asks and for what, and not about the service."""
_MALFORMED: Final = Text(
    bn="এটি আমাদের ট্র্যাকিং নম্বর নয়: একটি অক্ষর বা সংখ্যা ভুল, বেশি বা কম আছে। মিলিয়ে আবার লিখুন।",
    en="This is no tracking number of ours: a letter or digit is wrong, too many or missing. "
    "Compare it and type it again.",
)


@routes.get("/journeys")
async def ask_for_tracking_number(request: Request, _staff: StaffVisit, pages: Pages) -> Response:
    """Ask for a tracking number."""
    return pages.show(request, "ask_journey.html", typed="", errors=[])


@routes.post("/journeys")
async def look_up(request: Request, posted: Posted, staff: StaffVisit, pages: Pages) -> Response:
    """Go to the journey of a tracking number."""
    typed = posted.text("number")[:MAX_INPUT_CHARS]
    try:
        number = parse_tracking_number(typed)
    except Malformed:
        return _malformed(request, pages, staff, typed)
    return pages.go(request, f"/journeys/{number}")


@routes.get("/journeys/{number}")
async def show_journey(
    number: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Where an application is, with every wait; a service that does not answer is a gap."""
    try:
        number = parse_tracking_number(number)
    except Malformed:
        return _malformed(request, pages, staff, number[:MAX_INPUT_CHARS])
    await gateway.renew(staff)
    parts = await _read(gateway, staff, number)
    journey = rules.compose(number, parts)
    return pages.show(
        request,
        "journey.html",
        journey=journey,
        bars=drawing.bars(journey),
        marks=[(seconds, drawing.width_of(seconds)) for seconds in drawing.MARKS_S],
        width=drawing.WIDTH,
        row=drawing.ROW,
    )


def _malformed(request: Request, pages: Pages, staff: StaffVisit, typed: str) -> Response:
    errors = [PageError("number", _MALFORMED.in_language(staff.language))]
    return pages.show(request, "ask_journey.html", status=422, typed=typed, errors=errors)


async def _read(gateway: Gateway, staff: StaffVisit, number: str) -> Mapping[str, JourneyPart]:
    """Read all parts at once; then ask those that know no such number by the application's id."""
    parts = await _read_some(gateway, staff, number, rules.SERVICES, None)
    application_id = rules.application_id_of(parts)
    owner = parts.get("applications")
    application = owner.application if owner else None
    missing = [
        name
        for name, part in parts.items()
        if part.application_id is None and rules.may_have_it(name, application)
    ]
    if application_id and missing:
        parts |= await _read_some(gateway, staff, number, missing, str(application_id))
    return parts


async def _read_some(
    gateway: Gateway,
    staff: StaffVisit,
    number: str,
    services: Sequence[str],
    application_id: str | None,
) -> dict[str, JourneyPart]:
    read = (_read_part(gateway, staff, number, name, application_id) for name in services)
    found = await asyncio.gather(*read)
    return {name: part for name, part in zip(services, found, strict=True) if part}


async def _read_part(
    gateway: Gateway, staff: StaffVisit, number: str, service: str, application_id: str | None
) -> JourneyPart | None:
    """Read the part of a service; None if it does not answer.

    Raises:
        ApiProblem: whoever asks may not, or it is no tracking number.
    """
    path = path_of("/v1/operations/{service}/journeys/{number}", service=service, number=number)
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await gateway.read(
                staff, JourneyPart, path, {"application_id": application_id}, personal=True
            )
    except (Unavailable, TimeoutError):
        return None
    except ApiProblem as problem:
        if problem.code in _NOT_OURS:
            raise
        return None
