"""Requests of clients to log a person in: their scopes, and the steps of the login."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from libs.bangladesh.text import parse_int
from libs.contracts.language import Language
from libs.errors import Refused
from services.identity.clients.parameters import OAuthError, Parameters
from services.identity.clients.rules import SCOPES, Client
from services.identity.grants.rules import CodeRequest
from services.identity.sessions.rules import Session

ResponseMode = Literal["query", "form_post"]
RESPONSE_MODES: Final[tuple[ResponseMode, ...]] = ("query", "form_post")
PROMPTS: Final = ("none", "login", "consent", "select_account")

_LANGUAGES: Final[Mapping[str, Language]] = {"bn": "bn", "en": "en"}
_LONGEST_CHARS: Final = 1_000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
# OpenID Connect Core 1.0, section 6 and 7.2.1: an error of its own for each.
_NOT_SUPPORTED: Final[Mapping[str, str]] = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True, slots=True)
class Return:
    """The address to which the browser takes the answer to a request.

    Args:
        redirect_uri: of the client, checked.
        response_mode: how the answer is sent there.
        state: of the client, returned as it came; None if it sent none.
        language: of our pages on the way.
    """

    redirect_uri: str
    response_mode: ResponseMode
    state: str | None
    language: Language

    @property
    def origin(self) -> str:
        """Scheme, host and port of the address."""
        return origin_of(self.redirect_uri)

    def answer(self, issuer: str, members: Mapping[str, str]) -> dict[str, str]:
        """Return all parameters of an answer, with the issuer's name (RFC 9207)."""
        state = {} if self.state is None else {"state": self.state}
        return {**members, **state, "iss": issuer}

    def address(self, members: Mapping[str, str]) -> str:
        """Return the address with an answer in its query."""
        return _with_query(self.redirect_uri, members)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A checked request of a client to log a person in.

    Args:
        back: where the browser goes with the answer.
        code: what the code will be bound to.
        authenticated_since: the login must not be older.
        interactive: whether the person may be asked anything.
        asks_consent: whether the person must be asked even if the consent is remembered.
        subject: the only person who may log in, by the client's id for that person; None for any.
    """

    back: Return
    code: CodeRequest
    authenticated_since: datetime
    interactive: bool
    asks_consent: bool
    subject: UUID | None

    def with_consent(self) -> "LoginRequest":
        """Return the request of a person who has just consented."""
        return replace(self, asks_consent=False)


def read_return(parameters: Parameters, client: Client, preferred: Language) -> Return | None:
    """Return where the answer goes; None if the address is not exactly one of the client's.

    Args:
        parameters: of the request.
        client: that it names.
        preferred: language of the browser, unless the client asks for another one.
    """
    uri = parameters.get("redirect_uri")
    if uri not in client.redirect_uris or "redirect_uri" in parameters.repeated:
        return None
    wanted_mode = parameters.get("response_mode")
    mode: ResponseMode = "form_post" if wanted_mode == "form_post" else "query"
    return Return(uri, mode, parameters.get("state"), language_of(parameters, preferred))


def read_request(
    parameters: Parameters,
    client: Client,
    back: Return,
    id_token_hint: Mapping[str, Any] | None,
    *,
    login_valid_s: int,
    at: datetime,
) -> LoginRequest:
    """Check a request (RFC 6749, 4.1.1; RFC 7636, 4.3; OpenID Connect Core 1.0, 3.1.2.1).

    Args:
        parameters: of the request.
        client: that it names.
        back: where the answer goes.
        id_token_hint: the claims in the parameter of this name, if it is an ID token of ours.
        login_valid_s: seconds for which a login is used again for other clients.
        at: the current time.

    Raises:
        OAuthError: it is refused; the answer goes to the client.
    """
    parameters.check_unique()
    _check_supported(parameters)
    prompts = _prompts(parameters)
    return LoginRequest(
        back=back,
        code=CodeRequest(
            client_id=client.client_id,
            scopes=_scopes(parameters, client),
            redirect_uri=back.redirect_uri,
            code_challenge=_code_challenge(parameters),
            nonce=parameters.get("nonce"),
        ),
        authenticated_since=_authenticated_since(parameters, prompts, login_valid_s, at),
        interactive="none" not in prompts,
        asks_consent="consent" in prompts,
        subject=_subject(parameters, id_token_hint),
    )


def language_of(parameters: Parameters, preferred: Language) -> Language:
    """Return the language of pages: the first of `ui_locales` that we have, else the browser's."""
    for tag in parameters.get("ui_locales", "").lower().split():
        if language := _LANGUAGES.get(tag.partition("-")[0]):
            return language
    return preferred


