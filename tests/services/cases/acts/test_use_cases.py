import asyncio
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from asyncpg.exceptions import CheckViolationError

from libs.contracts.cases import ActOnCase, OfficeLook
from libs.contracts.catalogue import RoutingRule
from libs.contracts.documents import DocumentReference
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id, new_tracking_number
from libs.web.signed.document_links import OfficerLink
from libs.workflows.parsing import parse_workflow
from services.cases.acts import use_cases
from services.cases.fees import use_cases as fees
from services.cases.fees.queries import confirm_challan
from services.cases.officers.rules import Officer, StoodIn
from services.cases.queues.use_cases import assign_task
from services.cases.work.queries import insert_side
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import (
    CHAIRMAN,
    MEMBER,
    NOW,
    RAHIMA,
    SECRETARY,
    UNION,
    Desk,
    acted,
    changed_tariffs,
    corrected,
    erase,
    looked,
    submitted,
    withdrawn,
)

PAPER = DocumentReference(
    document_id=new_id(),
    kind="utility_bill",
    media_type="image/jpeg",
    size_bytes=9,
    sha256="0" * 64,
    state="clean",
)
BORN_LONG_AGO = {"birth_date": "2015-02-20"}

FIRST = next(workflow for workflow in reference_workflows() if workflow.key == "S005@1")


async def test_three_officers_take_a_case_to_its_decision(database: Database) -> None:
    """The citizen is told the decision; steps within one office are not announced."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id = first.event_id
    assert await acted(desk, MEMBER, case_id, "confirm") == "Prepared by the secretary"
    assert await acted(desk, SECRETARY, case_id, "forward") == "Signed by the chairman"
    assert await acted(desk, CHAIRMAN, case_id, "sign") == "Certificate issued"
    said = await desk.said()
    assert [each["type"] for each in said] == ["ministry_received", "ministry_decided"]
    assert said[1]["value"]["outcome"] == "approved"
    assert (await desk.file(first)).closed_at == NOW
    assert await desk.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert await desk.rows("SELECT count(*) FROM timers") == [(0,)]
    view = await looked(desk, SECRETARY, case_id)
    assert [entry.by_me for entry in view.history if entry.action] == [False, True, False]


async def test_a_page_shows_the_form_and_what_can_be_done(database: Database) -> None:
    """In the officer's own duty; each look is noted."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    view = await looked(desk, SECRETARY, first.event_id)
    assert view.form == first.form
    assert [(action.action, action.duty) for action in view.actions] == [
        ("confirm", "secretary"),
        ("not_resident", "secretary"),
    ]
    assert view.shown is not None
    assert view.shown.waits_for == "office"
    assert await desk.rows("SELECT kind, office_id FROM case_looks") == [("seen", "union-U2393")]


