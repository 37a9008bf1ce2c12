"""Each body has a signed list of its papers that do not hold; it names no number."""

import base64
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from libs.contracts.issuance import EndedPapers, PaperKeys
from libs.database.pool import Database
from services.issuance.checks.rules import mark
from tests.services.issuance.running import Api
from tests.services.issuance.scenes import (
    NOW,
    decoded,
    granted,
    in_place_of,
    issued,
    own_papers,
    parts_of,
    revoked,
)

PATH = "/v1/ended-papers/lgd"


async def listed(database: Database, *, now: datetime = NOW) -> tuple[EndedPapers, dict[str, Any]]:
    """The list of a body, and its claims as verified with the public keys alone."""
    api = Api(database, now=now)
    found = EndedPapers.model_validate_json((await api.get(PATH)).body)
    head, claims, signed, signature = parts_of(found.signed)
    shown = PaperKeys.model_validate_json((await api.get("/v1/paper-keys")).body)
    (key,) = [key for key in shown.keys if key.kid == head["kid"]]
    x, y = (int.from_bytes(decoded(number)) for number in (key.x, key.y))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    return found, claims


async def test_a_list_has_what_was_withdrawn_and_replaced(database: Database) -> None:
    """At once, by marks of numbers; another body's is not there, nor one that holds."""
    first, second, other = granted(), granted(), granted(ministry="mofa")
    await issued(database, first, second, other, granted(), in_place_of(first))
    await issued(database, revoked(second), revoked(other))
    marks: dict[str, list[str]] = {}
    for paper in await own_papers(database):
        if paper.ministry == "lgd":
            marks.setdefault(paper.state, []).append(mark(paper.number))
    _, claims = await listed(database)
    assert (claims["b"], claims["w"], claims["r"]) == (
        "lgd",
        marks["withdrawn"],
        marks["replaced"],
    )
    assert len(marks["valid"]) == 2


async def test_a_list_names_no_number(database: Database) -> None:
    """Nobody finds papers by it."""
    paper = granted()
    await issued(database, paper, revoked(paper))
    (stored,) = await own_papers(database)
    found, claims = await listed(database)
    said = f"{found.model_dump_json()} {claims}"
    assert stored.number not in said
    assert stored.number.replace("-", "") not in said


def test_who_tries_all_numbers_against_a_list_needs_years() -> None:
    """A mark is a derived key (RFC 8018): one card tries 2e10 plain hashes a second."""
    number = "7K4M-9PXR-T3H5"
    made = PBKDF2HMAC(hashes.SHA256(), 12, b"ended papers", 600).derive(number.encode())
    assert mark(number) == base64.urlsafe_b64encode(made).decode()
    years = 29**11 * 2 * 600 / 2e10 / (365 * 24 * 3600)
    assert years > 10


async def test_a_list_says_until_when_it_is_complete(database: Database) -> None:
    """From the beginning of the day in Dhaka, or from its last change; the same until the next."""
    paper = granted()
    await issued(database, paper)
    (first, _), (again, _) = [
        await listed(database, now=NOW + timedelta(hours=hours)) for hours in (0, 2)
    ]
    assert first == again
    assert first.as_of.isoformat() == "2026-03-01T00:00:00+06:00"
    await issued(database, revoked(paper))
    changed, claims = await listed(database, now=NOW + timedelta(days=1, hours=1))
    assert changed.as_of == NOW + timedelta(days=1)
    assert datetime.fromisoformat(claims["t"]) == changed.as_of
    next_day, _ = await listed(database, now=NOW + timedelta(days=2))
    assert next_day.as_of.isoformat() == "2026-03-03T00:00:00+06:00"


async def test_a_list_of_a_later_year_is_signed_by_a_key_that_is_shown(database: Database) -> None:
    """Also where the body has issued nothing in that year."""
    await issued(database, granted())
    found, _ = await listed(database, now=NOW + timedelta(days=400))
    assert parts_of(found.signed)[0]["kid"].startswith("lgd-2027-")


@pytest.mark.parametrize("body", ["no-body", "x" * 60])
async def test_there_is_no_list_of_an_unknown_body(database: Database, body: str) -> None:
    answer = await Api(database).get(f"/v1/ended-papers/{body}")
    assert (answer.status, b"body_not_found" in answer.body) == (404, True)
    assert orjson.loads(answer.body)
