"""A citizen brings a letter to the office: an officer who has not decided records the objection."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.cases import AppealRecorded
from libs.contracts.handed_in import AskToHandIn
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.web.signed.hand_ins import HandInReceipt
from services.cases.acts import use_cases as acts
from services.cases.appeals.rules import numbers_in
from services.cases.handed_in import use_cases as handed_in
from services.cases.officers.rules import Officer
from tests.services.cases.scenes import (
    NOW,
    UNION,
    Desk,
    acted,
    appealed,
    looked,
    submitted,
)

MEMBER, SECRETARY, REGISTRAR, CLERK = (
    Officer(new_id(), "lgd", UNION.office_id, frozenset({duty}))
    for duty in ("ward_member", "secretary", "registrar", "accounts")
)
NID = "1990123456789"
DAY = timedelta(days=1)
LETTER = {
    "note": "জন্ম তারিখ হাসপাতালের কাগজে আছে",
    "papers": {"appeal_letter": "৪৫/২০২৬"},
    "values": {"shown_number": NID},
}


async def refused(desk: Desk, **answers: Any) -> Any:
    """A birth registration that the registrar has refused."""
    form = {"mother": {"nid": f"1990{NID}"}, "mobile": "01712345678", **answers}
    first = submitted("S001", answers=form)
    await desk.take_in(first)
    for officer, action in ((MEMBER, "attest"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    await acted(desk, REGISTRAR, first.event_id, "refuse", note="জন্ম তারিখ মেলে না")
    return first


async def record(desk: Desk, first: Any, officer: Officer = CLERK, **changed: Any) -> None:
    """Record the letter."""
    await acted(desk, officer, first.event_id, "record_appeal", **{**LETTER, **changed})


async def recorded(desk: Desk) -> list[Any]:
    """What was announced of objections."""
    return [said for said in await desk.said() if said["type"] == AppealRecorded.type]


async def test_an_officer_who_has_not_decided_records_the_letter(database: Database) -> None:
    """It goes to applications, which opens the case again; who recorded it is in the journal."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    for officer, offered in ((CLERK, ["record_appeal"]), (REGISTRAR, [])):
        case = await looked(desk, officer, first.event_id)
        assert [action.action for action in case.actions] == offered
    await record(desk, first)
    await record(desk, first)
    first_one, again = await recorded(desk)
    assert first_one["id"] == again["id"]
    assert first_one["topic"] == "ministries.desk.v1"
    assert first_one["value"]["grounds"] == LETTER["note"]
    assert NID not in str(first_one)
    assert (await desk.file(first)).state.step == "refused"
    journal = await desk.rows("SELECT actor, action FROM audit_log")
    assert journal[0] == (
        f"staff:{CLERK.officer_id}", f"record an objection at {UNION.office_id}"
    )  # fmt: skip
    await desk.take_in(appealed(first))
    case = await looked(desk, CLERK, first.event_id)
    assert (case.step.en, case.actions) == ("Notice of the appeal served", [])


@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (REGISTRAR, "second_person_needed"),
        (Officer(new_id(), "lgd", "union-U1", frozenset({"secretary"})), "case_unknown"),
        (Officer(new_id(), "ecs", UNION.office_id, frozenset({"secretary"})), "case_unknown"),
    ],
    ids=["who decided", "of another office", "of another ministry"],
)
async def test_nobody_else_records_it(database: Database, officer: Officer, code: str) -> None:
    """Who decided, and strangers."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    revision = (await desk.file(first)).revision
    with pytest.raises(Refused, match=code):
        await record(desk, first, officer, revision=revision)
    assert await recorded(desk) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"note": None}, "note_missing"),
        ({"note": "  "}, "note_missing"),
        ({"papers": {}}, "files_missing"),
        ({"values": {}}, "values_missing"),
        ({"values": {"shown_number": "1234567890"}}, "shown_number_differs"),
        ({"values": {"shown_number": "01712345678"}}, "shown_number_differs"),
        ({"values": {"shown_number": "১৯৯০-১২৩৪-৫৬৭৮৯"}}, None),
        ({"values": {"shown_number": f"1990{NID}"}}, None),
    ],
)
async def test_words_letter_and_a_paper_of_hers_are_needed(
    database: Database, changed: dict[str, Any], code: str | None
) -> None:
    """A number of the application, in any spelling; a phone is none."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    if code is None:
        await record(desk, first, **changed)
    else:
        with pytest.raises(Refused, match=code):
            await record(desk, first, **changed)
    assert len(await recorded(desk)) == int(code is None)


async def test_an_application_without_a_number_has_none_to_compare(database: Database) -> None:
    """The officer still types what was shown; the citizen is told that one was recorded."""
    desk = await Desk(database).prepare()
    first = await refused(desk, mother={"name": "মরিয়ম"})
    with pytest.raises(Refused, match="values_missing"):
        await record(desk, first, values={})
    await record(desk, first)
    assert len(await recorded(desk)) == 1


