import asyncio
import io
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from PIL import Image

from libs.database.pool import Database
from libs.encryption import is_sealed
from libs.ids import new_id
from services.documents.processing.pdfs import clean_pdf
from services.documents.processing.rules import WrongFile
from tests.libs.web.running import CITIZEN
from tests.services.documents import scenes
from tests.services.documents.running import TUS, Documents, running, stranger
from tools.virtual_users.photo import as_form

DsnFor = Callable[[str], Awaitable[str]]


async def test_a_photo_becomes_a_paper_with_a_receipt(documents: Documents) -> None:
    """The answer says what is kept; the download is that, to be saved and not shown."""
    paper = await documents.paper(scenes.jpeg())
    assert (paper["kind"], paper["media_type"], paper["pages"]) == ("epi_card", "image/jpeg", 1)
    assert (paper["state"], paper["needed_by"]) == ("not_scanned", [])
    got = await documents.call("GET", f"/v1/documents/{paper['document_id']}/content")
    assert (got.status, sha256(got.raw).hexdigest()) == (200, paper["sha256"])
    assert len(got.raw) == paper["size_bytes"] == int(got.headers["content-length"])
    assert got.headers["content-disposition"].startswith('attachment; filename="epi_card-')
    assert got.headers["x-content-type-options"] == "nosniff"
    small = await documents.call("GET", f"/v1/documents/{paper['document_id']}/thumbnail")
    with Image.open(io.BytesIO(small.raw)) as thumbnail:
        assert max(thumbnail.size) == 360


async def test_a_quotation_mark_in_a_files_name_is_shown_as_one(documents: Documents) -> None:
    """A browser's form writes it as `%22`, and nothing else of the name that way."""
    paper = await documents.paper(scenes.jpeg(), name="%22card%22 100%25.jpg")
    assert paper["name"] == '"card" 100%25.jpg'


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_photos_of_every_kind_become_jpeg(documents: Documents, kind: str) -> None:
    """The content counts and not the name; all are kept as JPEG."""
    paper = await documents.paper(scenes.image(kind), name="scan.pdf")
    assert paper["media_type"] == "image/jpeg"


async def test_several_photos_become_one_pdf(documents: Documents) -> None:
    """In the order of the form; a PDF among them gives its pages."""
    paper = await documents.paper(scenes.jpeg(), scenes.image("PNG", 300, 500), scenes.pdf(2))
    assert (paper["media_type"], paper["pages"]) == ("application/pdf", 4)
    got = await documents.call("GET", f"/v1/documents/{paper['document_id']}/content")
    with pikepdf.open(io.BytesIO(got.raw)) as made:
        sizes = [tuple(round(float(edge)) for edge in page.mediabox[2:]) for page in made.pages]
    assert sizes == [(842, 595), (595, 842), (595, 842), (595, 842)]


async def test_the_position_is_gone_and_the_photo_upright(documents: Documents) -> None:
    """Nothing is left of what the phone wrote beside the picture."""
    paper = await documents.paper(scenes.photo_with_position())
    got = await documents.call("GET", f"/v1/documents/{paper['document_id']}/content")
    with Image.open(io.BytesIO(got.raw)) as kept:
        assert (kept.size, dict(kept.getexif())) == ((480, 640), {})
        corner = kept.getpixel((470, 10))
        assert isinstance(corner, tuple)
        assert max(corner) < 60  # the dark corner is at the top right now
    assert b"Maker of phones" not in got.raw
    assert b"taken at home" not in got.raw


async def test_what_acts_in_a_pdf_is_removed(documents: Documents) -> None:
    """Scripts, attachments, links, launches and the author's name are gone."""
    paper = await documents.paper(scenes.armed_pdf())
    got = await documents.call("GET", f"/v1/documents/{paper['document_id']}/content")
    with pikepdf.open(io.BytesIO(got.raw)) as kept:
        plain = io.BytesIO()
        kept.save(
            plain,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        )
    for word in (
        b"JavaScript",
        b"app.",
        b"on-page",
        b"EMBEDDED",
        b"PINNED",
        b"pinned",
        b"Launch",
        b"/URI",
        b"SOMEBODY",
    ):
        assert word not in plain.getvalue(), word


