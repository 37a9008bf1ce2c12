"""An index of the catalogue in memory, and the HTTP responses from it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from libs.errors import Unavailable

_CACHED_BODIES: Final = 256  # of at most 100 KB
_STALE_IF_ERROR_S: Final = 24 * 3600

Index = TypeVar("Index")


@dataclass(frozen=True, slots=True)
class SerialisedBody:
    """A JSON body and its entity tag."""

    content: bytes
    etag: str


class Snapshot(Generic[Index]):
    """The current index, replaced as a whole after a change; a response is serialised once.

    Requests need no query. While the database is unavailable, the last index is served.

    Args:
        cache_s: seconds for which a browser or proxy may cache a response.
    """

    def __init__(self, cache_s: int) -> None:
        stale_s = max(cache_s, _STALE_IF_ERROR_S)
        self._cache_control = f"public, max-age={cache_s}, stale-if-error={stale_s}"
        self._body: Callable[..., SerialisedBody] | None = None

    def replace(self, index: Index) -> None:
        """Use this index from now on."""

        @lru_cache(maxsize=_CACHED_BODIES)
        def body(read: Callable[..., BaseModel], *args: Hashable) -> SerialisedBody:
            content = read(index, *args).model_dump_json().encode()
            return SerialisedBody(content, f'"{sha256(content).hexdigest()[:32]}"')

        self._body = body

    def answer(self, request: Request, read: Callable[..., BaseModel], *args: Hashable) -> Response:
        """Return the result of an index method as JSON, or 304 if the caller has it already.

        The entity tag follows RFC 9110, section 13.1.2.

        Raises:
            Unavailable: no index has been read since this process started.
            Refused: the method refuses.
        """
        if self._body is None:
            raise Unavailable("database", "nothing read yet")
        body = self._body(read, *args)
        headers = {"etag": body.etag, "cache-control": self._cache_control}
        if_none_match = ",".join(request.headers.getlist("if-none-match"))
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        if body.etag in tags or tags == ["*"]:
            return Response(status_code=304, headers=headers)
        return Response(body.content, media_type="application/json", headers=headers)
