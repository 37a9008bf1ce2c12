"""The routes by which everybody, and every machine, checks papers."""

import asyncio

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.bounds import MinistryId
from libs.contracts.issuance import EndedPapers, PaperNumber, PaperStatus
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.issuance.checks import rules as lists
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import rules
from services.issuance.papers import use_cases as papers

routes = Routes()


@routes.get(
    "/v1/papers/{number}",
    headers={"cache-control": "no-store"},
    limits=RouteLimits(is_lookup=True),
    problems=("paper_unknown", "paper_number_wrong"),
)
async def check_paper(number: PaperNumber, tx: Transaction, clock: Clock) -> PaperStatus:
    """Whether a paper holds now; with the initials and the year, and without a name."""
    return rules.status_of(await papers.find(tx, number), clock.now())


@routes.get("/v1/ended-papers/{body}", cached=True, problems=("body_not_found",))
async def list_ended_papers(
    body: MinistryId, database: Database, signer: PaperSigner, clock: Clock
) -> EndedPapers:
    """The signed list of a body's papers that were withdrawn or replaced; new at once, and daily.

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    async with database.transaction() as tx:
        ended = await papers.read_ended(tx, body)
    as_of = lists.as_of(ended, clock.now())
    claims = await asyncio.to_thread(lists.claims_of, body, ended, as_of)
    signed = signer.sign(body, dhaka_date(clock.now()).year, claims)
    return EndedPapers(body=body, as_of=as_of, signed=signed)
