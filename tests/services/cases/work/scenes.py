"""Cases of the reference's workflows without a database, and what can happen to them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from libs.bangladesh.calendar import reference_calendar
from libs.errors import Refused
from libs.workflows.case import Case
from libs.workflows.commands import Command, Elapse, Move, Open, Withdraw
from libs.workflows.model import Workflow
from libs.workflows.trying import possible
from services.cases.intake.rules import content_of, file_of
from services.cases.work.rules import carry_out, with_own_deadline
from services.cases.work.values import CaseFile, Change, Content, Order, Published
from services.catalogue.workflows.reference import reference_tariffs, reference_workflows
from tests.services.cases.scenes import NOW, submitted

WORKFLOWS: Final[Mapping[str, Workflow]] = {
    workflow.key: workflow for workflow in reference_workflows()
}
PUBLISHED: Final = Published(reference_calendar(), reference_tariffs().rows)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.sampled_from(["1990-01-31", "2025-12-01", "2026-02-20"]),
        "fields": st.lists(st.sampled_from(["birth_date", "name_bn"])),
        "kind": st.sampled_from(["lost", "theft"]),
        "business_kind": st.sampled_from(["food", "chemical", "service"]),
        "sex": st.sampled_from(["male", "female"]),
        "yearly_income_bdt": st.sampled_from([0, 20_000]),
    },
)


def commands(workflow: Workflow, state: Case) -> Iterator[tuple[Workflow, Command]]:
    """All that can happen to a case, also what belongs to a visit that is over."""
    for command in possible(workflow, state).values():
        yield workflow, command
    for visit in (state.visit, state.visit - 1):
        yield workflow, Elapse(visit, "escalation")
        yield workflow, Elapse(visit, "timeout")
    yield workflow, Withdraw()
    later = WORKFLOWS.get(f"{state.workflow}@{state.version + 1}")
    if later:
        yield later, Move()


def opened(workflow: Workflow, answers: Mapping[str, Any], **fields: Any) -> tuple[Change, Content]:
    """A case of a workflow."""
    made = submitted(workflow.workflow, answers=answers, **fields)
    on = NOW.date()
    state = Case(workflow.workflow, workflow.version)
    file = replace(with_own_deadline(file_of(made), workflow, PUBLISHED.calendar), state=state)
    content = content_of(made)
    change = carry_out(workflow, None, file, content, Order(Open(on), NOW), PUBLISHED)
    assert change is not None
    return change, content


def done(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    order: Order,
    published: Published = PUBLISHED,
) -> Change | None:
    """What a command changes; None if nothing."""
    try:
        return carry_out(workflow, file, file, content, order, published)
    except Refused:
        return None
