"""Grievances as cases: who answers, who decides the appeal, and who never has them."""

from datetime import timedelta
from typing import Any

import pytest

from libs.bangladesh.calendar import reference_calendar
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from libs.offices import Responsible, responsible
from services.cases.officers.rules import Officer
from services.catalogue.public_services.reference import read_reference
from tests.services.cases.scenes import NOW, UNION, Desk, acted, appealed, corrected, looked
from tests.services.cases.scenes import submitted as submitted_as

RULES = [rule for key, rule in read_reference(grievances=True).routing if key == GRIEVANCE]
DAY = timedelta(days=1)
SAID = {"about": "office", "what_happened": "তিনবার ঘুরিয়েছে", "what_is_wanted": "সনদটি চাই"}


def officer(ministry: str, office_id: str, duty: str) -> Officer:
    """An officer with one duty at an office of a body."""
    return Officer(new_id(), ministry, office_id, frozenset({duty}))


ANSWERS = officer("lgd", "grievance-lgd", "grievance_officer")
DECIDES = officer("cabinet", "grievance-appeal-cabinet", "appeal_officer")
COMPLAINED_OF = officer("lgd", UNION.office_id, "grievance_officer")


def submitted(**said: Any) -> Any:
    """A grievance, at the office that the rules name."""
    answers = {**SAID, "body": "lgd", "office": UNION.office_id, **said}
    found = responsible(RULES, answers, NOW.date(), Responsible("cabinet", "none_yet"))
    return submitted_as(GRIEVANCE, ministry=found.ministry, office=found.office, form=answers)


async def prepared(database: Database) -> Desk:
    """A desk with the workflow, and the office that decides appeals."""
    roles = [rule for rule in RULES if rule.role]
    return await Desk(database).prepare(offices={GRIEVANCE: roles})


async def may_read(desk: Desk, who: Officer, first: Any) -> bool:
    """Whether an officer may open a grievance."""
    try:
        await looked(desk, who, first.event_id)
    except Refused:
        return False
    return True


async def test_it_is_answered_appealed_and_decided_by_two_offices(database: Database) -> None:
    """Each opens it while it has it; the office complained of, and others, never do."""
    desk = await prepared(database)
    first = submitted()
    await desk.take_in(first)
    assert [await may_read(desk, who, first) for who in (ANSWERS, DECIDES)] == [True, False]
    with pytest.raises(Refused, match="note_missing"):
        await acted(desk, ANSWERS, first.event_id, "not_upheld")
    await acted(desk, ANSWERS, first.event_id, "not_upheld", note="নিয়ম মেনেই হয়েছে")
    await desk.take_in(appealed(first), at=NOW + 3 * DAY)
    assert await may_read(desk, DECIDES, first)
    strangers = (
        COMPLAINED_OF,
        officer("lgd", "grievance-lgd", "secretary"),
        officer("psd", "grievance-psd", "grievance_officer"),
        officer("cabinet", "grievance-cabinet", "grievance_officer"),
    )
    assert not any([await may_read(desk, who, first) for who in strangers[2:]])
    assert not await may_read(desk, COMPLAINED_OF, first)
    with pytest.raises(Refused, match="note_missing"):
        await acted(desk, DECIDES, first.event_id, "settle")
    done = await acted(desk, DECIDES, first.event_id, "settle", note="সনদ তিন দিনে দিতে হবে")
    assert done == "Grievance upheld on appeal"
    decided = [said["value"] for said in await desk.said() if said["type"] == "ministry_decided"]
    assert [(one["outcome"], one["note"]["bn"]) for one in decided] == [
        ("refused", "নিয়ম মেনেই হয়েছে"),
        ("approved", "সনদ তিন দিনে দিতে হবে"),
    ]
    assert decided[0]["appeal_days"] == 30
    assert not decided[0]["appeal_is_sourced"]
    assert not await desk.papers()
    assert not desk.refused


async def test_a_grievance_that_comes_to_the_office_complained_of_is_not_stored(
    database: Database,
) -> None:
    """Nor one that is moved there or corrected to it: it is a dead letter for a person."""
    desk = await prepared(database)
    theirs = ResponsibleOffice(
        office_id="grievance-lgd",
        kind="head_office",
        name=Text(bn="অনিক, স্থানীয় সরকার বিভাগ", en="Grievance officer, LGD"),
        rule_id="of-body",
        rule_version=1,
    )
    astray = submitted_as(
        GRIEVANCE, office=theirs, form={**SAID, "body": "lgd", "office": "grievance-lgd"}
    )
    await desk.take_in(astray)
    assert [refusal.code for refusal in desk.refused] == ["office_complained_of"]
    assert await desk.rows("SELECT count(*) FROM cases") == [(0,)]
    first = submitted(office="grievance-lgd")
    assert first.ministry == "cabinet"
    await desk.take_in(first)
    await desk.take_in(corrected(first, ministry="lgd", office=theirs, cause="office_changed"))
    assert [refusal.code for refusal in desk.refused] == ["office_complained_of"] * 2
    assert await desk.rows("SELECT DISTINCT office_id FROM tasks") == [("grievance-cabinet",)]


async def test_thirty_working_days_and_twenty_for_the_appeal(database: Database) -> None:
    """Of the workflow, where the citizen was told none; those of the appeal have a source."""
    desk = await prepared(database)
    first = submitted()
    await desk.take_in(first)
    ((due_on,),) = await desk.rows("SELECT due_on FROM cases")
    await acted(desk, ANSWERS, first.event_id, "not_upheld", note="নিয়ম মেনেই হয়েছে")
    await desk.take_in(appealed(first), at=NOW + DAY)
    ((of_appeal, promised),) = await desk.rows("SELECT due_on, is_promised FROM cases")
    days = reference_calendar()
    assert due_on == days.add_working_days(NOW.date(), 30)
    assert (of_appeal, promised) == (days.add_working_days(NOW.date() + DAY, 20), False)
    assert (await looked(desk, DECIDES, first.event_id)).is_due_sourced
