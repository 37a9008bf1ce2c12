"""Passkeys of staff: the options for the browser, and the page to add and remove passkeys."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import AddPasskey, PasskeyList, PasskeyOptions, PasskeyView
from libs.contracts.language import Text
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, ConfirmationNeeded, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.desk.staff.logins import TO_PASSKEYS
from services.desk.staff.sessions import StaffVisit

_LONGEST_ANSWER: Final = 16 * 1024
_LONGEST_NAME: Final = 60
_NO_ANSWER: Final = Text(
    bn="এই ব্রাউজারে পাসকি তৈরি করা যায়নি। অ্যাপের কোড দিয়ে লগইন আগের মতোই চলবে।",
    en="This browser made no passkey. You can still log in with the code of the app.",
)

routes = Routes(public=False)


@routes.post("/login/challenge")
async def ask_for_passkey(request: Request, _posted: Posted, gateway: Gateway) -> Response:
    """Return the options of a login with a passkey, for the script of the page."""
    options = await gateway.post(
        visit_of(request), "/v1/staff/login/challenges", model=PasskeyOptions, personal=False
    )
    return _as_json(options)


@routes.post("/passkeys/challenge")
async def ask_for_new_passkey(
    request: Request, _posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Return the options for a new passkey, for the script of the page.

    The script follows a redirect: to the confirmation of a login of long ago.
    """
    try:
        path = "/v1/staff/passkey-challenges"
        return _as_json(await gateway.post(staff, path, model=PasskeyOptions))
    except ConfirmationNeeded:
        return pages.go(request, f"/confirm?to={TO_PASSKEYS}")


@routes.get("/passkeys")
async def show_passkeys(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """My passkeys, and how to add one."""
    return await _page(request, pages, gateway, staff)


@routes.post("/passkeys")
async def add_passkey(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Add the passkey that the browser made."""
    answer = passkey_in(posted)
    if answer is None:
        message = _NO_ANSWER.in_language(staff.language)
        return await _page(request, pages, gateway, staff, PageError("name", message))
    name = posted.text("name")[: _LONGEST_NAME + 1]
    made = AddPasskey.model_construct(name=name, passkey=answer)
    try:
        await gateway.post(staff, "/v1/staff/passkeys", made, model=PasskeyView)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, PageError("name", failure.message))
    return pages.go(request, "/passkeys")


@routes.post("/passkeys/{passkey_id}/removal")
async def remove_passkey(
    passkey_id: str,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Remove one of my passkeys."""
    await gateway.do(staff, "DELETE", path_of("/v1/staff/passkeys/{id}", id=passkey_id))
    return pages.go(request, "/passkeys")


def passkey_in(posted: Posted) -> dict[str, Any] | None:
    """Return the passkey's answer, which the script has put into a form; None without one."""
    text = posted.get("passkey", "")
    try:
        answer = orjson.loads(text) if len(text) <= _LONGEST_ANSWER else None
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


async def _page(
    request: Request, pages: Pages, gateway: Gateway, staff: StaffVisit, *errors: PageError
) -> Response:
    listed = await gateway.read(staff, PasskeyList, "/v1/staff/passkeys", personal=True)
    return pages.show(
        request,
        "passkeys.html",
        status=422 if errors else 200,
        passkeys=listed.items,
        errors=errors,
    )


def _as_json(options: PasskeyOptions) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(options.public_key), 200, headers, "application/json")
