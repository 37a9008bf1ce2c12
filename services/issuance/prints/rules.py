"""A print of a paper at a service centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.contracts.issuance import IssuedPaper, PaperPrint, PaperPrinted
from libs.contracts.language import Text
from services.issuance.papers import rules as papers
from services.issuance.papers.rules import Paper


@dataclass(frozen=True, slots=True)
class Print:
    """A print: which paper, with whose mandate, by whom, where and when."""

    print_id: UUID
    paper_id: UUID
    mandate_id: UUID
    uddokta_id: UUID
    service_centre_id: str
    service_centre_name: Text
    printed_at: datetime

    def view(self) -> PaperPrint:
        """Return what the citizen is told of it."""
        return PaperPrint(service_centre_name=self.service_centre_name, printed_at=self.printed_at)


def printed(paper: Paper, made: Print) -> PaperPrinted:
    """Return what is announced of a print."""
    return PaperPrinted(
        event_id=made.print_id,
        occurred_at=made.printed_at,
        application_id=paper.application_id,
        number=paper.number,
    )


def view(paper: Paper, prints: Sequence[Print], as_of: datetime) -> IssuedPaper:
    """Return a paper as its citizen lists it, with where it was printed."""
    listed = papers.view(paper, as_of)
    return listed.model_copy(update={"prints": [made.view() for made in prints]})
