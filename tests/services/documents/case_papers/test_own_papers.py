"""The PDF with which an office decides: taken from its officer, and kept as it came."""

from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from libs.web.signed.document_links import (
    DocumentLink,
    OfficerLink,
    link_key,
    make_link,
    make_officer_link,
    officer_link_key,
)
from services.documents.own_papers import rules
from tests.services.documents.case_papers.scenes import MASTER, OFFICER, send, taken
from tests.services.documents.running import Documents
from tests.services.documents.scenes import armed_pdf, jpeg, pdf
from tests.services.identity.running import Reply

APPLICATION = UUID(int=31)
OWN: dict[str, Any] = {"paper": "own_document", "ministry": "lgd", "application_id": APPLICATION}


async def opened(documents: Documents, document_id: UUID, who: UUID = OFFICER) -> Reply:
    """Fetch it as an officer, by a link of cases."""
    link = OfficerLink(document_id, "lgd", OFFICER)
    token = make_officer_link(link, officer_link_key(MASTER), documents.time.at)
    bearer = documents.identity.token(sub=str(who), roles=["officer"])
    headers = {"authorization": f"Bearer {bearer}"}
    path = f"/v1/case-papers/{token}"
    return await documents.call("GET", path, headers=headers, citizen_id=None)


async def test_it_is_kept_as_it_came_for_its_citizen(documents: Documents) -> None:
    """Issuance fetches the very bytes, and so does an officer of the case, and nobody else."""
    content = pdf(2)
    receipt = await taken(documents, content, **OWN)
    path = make_link(DocumentLink(receipt.document_id, "lgd"), link_key(MASTER), documents.time.at)
    assert (await documents.call("GET", path, citizen_id=None)).raw == content
    assert (await opened(documents, receipt.document_id)).raw == content
    assert (await opened(documents, receipt.document_id, new_id())).problem == "document_link_ended"
    assert (receipt.pages, receipt.media_type) == (2, "application/pdf")
    again = await taken(documents, content, **OWN)
    assert (again.document_id, again.sha256) == (receipt.document_id, receipt.sha256)
    assert len(receipt.sha256) == 64


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ((armed_pdf(),), "document_active"),
        ((jpeg(),), "document_no_pdf"),
        ((pdf(1), pdf(2)), "document_no_pdf"),
        ((b"%PDF-1.7" + bytes(5_000_001),), "own_paper_too_large"),
    ],
    ids=["script", "photo", "two files", "6 MB"],
)
async def test_what_is_no_paper_of_an_office_is_refused(
    documents: Documents, files: tuple[bytes, ...], problem: str
) -> None:
    """As that of a ministry's system: it is not cleaned, since it may be signed."""
    assert (await send(documents, *files, **OWN)).problem == problem
    assert documents.objects() == []


async def test_one_case_does_not_fill_the_day_of_its_ministry(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many about one application; another one goes on."""
    monkeypatch.setattr(rules, "MOST_OF_APPLICATION", 1)
    await taken(documents, pdf(1), **OWN)
    assert (await send(documents, pdf(2), **OWN)).problem == "case_papers_too_many"
    await taken(documents, pdf(2), **{**OWN, "application_id": UUID(int=32)})
