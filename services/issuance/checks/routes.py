"""The route by which everybody, and every machine, checks a paper."""

from libs.clock import Clock
from libs.contracts.issuance import PaperNumber, PaperStatus
from libs.database.transaction import Transaction
from libs.web.handling.routes import Routes
from services.issuance.papers import rules
from services.issuance.papers import use_cases as papers

routes = Routes()


@routes.get(
    "/v1/papers/{number}",
    headers={"cache-control": "no-store"},
    problems=("paper_unknown", "paper_number_wrong"),
)
async def check_paper(number: PaperNumber, tx: Transaction, clock: Clock) -> PaperStatus:
    """Whether a paper holds now; with the initials and the year, and without a name."""
    return rules.status_of(await papers.find(tx, number), clock.now())
