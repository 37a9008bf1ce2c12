import copy
import json
from datetime import UTC, datetime

import pytest

from libs.errors import Refused
from libs.workflows.case import dump_case, load_case, replay
from libs.workflows.commands import (
    Act,
    AppealAgainst,
    Appoint,
    Correct,
    Elapse,
    Happen,
    Move,
    Open,
    Opine,
    Pay,
    Rank,
    Withdraw,
)
from libs.workflows.deciding import decide
from libs.workflows.events import dump_event, load_event
from libs.workflows.parsing import parse_workflow
from tests.libs.workflows.scenes import DOCUMENTS, TODAY, WORKFLOWS, Walk, walk


def steps_of(walked: Walk) -> list[str]:
    """Return the steps of a history, in their order."""
    return [event.step for event in walked.history if event.type == "entered"]


def test_the_reference_has_fifteen_workflows_of_214_steps() -> None:
    """Ten services, three also in earlier versions, and grievances."""
    assert len(WORKFLOWS) == 15
    assert sum(len(workflow.steps) for workflow in WORKFLOWS.values()) == 214


def test_a_mutation_goes_its_way_and_its_history_is_the_case() -> None:
    """Nine tasks and fees of S025; each event is stored as JSON and gives the case again."""
    walked = walk("S025@1")
    walked.pay()
    walked.act("accept", "ac_land")
    walked.act("report", "union_land_officer")
    walked.act("clear", "kanungo")
    walked.act("served", "ac_land")
    walked.elapse()
    walked.act("grant", "ac_land")
    walked.pay()
    walked.act("finalise", "ac_land")
    assert walked.now.outcome == "approved"
    stored = [dump_event(event) for event in walked.history]
    assert replay(load_event(row) for row in stored) == walked.now
    assert load_case(dump_case(walked.now)) == walked.now
    assert len(stored) == 20


def test_a_rule_keeps_what_it_saw() -> None:
    """The facts of a rule are stored with the step to which it led."""
    walked = walk("S001@1", age_days=46)
    assert steps_of(walked) == ["sort", "pay"]
    (entered,) = [event for event in walked.history if getattr(event, "step", "") == "pay"]
    assert dump_event(entered)["seen"] == {"age_days": 46}


def test_a_rule_sees_what_the_officer_has_just_set() -> None:
    """Not only later ones do: a rule decides in the same act where the case goes."""
    document = copy.deepcopy(DOCUMENTS["S010@1"])
    document["steps"]["need_others"]["rules"][0]["when"] = {
        "fact": "form.category",
        "among": ["clinic"],
    }
    walked = Walk(parse_workflow(json.dumps(document)), {"form.category": "shop"})
    walked.open()
    while walked.now.step != "visit":
        walked.act("certify", "councillor") if walked.now.step == "certify" else walked.pay()
    sets = {"category": "clinic", "signboard_sqft": 12}
    walked.act("report", "supervisor", sets=sets)
    assert walked.now.step == "inspections"
    assert getattr(walked.history[-1], "seen", {})["form.category"] == "clinic"


def test_three_corrections_at_most_and_back_to_the_step_that_asked() -> None:
    """The fourth is refused, and cannot be chosen."""
    walked = walk("S005@1", tariff__citizenship_certificate__amount_bdt=0)
    walked.act("confirm", "ward_member")
    for _ in range(3):
        walked.act("ask_correction", "secretary")
        assert walked.now.status == "correction"
        walked.do(Correct())
        assert (walked.now.status, walked.now.step) == ("open", "prepare")
    with pytest.raises(Refused) as refused:
        walked.act("ask_correction", "secretary")
    assert refused.value.code == "corrections_used_up"


def test_a_correction_that_never_comes_lapses() -> None:
    """The clock of the correction ends the case; that of the step that asked does nothing."""
    walked = walk("S005@1")
    walked.act("confirm", "ward_member")
    asked_at = walked.now.visit
    walked.act("ask_correction", "secretary")
    assert walked.do(Elapse(asked_at, "escalation")) == ()
    walked.elapse("correction")
    assert walked.now.outcome == "lapsed"


def test_a_bound_leads_elsewhere() -> None:
    """A step with its most visits is not entered again."""
    walked = walk("S025@1")
    walked.pay()
    walked.act("accept", "ac_land")
    walked.act("report", "union_land_officer")
    walked.act("clear", "kanungo")
    for _ in range(3):
        assert walked.now.step == "notice"
        walked.act("not_served", "ac_land")
    assert walked.now.step == "objection_period"


