"""The keys with which papers are checked."""

from libs.contracts.issuance import PaperKeys
from libs.database.transaction import Transaction
from libs.web.handling.routes import Routes
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import use_cases as papers

routes = Routes()


@routes.get("/v1/paper-keys", headers={"cache-control": "public, max-age=300"})
async def list_paper_keys(tx: Transaction, signer: PaperSigner) -> PaperKeys:
    """The public keys with which papers are checked, one for each body and year (RFC 7517)."""
    return signer.public_keys(await papers.read_body_years(tx))
