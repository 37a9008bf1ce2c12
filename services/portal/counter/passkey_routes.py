"""Passkeys of staff: what a browser is asked, and the page on which they are added and removed."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import AddPasskey, PasskeyList, PasskeyOptions, PasskeyView
from libs.contracts.language import Text
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted, read_post
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.counter.calls import CounterCalls

_LONGEST_ANSWER: Final = 16 * 1024
_LONGEST_NAME: Final = 60
_NO_ANSWER: Final = Text(
    bn="এই ব্রাউজারে পাসকি তৈরি করা যায়নি। অ্যাপের কোড দিয়ে লগইন আগের মতোই চলবে।",
    en="This browser made no passkey. You can still log in with the code of the app.",
)

routes = Routes(public=False)


@routes.post("/counter/login/challenge")
async def ask_for_passkey(request: Request, gateway: Gateway, form_tokens: FormTokens) -> Response:
    """What the browser is asked at a login, for the script of the page."""
    await read_post(request, form_tokens)
    asked = await gateway.post(
        visit_of(request), "/v1/staff/login/challenges", model=PasskeyOptions, personal=False
    )
    return _as_json(asked)


@routes.post("/counter/passkeys/challenge")
async def ask_for_new_passkey(
    request: Request, counter_calls: CounterCalls, gateway: Gateway, form_tokens: FormTokens
) -> Response:
    """What the browser is asked in order to make a passkey, for the script of the page."""
    await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        path = "/v1/staff/passkey-challenges"
        return _as_json(await gateway.post(acting, path, model=PasskeyOptions))


@routes.get("/counter/passkeys")
async def show_passkeys(
    request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """My passkeys, and how to add one."""
    async with counter_calls.acting(request) as acting:
        return await _page(request, pages, gateway, acting)


@routes.post("/counter/passkeys")
async def add_passkey(
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """Add the passkey that the browser made."""
    posted = await read_post(request, form_tokens)
    answer = passkey_in(posted)
    async with counter_calls.acting(request) as acting:
        if answer is None:
            message = _NO_ANSWER.in_language(acting.language)
            return await _page(request, pages, gateway, acting, PageError("name", message))
        made = AddPasskey.model_construct(
            name=posted.text("name")[: _LONGEST_NAME + 1], passkey=answer
        )
        try:
            await gateway.post(acting, "/v1/staff/passkeys", made, model=PasskeyView)
        except ApiProblem as failure:
            return await _page(request, pages, gateway, acting, PageError("name", failure.message))
    return pages.go(request, "/counter/passkeys")


@routes.post("/counter/passkeys/{passkey_id}/removal")
async def remove_passkey(
    passkey_id: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """Remove one of my passkeys."""
    await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        await gateway.do(acting, "DELETE", path_of("/v1/staff/passkeys/{id}", id=passkey_id))
    return pages.go(request, "/counter/passkeys")


def passkey_in(posted: Posted) -> dict[str, Any] | None:
    """Return what a passkey answered, which the script has put into a form; None without one."""
    text = posted.get("passkey", "")
    try:
        answer = orjson.loads(text) if len(text) <= _LONGEST_ANSWER else None
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


async def _page(
    request: Request, pages: Pages, gateway: Gateway, acting: Visit, *errors: PageError
) -> Response:
    known = await gateway.read(acting, PasskeyList, "/v1/staff/passkeys", personal=True)
    return pages.show(
        request,
        "counter_passkeys.html",
        status=422 if errors else 200,
        passkeys=known.passkeys,
        home=acting.device.get("home", "/counter"),
        errors=errors,
    )


def _as_json(asked: PasskeyOptions) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(asked.public_key), 200, headers, "application/json")