@pytest.mark.parametrize(
    "stranger",
    [
        Officer(UUID(int=9), "lgd", "union-U1", SECRETARY.duties),
        Officer(UUID(int=9), "minland", "union-U2393", SECRETARY.duties),
        CHAIRMAN,
    ],
    ids=["other office", "other ministry", "other duty"],
)
async def test_a_case_is_unknown_to_everybody_else(database: Database, stranger: Officer) -> None:
    """Nothing of it is shown, it is assigned to nobody of them, and they do nothing with it."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    body = ActOnCase(revision=1, duty="secretary", action="confirm")
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.read_case(tx, stranger, first.event_id, NOW)
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.assign(tx, stranger, first.event_id, "secretary", None, NOW)
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.act(tx, stranger, first.event_id, body, NOW)


@pytest.mark.parametrize(
    "stranger",
    [
        replace(SECRETARY, office_id="union-U1"),
        replace(SECRETARY, ministry="minland"),
        replace(SECRETARY, ministry="minland", office_id="union-U1"),
        CHAIRMAN,
    ],
    ids=["other office", "other ministry", "both", "other duty"],
)
async def test_nobody_else_opens_a_paper(database: Database, stranger: Officer) -> None:
    """Only an officer for whose duty the case waits at the office; nothing is noted of others."""
    desk, first = await Desk(database).prepare(), submitted(documents=(PAPER,))
    await desk.take_in(first)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.open_paper(tx, stranger, first.event_id, PAPER.document_id, NOW)
    assert await desk.rows("SELECT count(*) FROM case_looks") == [(0,)]


async def test_a_paper_is_opened_while_the_case_waits_for_the_duty(database: Database) -> None:
    """By this officer only, one of this case only; its citizen sees the office, the day, and how
    many papers; whose duty it was sees the page, and opens none any more.
    """
    desk = await Desk(database).prepare()
    first = submitted(documents=(PAPER,), tracking_number=new_tracking_number(1))
    await desk.take_in(first)
    assert (await looked(desk, SECRETARY, first.event_id)).opens_papers
    async with database.transaction() as tx:
        opened = [
            await use_cases.open_paper(tx, SECRETARY, first.event_id, PAPER.document_id, NOW)
            for _ in range(2)
        ]
        with pytest.raises(Refused, match="document_unknown"):
            await use_cases.open_paper(tx, SECRETARY, first.event_id, new_id(), NOW)
        (look,) = (await use_cases.read_looks(tx, RAHIMA, first.tracking_number)).items
    assert opened == [OfficerLink(PAPER.document_id, "lgd", SECRETARY.officer_id)] * 2
    assert look == OfficeLook(on=date(2026, 3, 1), office=UNION.name, papers=1)
    noted = "SELECT count(*) FROM case_looks WHERE document_id IS NOT NULL"
    assert await desk.rows(noted) == [(2,)]
    for action in ("confirm", "forward"):
        await acted(desk, SECRETARY, first.event_id, action)
    assert not (await looked(desk, SECRETARY, first.event_id)).opens_papers
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.open_paper(tx, SECRETARY, first.event_id, PAPER.document_id, NOW)


async def test_papers_of_an_erased_citizen_are_gone(database: Database) -> None:
    """Nobody opens them, and who opened them is not kept either."""
    desk, first = await Desk(database).prepare(), submitted(documents=(PAPER,))
    await desk.take_in(first)
    async with database.transaction() as tx:
        await use_cases.open_paper(tx, SECRETARY, first.event_id, PAPER.document_id, NOW)
    await erase(database)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.open_paper(tx, SECRETARY, first.event_id, PAPER.document_id, NOW)
    assert await desk.rows("SELECT count(*) FROM case_looks") == [(0,)]


async def test_who_acts_on_a_page_of_before_is_refused(database: Database) -> None:
    """Two officers act at once: the first one counts, and nothing is done twice."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, SECRETARY, first.event_id, "confirm", revision=1)
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, MEMBER, first.event_id, "confirm", revision=1)
    assert (await desk.file(first)).state.step == "prepare"


async def test_a_change_holds_only_on_the_revision_that_was_read(database: Database) -> None:
    """The update of the row decides, also between two pages that read at the same moment."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)

    async def act(officer: Officer) -> str:
        try:
            return await acted(desk, officer, first.event_id, "confirm", revision=1)
        except Refused as refusal:
            return refusal.code

    done = await asyncio.gather(*(act(officer) for officer in (MEMBER, SECRETARY, MEMBER)))
    assert sorted(done) == ["Prepared by the secretary", "case_changed", "case_changed"]
    assert (await desk.file(first)).revision == 2


async def test_a_refusal_says_why_and_a_correction_what(database: Database) -> None:
    """Without words neither is done; with them the citizen reads them."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    for note in (None, "  \n"):
        with pytest.raises(Refused, match="note_missing"):
            await acted(desk, SECRETARY, first.event_id, "ask_correction", note=note)
    await acted(desk, SECRETARY, first.event_id, "ask_correction", note="ছবিটি স্পষ্ট নয়")
    said = (await desk.said())[-1]
    assert (said["type"], said["value"]["note"]["bn"]) == ("correction_asked", "ছবিটি স্পষ্ট নয়")
    assert await desk.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert await desk.rows("SELECT kind FROM timers") == [("correction",)]
    await desk.take_in(corrected(first, form={**first.form, "name_bn": "রহিমা"}))
    assert (await desk.file(first)).state.step == "prepare"
    assert (await looked(desk, SECRETARY, first.event_id)).form["name_bn"] == "রহিমা"
    assert (await desk.said())[-1]["type"] == "step_reached"


