"""PDFs: checked, repaired or refused; active and hidden parts are removed."""

import hashlib
import io
import zlib
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import img2pdf
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from pikepdf.sanitize import Sanitizer

from libs.contracts.papers import MOST_PAGES
from services.documents.processing.images import THUMBNAIL_EDGE, save_thumbnail
from services.documents.processing.jpegs import without_metadata
from services.documents.processing.rules import WrongFile

_MOST_STREAM_BYTES: Final = 256 * 1024 * 1024
"""All streams of a file together, unpacked: 40 pages of scans have some 50 MB."""

_FLATE: Final = "/FlateDecode"
_PACKED: Final = frozenset({_FLATE, "/LZWDecode", "/RunLengthDecode"})
_UNPACKED_BY_QPDF: Final = _PACKED | {"/ASCIIHexDecode", "/ASCII85Decode"}
_SHORT: Final = {
    "/Fl": _FLATE, "/LZW": "/LZWDecode", "/RL": "/RunLengthDecode", "/AHx": "/ASCIIHexDecode",
    "/A85": "/ASCII85Decode",
}  # fmt: skip
"""Short names of filters, which readers take everywhere."""

_STEP_BYTES = 1024 * 1024
_A4_PT: Final = (595.28, 841.89)

_SANITIZER: Final = (
    Sanitizer()
    .remove_javascript()
    .remove_external_access()
    .remove_attachments()
    .remove_multimedia()
    .remove_private_app_data()
    .remove_collection()
    .remove_thumbnails()
    .remove_web_capture()
)

_ACTIVE: Final = (
    Sanitizer()
    .remove_javascript()
    .remove_external_access()
    .remove_attachments()
    .remove_multimedia()
    .remove_collection()
)


def is_pdf(source: Path) -> bool:
    """Whether a file begins as a PDF; readers take a header in the first KiB."""
    with source.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def clean_pdf(source: Path, target: Path) -> None:
    """Write a PDF without its active and hidden parts.

    Raises:
        WrongFile: it is damaged beyond repair, needs a password, or is too large once unpacked.
    """
    try:
        with Pdf.open(source) as pdf:
            pages = len(pdf.pages)
            if not 1 <= pages <= MOST_PAGES:
                raise WrongFile("document_too_many_pages" if pages else "document_unreadable")
            _check_unpacked(pdf)
            _SANITIZER.apply(pdf)
            _remove_metadata(pdf)
            _clean_photos(pdf)
            pdf.save(target, deterministic_id=True)
    except pikepdf.PasswordError:
        raise WrongFile("document_encrypted") from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RuntimeError, ValueError, KeyError):
        raise WrongFile("document_unreadable") from None


def check_unchanged(source: Path) -> int:
    """Check a PDF that is kept as it is, since it may be signed; return the number of its pages.

    What a citizen's PDF would lose is refused here: scripts, actions, links that lead out, attached
    files, multimedia.

    Raises:
        WrongFile: it has one of these, is damaged, needs a password, or is too large once unpacked.
    """
    try:
        with Pdf.open(source) as pdf:
            pages = len(pdf.pages)
            if not 1 <= pages <= MOST_PAGES:
                raise WrongFile("document_too_many_pages" if pages else "document_unreadable")
            if pdf.is_encrypted:
                raise WrongFile("document_encrypted")
            _check_unpacked(pdf)
            before = _saved(pdf)
            _ACTIVE.apply(pdf)
            form = pdf.Root.get("/AcroForm")
            has_code = isinstance(form, Dictionary) and "/XFA" in form
            if has_code or _saved(pdf) != before:
                raise WrongFile("document_active")
            return pages
    except pikepdf.PasswordError:
        raise WrongFile("document_encrypted") from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RuntimeError, ValueError, KeyError):
        raise WrongFile("document_unreadable") from None


def _saved(pdf: Pdf) -> bytes:
    """Return the digest of a PDF as it is now."""
    saved = io.BytesIO()
    pdf.save(saved, static_id=True)
    return hashlib.sha256(saved.getbuffer()).digest()


def pdf_of_photo(source: Path, target: Path) -> None:
    """Write a photo as one page of A4, upright or across as the photo is."""
    layout = img2pdf.get_layout_fun(_A4_PT, auto_orient=True)
    with target.open("wb") as file:
        img2pdf.convert(str(source), layout_fun=layout, outputstream=file)


