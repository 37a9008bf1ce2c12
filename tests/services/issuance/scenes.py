"""Decisions that grant papers, and what others read on a drawn one."""

import base64
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from PIL import Image, ImageChops, ImageFilter

from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.issuance.issuing.use_cases import Decision, issue
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import use_cases as papers
from services.issuance.papers.rules import Paper

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
RAHIMA = UUID("0192f3a0-0000-7000-8000-0000000000a1")
PIXELS_PER_INCH = 300
NUMBER = "NS-XYRKE-W8M24-RJ3H3"
SIGNER = PaperSigner(["only-for-tests-only-for-tests-only"])
FIELDS = {"name_bn": "রহিমা খাতুন", "father_name": "করিম মিয়া", "nid": "1234567890"}


def granted(**fields: Any) -> PaperGranted:
    """A citizenship certificate as an office grants one."""
    return PaperGranted(
        **{
            "event_id": new_id(),
            "occurred_at": NOW,
            "application_id": new_id(),
            "citizen_id": RAHIMA,
            "tracking_number": NUMBER,
            "public_service_id": "S005",
            "ministry": "lgd",
            "template": "citizenship_certificate",
            "fields": FIELDS,
            "post": Text(bn="চেয়ারম্যান", en="Chairman"),
            "office": Text(bn="আমতলী ইউনিয়ন পরিষদ", en="Amtali Union Parishad"),
            **fields,
        }
    )


WHY = Text(bn="নাম ভুল ছিল", en="The name was wrong")


def revoked(paper: PaperGranted, **fields: Any) -> PaperRevoked:
    """A withdrawal of a granted paper, as two people decided it."""
    return PaperRevoked(
        **{
            "event_id": new_id(),
            "occurred_at": NOW + timedelta(days=1),
            "application_id": paper.application_id,
            "paper_id": paper.event_id,
            "note": WHY,
            **fields,
        }
    )


def in_place_of(paper: PaperGranted, **fields: Any) -> PaperGranted:
    """A paper that comes in the place of a granted one."""
    return granted(
        application_id=paper.application_id,
        occurred_at=NOW + timedelta(days=1),
        replaces=paper.event_id,
        **fields,
    )


async def issued(database: Database, *events: Decision) -> Sequence[Refused]:
    """Read decisions as one batch; return what was refused."""
    batch: Batch[Decision] = Batch.of(*events)
    await announced(database, batch)
    return [refusal for _, refusal in batch.refused]


async def announced(database: Database, batch: Batch[Decision]) -> list[Event]:
    """Read a batch of decisions; return what is said of it."""
    async with database.transaction() as tx:
        return await issue(tx, batch)


async def own_papers(database: Database, citizen_id: UUID = RAHIMA) -> list[Paper]:
    """The papers of a citizen about the application."""
    async with database.transaction() as tx:
        return await papers.read_own(tx, citizen_id, NUMBER)


def decoded(part: str) -> bytes:
    """What a part of a token stands for."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signed bytes and signature in the form of X9.62."""
    head, body, signature = token.split(".")
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    return json.loads(decoded(head)), json.loads(decoded(body)), f"{head}.{body}".encode(), der


def page_of(drawn: bytes, *, dots_per_inch: int = PIXELS_PER_INCH, page: int = 0) -> Image.Image:
    """A page of a paper, by default the first, as a printer of so many dots prints it."""
    printed = pypdfium2.PdfDocument(drawn)[page]
    picture: Image.Image = printed.render(scale=dots_per_inch / 72).to_pil()
    return picture.convert("L")


def badly_printed(drawn: bytes, dots_per_inch: int) -> Image.Image:
    """The first page from a bad printer: few dots, blurred, and photographed larger."""
    page = page_of(drawn, dots_per_inch=dots_per_inch).filter(ImageFilter.GaussianBlur(0.6))
    return page.resize((page.width * 2, page.height * 2), Image.Resampling.BILINEAR)


def photographed(drawn: bytes) -> Image.Image:
    """The first page of a bad print, held askew before the camera of a cheap phone.

    110 dots an inch, blurred; seen from one side and turned by four degrees, in the light of a
    lamp, with the noise of a small sensor, and kept as a small JPEG.
    """
    page = page_of(drawn, dots_per_inch=110).filter(ImageFilter.GaussianBlur(0.6))
    wide, high = page.size
    corners = ((0.00, 0.00), (-0.05, 1.03), (1.04, 0.98), (0.97, 0.04))
    seen = (2 * wide, 2 * high)
    quad = tuple(part for x, y in corners for part in (x * wide, y * high))
    photo = page.transform(
        seen, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR, fillcolor=90
    )
    photo = photo.rotate(4, Image.Resampling.BICUBIC, expand=True, fillcolor=90)
    lamp = Image.linear_gradient("L").resize(photo.size).point(lambda light: 150 + light * 2 // 5)
    photo = ImageChops.multiply(photo, lamp)
    photo = Image.blend(photo, Image.effect_noise(photo.size, 60), 0.15)
    kept = io.BytesIO()
    photo.save(kept, "JPEG", quality=50)
    return Image.open(kept)


def codes_of(page: Image.Image) -> list[str]:
    """The texts of all QR codes on a page, the shortest first; letters may look like bars."""
    qr_only = zxingcpp.barcode_formats_from_str("QRCode")
    codes = zxingcpp.read_barcodes(page, formats=qr_only)
    return sorted((found.text for found in codes), key=len)
