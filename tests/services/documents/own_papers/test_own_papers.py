"""PDFs that ministries bring as papers about their decisions."""

import base64
import io
import re
import zlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from libs.contracts.documents import OwnPaperReceipt
from libs.contracts.identity import CitizenErased
from libs.contracts.issuance import PaperIssued
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.web.signed.document_links import DocumentLink, link_key, make_link
from libs.web.signed.own_papers import own_paper_key, read_own_receipt
from libs.web.signed.signatures import derived_key, sign
from services.documents.intake import rules as intake_rules
from services.documents.locker.content import Contents
from services.documents.own_papers import use_cases
from services.documents.retention import jobs
from services.documents.retention.use_cases import erase_citizen
from services.documents.scanning.clamd import NoScanner
from services.documents.storage.store import DocumentStore, object_store
from tests.libs.web.running import CITIZEN
from tests.services.documents.running import Documents
from tests.services.documents.scenes import (
    armed_pdf,
    jpeg,
    locked_pdf,
    pdf,
    pdf_bomb,
    pdf_with_stream,
    zeros_packed,
)
from tests.services.identity.running import Reply

MASTER = "a-master-secret-for-tests-of-papers"
MINISTRY = "lgd"
APPLICATION = UUID(int=31)


def with_root(**entries: Any) -> bytes:
    """A PDF with one page, and with these entries of its catalogue."""
    made = Pdf.new()
    made.add_blank_page(page_size=(595, 842))
    for name, entry in entries.items():
        made.Root[f"/{name}"] = entry
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def with_link(**action: Any) -> bytes:
    """A PDF with an annotation that does something."""
    made = Pdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    annotation = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(**action)
    )
    page.Annots = Array([annotation])
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def with_attachment() -> bytes:
    """A PDF with a file in it."""
    made = Pdf.new()
    made.add_blank_page(page_size=(595, 842))
    made.attachments["notes.txt"] = b"EMBEDDED-CONTENT"
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def owned_pdf() -> bytes:
    """A PDF that anybody may read, and nobody may change."""
    made = Pdf.new()
    made.add_blank_page(page_size=(595, 842))
    saved = io.BytesIO()
    made.save(saved, encryption=pikepdf.Encryption(owner="o", user=""))
    return saved.getvalue()


async def send(
    documents: Documents, content: bytes, *, ministry: str = MINISTRY, key: str = "", **fields: Any
) -> Reply:
    """Send a PDF as a ministry's system."""
    body = orjson.dumps({
        "application_id": str(APPLICATION),
        "applicant_id": str(CITIZEN),
        "content": base64.b64encode(content).decode(),
        **fields,
    })  # fmt: skip
    key = key or derived_key(MASTER, ministry)
    headers = sign(key, f"msg_{new_id()}", documents.time.at, body)
    return await documents.call(
        "POST",
        f"/v1/ministries/{ministry}/own-papers",
        body,
        headers={**headers, "content-type": "application/json"},
        citizen_id=None,
    )


async def taken(documents: Documents, content: bytes) -> OwnPaperReceipt:
    """Send a PDF that is taken."""
    reply = await send(documents, content)
    assert reply.status == 201, reply.raw
    return read_own_receipt(reply.body["receipt"], own_paper_key(MASTER), documents.time.at)


async def fetched(
    documents: Documents, document_id: UUID, ministry: str = MINISTRY, about: UUID | None = None
) -> Reply:
    """Fetch a PDF by a link, as issuance does."""
    link = DocumentLink(document_id, ministry, application_id=about)
    path = make_link(link, link_key(MASTER), documents.time.at)
    return await documents.call("GET", path, citizen_id=None)


