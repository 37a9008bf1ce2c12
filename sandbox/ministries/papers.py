"""A ministry fetches the papers of a submission by their links, and compares them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.contracts.problems import TYPE_PREFIX, Problem
from libs.errors import Unavailable
from libs.web.calling.client import HttpClient

_DEADLINE_S = 30.0
_GONE = frozenset(
    TYPE_PREFIX + code for code in ("document_unknown", "document_infected", "document_damaged")
)


class Paper(BaseModel):
    """A paper as the platform hands it over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    document_id: UUID
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    state: str
    url: Annotated[str, Field(pattern="^https?://", max_length=2000)]


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """A fetched paper, and whether it is as the platform described it."""

    paper: Paper
    is_right: bool


class PaperFetcher:
    """Fetches papers.

    Args:
        client: calls the platform.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def check(self, papers: Sequence[Paper]) -> list[CheckedPaper]:
        """Fetch papers and compare type, size and hash; without those that come no more.

        Raises:
            Unavailable: one cannot be fetched now, or came broken; the platform tries the hand-over
                again, with a new link.
        """
        checked = [(paper, await self._is_right(paper)) for paper in papers]
        return [CheckedPaper(paper, right) for paper, right in checked if right is not None]

    async def _is_right(self, paper: Paper) -> bool | None:
        """Whether a paper is as it was described; None if it comes no more.

        Raises:
            Unavailable: it cannot be fetched now, or came broken.
        """
        digest, size_bytes = sha256(), 0
        async with self._client.stream("GET", paper.url, deadline_s=_DEADLINE_S) as reply:
            if reply.status != 200:
                if _problem_type(b"".join([piece async for piece in reply.body])) in _GONE:
                    return None
                raise Unavailable("papers", str(reply.status))
            async for piece in reply.body:
                digest.update(piece)
                size_bytes += len(piece)
        if digest.hexdigest() != paper.sha256:
            raise Unavailable("papers", "another content")
        found = (reply.headers.get("content-type"), size_bytes, digest.hexdigest())
        return found == (paper.media_type, paper.size_bytes, paper.sha256)


def _problem_type(body: bytes) -> str:
    try:
        return Problem.model_validate_json(body).type
    except ValidationError:
        return ""