async def test_rules_see_the_corrected_form(database: Database) -> None:
    """What they propose is about the answers that stand now."""
    document = json.loads(FIRST.model_dump_json(exclude_unset=True))
    rule = {"when": {"fact": "form.name_bn", "eq": "রহিমা"}, "do": "forward"}
    document["steps"]["prepare"]["propose"] = [rule]
    desk, first = await Desk(database).prepare([parse_workflow(json.dumps(document))]), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    assert (await desk.file(first)).state.proposed is None
    await acted(desk, SECRETARY, first.event_id, "ask_correction", note="নাম দেখুন")
    await desk.take_in(corrected(first, form={**first.form, "name_bn": "রহিমা"}))
    assert (await desk.file(first)).state.proposed == "forward"


async def test_a_bill_follows_from_what_the_act_before_it_has_set(database: Database) -> None:
    """An officer who sets a category in the act that leads to the fee sets its sum."""
    document = json.loads(FIRST.model_dump_json(exclude_unset=True))
    document["start"] = "confirm"
    confirm, pay = document["steps"]["confirm"], document["steps"]["pay"]
    confirm["sets"], confirm["do"], pay["paid"] = ["category"], {"confirm": "pay"}, "prepare"
    del document["steps"]["fee_here"]
    (tariff,) = [
        tariff for tariff in changed_tariffs() if tariff.tariff_id == "citizenship_certificate"
    ]
    row = {**tariff.rows[0], "when": {"fact": "form.category", "eq": "shop"}, "amount_bdt": 300}
    row.pop("locality", None)
    desk, first = Desk(database), submitted()
    await desk.prepare(
        [parse_workflow(json.dumps(document))], tariffs=[tariff.model_copy(update={"rows": (row,)})]
    )
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm", values={"category": "shop"})
    view = await looked(desk, ACCOUNTANT, first.event_id)
    assert view.bill is not None
    assert [line.amount_poisha for line in view.bill.lines] == [30_000]


async def test_nobody_acts_on_a_case_that_was_taken_back(database: Database) -> None:
    """The withdrawal closed its tasks; the history stays readable at the office."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await desk.take_in(withdrawn(first))
    view = await looked(desk, MEMBER, first.event_id)
    assert (view.status, view.outcome, view.actions) == ("ended", "withdrawn", [])
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, MEMBER, first.event_id, "confirm", revision=view.revision)


async def test_a_case_is_one_officers_for_fifteen_minutes(database: Database) -> None:
    """A colleague takes it over with a reason, which is kept; or when the time is over."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id = first.event_id
    colleague = Officer(new_id(), "lgd", "union-U2393", SECRETARY.duties)
    async with database.transaction() as tx:
        until = await use_cases.assign(tx, SECRETARY, case_id, "secretary", None, NOW)
        assert until == NOW + timedelta(minutes=15)
        with pytest.raises(Refused, match="case_assigned"):
            await use_cases.assign(tx, colleague, case_id, "secretary", None, NOW)
        await use_cases.assign(tx, colleague, case_id, "secretary", "she is on leave", NOW)
        view = await use_cases.read_case(tx, SECRETARY, case_id, NOW)
        assert (view.is_mine, view.assigned_until) == (False, until)
        await assign_task(tx, case_id, "secretary", SECRETARY, until, take_over=False)
        await use_cases.release(tx, SECRETARY, case_id)
        await use_cases.assign(tx, colleague, case_id, "secretary", None, NOW)
    kinds = [row[0] for row in await desk.rows("SELECT kind FROM case_looks ORDER BY look_id")]
    assert kinds == ["assigned", "taken_over", "seen", "assigned"]
    (reason,) = await desk.rows("SELECT reason FROM case_looks WHERE kind = 'taken_over'")
    assert "leave" not in reason[0]


