"""An erased citizen's papers are empty; their numbers can be checked."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.identity import CitizenErased
from libs.contracts.issuance import IssuanceErased
from libs.database.pool import Database
from libs.errors import Refused
from services.issuance.downloads.rules import claims_of
from services.issuance.erasure.consumers import router
from services.issuance.erasure.use_cases import erase_citizen
from services.issuance.papers import use_cases as papers
from services.issuance.papers.rules import status_of
from tests.consuming import consuming
from tests.services.issuance.scenes import (
    NOW,
    RAHIMA,
    granted,
    in_place_of,
    issued,
    own_papers,
    revoked,
)
from tests.services.scenes import left_alone


async def erase(database: Database) -> IssuanceErased:
    """Erase the citizen."""
    async with database.transaction() as tx, consuming(router, tx) as consume:
        (erased,) = await consume(CitizenErased(citizen_id=RAHIMA, occurred_at=NOW))
    assert isinstance(erased, IssuanceErased)
    return erased


async def test_an_erased_citizens_paper_is_empty_and_can_be_checked(database: Database) -> None:
    """It still holds, names nobody, and is not drawn any more."""
    await issued(database, granted())
    (paper,) = await own_papers(database)
    told = await erase(database)
    assert told.deleted["papers"] == 1
    assert await own_papers(database) == []
    async with database.transaction() as tx:
        found = await papers.find(tx, paper.number)
        assert (await tx.fetchval("SELECT content FROM papers")) is None
    status = status_of(found, datetime.now(UTC))
    assert (status.state, status.initials) == ("valid", None)
    assert found.citizen_id != RAHIMA
    with pytest.raises(Refused) as refused:
        claims_of(found)
    assert refused.value.code == "paper_erased"


async def test_a_paper_that_is_granted_after_an_erasure_is_not_stored(database: Database) -> None:
    """However late it is read."""
    await erase(database)
    assert await issued(database, granted()) == []
    assert await own_papers(database) == []


async def test_a_paper_from_before_an_erasure_can_be_checked_though_it_is_read_after_it(
    database: Database,
) -> None:
    """After a restore both are read again, in any order; the one in its place ends it."""
    first = granted(occurred_at=NOW - timedelta(days=3))
    corrected = in_place_of(first).model_copy(update={"occurred_at": NOW - timedelta(days=2)})
    await issued(database, first)
    await erase(database)
    assert await issued(database, corrected) == []
    assert await own_papers(database) == []
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT number, state, content FROM papers ORDER BY issued_at")
        for row in rows:
            assert (await papers.find(tx, row["number"])).holder == ""
    assert [(row["state"], row["content"]) for row in rows] == [("replaced", None), ("valid", None)]


async def test_why_an_erased_citizens_paper_is_withdrawn_is_not_stored(database: Database) -> None:
    """Officers name people; the number says that it does not hold any more."""
    paper = granted()
    await issued(database, paper)
    (before,) = await own_papers(database)
    await erase(database)
    assert await issued(database, revoked(paper)) == []
    async with database.transaction() as tx:
        found = await papers.find(tx, before.number)
    assert (found.state, found.reason) == ("withdrawn", None)


async def test_no_table_is_forgotten(database: Database) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column."""
    await issued(database, granted())
    erased = CitizenErased(citizen_id=RAHIMA, occurred_at=NOW)
    async with database.transaction() as tx:
        assert await left_alone(tx, "issuance", erase_citizen(tx, erased, at=NOW)) == set()
