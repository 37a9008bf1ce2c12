"""Reads posted forms: only from our own pages, with the browser's cookie and a form token."""

from collections.abc import Sequence
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

from libs.bangladesh.text import has_forbidden
from libs.errors import Refused
from services.portal.form_tokens import FormTokens
from services.portal.visits import visit_of

TOKEN: Final = "form_token"  # noqa: S105
_MOST_FIELDS: Final = 2_000
_TYPE: Final = "application/x-www-form-urlencoded"


class Posted(dict[str, str]):
    """The fields of a posted form; of a repeated field the last one counts."""

    def text(self, name: str) -> str:
        """Return a field without blanks around it; empty if it is missing."""
        return self.get(name, "").strip()


async def read_post(request: Request, form_tokens: FormTokens) -> Posted:
    """Read a posted form, and keep its fields for a page that offers to send them again.

    Raises:
        Refused: it comes from another site, without a cookie or with a wrong token, or it is no
            form in UTF-8.
    """
    _check_origin(request)
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
    if any(has_forbidden(text.replace("\r\n", "\n")) for pair in pairs for text in pair):
        raise Refused("bad_request")
    posted = Posted({name: value.replace("\r\n", "\n") for name, value in pairs})
    token = posted.pop(TOKEN, "")
    request.state.posted = posted
    _check_token(request, token, form_tokens)
    return posted


class PostedFiles:
    """The body of a form with files as it arrives; what one reader has left, the next one gets.

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
        """Read what is left: a browser reads no answer before it has sent everything."""
        async for _ in self:
            pass


def check_upload(request: Request, form_tokens: FormTokens) -> None:
    """Check where a form with files comes from, without reading it: its token is in the address.

    Raises:
        Refused: as `read_post`.
    """
    _check_origin(request)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused("unsupported_media_type")
    _check_token(request, request.query_params.get(TOKEN, ""), form_tokens)


def posted_before(request: Request) -> Sequence[tuple[str, str]]:
    """Return the fields of a form whose handling failed, without its token."""
    return list(getattr(request.state, "posted", {}).items())


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


def _check_origin(request: Request) -> None:
    """Check that a browser sends the form from a page of ours (Fetch Metadata, RFC 6454).

    Raises:
        Refused: it comes from another site.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site not in {"same-origin", "none"} or not own:
        raise Refused("form_from_elsewhere")