ACCOUNTANT = Officer(UUID(int=4), "lgd", "union-U2393", frozenset({"accounts"}))
COLLEAGUE = Officer(UUID(int=5), "lgd", "union-U2393", frozenset({"accounts"}))
LAND = {name: Officer(UUID(int=20 + number), "minland", "union-U2393", frozenset({name}))
        for number, name in enumerate(("ac_land", "union_land_officer", "kanungo"))}  # fmt: skip


async def test_two_officers_settle_a_fee_by_its_challan(database: Database) -> None:
    """The bill is of the tariffs; one records the number, another one types the same number."""
    desk = await Desk(database).prepare(tariffs=changed_tariffs())
    first = submitted("S001", answers=BORN_LONG_AGO)
    await desk.take_in(first)
    shown = (await desk.said())[0]["value"]["step"]
    assert (shown["waits_for"], shown["to_pay_poisha"]) == ("payment", 5000)
    view = await looked(desk, ACCOUNTANT, first.event_id)
    assert view.bill is not None
    assert [line.amount_poisha for line in view.bill.lines] == [5000]
    paper = {"challan": "T 42"}
    with pytest.raises(Refused, match="action_unknown"):
        await acted(desk, ACCOUNTANT, first.event_id, "confirm_challan", papers=paper)
    await acted(desk, ACCOUNTANT, first.event_id, "record_challan", papers=paper)
    with pytest.raises(Refused, match="second_person_needed"):
        await acted(desk, ACCOUNTANT, first.event_id, "confirm_challan", papers=paper)
    with pytest.raises(Refused, match="challan_differs"):
        await acted(desk, COLLEAGUE, first.event_id, "confirm_challan", papers={"challan": "T 43"})
    known = (await looked(desk, COLLEAGUE, first.event_id)).actions
    assert [action.action for action in known] == ["confirm_challan", "record_challan"]
    await acted(desk, COLLEAGUE, first.event_id, "confirm_challan", papers=paper)
    assert (await desk.file(first)).state.step == "attest"
    (row,) = await desk.rows("SELECT challan, recorded_by, confirmed_by FROM bills")
    assert ("T 42" in row[0], row[1:]) == (False, (ACCOUNTANT.officer_id, COLLEAGUE.officer_id))


async def test_the_database_knows_who_may_confirm(database: Database) -> None:
    """Whatever the code says, nobody confirms the own challan."""
    desk = await Desk(database).prepare(tariffs=changed_tariffs())
    first = submitted("S001", answers=BORN_LONG_AGO)
    await desk.take_in(first)
    await acted(desk, ACCOUNTANT, first.event_id, "record_challan", papers={"challan": "T 42"})
    async with database.transaction() as tx:
        bill = await fees.read_bill(tx, first.event_id, first.ministry, 2)
        assert bill is not None
        with pytest.raises(CheckViolationError):
            await confirm_challan(tx, bill, ACCOUNTANT.officer_id, NOW)


async def test_a_hearing_has_its_time_and_an_objection_is_written_down(database: Database) -> None:
    """The applicant is told when to come; a time that is over is refused."""
    desk, first = await Desk(database).prepare(), submitted("S025", ministry="minland")
    await desk.take_in(first)
    case_id = first.event_id
    for officer in (ACCOUNTANT, COLLEAGUE):
        of_land = replace(officer, ministry="minland")
        action = "record_challan" if officer is ACCOUNTANT else "confirm_challan"
        await acted(desk, of_land, case_id, action, papers={"challan": "7"})
    files = {"field_report": "1", "draft_khatian": "2"}
    await acted(desk, LAND["ac_land"], case_id, "accept")
    await acted(desk, LAND["union_land_officer"], case_id, "report", papers=files)
    await acted(desk, LAND["kanungo"], case_id, "clear")
    await acted(desk, LAND["ac_land"], case_id, "served", papers={"served_notice": "3"})
    assert (await desk.said())[-1]["value"]["step"]["waits_for"] == "time"
    await acted(desk, LAND["ac_land"], case_id, "objected")
    with pytest.raises(Refused, match="time_missing"):
        await acted(desk, LAND["ac_land"], case_id, "appoint", appointment=NOW)
    hearing = NOW + timedelta(days=5)
    await acted(desk, LAND["ac_land"], case_id, "appoint", appointment=hearing)
    shown = (await desk.said())[-1]["value"]["step"]
    assert datetime.fromisoformat(shown["appointment"]) == hearing
    assert (await desk.file(first)).state.step == "hearing"


