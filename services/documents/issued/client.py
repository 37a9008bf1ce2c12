"""Asks issuance which papers a citizen has and whether they hold, and has one drawn."""

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from libs.bangladesh.text import Malformed
from libs.contracts.documents import LARGEST_OWN_BYTES
from libs.contracts.issuance import IssuedPaper, IssuedPapers, PaperStatus
from libs.contracts.problems import TYPE_PREFIX, Problem
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import parse_paper_number
from libs.web.calling.client import HttpClient, Reply

_DEADLINE_S: Final = 5.0
_DRAWING_S: Final = 30.0
_OK: Final = 200
_PASSED_ON: Final = frozenset(
    {
        "paper_unknown",
        "paper_erased",
        "paper_withdrawn",
        "paper_replaced",
        "paper_not_drawn",
        "paper_file_gone",
    }
)

ModelT = TypeVar("ModelT", bound=BaseModel)


class Issuance:
    """Calls issuance.

    Args:
        url: its base URL.
        client: calls it.
    """

    def __init__(self, url: str, client: HttpClient) -> None:
        self._url = url.rstrip("/")
        self._client = client

    async def find_own(self, authorization: str, typed: str) -> IssuedPaper:
        """Return a paper of the citizen whose token it is; it holds now.

        Args:
            authorization: the header of the citizen's request.
            typed: the number, in any spelling.

        Raises:
            Refused: it is no number, no paper of hers has it, or it does not hold any more.
            Unavailable: issuance does not answer.
        """
        try:
            number = parse_paper_number(typed)
        except Malformed as malformed:
            raise Refused("paper_number_wrong", malformed.reason, pointer="/number") from None
        reply = await self._get("/v1/issued-papers", authorization)
        for paper in _read(reply, IssuedPapers).items:
            if paper.number == number:
                check_holds(paper)
                return paper
        raise Refused("paper_unknown")

    async def draw(self, authorization: str, paper: IssuedPaper) -> bytes:
        """Return a paper as PDF, drawn now.

        Raises:
            Refused: it has ended meanwhile, or cannot be drawn now.
            Unavailable: issuance does not answer.
        """
        path = f"/v1/applications/{paper.tracking_number}/papers/{paper.number}/content"
        reply = await self._get(
            path, authorization, deadline_s=_DRAWING_S, limit_bytes=LARGEST_OWN_BYTES
        )
        return reply.body

    async def find_valid(self, number: str) -> PaperStatus:
        """Return the status of a paper that holds now.

        Raises:
            Refused: it does not hold any more.
            Unavailable: issuance does not answer.
        """
        status = _read(await self._get(f"/v1/papers/{number}"), PaperStatus)
        check_holds(status)
        return status

    async def _get(
        self,
        path: str,
        authorization: str = "",
        *,
        deadline_s: float = _DEADLINE_S,
        limit_bytes: int | None = None,
    ) -> Reply:
        headers = {"authorization": authorization} if authorization else {}
        reply = await self._client.call(
            "GET",
            self._url + path,
            headers=headers,
            deadline_s=deadline_s,
            limit_bytes=limit_bytes,
        )
        if reply.status == _OK:
            return reply
        code = _code_of(reply)
        if code in _PASSED_ON:
            raise Refused(code)
        raise Unavailable("issuance", f"status {reply.status}")


def check_holds(paper: IssuedPaper | PaperStatus) -> None:
    """Check that a paper holds.

    Raises:
        Refused: it was withdrawn or replaced, or has expired.
    """
    if paper.state != "valid":
        raise Refused(f"paper_{paper.state}")


def _code_of(reply: Reply) -> str:
    try:
        problem = Problem.model_validate_json(reply.body)
    except ValidationError:
        return ""
    return problem.type.removeprefix(TYPE_PREFIX)


def _read(reply: Reply, model: type[ModelT]) -> ModelT:
    try:
        return model.model_validate_json(reply.body)
    except ValidationError:
        raise Unreadable("wrong_shape", "answer of issuance") from None
