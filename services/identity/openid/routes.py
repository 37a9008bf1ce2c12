"""HTTP routes of the OpenID provider: its metadata, and the pages on which people log in."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from libs.addresses import TrustedProxies
from libs.contracts.language import Language
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.errors import Refused, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.web.callers.addresses import client_address
from libs.web.callers.browsers import browser_of
from libs.web.handling.language import language_of as preferred_language
from libs.web.handling.routes import Routes
from services.identity.citizens.numbers import read_phone
from services.identity.clients import use_cases as clients
from services.identity.clients.documents import form, pages, query
from services.identity.clients.parameters import OAuthError, read_form, read_query
from services.identity.clients.rules import ALGORITHMS, SCOPES, Client
from services.identity.codes.device_tokens import DeviceTokens
from services.identity.codes.routes import AttemptGroup, RequestGroup
from services.identity.codes.rules import read_code
from services.identity.codes.use_cases import CodeAttempt, CodeRequest
from services.identity.grants import use_cases as grants
from services.identity.grants.endpoints import (
    AUTHORIZATION,
    END_SESSION,
    REVOCATION,
    TOKEN,
    USERINFO,
    Endpoints,
)
from services.identity.grants.rules import ACR
from services.identity.openid import use_cases
from services.identity.openid.browsers import Browser, LoginForm, LogoutForm
from services.identity.openid.dialogue import Dialogue
from services.identity.openid.rules import (
    PROMPTS,
    RESPONSE_MODES,
    after_logout,
    language_of,
    origin_of,
    read_request,
    read_return,
)

Args = ParamSpec("Args")
Read = TypeVar("Read")

log = structlog.get_logger()

routes = Routes()
# Without one of these there is no redirect; what else is missing is told to the client by one.
_REQUEST: Final = ("client_id", "redirect_uri")
_MORE: Final = (
    *("response_type", "scope", "code_challenge", "code_challenge_method"),
    *("response_mode", "state", "nonce", "prompt", "max_age", "ui_locales"),
    *("login_hint", "id_token_hint"),
)
_LOGOUT: Final = (
    *("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"),
)
_PROOF: Final = frozenset({"account_proof_needed", "account_proof_wrong"})
_PAGES: Final = pages(200, 303, 400, 403, 404, 422, 429, 503)


def _as_page(
    handler: Callable[..., Awaitable[Response]],
) -> Callable[..., Awaitable[Response]]:
    """Make a handler answer failures with a page, since a person reads it."""

    @functools.wraps(handler)
    async def handle(*, request: Request, dialogue: Dialogue, **others: Any) -> Response:
        try:
            return await handler(request=request, dialogue=dialogue, **others)
        except (Refused, Unreadable, Unavailable, Unopened) as failure:
            return dialogue.pages.failure(failure, preferred_language(request))

    return handle


@routes.get("/.well-known/openid-configuration")
async def show_configuration(endpoints: Endpoints) -> Response:
    """Show the metadata of the OpenID provider (OpenID Connect Discovery 1.0, section 3)."""
    return JSONResponse(metadata(endpoints), headers={"cache-control": "public, max-age=300"})


@routes.get(
    AUTHORIZATION,
    openapi={"parameters": query(*_REQUEST, optional=_MORE), "responses": _PAGES},
)
@_as_page
async def begin_login(
    request: Request, language: Language, tx: Transaction, dialogue: Dialogue
) -> Response:
    """Log a person in for a client (OpenID Connect Core 1.0, section 3.1.2).

    Raises:
        Refused: the client or its address is unknown; the browser is sent nowhere.
    """
    parameters = _read(read_query, request.scope["query_string"])
    client = await clients.find_client(tx, parameters.get("client_id", ""))
    if client is None or "client_id" in parameters.repeated:
        raise Refused("client_unknown")
    back = read_return(parameters, client, language)
    if back is None:
        raise Refused("redirect_uri_unknown")
    try:
        login_request = read_request(
            parameters,
            client,
            back,
            dialogue.tokens.read_hint(parameters.get("id_token_hint", "")),
            login_valid_s=dialogue.login_valid_s,
            at=dialogue.now,
        )
    except OAuthError as refusal:
        return dialogue.refuse(back, client, refusal)
    return await dialogue.advance(tx, login_request, client, dialogue.browsers.read(request))


@routes.post(
    AUTHORIZATION,
    openapi={"requestBody": form(optional=(*_REQUEST, *_MORE)), "responses": _PAGES},
)
@_as_page
async def post_login_request(request: Request, body: bytes, dialogue: Dialogue) -> Response:
    """Begin the same login with a posted form.

    The browser comes again with GET: it sends no cookies with what another site posts.
    """
    _read(read_form, request.headers.get("content-type"), body)
    return dialogue.pages.go(f"{AUTHORIZATION}?{body.decode('ascii')}")


@routes.post(
    "/v1/openid/login/phone",
    openapi={"requestBody": form("form", optional=("phone",)), "responses": _PAGES},
)
@_as_page
async def post_phone(  # noqa: PLR0913
    request: Request,
    body: bytes,
    dialogue: Dialogue,
    database: Database,
    requests: RequestGroup,
    proxies: TrustedProxies,
    devices: DeviceTokens,
    metrics: Metrics,
) -> Response:
    """Send a one-time code to the phone that a person typed, and ask for it."""
    fields = _read(read_form, request.headers.get("content-type"), body)
    login, browser = dialogue.browsers.open_form(LoginForm, request, fields, dialogue.now)
    async with database.transaction() as tx:
        client = await _client_of(tx, login)
    if "phone" not in fields:
        return dialogue.ask_phone(login, client, browser)
    try:
        phone = read_phone(fields["phone"])
        origin = devices.origin(client_address(request, proxies), browser.device_token, phone)
        code = CodeRequest(phone, origin, login.request.back.language)
        issued = await requests.submit(code)
    except (Refused, Unreadable) as failure:
        if isinstance(failure, Refused):
            metrics.count("rate_limited", limit=failure.code)
        return dialogue.ask_phone(login, client, browser, typed=fields["phone"], failure=failure)
    login = replace(login, phone=phone)
    return dialogue.ask_code(login, client, browser, accounts_only=issued.accounts_only)


@routes.post(
    "/v1/openid/login/code",
    openapi={
        "requestBody": form("form", optional=("code", "number", "new_account")),
        "responses": _PAGES,
    },
)
@_as_page
async def post_code(  # noqa: PLR0913
    request: Request,
    body: bytes,
    dialogue: Dialogue,
    database: Database,
    attempts: AttemptGroup,
    proxies: TrustedProxies,
    devices: DeviceTokens,
) -> Response:
    """Log a person in with the code from the SMS, and go on."""
    fields = _read(read_form, request.headers.get("content-type"), body)
    login, browser = dialogue.browsers.open_form(LoginForm, request, fields, dialogue.now)
    async with database.transaction() as tx:
        client = await _client_of(tx, login)
    dialogue.tokens.keys.check_ready()
    origin = devices.origin(client_address(request, proxies), browser.device_token, login.phone)
    try:
        code = read_code(fields.get("code", ""))
        language = login.request.back.language
        session, _ = await attempts.submit(
            CodeAttempt(
                login.phone,
                code,
                origin,
                language,
                fields.get("number"),
                new_account="new_account" in fields,
                browser=browser_of(request),
            )
        )
    except (Refused, Unreadable) as failure:
        if isinstance(failure, Refused) and failure.code in _PROOF:
            again = replace(login, needs_proof=True)
            return dialogue.ask_phone(again, client, browser, failure=failure)
        return dialogue.ask_code(login, client, browser, failure=failure)
    log.info(
        "logged in",
        citizen_id=str(session.subject_id),
        session_id=str(session.session_id),
        client_id=client.client_id,
        factor="code by SMS",
        known_device=origin.is_known,
    )
    device_token = devices.make(origin.device_id, login.phone)
    logged_in = Browser(login_id=session.session_id, device_token=device_token)
    async with database.transaction() as tx:
        await use_cases.end_login(tx, browser.login_id, dialogue.now)
        return await dialogue.advance(tx, login.request, client, logged_in, just_logged_in=True)


@routes.post(
    "/v1/openid/consent",
    openapi={"requestBody": form("form", "decision"), "responses": _PAGES},
)
@_as_page
async def post_consent(
    request: Request, body: bytes, tx: Transaction, dialogue: Dialogue
) -> Response:
    """Take a person's consent to the client's scopes, and go on."""
    fields = _read(read_form, request.headers.get("content-type"), body)
    login, browser = dialogue.browsers.open_form(LoginForm, request, fields, dialogue.now)
    client = await _client_of(tx, login)
    session = await use_cases.find_login(tx, browser.login_id, dialogue.now)
    if fields.get("decision") != "allow" or session is None:
        refusal = OAuthError("access_denied", "the person did not consent")
        return dialogue.refuse(login.request.back, client, refusal)
    scopes = login.request.code.scopes
    await grants.give_consent(tx, session.subject_id, client.client_id, scopes, dialogue.now)
    return await dialogue.advance(tx, login.request.with_consent(), client, browser)


@routes.get(END_SESSION, openapi={"parameters": query(optional=_LOGOUT), "responses": _PAGES})
@_as_page
async def begin_logout(
    request: Request, language: Language, tx: Transaction, dialogue: Dialogue
) -> Response:
    """Log a person out for a client (OpenID Connect RP-Initiated Logout 1.0).

    Without an ID token of the person, the person is asked first.

    Raises:
        Refused: the client or its address is unknown; the browser is sent nowhere.
    """
    parameters = _read(read_query, request.scope["query_string"])
    _read(parameters.check_unique)
    hint = dialogue.tokens.read_hint(parameters.get("id_token_hint", ""))
    client_id = parameters.get("client_id", hint["aud"] if hint else "")
    client = await clients.find_client(tx, client_id)
    if hint and hint["aud"] != client_id:
        raise Refused("client_unknown")
    logout = LogoutForm(after_logout(parameters, client), language_of(parameters, language))
    browser = dialogue.browsers.read(request)
    login = await use_cases.find_login(tx, browser.login_id, dialogue.now)
    is_theirs = (
        login is not None
        and client is not None
        and hint is not None
        and await grants.is_subject(tx, login.subject_id, client, UUID(hint["sub"]))
    )
    if login is None or is_theirs:
        return await _log_out(tx, logout, browser, dialogue)
    response = dialogue.pages.show(
        "logout.html",
        logout.language,
        goes_to=origin_of(logout.address) if logout.address else "",
        form=dialogue.browsers.seal_form(logout, browser, dialogue.now),
    )
    dialogue.browsers.save(response, browser)
    return response


@routes.post(END_SESSION, openapi={"requestBody": form(optional=_LOGOUT), "responses": _PAGES})
@_as_page
async def post_logout_request(request: Request, body: bytes, dialogue: Dialogue) -> Response:
    """Begin the same logout with a posted form; the browser comes again with GET."""
    _read(read_form, request.headers.get("content-type"), body)
    return dialogue.pages.go(f"{END_SESSION}?{body.decode('ascii')}")


@routes.post(
    f"{END_SESSION}/confirmation", openapi={"requestBody": form("form"), "responses": _PAGES}
)
@_as_page
async def confirm_logout(
    request: Request, body: bytes, tx: Transaction, dialogue: Dialogue
) -> Response:
    """Log a person out who was asked."""
    fields = _read(read_form, request.headers.get("content-type"), body)
    logout, browser = dialogue.browsers.open_form(LogoutForm, request, fields, dialogue.now)
    return await _log_out(tx, logout, browser, dialogue)


def metadata(endpoints: Endpoints) -> Mapping[str, Any]:
    """Return the metadata of the provider."""
    return {
        "issuer": endpoints.issuer,
        "authorization_endpoint": endpoints.url(AUTHORIZATION),
        "token_endpoint": endpoints.url(TOKEN),
        "userinfo_endpoint": endpoints.url(USERINFO),
        "revocation_endpoint": endpoints.url(REVOCATION),
        "end_session_endpoint": endpoints.url(END_SESSION),
        "jwks_uri": endpoints.url("/.well-known/jwks.json"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": RESPONSE_MODES,
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": ["private_key_jwt"],
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash"),
            *("sid", "locale", "phone_number", "phone_number_verified"),
        ],
        "acr_values_supported": [ACR],
        "prompt_values_supported": PROMPTS,
        "ui_locales_supported": ["bn", "en"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }


async def _log_out(
    tx: Transaction, logout: LogoutForm, browser: Browser, dialogue: Dialogue
) -> Response:
    await use_cases.end_login(tx, browser.login_id, dialogue.now)
    pages = dialogue.pages
    response = pages.go(logout.address) if logout.address else pages.logged_out(logout.language)
    dialogue.browsers.save(response, Browser(device_token=browser.device_token))
    return response


async def _client_of(tx: Transaction, login: LoginForm) -> Client:
    """Return the client of a login that goes on.

    Raises:
        Refused: it was disabled meanwhile.
    """
    client = await clients.find_client(tx, login.request.code.client_id)
    if client is None:
        raise Refused("client_unknown")
    return client


def _read(read: Callable[Args, Read], *args: Args.args, **kwargs: Args.kwargs) -> Read:
    """Read parameters of a browser, which is not sent to a client if they are not readable.

    Raises:
        Refused: they are not (`bad_request`).
    """
    try:
        return read(*args, **kwargs)
    except OAuthError:
        raise Refused("bad_request") from None