async def test_nobody_lapses_before_the_day_on_which_she_was_told_to_come(
    database: Database,
) -> None:
    """The fifteen days in which she has to come count from the time that was agreed."""
    desk, first = await Desk(database).prepare(), submitted("S024")
    await desk.take_in(first)
    duty_officer, oc = (
        Officer(UUID(int=number), "lgd", "union-U2393", frozenset({duty}))
        for number, duty in ((5, "duty_officer"), (6, "oc"))
    )
    await acted(desk, duty_officer, first.event_id, "forward")
    await acted(desk, oc, first.event_id, "ask_to_come")
    agreed = NOW + timedelta(days=20)
    await acted(desk, duty_officer, first.event_id, "appoint", appointment=agreed)
    assert await desk.run_out(NOW + timedelta(days=19)) == 0
    assert await desk.run_out(agreed + timedelta(days=6)) == 1  # the next in line has it
    assert (await desk.file(first)).state.outcome is None
    assert await desk.run_out(agreed + timedelta(days=16)) == 1
    assert (await desk.file(first)).state.outcome == "lapsed"


async def test_an_officer_writes_down_what_the_applicant_decides(database: Database) -> None:
    """She has no page for it: the office that has the case next enters it for her."""
    desk, first = await Desk(database).prepare(), submitted("S043", ministry="rthd")
    await desk.take_in(first)
    inspector = Officer(UUID(int=6), "rthd", "union-U2393", frozenset({"inspector"}))
    for officer in (ACCOUNTANT, COLLEAGUE):
        action = "record_challan" if officer is ACCOUNTANT else "confirm_challan"
        await acted(
            desk, replace(officer, ministry="rthd"), first.event_id, action, papers={"challan": "7"}
        )
    await acted(desk, inspector, first.event_id, "absent")
    assert (await desk.said())[-1]["value"]["step"]["waits_for"] == "citizen"
    await acted(desk, inspector, first.event_id, "book")
    assert (await desk.file(first)).state.step == "exam"


def role_rule(role: str, **fields: Any) -> RoutingRule:
    """The office of a role in the whole country."""
    return RoutingRule(
        **{
            "rule_id": role.replace("_", "-"),
            "version": 1,
            "valid_from": NOW.date(),
            "address": "permanent_address",
            "office_kind": "union",
            "office_id": role.replace("_", "-"),
            "office_name": Text(bn=f"কার্যালয় {role}", en=f"Office of {role}"),
            "role": role,
            **fields,
        }
    )


async def test_each_role_works_at_its_own_office(database: Database) -> None:
    """A rule names it, perhaps of another ministry; the citizen is told where it is."""
    rules = [role_rule("ward_member"), role_rule("chairman", told=False, ministry="psd")]
    desk, first = await Desk(database).prepare(offices={"S005": rules}), submitted()
    await desk.take_in(first)
    case_id = first.event_id
    with pytest.raises(Refused, match="case_unknown"):
        await looked(desk, MEMBER, case_id)
    await acted(desk, replace(MEMBER, office_id="ward-member"), case_id, "confirm")
    await acted(desk, SECRETARY, case_id, "forward")
    with pytest.raises(Refused, match="case_unknown"):
        await looked(desk, replace(CHAIRMAN, office_id="chairman"), case_id)
    elsewhere = replace(CHAIRMAN, ministry="psd", office_id="chairman")
    await acted(desk, elsewhere, case_id, "sign")
    told = [said["value"]["step"]["office"]["en"] for said in (await desk.said())[:2]]
    assert told == ["Office of ward_member", "Amtali Union Parishad"]
    assert [said["type"] for said in await desk.said()][1:] == ["step_reached", "ministry_decided"]