def test_an_escalation_gives_the_case_to_another_role_and_moves_nothing() -> None:
    """The former role cannot act; a second clock does nothing; above itself is the focal point."""
    walked = walk("S025@1")
    walked.pay()
    walked.elapse("escalation")
    assert (walked.now.step, walked.now.taken_over_by) == ("accept", "adc_revenue")
    with pytest.raises(Refused) as refused:
        walked.act("accept", "ac_land")
    assert refused.value.code == "role_has_not_the_case"
    assert walked.do(Elapse(walked.now.visit, "escalation")) == ()
    walked.act("accept", "adc_revenue")
    assert walked.now.step == "report"
    above = walk("S024@1", form__kind="lost")
    above.act("forward", "duty_officer")
    above.act("refuse", "oc")
    appealed = walk("S001@1", age_days=1)
    for action, role in (
        ("attest", "ward_member"),
        ("forward", "secretary"),
        ("refuse", "registrar"),
    ):
        appealed.act(action, role)
    appealed.do(AppealAgainst(days_since=30))
    appealed.elapse("escalation")
    assert (appealed.now.overdue, appealed.now.taken_over_by) == (True, None)
    appealed.act("overturn", "uno", "judge")
    assert appealed.now.outcome == "approved"


def test_who_acted_there_does_not_act_here() -> None:
    """`other_than` names a step, and holds for the person, whatever the role."""
    workflow = WORKFLOWS["S001@1"]
    approve = workflow.steps["approve"].model_copy(update={"other_than": "enter"})
    changed = workflow.model_copy(update={"steps": {**workflow.steps, "approve": approve}})
    walked = Walk(changed, {"age_days": 1})
    walked.open()
    walked.act("attest", "ward_member", "rafiq")
    walked.act("forward", "secretary", "salma")
    with pytest.raises(Refused) as refused:
        walked.act("approve", "registrar", "salma")
    assert refused.value.code == "second_person_needed"
    walked.act("approve", "registrar", "rafiq")
    assert walked.now.outcome == "approved"


def test_an_elected_person_without_a_device_is_recorded() -> None:
    """The secretary enters it, and the history says for whom."""
    walked = walk("S001@1", age_days=1)
    walked.act("attest", "secretary")
    acted = dump_event(next(event for event in walked.history if event.type == "acted"))
    assert (acted["role"], acted["recorded_for"]) == ("secretary", "ward_member")


def test_a_stale_page_is_refused_and_a_late_clock_does_nothing() -> None:
    """An act names the visit that its actor saw."""
    walked = walk("S025@1")
    stale = walked.now.visit
    walked.pay()
    with pytest.raises(Refused) as refused:
        walked.do(Act(stale, "accept", "ac_land", "salma"))
    assert refused.value.code == "case_changed"
    with pytest.raises(Refused):
        walked.do(Pay(stale, "twice"))
    assert walked.do(Elapse(stale, "timeout")) == ()
    assert walked.do(Open(TODAY)) == ()


def test_what_an_action_needs_is_asked_for() -> None:
    """Files and values; not for a correction, nor for a detour that only leads back."""
    walked = walk("S010@1", form__business_kind="food")
    walked.act("certify", "councillor")
    with pytest.raises(Refused) as refused:
        walked.act("report", "supervisor", files=frozenset())
    assert refused.value.code == "files_missing"
    with pytest.raises(Refused) as refused:
        walked.act("report", "supervisor", sets={"category": "food"})
    assert refused.value.code == "values_missing"
    assert refused.value.pointer == "/values/signboard_sqft"
    walked.act("ask_correction", "supervisor", files=frozenset(), sets={})
    diary = walk("S024@1", form__kind="lost")
    diary.act("forward", "duty_officer")
    diary.act("ask_to_come", "oc", sets={})
    assert diary.now.step == "visit"


def test_a_panel_asks_by_condition_and_any_objection_leads_on() -> None:
    """All clear goes on; the first objection goes to who weighs it, and the opinions stay."""
    for clear, reached in ((True, "pay"), (False, "weigh")):
        walked = walk("S010@1", form__business_kind="restaurant")
        walked.act("certify", "councillor")
        walked.act("report", "supervisor")
        assert walked.now.asked == ("health", "fire")
        walked.do(Opine(walked.now.visit, "health", "health", "nila", clear=True))
        with pytest.raises(Refused):
            walked.do(Opine(walked.now.visit, "health", "health", "nila", clear=True))
        with pytest.raises(Refused):
            walked.do(Opine(walked.now.visit, "environment", "environment", "x", clear=True))
        walked.do(Opine(walked.now.visit, "fire", "fire", "karim", clear=clear))
        assert (walked.now.step, walked.now.opinions) == (
            reached,
            {"health": True, "fire": clear},
        )