async def test_the_position_is_gone_from_photos_in_a_pdf(documents: Documents) -> None:
    """And what was appended to them; the pictures are the same, pixel by pixel."""
    paper = await documents.paper(scenes.pdf_of_photos())
    got = await documents.call("GET", f"/v1/documents/{paper['document_id']}/content")
    with pikepdf.open(io.BytesIO(got.raw)) as kept:
        photos = [page.Resources.XObject.Photo.read_raw_bytes() for page in kept.pages]
    assert len(photos) == 2
    with Image.open(io.BytesIO(scenes.photo_with_position())) as given:
        before = given.tobytes()
    for photo in photos:
        assert not [word for word in (b"Exif", b"Maker", b"taken at", b"FILM") if word in photo]
        with Image.open(io.BytesIO(photo)) as picture:
            assert picture.tobytes() == before


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (bytes, "document_empty"),
        (scenes.archive, "document_type_unknown"),
        (lambda: b"plain text", "document_type_unknown"),
        (lambda: b"%PDF-1.7 and nothing of one", "document_unreadable"),
        (scenes.locked_pdf, "document_encrypted"),
        (lambda: scenes.pdf(41), "document_too_many_pages"),
        (scenes.png_bomb, "document_too_many_pixels"),
        (lambda: scenes.png_bomb(8_000, 7_000), "document_too_many_pixels"),
        (scenes.pdf_bomb, "document_too_demanding"),
        (lambda: scenes.jpeg()[:2000], "document_unreadable"),
    ],
)
async def test_a_wrong_file_is_refused(
    documents: Documents, file: Callable[[], bytes], code: str
) -> None:
    """Each with its own reason, in plain words; nothing of it is kept."""
    reply = await documents.give(file())
    assert (reply.status, reply.problem) == (422, code)
    assert documents.objects() == []


def test_a_bomb_is_found_before_it_has_grown(tmp_path: Path) -> None:
    """Not only by the limits of the process: what streams unpack to is counted in small steps."""
    bomb = tmp_path / "bomb.pdf"
    bomb.write_bytes(scenes.pdf_bomb())
    with pytest.raises(WrongFile, match="document_too_demanding"):
        clean_pdf(bomb, tmp_path / "clean.pdf")


async def test_files_with_too_many_pages_together_are_refused(documents: Documents) -> None:
    """Each alone would be taken."""
    reply = await documents.give(scenes.pdf(21), scenes.pdf(20))
    assert (reply.status, reply.problem) == (422, "document_too_many_pages")


async def test_a_control_without_a_file_is_none(documents: Documents) -> None:
    """A browser sends it without a name and content; beside a file it does no harm."""
    media_type, body = as_form("epi_card", scenes.jpeg())
    boundary = media_type.partition("boundary=")[2]
    nothing = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename=""\r\n'
        "content-type: application/octet-stream\r\n\r\n\r\n"
    ).encode()
    headers = {"content-type": media_type}
    kind = body[
        : body.index(f'--{boundary}\r\ncontent-disposition: form-data; name="file"'.encode())
    ]
    ended = f"--{boundary}--\r\n".encode()
    reply = await documents.call("POST", "/v1/documents", kind + nothing + ended, headers=headers)
    assert (reply.status, reply.problem) == (422, "document_missing")
    reply = await documents.call("POST", "/v1/documents", nothing + body, headers=headers)
    assert (reply.status, reply.body["pages"]) == (201, 1)


async def test_a_full_locker_takes_nothing_new(
    database: Database, dsn_for: Callable[[str], Awaitable[str]], tmp_path: Path
) -> None:
    """Neither a paper nor an upload; what is there already can be given again."""
    dsn, limits = await dsn_for("documents"), {"papers_per_citizen": 1, "uploads_per_citizen": 1}
    async with running(database, dsn, tmp_path, **limits) as documents:
        first = await documents.paper()
        another = await documents.give(scenes.jpeg(300, 300))
        assert (another.status, another.problem) == (422, "locker_full")
        assert (await documents.paper())["document_id"] == first["document_id"]
        assert (await documents.give(scenes.jpeg(300, 300), citizen_id=stranger())).status == 201
        await documents.begin(10)
        headers = {**TUS, "upload-length": "10"}
        more = await documents.call("POST", "/v1/uploads", headers=headers)
        assert (more.status, more.problem) == (422, "locker_full")