async def test_a_rule_of_an_office_holds_from_its_day_on(database: Database) -> None:
    """The case stays where it is until its next act; then it goes by the rules of that day."""
    tomorrow = NOW.date() + timedelta(days=1)
    rules = [role_rule("ward_member", valid_from=tomorrow)]
    desk, first = await Desk(database).prepare(offices={"S005": rules}), submitted()
    await desk.take_in(first)
    assert (await looked(desk, MEMBER, first.event_id)).actions


async def test_one_person_is_on_one_side_of_a_pair(database: Database) -> None:
    """The key holds it, whatever the case's state says; the same act again is the same side."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id, pair, officer = (await desk.file(first)).case_id, "check approval", new_id()
    async with database.transaction() as tx:
        found = [
            await insert_side(tx, case_id, pair, step, person)
            for step, person in (
                ("check", officer),
                ("check", officer),
                ("approval", officer),
                ("approval", RAHIMA),
            )
        ]
    assert found == [True, True, False, True]


DAY = NOW.date()
DEPUTY = replace(SECRETARY, stands_in=(StoodIn("chairman", DAY, DAY),))


async def test_a_deputy_cannot_approve_what_she_proposed(database: Database) -> None:
    """The person acts, not the role: who acted in the own duty does not in that of a colleague."""
    document = json.loads(FIRST.model_dump_json(exclude_unset=True))
    document["steps"]["sign"]["other_than"] = "prepare"
    desk, first = await Desk(database).prepare([parse_workflow(json.dumps(document))]), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    own = replace(DEPUTY, duties=frozenset({"secretary"}))
    await acted(desk, own, first.event_id, "forward")
    as_deputy = replace(own, duties=frozenset({"chairman"}))
    with pytest.raises(Refused, match="second_person_needed"):
        await acted(desk, as_deputy, first.event_id, "sign")
    assert await acted(desk, CHAIRMAN, first.event_id, "sign") == "Certificate issued"


async def test_an_absence_that_ends_in_the_middle_of_a_page(database: Database) -> None:
    """The page was opened on the last day; the act of the day after does nothing and says why."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await acted(desk, SECRETARY, first.event_id, "forward")
    deputy, tomorrow = DEPUTY.on(DAY), NOW + timedelta(days=1)
    view = await looked(desk, deputy, first.event_id)
    assert [action.action for action in view.actions] == ["sign", "refuse", "return"]
    body = ActOnCase(revision=view.revision, duty="chairman", action="sign")
    async with database.transaction() as tx:
        later = DEPUTY.on(tomorrow.date())
        assert later.duties == {"secretary"}
        with pytest.raises(Refused, match="deputy_ended"):
            await use_cases.act(tx, later, first.event_id, body, tomorrow)
        with pytest.raises(Refused, match="deputy_ended"):
            await use_cases.assign(tx, later, first.event_id, "chairman", None, tomorrow)
    assert (await desk.file(first)).revision == view.revision


async def test_a_citizen_sees_which_office_opened_the_application_and_when(
    database: Database,
) -> None:
    """Office and day, once, by any spelling of the number; nobody's name, nothing of others."""
    rules = [role_rule("ward_member")]
    desk = await Desk(database).prepare(offices={"S005": rules})
    first = submitted(tracking_number=new_tracking_number(1))
    await desk.take_in(first)
    case_id, member = first.event_id, replace(MEMBER, office_id="ward-member")
    await looked(desk, member, case_id)
    await acted(desk, member, case_id, "confirm")
    async with database.transaction() as tx:
        tomorrow = NOW + timedelta(days=1)
        await use_cases.read_case(tx, SECRETARY, case_id, tomorrow)
        looks = (await use_cases.read_looks(tx, RAHIMA, first.tracking_number)).items
        others = (await use_cases.read_looks(tx, new_id(), first.tracking_number)).items
        typed = first.tracking_number.lower().replace("-", "")
        assert (await use_cases.read_looks(tx, RAHIMA, typed)).items == looks
        assert (await use_cases.read_looks(tx, RAHIMA, "no number")).items == []
    assert [(look.on, look.office and look.office.en) for look in looks] == [
        (tomorrow.date(), "Amtali Union Parishad"),
        (NOW.date(), "Office of ward_member"),
    ]
    assert others == []
