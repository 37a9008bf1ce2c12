from dataclasses import replace

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.domain.lodging import Answers, lodge
from services.applications.domain.timeline import entry_of
from services.applications.store import cases, lodgings, story
from tests.services.applications.scenes import application


async def test_a_new_application_stands_in_all_three_tables(tx: Transaction) -> None:
    """The case, what was handed in, and the first line of the timeline, in one statement."""
    form = {"z": "নমুনা", "a": 10**30, "m": [1.5, None, True]}
    lodged = lodge(application(service_centre_id="uttara"), Answers(form, 2))
    case = lodged.application
    assert await lodgings.insert_lodged(tx, [lodged]) == {case.application_id}
    assert await cases.lock_applications(tx, [case.application_id]) == {case.application_id: case}
    assert await story.read_timeline(tx, case.application_id) == [entry_of(lodged.announcement)]
    row = await tx.fetchrow("SELECT submission_id, form_version, form FROM submissions")
    assert row is not None
    assert (row["submission_id"], row["form_version"]) == (lodged.submission.event_id, 2)
    assert row["form"] == '{"z":"নমুনা","a":1000000000000000000000000000000,"m":[1.5,null,true]}'


async def test_a_tracking_number_is_given_once(tx: Transaction) -> None:
    """Of two cases with one number only the first is opened; of the other nothing is kept."""
    first, second, third = (application(application_id=new_id()) for _ in range(3))
    twin = replace(second, tracking_number=first.tracking_number)
    wanted = [lodge(each, Answers({}, 1)) for each in (first, twin, third)]
    opened = await lodgings.insert_lodged(tx, wanted)
    assert opened == {first.application_id, third.application_id}
    assert await tx.fetchval("SELECT count(*) FROM submissions") == 2
    assert await story.read_timeline(tx, twin.application_id) == []