def test_who_takes_a_panel_over_answers_for_those_who_did_not() -> None:
    """After the escalation only that role answers."""
    walked = walk("S010@1", form__business_kind="chemical")
    walked.act("certify", "councillor")
    walked.act("report", "supervisor")
    walked.do(Opine(walked.now.visit, "fire", "fire", "karim", clear=True))
    walked.elapse("escalation")
    with pytest.raises(Refused):
        walked.do(Opine(walked.now.visit, "environment", "environment", "x", clear=True))
    walked.do(Opine(walked.now.visit, "environment", "tax_officer", "nila", clear=True))
    assert walked.now.step == "pay"


def test_a_pool_selects_or_lets_wait() -> None:
    """The waiting list waits for a free place or a new round."""
    facts = {"form__sex": "male", "age_years": 66, "form__yearly_income_bdt": 0}
    walked = walk("S055@1", **facts, person__open_cases=0)
    walked.act("ok", "social_services")
    walked.do(Rank(walked.now.visit, "waiting", "union_committee", "salma"))
    assert walked.now.step == "waiting_list"
    walked.do(Happen(walked.now.visit, "new_round"))
    walked.do(Rank(walked.now.visit, "selected", "union_committee", "salma"))
    assert walked.now.step == "approve"


def test_a_rule_refuses_nobody_who_is_not_eligible() -> None:
    """A person confirms it."""
    walked = walk("S055@1", form__sex="male", age_years=64)
    assert walked.now.step == "not_eligible_check"
    walked.act("confirm", "social_services")
    assert walked.now.outcome == "refused"


def test_an_appointment_is_agreed_with_the_action_or_later() -> None:
    """The applicant books with the date; another date replaces it; a new visit has none."""
    first, second = datetime(2026, 12, 1, 4, tzinfo=UTC), datetime(2026, 12, 2, 4, tzinfo=UTC)
    walked = walk("S043@1", form__class_count=1)
    walked.pay()
    walked.act("absent", "inspector")
    walked.act("book", "applicant", appointment=first)
    assert (walked.now.step, walked.now.appointment) == ("exam", first)
    walked.do(Appoint(walked.now.visit, second, "inspector", "salma"))
    assert walked.do(Appoint(walked.now.visit, second, "inspector", "salma")) == ()
    assert walked.now.appointment == second
    walked.act("absent", "inspector")
    assert walked.now.appointment is None


def test_an_appeal_opens_the_case_again_in_time() -> None:
    """It must come within the days; an end after it has none."""
    walked = walk("S025@1")
    walked.pay()
    walked.act("refuse", "ac_land")
    with pytest.raises(Refused) as refused:
        walked.do(AppealAgainst(days_since=31))
    assert refused.value.code == "appeal_too_late"
    walked.do(AppealAgainst(days_since=30))
    assert (walked.now.status, walked.now.outcome) == ("open", None)
    walked.act("served", "adc_revenue", "judge")
    walked.act("uphold", "adc_revenue", "judge")
    assert walked.now.step == "appeal_refused"
    with pytest.raises(Refused) as refused:
        walked.do(AppealAgainst(days_since=0))
    assert refused.value.code == "appeal_not_possible"


MUTATION_REFUSED = (("refuse", "ac_land"),)
BIRTH_REFUSED = (("attest", "ward_member"), ("forward", "secretary"), ("refuse", "registrar"))
NID_REFUSED = (("ka", "sorting_officer"), ("refuse", "ka"))


@pytest.mark.parametrize(
    ("key", "acts", "judge", "overturned", "remanded"),
    [
        ("S025@1", MUTATION_REFUSED, "adc_revenue", "pay_dcr", "hearing"),
        ("S001@2", BIRTH_REFUSED, "uno", "registered", "enter"),
        ("S016@3", NID_REFUSED, "gha", "approved", "sort"),
    ],
)
def test_an_appeal_is_adjourned_four_times_and_its_notice_has_a_proof(
    key: str, acts: tuple[tuple[str, str], ...], judge: str, overturned: str, remanded: str
) -> None:
    """Then it is decided without a further hearing: upheld, overturned, or sent back."""
    for action, end in (
        ("uphold", "appeal_refused"),
        ("overturn", overturned),
        ("remand", remanded),
    ):
        walked = walk(key, age_days=1, case__attempt=1, form__fields=[])
        if key != "S001@2":
            walked.pay()
        for act, role in acts:
            walked.act(act, role)
        walked.do(AppealAgainst(days_since=0))
        with pytest.raises(Refused) as refused:
            walked.act("served", judge, "judge", files=frozenset())
        assert refused.value.code == "files_missing"
        walked.act("not_served", judge, "judge")
        walked.act("served", judge, "judge")
        for _ in range(4):
            walked.act("adjourn", judge, "judge")
            assert walked.now.step == "appeal"
        walked.act("adjourn", judge, "judge")
        assert walked.now.step == "appeal_decides"
        walked.act(action, judge, "judge")
        assert walked.now.step == end


