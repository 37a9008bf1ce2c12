from dataclasses import replace

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.domain.lodging import Answers, lodge
from services.applications.domain.timeline import Entry
from services.applications.store import story
from tests.services.applications.scenes import NOTE, NOW, TRACE, application

CASE = application()


def entry() -> Entry:
    return Entry(
        event_id=new_id(),
        application_id=CASE.application_id,
        type="application_decided",
        at=NOW,
        outcome="refused",
        note=NOTE,
        trace_id=TRACE.trace_id,
    )


async def test_a_timeline_is_read_in_the_order_of_writing(tx: Transaction) -> None:
    """Cause before effect, whatever the clocks of several machines say."""
    first, second = entry(), replace(entry(), at=NOW.replace(year=2020), note=None, outcome=None)
    await story.insert_entries(tx, [first])
    await story.insert_entries(tx, [second])
    assert await story.read_timeline(tx, CASE.application_id) == [first, second]


async def test_a_line_is_written_once(tx: Transaction) -> None:
    """A repeat, in one statement or in two, changes nothing."""
    line = entry()
    await story.insert_entries(tx, [line, line])
    await story.insert_entries(tx, [replace(line, note=None)])
    assert await story.read_timeline(tx, CASE.application_id) == [line]


async def test_a_submission_is_kept_as_it_was_handed_in(tx: Transaction) -> None:
    """The snapshot keeps Bangla text, order of fields and large numbers."""
    form = {"z": "রহিমা", "a": 10**30, "m": [1.5, None, True]}
    lodged = lodge(CASE, Answers(form, 2))
    await story.insert_submissions(tx, [story.submission_of(lodged.submission)])
    row = await tx.fetchrow("SELECT submission_id, form_version, form FROM submissions")
    assert row is not None
    assert row["form"] == '{"z":"রহিমা","a":1000000000000000000000000000000,"m":[1.5,null,true]}'
    assert (row["submission_id"], row["form_version"]) == (lodged.submission.event_id, 2)
