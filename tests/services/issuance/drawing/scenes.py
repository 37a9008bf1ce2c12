"""Papers, and all that is drawn of them."""

from typing import Any

from libs.ids import paper_number
from services.issuance.downloads.rules import claims_of, drawing_of
from services.issuance.papers.rules import Paper, paper_of
from tests.services.issuance.scenes import SIGNER, granted

LINK = "https://nagorik.example/check/x"


def a_paper(**fields: Any) -> Paper:
    """A paper that was just issued."""
    return paper_of(granted(**fields), paper_number(b"n" * 32))


def drawing(paper: Paper) -> dict[str, Any]:
    """All that is drawn of it."""
    return drawing_of(paper, LINK, SIGNER.sign(paper.ministry, paper.year, claims_of(paper)))
