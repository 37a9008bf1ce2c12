"""Lists and draws papers of a citizen."""

from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.issuance.downloads import rules
from services.issuance.drawing.drawer import Drawer
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import use_cases as papers
from services.issuance.papers.rules import Paper


async def find_own(tx: Transaction, citizen_id: UUID, tracking_number: str, typed: str) -> Paper:
    """Return one of a citizen's papers about an application.

    Raises:
        Refused: it is no number, there is none of hers, or it was withdrawn or replaced.
    """
    own = await papers.read_own(tx, citizen_id, tracking_number)
    paper = await papers.find(tx, typed)
    if paper.paper_id not in {listed.paper_id for listed in own}:
        raise Refused("paper_unknown")
    paper.check_holds()
    return paper


async def draw(paper: Paper, signer: PaperSigner, drawer: Drawer, origin: str) -> bytes:
    """Return a paper as PDF/A-3b, drawn now; its signature is made here, apart from the drawing.

    A PDF that the ministry brought is fetched as it is, and not opened here.

    Raises:
        Refused: what it said is erased, or the file is gone.
        Unavailable: it cannot be drawn now.
    """
    if paper.own_file is not None:
        return await drawer.fetch(*paper.own_file, paper.ministry, paper.application_id)
    signed = signer.sign(paper.ministry, paper.year, rules.claims_of(paper))
    link = f"{origin}/check/{paper.number}"
    drawing = rules.drawing_of(paper, link, signed)
    drawn = await drawer.draw(drawing, paper.citizen_id)
    if drawing["signature"] is None:
        return drawn
    return signer.sign_file(paper.ministry, drawing["signature"]["by"], paper.year, drawn)
