"""The keys with which papers are checked."""

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.issuance import PaperKeys
from libs.database.transaction import Transaction
from libs.web.handling.routes import Routes
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import use_cases as papers

routes = Routes()


@routes.get("/v1/paper-keys", headers={"cache-control": "public, max-age=300"})
async def list_paper_keys(tx: Transaction, signer: PaperSigner, clock: Clock) -> PaperKeys:
    """The public keys with which papers are checked, one for each body and year (RFC 7517).

    A body that has any paper also has a key of this year, which signs its list of ended ones.
    """
    with_papers = await papers.read_body_years(tx)
    this_year = dhaka_date(clock.now()).year
    return signer.public_keys(
        sorted({*with_papers, *((body, this_year) for body, _ in with_papers)})
    )
