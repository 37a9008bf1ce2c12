"""Reads posted forms: only from our own pages, with the browser's cookie and a form token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

from libs.bangladesh.text import blank_forbidden, has_forbidden
from libs.errors import Refused
from libs.pages.form_tokens import FormTokens
from libs.pages.visits import visit_of

TOKEN: Final = "form_token"  # noqa: S105
_MOST_FIELDS: Final = 2_000
_SECRETS: Final = frozenset({"password", "pin"})
_TYPE: Final = "application/x-www-form-urlencoded"


class Posted(dict[str, str]):
    """The fields of a posted form; of a repeated field the last one counts."""

    def text(self, name: str) -> str:
        """Return a field without blanks around it; empty if it is missing."""
        return self.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Again:
    """A form that can be sent again.

    Args:
        path: to which, with its query and without the language.
        fields: what it has, without its token.
    """

    path: str
    fields: Mapping[str, str]


async def read_post(request: Request, form_tokens: FormTokens) -> Posted:
    """Read a posted form, and keep its fields for a page that offers to send them again.

    While somebody is logged in, the fields of a form that another person was shown are not kept.

    Raises:
        Refused: it comes from another site, without a cookie or with a wrong token, or it is no
            form in UTF-8.
    """
    check_origin(request)
    posted = await read_fields(request)
    token = posted.pop(TOKEN, "")
    visit = visit_of(request)
    if visit.login is None or form_tokens.was_shown_to(token, visit.login.person):
        keep_posted(request, Again(visit.here, posted))
    _check_token(request, token, form_tokens)
    return posted


async def read_fields(request: Request) -> Posted:
    """Read a posted form, wherever it comes from: its fields have to prove that themselves.

    Text copied from another program can have control characters, which the API refuses and nobody
    sees: each becomes a space.

    Raises:
        Refused: it is no form in UTF-8.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise Refused("unsupported_media_type")
    try:
        pairs = parse_qsl(
            (await request.body()).decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Refused("bad_request") from None
    if any(has_forbidden(name) for name, _ in pairs):
        raise Refused("bad_request")
    return Posted({name: blank_forbidden(value.replace("\r\n", "\n")) for name, value in pairs})


class PostedFiles:
    """The body of a form with files as it arrives; a reader goes on where the last one ended.

    Args:
        request: of the browser.
    """

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        return piece

    async def read_rest(self) -> None:
        """Read the rest: a browser reads no answer before it has sent everything."""
        async for _ in self:
            pass


def check_upload(request: Request, form_tokens: FormTokens) -> None:
    """Check where a form with files comes from, without reading it: its token is in the address.

    Raises:
        Refused: as `read_post`.
    """
    check_origin(request)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused("unsupported_media_type")
    _check_token(request, request.query_params.get(TOKEN, ""), form_tokens)


def keep_posted(request: Request, again: Again) -> None:
    """Keep a form, for a page that offers to send it again."""
    request.state.posted = again


def posted_before(request: Request) -> Again | None:
    """Return the form that was posted, for a page that offers to send it again.

    None if it was not read: sent again without its fields, it would erase what is stored. None for
    one with a password or a PIN as well, which is written into no page and so is typed again.
    """
    again: Again | None = getattr(request.state, "posted", None)
    return None if again is None or again.fields.keys() & _SECRETS else again


def _check_token(request: Request, token: str, form_tokens: FormTokens) -> None:
    """Check that a form was made for this browser.

    Raises:
        Refused: it was not, or the browser sends no cookies.
    """
    visit = visit_of(request)
    if not visit.seed:
        raise Refused("cookie_missing")
    if not form_tokens.is_valid(token, visit.seed):
        raise Refused("form_expired")


def check_origin(request: Request) -> None:
    """Check that a browser sends the form from a page of ours (Fetch Metadata, RFC 6454).

    Raises:
        Refused: it comes from another site.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site not in {"same-origin", "none"} or not own:
        raise Refused("form_from_elsewhere")
