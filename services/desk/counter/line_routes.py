"""The page on which a device of a centre measures the line there."""

import secrets
from dataclasses import replace
from typing import Final

from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.centres import LineView, MeasureLine, UddoktaView
from libs.contracts.language import Text
from libs.contracts.rollout import LEAST_KBIT_S, MOST_ROUND_TRIP_MS
from libs.errors import Refused
from libs.pages.errors import PageError, keep_wrong, take_wrong
from libs.pages.gateway import ApiProblem
from libs.pages.posts import Posted
from libs.web.handling.routes import Routes
from services.desk.counter import line_rules
from services.desk.counter.assisted_forms import Counter
from services.desk.counter.line_rules import Line
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_PAGE: Final = "/counter/line"
_PURPOSE: Final = "the line of a centre"
_PLACE: Final = "measure"
_AGAIN: Final = Text(bn="মাপা যায়নি। আবার মাপুন।", en="It was not measured. Measure again.")


@routes.get(_PAGE)
async def show_line(request: Request, staff: StaffVisit, counter: Counter) -> Response:
    """Offer to measure the line, and show what was measured just now."""
    own = await counter.gateway.read(staff, UddoktaView, "/v1/uddokta", personal=True)
    wrong, measured = take_wrong(staff), staff.take("line")
    return counter.pages.show(
        request,
        "line.html",
        status=wrong.status,
        errors=wrong.errors,
        centre=own.service_centre_id,
        is_enrolled=counter.calls.devices.key_of(staff) is not None,
        requests=line_rules.REQUESTS,
        kib=line_rules.DOWNLOAD_BYTES // 1024,
        least=LEAST_KBIT_S,
        most=MOST_ROUND_TRIP_MS,
        measured=LineView.model_validate(measured) if measured else None,
    )


@routes.get(f"{_PAGE}/steps")
async def take_step(request: Request, staff: StaffVisit, counter: Counter) -> Response:
    """Answer a request of the measuring, whose time of arrival is what is measured.

    The one with the bytes asks the gateway first, so that its limits hold for them.

    Raises:
        Refused: the device is not enrolled, or the mark is not of this measuring.
    """
    devices = counter.calls.devices
    at_s = devices.clock.now().timestamp()
    line = _begun(counter, staff, at_s)
    if mark := request.query_params.get("mark"):
        line = line_rules.arrived(_opened(counter, staff, mark), at_s)
    filler = b""
    if line.has_download:
        await counter.gateway.read(staff, UddoktaView, "/v1/uddokta", personal=True)
        filler = secrets.token_bytes(line_rules.DOWNLOAD_BYTES)
    line = replace(line, sent_s=devices.clock.now().timestamp())
    sealed = devices.seals.seal(line.content(), _PURPOSE)
    return Response(
        filler + b"\n" + sealed.encode(),
        media_type="application/octet-stream",
        headers={"cache-control": "no-store"},
    )


@routes.post(_PAGE)
async def send_line(
    request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """Tell the programme what was measured."""
    at_s = counter.calls.devices.clock.now().timestamp()
    try:
        line = _opened(counter, staff, posted.text("mark"))
        body = MeasureLine(
            down_kbit_s=line_rules.check_measured(line, at_s), round_trip_ms=line.round_trip_ms
        )
        path = "/v1/uddokta/lines"
        measured = await counter.calls.post_proved(staff, path, body, model=LineView)
    except ApiProblem as failure:
        keep_wrong(staff, PageError(_PLACE, failure.message, failure.problem.status))
    except Refused:
        keep_wrong(staff, PageError(_PLACE, _AGAIN.in_language(staff.language), 422))
    else:
        staff.keep(line=measured.model_dump(mode="json"))
    return counter.pages.go(request, _PAGE)


def _begun(counter: Counter, staff: StaffVisit, at_s: float) -> Line:
    person = staff.login.person if staff.login else ""
    return Line(_key(counter, staff).thumbprint(), person, at_s)


def _opened(counter: Counter, staff: StaffVisit, mark: str) -> Line:
    begun = _begun(counter, staff, 0.0)
    content = counter.calls.devices.seals.open(mark, _PURPOSE)
    return Line.of(content, device=begun.device, person=begun.person)


def _key(counter: Counter, staff: StaffVisit) -> ECKey:
    key = counter.calls.devices.key_of(staff)
    if key is None:
        raise Refused("device_unknown")
    return key
