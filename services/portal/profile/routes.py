"""Pages of a citizen's profile."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import Profile, SessionList, UpdateProfile
from libs.contracts.language import Language
from libs.errors import Refused
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.profile.account_routes import read_erasure

_LANGUAGES: Final[dict[str, Language]] = {"bn": "bn", "en": "en"}
_NUMBERS: Final = ("nid", "birth_registration_number")

routes = Routes(public=False)


@routes.get("/profile")
async def show_profile(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """My numbers, my language, and where I am logged in."""
    return await _profile_page(request, pages, gateway)


@routes.post("/profile")
async def change_profile(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Change numbers or the language of messages.

    Raises:
        ApiProblem: the API refuses the change for another reason than a wrong number.
    """
    try:
        await gateway.change(visit_of(request), "/v1/me", _change_of(posted), model=Profile)
    except ApiProblem as failure:
        if failure.problem.status != 422:
            raise
        errors = [
            PageError(error.pointer.removeprefix("/"), error.message)
            for error in failure.problem.errors
        ]
        return await _profile_page(request, pages, gateway, posted=posted, errors=errors)
    return pages.go(request, "/profile")


@routes.post("/profile/sessions")
async def end_sessions(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """End one of my sessions, or all of them."""
    visit = visit_of(request)
    session_id = posted.text("session_id")
    if session_id == "all":
        await gateway.do(visit, "DELETE", "/v1/sessions")
        visit.forget()
        return pages.go(request, "/")
    await gateway.do(visit, "DELETE", path_of("/v1/sessions/{id}", id=session_id))
    return pages.go(request, "/profile")


async def _profile_page(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    *,
    posted: Posted | None = None,
    errors: list[PageError] | None = None,
) -> Response:
    visit = visit_of(request)
    profile = await gateway.read(visit, Profile, "/v1/me", personal=True)
    sessions = await gateway.read(visit, SessionList, "/v1/sessions", personal=True)
    erasure = await read_erasure(gateway, visit)
    return pages.show(
        request,
        "profile.html",
        status=422 if errors else 200,
        profile=profile,
        sessions=sessions.items,
        erasure=erasure,
        typed=posted or Posted(),
        errors=errors or [],
    )


def _change_of(posted: Posted) -> UpdateProfile:
    """Return the filled in values; an empty number stays as it is.

    Raises:
        Refused: there is no such language.
    """
    if posted.get("language") not in _LANGUAGES:
        raise Refused("bad_request")
    numbers: dict[str, Any] = {
        number: posted.text(number) for number in _NUMBERS if posted.text(number)
    }
    return UpdateProfile.model_construct(language=_LANGUAGES[posted["language"]], **numbers)