def test_an_appeal_of_the_version_before_begins_with_its_notice() -> None:
    """Where two people move open cases; one that nobody moves is decided as it was."""
    for moved in (False, True):
        walked = walk("S001@1", age_days=1)
        for act, role in BIRTH_REFUSED:
            walked.act(act, role)
        walked.do(AppealAgainst(days_since=0))
        if moved:
            walked.workflow = WORKFLOWS["S001@2"]
            walked.do(Move())
            assert walked.now.step == "appeal_notice"
            walked.act("served", "uno", "judge")
        walked.act("overturn", "uno", "judge")
        assert walked.now.outcome == "approved"


def test_nobody_who_acted_in_a_case_hears_the_appeal() -> None:
    """Also who has the duty for it; whoever sent it back may hear it."""
    walked = walk("S025@1")
    walked.pay()
    walked.act("refuse", "ac_land", "kamal")
    walked.do(AppealAgainst(days_since=0))
    with pytest.raises(Refused) as refused:
        walked.act("served", "adc_revenue", "kamal")
    assert refused.value.code == "second_person_needed"
    walked.act("served", "adc_revenue", "salma")
    walked.act("overturn", "adc_revenue", "salma")
    assert walked.now.step == "pay_dcr"


def test_a_withdrawal_ends_a_case_once() -> None:
    """While a panel votes too; a repeat does nothing; a decided case has ended."""
    walked = walk("S010@1", form__business_kind="food")
    walked.act("certify", "councillor")
    walked.act("report", "supervisor")
    asked_at = walked.now.visit
    walked.do(Withdraw())
    assert walked.now.outcome == "withdrawn"
    assert walked.do(Withdraw()) == ()
    with pytest.raises(Refused) as refused:
        walked.do(Opine(asked_at, "fire", "fire", "karim", clear=True))
    assert refused.value.code == "case_ended"


def test_a_register_that_does_not_answer_is_asked_thirty_times() -> None:
    """Then a person looks; nobody is refused by a machine."""
    walked = walk("S031@1", register__match="unreachable")
    for _ in range(30):
        assert walked.now.step == "retry"
        walked.elapse()
    assert walked.now.step == "manual"


def test_a_case_moves_to_the_next_version_once() -> None:
    """A rule that fits moves it, another case gets the version only, a second move does nothing."""
    walked = walk("S020@1", register__match="full")
    walked.pay()
    walked.act("enrolled", "office")
    assert walked.now.step == "police"
    walked.workflow = WORKFLOWS["S020@2"]
    walked.do(Move())
    assert (walked.now.version, walked.now.step) == (2, "print")
    assert walked.do(Move()) == ()
    other = walk("S020@1")
    visit = other.now.visit
    other.workflow = WORKFLOWS["S020@2"]
    other.do(Move())
    assert (other.now.version, other.now.step, other.now.visit) == (2, "pay", visit)
    assert replay(walked.history) == walked.now


def test_a_case_with_the_applicant_moves_too() -> None:
    """She still corrects, and it comes back where the new version has it."""
    walked = walk("S016@1", case__attempt=1, form__fields=["birth_date"])
    walked.pay()
    assert walked.now.proposed == "ga"
    walked.act("ga", "sorting_officer")
    walked.act("ask_correction", "ga")
    walked.workflow = WORKFLOWS["S016@2"]
    walked.do(Move())
    assert (walked.now.status, walked.now.step) == ("correction", "gha")
    walked.do(Correct())
    walked.act("approve", "gha")
    assert walked.now.outcome == "approved"
    assert replay(walked.history) == walked.now


def test_a_case_two_versions_behind_is_not_moved_at_once() -> None:
    """Only the version after its own has rules for it."""
    walked = walk("S016@1")
    workflow = WORKFLOWS["S016@2"].model_copy(update={"version": 3})
    moves = workflow.moves.model_copy(update={"from_version": 2}) if workflow.moves else None
    walked.workflow = workflow.model_copy(update={"moves": moves})
    with pytest.raises(Refused):
        walked.do(Move())


def test_a_case_must_be_opened() -> None:
    """Nothing else is the first command."""
    with pytest.raises(Refused) as refused:
        decide(WORKFLOWS["S001@1"], None, Withdraw(), lambda _: None)
    assert refused.value.code == "not_found"


def test_outside_the_window_a_case_is_opened_and_marked() -> None:
    """A rule alone refuses nobody; officers see that it came on another day."""
    walked = walk("S055@1")
    assert dump_event(walked.history[0]) == {
        "type": "opened",
        "workflow": "S055",
        "version": 1,
        "in_window": False,
    }
