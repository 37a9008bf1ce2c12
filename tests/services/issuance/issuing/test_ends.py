"""A paper ends by two people, by a later one, or by its last day; its number says so."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from libs.contracts.events import Event
from libs.contracts.issuance import PaperIssued, PaperReplaced, PaperWithdrawn
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.issuance.issuing.use_cases import Decision
from services.issuance.papers.rules import status_of, view
from tests.services.issuance.scenes import (
    FIELDS,
    NOW,
    RAHIMA,
    WHY,
    announced,
    granted,
    in_place_of,
    issued,
    own_papers,
    revoked,
)

LATER = NOW + timedelta(days=2)
LICENCE = {"business_name": "রহিমা স্টোর"}


async def said(database: Database, *events: Decision) -> list[Event]:
    """What is said of a batch of decisions."""
    return await announced(database, Batch.of(*events))


async def test_a_withdrawn_paper_does_not_hold_and_says_since_when(database: Database) -> None:
    """Everybody learns the day, and only its citizen the reason."""
    paper = granted()
    await issued(database, paper)
    assert [type(event) for event in await said(database, revoked(paper))] == [PaperWithdrawn]
    (stored,) = await own_papers(database)
    told = status_of(stored, LATER)
    assert (told.state, told.holds, told.ended_on) == ("withdrawn", False, date(2026, 3, 2))
    assert WHY.bn not in told.model_dump_json()
    assert view(stored, LATER).reason == WHY


async def test_its_reason_is_encrypted_at_rest(database: Database) -> None:
    """Officers name people."""
    paper = granted()
    await issued(database, paper, revoked(paper))
    async with database.transaction() as tx:
        stored = str(await tx.fetch("SELECT * FROM papers"))
    assert WHY.bn not in stored
    assert WHY.en not in stored


async def test_a_corrected_paper_names_the_one_before_and_that_one_the_new_one(
    database: Database,
) -> None:
    """Also where both come in one batch."""
    first = granted()
    second = in_place_of(first, fields={**FIELDS, "name_bn": "রহিমা বেগম"})
    events = await said(database, first, second)
    assert [type(event) for event in events] == [PaperIssued, PaperIssued, PaperReplaced]
    new, old = await own_papers(database)
    assert (old.state, old.replaced_by, old.ended_at) == (
        "replaced",
        new.number,
        second.occurred_at,
    )
    assert (new.state, new.replaces) == ("valid", old.number)
    assert new.holder == "রহিমা বেগম"


async def test_what_is_said_has_numbers_and_no_names(database: Database) -> None:
    """Nor a citizen's id."""
    first = granted()
    events = await said(database, first, in_place_of(first), revoked(first))
    fields = {name for event in events for name in event.model_dump()}
    known = {"event_id", "occurred_at", "application_id", "number", "replaced_by", "document_id"}
    assert fields == known


async def test_a_repeat_is_the_same_fact(database: Database) -> None:
    """Its readers drop it by its id."""
    first = granted()
    second = in_place_of(first)
    once = await said(database, first, second)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM papers")
    again = await said(database, first, second)
    assert [event.event_id for event in once] == [event.event_id for event in again]


async def test_only_a_paper_that_holds_is_withdrawn(database: Database) -> None:
    """Not twice, not a replaced one, not one that was never issued, nor another application's."""
    first, other = granted(), granted()
    second = in_place_of(first)
    refused = await issued(
        database,
        first,
        second,
        other,
        revoked(first),
        revoked(second),
        revoked(second, event_id=new_id()),
        revoked(granted()),
        revoked(other, application_id=new_id()),
    )
    assert [refusal.code for refusal in refused] == [
        "paper_replaced",
        "paper_withdrawn",
        "paper_unknown",
        "paper_unknown",
    ]
    assert sorted(paper.state for paper in await own_papers(database)) == [
        "replaced",
        "valid",
        "withdrawn",
    ]


async def test_a_withdrawn_paper_stays_withdrawn_when_another_one_comes(database: Database) -> None:
    """And says which."""
    first = granted()
    second = in_place_of(first)
    events = await said(database, first, revoked(first), second)
    assert PaperReplaced not in {type(event) for event in events}
    new, old = await own_papers(database)
    assert (old.state, old.replaced_by) == ("withdrawn", new.number)