def joined(sources: Iterable[Path], target: Path) -> int:
    """Write several PDFs as one, and return the number of pages.

    Raises:
        WrongFile: they have too many pages together.
    """
    with Pdf.new() as whole:
        for source in sources:
            with Pdf.open(source) as part:
                whole.pages.extend(part.pages)
                if len(whole.pages) > MOST_PAGES:
                    raise WrongFile("document_too_many_pages")
        whole.save(target, deterministic_id=True)
        return len(whole.pages)


def thumbnail_of_pdf(source: Path, target: Path) -> None:
    """Write a small picture of the first page.

    Raises:
        WrongFile: the page cannot be shown.
    """
    try:
        with pypdfium2.PdfDocument(source) as pdf:
            page = pdf[0]
            scale = THUMBNAIL_EDGE / max(*page.get_size(), 1.0)
            save_thumbnail(page.render(scale=scale).to_pil(), target)
    except (pypdfium2.PdfiumError, ValueError):
        raise WrongFile("document_unreadable") from None


def _remove_metadata(pdf: Pdf) -> None:
    """Remove who made the file, where and with what; and forms with code (XFA)."""
    for found in pdf.objects:
        if isinstance(found, Dictionary | Stream) and "/Metadata" in found:
            del found["/Metadata"]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        del form["/XFA"]


def _clean_photos(pdf: Pdf) -> None:
    """Remove EXIF and the like from photos; the pictures are not encoded again."""
    for found in pdf.objects:
        if not isinstance(found, Stream):
            continue
        filters = _list_of(found.get("/Filter"))
        if filters[-1:] != [Name.DCTDecode]:
            continue
        parameters = _list_of(found.get("/DecodeParms"))
        packed = pdf.make_stream(found.read_raw_bytes())
        packed["/Filter"] = Array(filters[:-1])
        if len(parameters) == len(filters):
            packed["/DecodeParms"] = Array(parameters[:-1])
        own = parameters[-1] if len(parameters) == len(filters) else None
        photo = without_metadata(packed.read_bytes())
        found.write(photo, filter=Name.DCTDecode, decode_parms=own)


def _list_of(value: Any) -> list[Any]:
    """Return an entry that may be one object, several or none, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _check_unpacked(pdf: Pdf) -> None:
    """Unpack all streams in small steps, so that a bomb is found before it grows.

    Raises:
        WrongFile: together they are over the limit.
    """
    left_bytes = _MOST_STREAM_BYTES
    for found in list(pdf.objects):  # more come while some are unpacked
        if isinstance(found, Stream):
            left_bytes -= _unpacked_bytes(pdf, found, left_bytes)
            if left_bytes < 0:
                raise WrongFile("document_too_demanding")


def _unpacked_bytes(pdf: Pdf, stream: Any, most_bytes: int) -> int:
    names = [_SHORT.get(str(name), str(name)) for name in _list_of(stream.get("/Filter"))]
    if sum(name in _PACKED for name in names) > 1:
        raise WrongFile("document_too_demanding")  # packed twice: nobody does that to a paper
    raw = stream.read_raw_bytes()
    if names[:1] != [_FLATE]:
        unpacked = list(takewhile(_UNPACKED_BY_QPDF.__contains__, names))
        return _unpacked_at_once(pdf, stream, raw, len(unpacked)) if unpacked else len(raw)
    total_bytes, unpacking, waiting = 0, zlib.decompressobj(), raw
    while waiting and total_bytes <= most_bytes:
        try:
            total_bytes += len(unpacking.decompress(waiting, _STEP_BYTES))
        except zlib.error:
            break  # damaged: qpdf repairs it, or refuses it when the file is written
        waiting = unpacking.unconsumed_tail
    return total_bytes


def _unpacked_at_once(pdf: Pdf, stream: Any, raw: bytes, filters: int) -> int:
    """Return the bytes after the first filters; a bomb takes the memory of this process."""
    part, parameters = pdf.make_stream(raw), _list_of(stream.get("/DecodeParms"))
    part["/Filter"] = Array(_list_of(stream["/Filter"])[:filters])
    if parameters:
        part["/DecodeParms"] = Array(parameters[:filters])
    try:
        return len(part.read_bytes(pikepdf.StreamDecodeLevel.specialized))
    except pikepdf.PdfError:
        return len(raw)  # damaged, as below
