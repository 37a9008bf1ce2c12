"""Ministries fetch papers: by a link of a submission, or with their own key; officers of a case."""

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import Clock
from libs.contracts.documents import FetchDocument
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.routes import Routes
from libs.web.signed.document_links import (
    CASE_PAPERS_PATH,
    LINKS_PATH,
    link_key,
    officer_link_key,
    read_link,
    read_officer_link,
)
from libs.web.signed.signatures import keys_of_party, verify
from services.documents.case_papers import use_cases as case_papers
from services.documents.case_papers.rules import CasePaper
from services.documents.downloads import use_cases
from services.documents.locker.content import Contents
from services.documents.locker.routes import DOWNLOAD_LIMITS, PAPER
from services.documents.own_papers import use_cases as own_papers
from services.documents.own_papers.rules import OwnPaper
from services.documents.settings import Settings

routes = Routes()


@routes.get(
    f"{LINKS_PATH}/{{token}}",
    public=False,
    limits=DOWNLOAD_LIMITS,
    problems=(
        "document_link_ended",
        "document_unknown",
        "document_infected",
        "document_damaged",
    ),
)
async def fetch_by_link(
    token: str, settings: Settings, database: Database, contents: Contents, clock: Clock
) -> Response:
    """Fetch a paper by a link of a submission; it is valid for 15 minutes.

    By such a link issuance fetches a ministry's own paper for its citizen.
    """
    key = link_key(settings.papers_secret.get_secret_value())
    at = clock.now()
    link = read_link(token, key, at)
    async with database.transaction() as tx:
        paper = await use_cases.find_own_paper(tx, link) or await use_cases.fetch_by_link(
            tx, link, at
        )
    if isinstance(paper, OwnPaper):
        return await contents.download(paper, own_papers.save_damage)
    return await contents.download(paper)


@routes.get(
    f"{CASE_PAPERS_PATH}/{{token}}",
    roles=("officer",),
    limits=DOWNLOAD_LIMITS,
    problems=(
        "document_link_ended",
        "document_unknown",
        "document_infected",
        "document_damaged",
    ),
    openapi=PAPER,
)
async def fetch_paper_of_case(
    token: str,
    staff: Staff,
    settings: Settings,
    database: Database,
    contents: Contents,
    clock: Clock,
) -> Response:
    """Fetch a paper of a case by the link that I got for it, and nobody else (officers).

    Raises:
        Refused: it is another officer's.
    """
    at = clock.now()
    link = read_officer_link(token, officer_link_key(settings.papers_secret.get_secret_value()), at)
    if link.officer_id != staff.staff_id:
        raise Refused("document_link_ended")
    async with database.transaction() as tx:
        paper = await use_cases.fetch_for_officer(tx, link, at)
    if isinstance(paper, CasePaper):
        return await contents.download(paper, case_papers.save_damage)
    if isinstance(paper, OwnPaper):
        return await contents.download(paper, own_papers.save_damage)
    return await contents.download(paper)


@routes.post(
    "/v1/ministries/{ministry}/documents",
    public=False,
    limits=DOWNLOAD_LIMITS,
    problems=("signature_invalid", "document_unknown", "document_infected", "document_damaged"),
)
async def fetch_by_key(  # noqa: PLR0913
    ministry: str,
    raw: bytes,
    request: Request,
    settings: Settings,
    database: Database,
    contents: Contents,
    clock: Clock,
) -> Response:
    """Fetch a paper of a submission, signed with the ministry's key for papers.

    The form is that of Standard Webhooks, as for decisions, whose key is another.

    Raises:
        Refused: there is no such ministry, or it has not signed the request.
    """
    if ministry not in bodies_by_id():
        raise Refused("not_found")
    at = clock.now()
    keys = keys_of_party(settings.ministry_keys, settings.papers_secret, ministry)
    verify(keys, request.headers, raw, at)
    check_json_type(request.headers.get("content-type"))
    body = read_json(raw, FetchDocument)
    async with database.transaction() as tx:
        document = await use_cases.fetch_by_key(
            tx, ministry, body.document_id, body.application_id, at
        )
    return await contents.download(document)
