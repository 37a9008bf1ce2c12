"""A citizen downloads her paper; everybody checks it by its number."""

import re

import orjson
import pytest
from starlette.responses import StreamingResponse

from libs.database.pool import Database
from libs.ids import ALPHABET, new_id
from services.issuance.downloads.routes import pdf_of
from services.issuance.papers.use_cases import empty_papers
from tests.services.issuance.drawing.scenes import a_paper
from tests.services.issuance.running import Api
from tests.services.issuance.scenes import (
    NUMBER,
    RAHIMA,
    codes_of,
    granted,
    in_place_of,
    issued,
    own_papers,
    page_of,
    parts_of,
    revoked,
)

LIST = f"/v1/applications/{NUMBER}/papers"


async def test_a_citizen_downloads_her_paper_and_nobody_else(database: Database) -> None:
    """Its codes lead to its check; a stranger is told that there is none."""
    await issued(database, granted())
    api = Api(database)
    listed = orjson.loads((await api.get(LIST, RAHIMA)).body)["items"]
    path = f"{LIST}/{listed[0]['number']}/content"
    answer = await api.get(path, RAHIMA)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    link, signed = codes_of(page_of(answer.body))
    assert link == f"http://127.0.0.1:8081/check/{listed[0]['number']}"
    _, claims, _, _ = parts_of(signed.removeprefix(f"{link}#"))
    assert claims == {
        "n": listed[0]["number"],
        "t": "citizenship_certificate",
        "s": "S005",
        "d": "2026-03-01",
        "h": "রহিমা খাতুন",
        "i": "7890",
    }
    stranger = new_id()
    assert orjson.loads((await api.get(LIST, stranger)).body) == {"items": []}
    assert (await api.get(path, stranger)).status == 404
    assert (await api.get(path)).status == 401


async def test_a_paper_is_sent_in_pieces() -> None:
    """The rest of one that is sent as a whole is copied, for as long as a slow line takes."""
    content = bytes(200_000)
    response = pdf_of(a_paper(), content)
    assert isinstance(response, StreamingResponse)
    pieces = [bytes(piece) async for piece in response.body_iterator if isinstance(piece, bytes)]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 64 * 1024
    assert response.headers["content-length"] == "200000"


async def test_everybody_checks_a_paper_by_its_number(database: Database) -> None:
    """In any spelling; it names nobody, and the answer is not cached."""
    await issued(database, granted())
    (paper,) = await own_papers(database)
    api = Api(database)
    for typed in (paper.number, paper.number.lower().replace("-", "")):
        answer = await api.get(f"/v1/papers/{typed}")
        told = orjson.loads(answer.body)
        assert (answer.status, told["state"], told["initials"]) == (200, "valid", "র.খ.")
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search("রহিমা|1234567890", answer.body.decode())


async def test_a_number_with_one_wrong_symbol_is_noticed_before_it_is_looked_up(
    database: Database,
) -> None:
    """Every one, and every two neighbours that are swapped; a right one of nobody is unknown."""
    await issued(database, granted())
    (paper,) = await own_papers(database)
    api, symbols = Api(database), paper.number.replace("-", "")
    for place, symbol in enumerate(symbols):
        other = ALPHABET[(ALPHABET.index(symbol) + 1 + place) % len(ALPHABET)]
        if other != symbol:
            wrong = symbols[:place] + other + symbols[place + 1 :]
            assert (await api.get(f"/v1/papers/{wrong}")).status == 422
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM papers")
    assert (await api.get(f"/v1/papers/{symbols}")).status == 404


@pytest.mark.parametrize("typed", ["x", "0" * 61, "নয়"])
async def test_what_is_no_number_is_said_so(database: Database, typed: str) -> None:
    assert (await Api(database).get(f"/v1/papers/{typed}")).status == 422


async def test_the_public_keys_are_those_of_bodies_with_papers(database: Database) -> None:
    """None before the first paper; one of each body and year."""
    api = Api(database)
    assert orjson.loads((await api.get("/v1/paper-keys")).body) == {"keys": []}
    await issued(database, granted(), granted(), granted(ministry="mofa"))
    keys = orjson.loads((await api.get("/v1/paper-keys")).body)["keys"]
    assert [(key["body"], key["year"]) for key in keys] == [("lgd", 2026), ("mofa", 2026)]


async def test_a_withdrawn_or_replaced_paper_is_not_downloaded(database: Database) -> None:
    """Its number still tells everybody what became of it."""
    first, third = granted(), granted()
    await issued(database, first, in_place_of(first), third, revoked(third))
    states = {}
    for paper in await own_papers(database):
        answer = await Api(database).get(f"{LIST}/{paper.number}/content", RAHIMA)
        states[paper.state] = answer.status
    assert states == {"valid": 200, "replaced": 410, "withdrawn": 410}


async def test_a_paper_withdrawn_while_it_is_drawn_is_refused(database: Database) -> None:
    """Nobody carries away a paper that had ended before the answer."""
    paper = granted()
    await issued(database, paper)
    (stored,) = await own_papers(database)

    async def withdraw() -> None:
        await issued(database, revoked(paper))

    api = Api(database, while_drawing=withdraw)
    answer = await api.get(f"{LIST}/{stored.number}/content", RAHIMA)
    assert (answer.status, b"paper_withdrawn" in answer.body) == (410, True)


async def test_a_citizen_lists_all_her_papers_with_what_they_are_now(database: Database) -> None:
    """Of each application; a stranger has none, and an erased citizen neither."""
    first, third = granted(), granted()
    await issued(database, first, in_place_of(first), third, revoked(third))
    api = Api(database)
    listed = orjson.loads((await api.get("/v1/issued-papers", RAHIMA)).body)["items"]
    assert sorted(paper["state"] for paper in listed) == ["replaced", "valid", "withdrawn"]
    assert {paper["tracking_number"] for paper in listed} == {NUMBER}
    assert {paper["document_kind"] for paper in listed} == {"citizenship_certificate"}
    assert orjson.loads((await api.get("/v1/issued-papers", new_id())).body) == {"items": []}
    assert (await api.get("/v1/issued-papers")).status == 401
    async with database.transaction() as tx:
        await empty_papers(tx, RAHIMA)
    assert orjson.loads((await api.get("/v1/issued-papers", RAHIMA)).body) == {"items": []}
