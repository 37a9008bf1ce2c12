"""Random walks over commands, clocks and versions, beside a second reading of the files."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import Refused
from libs.workflows.case import Case, dump_case, load_case, replay
from libs.workflows.commands import (
    Act,
    AppealAgainst,
    Command,
    Correct,
    Elapse,
    Happen,
    Move,
    Opine,
    Pay,
    Rank,
    Withdraw,
)
from libs.workflows.events import dump_event, load_event
from libs.workflows.model import APPLICANT, Workflow
from libs.workflows.reading import actions_at, clocks_of, handed_in, waits_for
from tests.libs.workflows.plain_model import Plain, answers_by
from tests.libs.workflows.scenes import DOCUMENTS, TODAY, WORKFLOWS, Walk

FACTS = st.fixed_dictionaries(
    {},
    optional={
        "age_days": st.integers(0, 90),
        "age_years": st.integers(55, 70),
        "register.match": st.sampled_from(["full", "partial", "none", "unreachable"]),
        "form.kind": st.sampled_from(["lost", "theft"]),
        "form.business_kind": st.sampled_from(["food", "chemical", "manufacturing", "service"]),
        "form.fields": st.lists(st.sampled_from(["birth_date", "name_bn", "father_name"])),
        "form.birth_date_shift_days": st.integers(0, 4000),
        "form.sex": st.sampled_from(["male", "female"]),
        "form.yearly_income_bdt": st.sampled_from([0, 20_000]),
        "person.open_cases": st.integers(0, 1),
        "tariff.citizenship_certificate.amount_bdt": st.sampled_from([0, 20]),
    },
)


def command_for(choice: str, walked: Walk) -> Command:
    """Return the command of a choice of the second reading."""
    word, _, name = choice.partition(" ")
    case, workflow = walked.now, walked.workflow
    waiting = waits_for(workflow, case)
    role = waiting.roles[0] if waiting and waiting.roles else ""
    match word:
        case "act":
            files, values = handed_in(workflow, case.step, name)
            return Act(
                case.visit, name, role, f"{role} of {case.step}", files, dict.fromkeys(values)
            )
        case "correct":
            return Correct()
        case "pay":
            return Pay(case.visit, "challan")
        case "happen":
            return Happen(case.visit, name)
        case "rank":
            return Rank(case.visit, "selected" if name == "selected" else "waiting", role, "x")
        case "clear" | "object":
            acting = case.taken_over_by or name
            return Opine(case.visit, name, acting, "x", clear=word == "clear")
        case "appeal":
            return AppealAgainst(days_since=1)
        case _:
            return Elapse(case.visit, "correction" if word == "correction" else "timeout")


def assert_nothing_stands_still(workflow: Workflow, case: Case) -> None:
    """Somebody can act, or a clock runs, or who must act is named; after the end none of them."""
    waiting, clocks = waits_for(workflow, case), clocks_of(workflow, case)
    if case.status == "ended":
        assert (waiting, clocks, dict(actions_at(workflow, case))) == (None, (), {})
        return
    assert waiting is not None
    named = {*workflow.roles, APPLICANT}
    assert set(waiting.roles) <= named
    assert clocks or (waiting.roles and (case.overdue or case.taken_over_by))
    assert waiting.roles or waiting.on == "time"
    if waiting.on == "citizen":
        assert clocks, "nobody takes over what the applicant does not do"


def stale(walked: Walk, visit: int) -> None:
    """Do what belonged to a visit that is over."""
    for clock in ("timeout", "escalation", "correction"):
        assert walked.do(Elapse(visit, clock)) == ()
    for command in (
        Act(visit, "approve", "ac_land", "x"),
        Pay(visit, "challan"),
        Happen(visit, "objected"),
        Opine(visit, "fire", "fire", "x", clear=False),
        Rank(visit, "selected", "union_committee", "x"),
    ):
        with pytest.raises(Refused):
            walked.do(command)


class Both:
    """A case, and the same in the second reading."""

    def __init__(self, key: str, facts: Mapping[str, Any]) -> None:
        self.walked = Walk(WORKFLOWS[key], dict(facts))
        self.walked.open(TODAY)
        self.plain = Plain(DOCUMENTS[key], answers_by(facts))
        self.plain.go(DOCUMENTS[key]["start"])
        self.before = 0

    @property
    def next_version(self) -> str:
        """The key of the version after the case's own."""
        return f"{self.walked.now.workflow}@{self.walked.now.version + 1}"

    def choices(self) -> list[str]:
        """Return all that can happen."""
        if self.walked.now.status == "ended":
            return [*sorted(self.plain.choices()), "stale"]
        move = ["move"] if self.next_version in WORKFLOWS else []
        return [*sorted(self.plain.choices()), "escalation", "stale", "withdraw", *move]

    def take(self, choice: str) -> None:
        """Let it happen in both."""
        visit = self.walked.now.visit
        match choice:
            case "escalation":
                self.walked.do(Elapse(visit, "escalation"))
            case "stale":
                stale(self.walked, self.before)
            case "withdraw":
                self.walked.do(Withdraw())
                self.plain.go("withdrawn")
            case "move":
                key = self.next_version
                self.walked.workflow = WORKFLOWS[key]
                self.walked.do(Move())
                assert self.walked.do(Move()) == ()
                self.plain.move(DOCUMENTS[key])
            case _:
                self.walked.do(command_for(choice, self.walked))
                self.plain.choices()[choice]()
        self.before = visit if self.walked.now.visit != visit else self.before

    def assert_alike(self) -> None:
        """Both are at the same place."""
        case, plain = self.walked.now, self.plain
        assert (case.step, case.corrections, case.outcome) == (
            plain.at,
            plain.corrections,
            plain.outcome,
        )
        assert (case.status == "correction") is plain.correcting


@pytest.mark.parametrize("key", sorted(WORKFLOWS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_walk_agrees_with_a_second_reading_and_never_stands_still(
    key: str, data: st.DataObject
) -> None:
    """After each command: the same place, somebody named or a clock, and history is the case."""
    both = Both(key, data.draw(FACTS))
    for _ in range(data.draw(st.integers(0, 40))):
        choices = both.choices()
        without_end = [choice for choice in choices if choice != "withdraw"]
        may_end = data.draw(st.integers(0, 9)) == 0
        both.take(data.draw(st.sampled_from(choices if may_end else without_end)))
        both.assert_alike()
        assert_nothing_stands_still(both.walked.workflow, both.walked.now)
    history = both.walked.history
    assert replay(load_event(dump_event(event)) for event in history) == both.walked.now
    assert load_case(dump_case(both.walked.now)) == both.walked.now