def is_fresh(login: Session, request: LoginRequest) -> bool:
    """Return whether a login is recent enough for a request."""
    return login.authenticated_at >= request.authenticated_since


def after_logout(parameters: Parameters, client: Client | None) -> str | None:
    """Return where a browser goes after a logout, or None to stay.

    Raises:
        Refused: the address is not exactly one of the client's.
    """
    uri = parameters.get("post_logout_redirect_uri")
    if uri is None:
        return None
    if client is None or uri not in client.post_logout_redirect_uris:
        raise Refused("redirect_uri_unknown")
    state = parameters.get("state")
    return uri if state is None else _with_query(uri, {"state": state})


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _with_query(address: str, members: Mapping[str, str]) -> str:
    return address + ("&" if "?" in address else "?") + urlencode(members)


def _check_supported(parameters: Parameters) -> None:
    for name, code in _NOT_SUPPORTED.items():
        if name in parameters:
            raise OAuthError(code, f"{name} is not supported")
    if parameters.required("response_type") != "code":
        raise OAuthError("unsupported_response_type", "only `code` is supported")
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        raise OAuthError("invalid_request", "response_mode is query or form_post")
    for name in ("state", "nonce"):
        if len(parameters.get(name, "")) > _LONGEST_CHARS:
            raise OAuthError("invalid_request", f"{name} is too long")


def _scopes(parameters: Parameters, client: Client) -> tuple[str, ...]:
    """Return the scopes of a request; unknown ones are ignored (OpenID Connect Core, 3.1.2.1).

    Raises:
        OAuthError: `openid` is missing, or the client may not ask for them.
    """
    scopes = set(parameters.required("scope").split(" ")) & set(SCOPES)
    if "openid" not in scopes:
        raise OAuthError("invalid_scope", "the scope openid is missing")
    if not scopes <= set(client.scopes):
        raise OAuthError("invalid_scope", "the client may not ask for all of these scopes")
    return tuple(scope for scope in SCOPES if scope in scopes)


def _code_challenge(parameters: Parameters) -> str:
    challenge = parameters.required("code_challenge")
    if parameters.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is no SHA-256 in base64url")
    return challenge


def _prompts(parameters: Parameters) -> set[str]:
    prompts = set(parameters.get("prompt", "").split())
    if not prompts <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise OAuthError("invalid_request", "prompt is not one that is supported")
    return prompts


def _authenticated_since(
    parameters: Parameters, prompts: set[str], login_valid_s: int, at: datetime
) -> datetime:
    if prompts & {"login", "select_account"}:
        return at
    text = parameters.get("max_age", str(login_valid_s))
    if not _SECONDS.fullmatch(text):
        raise OAuthError("invalid_request", "max_age is a number of seconds")
    return at - timedelta(seconds=min(parse_int(text), login_valid_s))


def _subject(parameters: Parameters, id_token: Mapping[str, Any] | None) -> UUID | None:
    """Return who may log in, by the client's own id for that person.

    An address ends in histories and logs, so nothing else may be in a hint.

    Raises:
        OAuthError: a hint is something else.
    """
    if "id_token_hint" in parameters and id_token is None:
        raise OAuthError("invalid_request", "id_token_hint is no ID token of ours")
    hint = str(id_token["sub"]) if id_token else parameters.get("login_hint")
    if hint is None:
        return None
    try:
        return UUID(hint)
    except ValueError:
        raise OAuthError(
            "invalid_request", "login_hint must be a sub; phone numbers do not belong in addresses"
        ) from None