async def test_the_last_day_counts_by_the_day_on_which_it_was_handed_in(
    database: Database,
) -> None:
    """Until midnight in Dhaka; a second later neither the action nor the act is there."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    last = datetime.fromisoformat("2026-03-31T23:59:59+06:00")
    revision = (await desk.file(first)).revision
    with pytest.raises(Refused, match="appeal_too_late"):
        await record(desk, first, at=last + timedelta(seconds=1), revision=revision)
    await record(desk, first, at=last, revision=revision)
    [one] = await recorded(desk)
    assert one["value"]["grounds"] == LETTER["note"]


async def test_one_objection_is_recorded_and_none_after_it_was_heard(database: Database) -> None:
    """Nor while it is heard, nor of what was overturned or upheld."""
    desk = await Desk(database).prepare()
    uno = Officer(new_id(), "lgd", UNION.office_id, frozenset({"uno"}))
    for action in ("overturn", "uphold"):
        first = await refused(desk)
        await desk.take_in(appealed(first))
        with pytest.raises(Refused, match="case_changed"):
            await record(desk, first, revision=(await desk.file(first)).revision)
        await acted(desk, uno, first.event_id, "served", papers={"appeal_notice_served": "1"})
        more: dict[str, Any] = {"note": "কারণ", "papers": {"appeal_record": "2"}}
        await acted(desk, uno, first.event_id, action, **more)
        with pytest.raises(Refused, match="case_changed"):
            await record(desk, first, revision=(await desk.file(first)).revision)
    assert await recorded(desk) == []


async def given(desk: Desk, first: Any, officer: Officer) -> UUID:
    """Hand the letter in as a file; return its id."""
    async with desk.database.transaction() as tx:
        duty = next(iter(officer.duties))
        file, workflow = await acts.find_waiting(tx, officer, first.event_id, NOW, duty)
        body = AskToHandIn(revision=file.revision, duty=duty, paper="appeal_letter")
        right = await handed_in.begin(tx, officer, file, workflow, body)
        receipt = HandInReceipt(
            case_id=right.case_id,
            visit=right.visit,
            officer_id=right.officer_id,
            paper=right.paper,
            document_id=new_id(),
            media_type="application/pdf",
            size_bytes=9,
            pages=1,
            is_scanned=True,
        )
        return (await handed_in.add(tx, officer, file, workflow, receipt, NOW)).document_id


async def test_the_letter_is_handed_in_as_a_file_and_taken_back(database: Database) -> None:
    """It belongs to the case, so the office that hears the appeal opens it; of who decided none."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    with pytest.raises(Refused, match="second_person_needed"):
        await given(desk, first, REGISTRAR)
    wrong = await given(desk, first, CLERK)
    async with database.transaction() as tx:
        file, _ = await acts.find_waiting(tx, CLERK, first.event_id, NOW)
        await handed_in.take_back(tx, CLERK, file, wrong, NOW)
    with pytest.raises(Refused, match="files_missing"):
        await record(desk, first, papers={})
    letter = await given(desk, first, CLERK)
    [shown] = (await looked(desk, CLERK, first.event_id)).handed_in
    assert (shown.goes_with_next, shown.name and shown.name.en) == (True, "The citizen's letter")
    await record(desk, first, papers={})
    assert len(await recorded(desk)) == 1
    await desk.take_in(appealed(first))
    uno = Officer(new_id(), "lgd", UNION.office_id, frozenset({"uno"}))
    [shown] = (await looked(desk, uno, first.event_id)).handed_in
    assert (shown.document_id, shown.goes_with_next) == (letter, False)
    async with database.transaction() as tx:
        await acts.open_paper(tx, uno, first.event_id, letter, NOW)


async def test_a_second_refusal_after_it_was_sent_back_is_not_objected_to(
    database: Database,
) -> None:
    """One objection is possible, and its time was before."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    await desk.take_in(appealed(first))
    uno = Officer(new_id(), "lgd", UNION.office_id, frozenset({"uno"}))
    await acted(desk, uno, first.event_id, "served", papers={"appeal_notice_served": "1"})
    await acted(desk, uno, first.event_id, "remand", papers={"appeal_record": "2"})
    await acted(desk, SECRETARY, first.event_id, "forward")
    await acted(desk, REGISTRAR, first.event_id, "refuse", note="এখনো মেলে না")
    assert (await desk.file(first)).state.step == "refused"
    assert (await looked(desk, CLERK, first.event_id)).actions == []
    with pytest.raises(Refused, match="case_changed"):
        await record(desk, first)


async def test_a_page_of_before_records_nothing(database: Database) -> None:
    """The case has changed since."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    with pytest.raises(Refused, match="case_changed"):
        await record(desk, first, revision=1)


def test_numbers_of_an_application_are_found_wherever_they_stand() -> None:
    """In any spelling; no phone, no date, and no long text."""
    form = {
        "nid": "১৯৯০ ১২৩৪ ৫৬",
        "father": [{"birth_registration": "19901234567890123"}],
        "mobile": "+8801712345678",
        "phone": "01712345678",
        "date": "2026-02-20",
        "words": "1 2 3 4 5 6 7 8 9 0 of many words that have some digits in them",
        "is_known": True,
    }
    assert sorted(numbers_in(form)) == ["1990123456", "19901234567890123"]
