"""Papers that were issued to a citizen: listed, and given in a form without a file."""

from typing import Final

from libs.contracts.documents import DocumentReceipt, GiveIssuedPaper
from libs.contracts.issuance import IssuedPaper, IssuedPapers
from libs.errors import Unavailable
from libs.pages.forms.questions import Question
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.visits import Visit

CHOICE: Final = "issued:"
"""Stands before the number where an issued paper is chosen beside those of the locker."""


async def read_issued(gateway: Gateway, visit: Visit) -> list[IssuedPaper] | None:
    """Return the citizen's issued papers, the newest first; None where they are not known now."""
    try:
        listed = await gateway.read(visit, IssuedPapers, "/v1/issued-papers", personal=True)
    except (ApiProblem, Unavailable):
        return None
    return listed.items


def fitting(papers: list[IssuedPaper], question: Question) -> list[IssuedPaper]:
    """Return the papers that a question takes and that hold now."""
    return [
        paper
        for paper in papers
        if paper.state == "valid"
        and question.takes_pdf
        and question.document_kind in {None, paper.document_kind}
    ]


async def give_issued(gateway: Gateway, visit: Visit, number: str) -> str:
    """Take an issued paper into the locker; return the id of the paper.

    Raises:
        ApiProblem: it does not hold any more, or is no paper of the citizen.
        Unavailable: the API does not answer now.
    """
    body = GiveIssuedPaper(number=number)
    path = "/v1/documents-from-papers"
    given = await gateway.post(visit, path, body, model=DocumentReceipt)
    return str(given.document_id)
