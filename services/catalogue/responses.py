"""Responses from memory: serialised once per snapshot, with an entity tag."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused

_CACHED_BODIES: Final = 256  # of at most 100 KB
_STALE_IF_ERROR_S: Final = 24 * 3600

Index = TypeVar("Index")


@dataclass(frozen=True, slots=True)
class SerialisedBody:
    """A JSON body and its entity tag."""

    content: bytes
    etag: str


class CachedBodies(Generic[Index]):
    """Serialised bodies read from an immutable index.

    Args:
        index: what the bodies are read from.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self.read = lru_cache(maxsize=_CACHED_BODIES)(self._read)

    def _read(self, method: Callable[..., BaseModel], *args: Hashable) -> SerialisedBody:
        content = method(self._index, *args).model_dump_json().encode()
        return SerialisedBody(content, f'"{sha256(content).hexdigest()[:32]}"')


def cache_control(cache_s: int) -> str:
    """Return the Cache-Control of answers that may be cached for `cache_s` seconds."""
    return f"public, max-age={cache_s}, stale-if-error={max(cache_s, _STALE_IF_ERROR_S)}"


def conditional_response(request: Request, body: SerialisedBody, cache_control: str) -> Response:
    """Return a body, or 304 if the caller has it (RFC 9110, section 13.1.2)."""
    headers = {"etag": body.etag, "cache-control": cache_control}
    if_none_match = ",".join(request.headers.getlist("if-none-match"))
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    if body.etag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body.content, media_type="application/json", headers=headers)


def int_query(request: Request, name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Return a number of the query string.

    Raises:
        Refused: it is no number, or out of bounds.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        number = parse_int(text)
    except Malformed:
        raise Refused("bad_query", pointer=f"/{name}") from None
    if not minimum <= number <= maximum:
        raise Refused("bad_query", pointer=f"/{name}")
    return number


def bool_query(request: Request, name: str) -> bool | None:
    """Return true or false of the query string; None if it is not given.

    Raises:
        Refused: it is neither.
    """
    match request.query_params.get(name):
        case None:
            return None
        case "true":
            return True
        case "false":
            return False
        case _:
            raise Refused("bad_query", pointer=f"/{name}")