async def test_why_a_paper_was_withdrawn_stays_when_another_one_comes(database: Database) -> None:
    """Its citizen reads it, also where the other one comes days later."""
    first = granted()
    await issued(database, first, revoked(first))
    await issued(database, in_place_of(first))
    _, old = await own_papers(database)
    assert (old.state, old.reason) == ("withdrawn", WHY)


async def test_a_paper_in_the_place_of_an_unknown_one_is_issued(database: Database) -> None:
    """The one before may be erased."""
    assert await issued(database, in_place_of(granted())) == []
    (paper,) = await own_papers(database)
    assert paper.state == "valid"


@pytest.mark.parametrize(
    ("at", "last_day"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 17, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 18, tzinfo=UTC), date(2027, 6, 30)),
    ],
)
async def test_a_trade_licence_holds_until_the_end_of_the_financial_year(
    database: Database, at: datetime, last_day: date
) -> None:
    """The whole last day, in Dhaka; on the next one it has expired."""
    await issued(database, granted(template="trade_licence", fields=LICENCE, occurred_at=at))
    (paper,) = await own_papers(database)
    midnight = datetime(last_day.year, 6, 30, 18, tzinfo=UTC)
    assert paper.last_day == last_day
    assert status_of(paper, midnight - timedelta(seconds=1)).state == "valid"
    after = status_of(paper, midnight)
    assert (after.state, after.holds, after.ended_on) == ("expired", False, None)


async def test_a_decision_may_name_the_last_day(database: Database) -> None:
    """It counts before that of the template."""
    day = date(2026, 5, 1)
    await issued(database, granted(last_day=day, template="trade_licence", fields=LICENCE))
    (paper,) = await own_papers(database, RAHIMA)
    assert paper.last_day == day


async def test_a_paper_after_an_appeal_ends_the_one_that_holds(database: Database) -> None:
    """The first one was corrected meanwhile: neither of the two holds any more."""
    for in_one_batch in (True, False):
        first = granted()
        corrected, after = in_place_of(first), in_place_of(first)
        batches = [(first, corrected, after)] if in_one_batch else [(first, corrected), (after,)]
        for batch in (*batches, (after,)):
            await said(database, *batch)
        states = {
            paper.paper_id: (paper.state, bool(paper.replaced_by))
            for paper in await own_papers(database)
        }
        assert states[first.event_id] == states[corrected.event_id] == ("replaced", True)
        assert states[after.event_id] == ("valid", False)


async def states_after(database: Database, *batches: Sequence[Decision]) -> dict[UUID, str]:
    """Read batches; return the states of all papers."""
    for batch in batches:
        await said(database, *batch)
    return {paper.paper_id: paper.state for paper in await own_papers(database)}


async def test_a_paper_that_is_read_after_the_one_in_its_place_does_not_hold(
    database: Database,
) -> None:
    """As where it was a dead letter, and is replayed: two papers would hold."""
    first = granted()
    corrected, after = in_place_of(first), in_place_of(first)
    states = await states_after(database, [corrected], [after], [first], [first])
    assert states == {
        first.event_id: "replaced",
        corrected.event_id: "replaced",
        after.event_id: "valid",
    }
    [old] = [paper for paper in await own_papers(database) if paper.paper_id == first.event_id]
    assert (old.replaced_by is None, old.ended_at) == (False, after.occurred_at)


async def test_a_correction_that_is_read_late_does_not_end_what_was_decided_since(
    database: Database,
) -> None:
    """The objection was decided after it; also where that paper was withdrawn since."""
    first = granted()
    corrected = in_place_of(first)
    after = in_place_of(first).model_copy(update={"occurred_at": LATER})
    states = await states_after(database, [first], [after], [corrected])
    assert states[corrected.event_id] == "replaced"
    assert states[after.event_id] == "valid"
    states = await states_after(database, [revoked(after)], [corrected])
    assert "valid" not in states.values()


async def test_a_body_that_lost_what_it_granted_ends_it_with_the_next_one(
    database: Database,
) -> None:
    """It names none; each end is a fact of its own. Another body's and application's stay."""
    first = granted()
    other = granted()
    elsewhere = granted(application_id=first.application_id, ministry="mopa")
    await said(database, first, other, elsewhere)
    again = granted(application_id=first.application_id, occurred_at=LATER)
    events = await said(database, again)
    assert [type(event) for event in events] == [PaperIssued, PaperReplaced]
    states = await states_after(database)
    assert states.pop(first.event_id) == "replaced"
    assert set(states.values()) == {"valid"}