async def test_a_pdf_is_kept_as_it_came(documents: Documents) -> None:
    """Encrypted in the store, whole for who has a link, and nobody else's ministry has one."""
    content = pdf(2)
    receipt = await taken(documents, content)
    assert (receipt.ministry, receipt.application_id) == (MINISTRY, APPLICATION)
    assert receipt.citizen_id == CITIZEN
    assert all(content[:64] not in stored.read_bytes() for stored in documents.objects())
    assert (await fetched(documents, receipt.document_id)).raw == content
    assert (await fetched(documents, receipt.document_id, "mohfw")).status == 404
    assert (await fetched(documents, receipt.document_id, about=APPLICATION)).raw == content
    other = await fetched(documents, receipt.document_id, about=UUID(int=32))
    assert (other.status, other.problem) == (404, "document_unknown")
    assert (await taken(documents, content)).document_id == receipt.document_id


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (with_root(OpenAction=Dictionary(S=Name.JavaScript, JS="app.alert(1)")), "document_active"),
        (with_link(S=Name.Launch, F="calc.exe"), "document_active"),
        (with_link(S=Name.URI, URI="http://example.com/track"), "document_active"),
        (with_attachment(), "document_active"),
        (with_root(AcroForm=Dictionary(Fields=Array([]), XFA="<x/>")), "document_active"),
        (armed_pdf(), "document_active"),
        (locked_pdf(), "document_encrypted"),
        (owned_pdf(), "document_encrypted or document_unreadable"),  # by what confines it
        (jpeg(), "document_no_pdf"),
        (b"%PDF-1.7 and nothing else", "document_unreadable"),
        (b"", "document_empty"),
        (pdf(41), "document_too_many_pages"),
        (pdf_bomb(), "document_too_demanding"),
        (pdf_with_stream(zeros_packed(300), Name.Fl), "document_too_demanding"),
        (
            pdf_with_stream(
                zeros_packed(300).hex().encode() + b">",
                Array([Name.ASCIIHexDecode, Name.FlateDecode]),
            ),
            "document_too_demanding",
        ),
        (
            pdf_with_stream(b"\x81\x00" * 2_450_000 + b"\x80", Name.RunLengthDecode),
            "document_too_demanding",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_a_citizens_paper_would_lose_is_refused(
    documents: Documents, content: bytes, problem: str
) -> None:
    """It is not cleaned: the ministry may have signed it. Nothing of it is stored."""
    assert (await send(documents, content)).problem in problem.split(" or ")
    assert documents.objects() == []


async def test_a_page_that_is_packed_and_written_as_text_is_taken(documents: Documents) -> None:
    """As some programs write every page."""
    content = base64.a85encode(zlib.compress(b"0 0 m 9 9 l S")) + b"~>"
    filters = Array([Name.ASCII85Decode, Name.FlateDecode])
    await taken(documents, pdf_with_stream(content, filters))


async def test_a_pdf_is_small_enough_to_be_printed(documents: Documents) -> None:
    assert (await send(documents, b"%PDF-1.7" + bytes(5_100_000))).problem == "own_paper_too_large"


async def test_only_the_ministry_sends_its_papers(documents: Documents) -> None:
    """Signed by another one's key, or for nobody's."""
    refused = await send(documents, pdf(), key=derived_key(MASTER, "mohfw"))
    assert (refused.status, refused.problem) == (401, "signature_invalid")
    assert (await send(documents, pdf(), ministry="nobody")).status == 404


async def test_what_no_decision_issues_is_gone_after_37_days(documents: Documents) -> None:
    """What was issued stays, also where that is heard weeks late; a receipt ends before that."""
    kept, left = await taken(documents, pdf(1)), await taken(documents, pdf(2))
    issued = PaperIssued(
        application_id=APPLICATION, number="7K4M-9PXR-T3H5", document_id=kept.document_id
    )
    documents.time.at += timedelta(days=7 + 29)
    async with documents.database.transaction() as tx:
        await jobs.delete_ended(tx, documents.clock)
        await use_cases.note_issued(tx, [issued])
    documents.time.at += timedelta(days=1, seconds=1)
    async with documents.database.transaction() as tx:
        await jobs.delete_ended(tx, documents.clock)
    assert (await fetched(documents, kept.document_id)).status == 200
    assert (await fetched(documents, left.document_id)).status == 404


async def test_one_whose_file_is_lost_is_counted_until_it_can_be_read(
    documents: Documents,
) -> None:
    """A paper of this number holds, and its citizen gets no file: an alert has to say so."""
    content = pdf(1)
    receipt = await taken(documents, content)
    (stored,) = [each for each in documents.objects() if each.name == "content"]
    whole = stored.read_bytes()
    stored.unlink()
    reply = await fetched(documents, receipt.document_id)
    assert reply.problem == "document_damaged"
    assert await damaged(documents)
    stored.write_bytes(whole)
    assert (await fetched(documents, receipt.document_id)).raw == content
    assert not await damaged(documents)


async def damaged(documents: Documents) -> bool:
    """Whether the alert about damaged papers sees one."""
    database, metrics = documents.database, Metrics("documents")
    contents = Contents(DocumentStore(object_store(documents.settings)), database)
    await jobs.ScanAgain(database, contents, NoScanner(), metrics, documents.clock).scan()
    return (
        re.search(rb"^nagorik_papers_damaged\S* 1\.0$", metrics.render(), re.MULTILINE) is not None
    )


async def test_of_an_erased_citizen_each_is_deleted(documents: Documents) -> None:
    """Also one that was issued: its number stays with issuance."""
    receipt = await taken(documents, pdf())
    erased = CitizenErased(citizen_id=CITIZEN)
    async with documents.database.transaction() as tx:
        await use_cases.note_issued(tx, [
            PaperIssued(
                application_id=APPLICATION,
                number="7K4M-9PXR-T3H5",
                document_id=receipt.document_id,
            )
        ])  # fmt: skip
        confirmed = await erase_citizen(tx, erased)
    assert confirmed.deleted["own_papers"] == 1
    assert (await fetched(documents, receipt.document_id)).status == 404


async def test_what_was_refused_of_one_application_stops_no_other(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that sends wrong files about one is told to wait; the ministry's others go on."""
    monkeypatch.setattr(intake_rules, "_MOST_REFUSED", 2)
    for pages in (41, 42):
        assert (await send(documents, pdf(pages))).problem == "document_too_many_pages"
    stopped = await send(documents, pdf(1))
    assert (stopped.status, stopped.problem) == (429, "files_refused_too_often")
    assert int(stopped.headers["retry-after"]) > 0
    assert (await send(documents, pdf(1), application_id=str(UUID(int=32)))).status == 201