async def test_a_photo_of_30_mb_is_refused(documents: Documents) -> None:
    """By its announced size, before it has arrived."""
    reply = await documents.give(bytes(30 * 1024 * 1024))
    assert (reply.status, reply.problem) == (413, "document_too_large")


async def test_a_name_keeps_its_letters_only(documents: Documents) -> None:
    """Folders, and marks that turn the direction of reading, are no part of a name."""
    paper = await documents.paper(scenes.jpeg(), name="../ছবি/টিকা\u202efdp.exe কার্ড.jpg")
    assert paper["name"] == "টিকাfdp.exe কার্ড.jpg"


async def test_the_same_file_given_twice_at_once_is_one_paper(documents: Documents) -> None:
    """Double taps do no harm: both get the same paper."""
    both = await asyncio.gather(documents.paper(), documents.paper())
    assert both[0]["document_id"] == both[1]["document_id"]
    listed = await documents.call("GET", "/v1/documents")
    assert len(listed.body["items"]) == 1


async def test_a_repeat_is_not_opened_again(documents: Documents) -> None:
    """Whoever did not get the answer sends the files again: nothing more is stored for them."""
    first = await documents.paper()
    stored = documents.objects()
    again = await documents.paper()
    assert again["document_id"] == first["document_id"]
    assert documents.objects() == stored


@pytest.mark.parametrize("citizens", [[CITIZEN, CITIZEN], [CITIZEN, new_id(), new_id()]])
async def test_a_paper_that_would_wait_long_is_refused_for_now(
    database: Database, dsn_for: DsnFor, tmp_path: Path, citizens: list[UUID]
) -> None:
    """Of one citizen's two photos, or of three citizens', one is told when to come back."""
    settings = {"process_wait_s": 0.01}
    async with running(database, await dsn_for("documents"), tmp_path, **settings) as documents:
        given = [
            (scenes.jpeg(300 + number, 300), citizen_id)
            for number, citizen_id in enumerate(citizens)
        ]
        replies = await asyncio.gather(
            *(documents.give(photo, citizen_id=citizen_id) for photo, citizen_id in given)
        )
        (refused,) = [reply for reply in replies if reply.status != 201]
        assert (refused.status, refused.problem) == (503, "unavailable")
        assert refused.headers["retry-after"] == "1"
        photo, citizen_id = given[replies.index(refused)]
        assert (await documents.give(photo, citizen_id=citizen_id)).status == 201


async def test_papers_of_others_are_unknown(documents: Documents) -> None:
    """Nobody sees, downloads or deletes the paper of another citizen."""
    paper = await documents.paper()
    other = stranger()
    for method, path in (("GET", ""), ("GET", "/content"), ("GET", "/thumbnail"), ("DELETE", "")):
        address = f"/v1/documents/{paper['document_id']}{path}"
        reply = await documents.call(method, address, citizen_id=other)
        assert (reply.status, reply.problem) == (404, "document_unknown")


async def test_a_form_without_a_kind_or_a_file_is_pointed_at(documents: Documents) -> None:
    """The field that is missing is named."""
    reply = await documents.give(scenes.jpeg(), kind="")
    assert (reply.status, reply.body["errors"][0]["pointer"]) == (422, "/kind")
    reply = await documents.give()
    assert (reply.status, reply.problem) == (415, "upload_media_type")


async def test_content_is_encrypted_at_rest(documents: Documents) -> None:
    """Nothing in the store is a JPEG, and each paper has a key of its own."""
    await documents.paper()
    stored = [each.read_bytes() for each in documents.objects()]
    assert len(stored) == 2
    assert all(b"JFIF" not in each for each in stored)
    async with documents.database.transaction() as tx:
        row = await tx.fetchrow("SELECT name, content_key FROM documents")
    assert row is not None
    assert all(map(is_sealed, row))
