"""A decision leads to one paper, with a number that nobody can guess."""

from libs.database.pool import Database
from libs.ids import new_id
from services.issuance.papers.rules import status_of
from tests.services.issuance.scenes import FIELDS, NOW, granted, issued, own_papers


async def test_a_decision_has_one_paper_however_often_it_is_read(database: Database) -> None:
    """Its number is the same also where the row was lost, as after a restore."""
    decision = granted()
    assert await issued(database, decision) == []
    await issued(database, decision)
    (paper,) = await own_papers(database)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM papers")
    await issued(database, decision)
    assert await own_papers(database) == [paper]


async def test_numbers_are_not_alike(database: Database) -> None:
    """Those of a thousand decisions of one second differ in every place."""
    await issued(database, *(granted() for _ in range(1_000)))
    numbers = [paper.number for paper in await own_papers(database)]
    assert len(set(numbers)) == 1_000
    for place in (0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13):
        assert len({number[place] for number in numbers}) > 20


async def test_what_cannot_be_a_paper_is_refused_alone(database: Database) -> None:
    """The others of its batch are issued."""
    refused = await issued(
        database,
        granted(template="no_such"),
        granted(fields={}),
        granted(fields={**FIELDS, "purpose": "\u202e"}),
        granted(ministry="no-body"),
        granted(),
    )
    assert [refusal.code for refusal in refused] == [
        "paper_template_unknown",
        "paper_field_missing",
        "paper_field_unprintable",
        "body_not_found",
    ]
    assert len(await own_papers(database)) == 1


async def test_what_a_paper_says_is_encrypted_at_rest(database: Database) -> None:
    """No name is in its row, nor in what everybody may know."""
    await issued(database, granted())
    async with database.transaction() as tx:
        stored = str(await tx.fetch("SELECT * FROM papers"))
    assert FIELDS["name_bn"] not in stored
    assert FIELDS["nid"] not in stored
    (paper,) = await own_papers(database)
    told = status_of(paper, NOW)
    assert (told.initials, told.year, told.state) == ("র.খ.", 2026, "valid")
    assert FIELDS["name_bn"] not in told.model_dump_json()


async def test_papers_are_read_by_their_citizen_only(database: Database) -> None:
    """Nobody else has any about this application."""
    await issued(database, granted())
    assert await own_papers(database, new_id()) == []
