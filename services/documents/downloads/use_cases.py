"""A ministry fetches a paper of a submission; each time is counted."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.signed.document_links import DocumentLink, OfficerLink
from services.documents.case_papers import use_cases as case_papers
from services.documents.case_papers.rules import CasePaper
from services.documents.locker import use_cases as locker
from services.documents.locker.rules import Document
from services.documents.own_papers import use_cases as own_papers
from services.documents.own_papers.rules import OwnPaper


async def find_own_paper(tx: Transaction, link: DocumentLink) -> OwnPaper | None:
    """Return the ministry's own paper that a link is about; None if the link is of another file.

    By its own link issuance fetches it for its citizen, and by another one an officer does.
    """
    paper = await own_papers.find_to_read(tx, link.document_id, link.ministry)
    if paper is None or link.application_id not in {None, paper.application_id}:
        return None
    return paper


async def fetch_by_link(tx: Transaction, link: DocumentLink, at: datetime) -> Document:
    """Return the paper of a link that is valid.

    Raises:
        Refused: the paper is gone, or a virus was found in it since.
    """
    document = await _find(tx, link.document_id)
    await locker.count_view(tx, document.document_id, link.ministry, "link", at)
    return document


async def fetch_for_officer(
    tx: Transaction, link: OfficerLink, at: datetime
) -> Document | CasePaper | OwnPaper:
    """Return the paper of an officer's link: a citizen's, or one that an officer handed in.

    Raises:
        Refused: the paper is gone, or a virus was found in it since.
    """
    handed_in = await case_papers.find_to_read(tx, link.document_id)
    if handed_in is not None:
        return handed_in
    return await find_own_paper(tx, link) or await fetch_by_link(tx, link, at)


async def fetch_by_key(
    tx: Transaction, ministry: str, document_id: UUID, application_id: UUID, at: datetime
) -> Document:
    """Return a paper of an application to a ministry, which signed its request.

    Raises:
        Refused: the application has no such paper or is another ministry's, or a virus was found.
    """
    if not await locker.is_used_by(tx, document_id, application_id, ministry):
        raise Refused("document_unknown")
    document = await _find(tx, document_id)
    await locker.count_view(tx, document_id, ministry, "key", at)
    return document


async def _find(tx: Transaction, document_id: UUID) -> Document:
    document = await locker.find_kept(tx, document_id)
    if document is None:
        raise Refused("document_unknown")
    if document.state == "infected":
        raise Refused("document_infected")
    return document
