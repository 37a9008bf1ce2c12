"""The paper that a decided case leads to."""

from collections.abc import Sequence
from typing import Final

from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted
from libs.decision_papers.templates import (
    OWN_DOCUMENT,
    REFUSAL,
    fields_from,
    own_fields,
    printable,
    template_of,
    templates,
)
from libs.ids import derived_id
from libs.workflows.commands import Act, Elapse
from libs.workflows.events import Acted
from libs.workflows.model import End, Workflow
from libs.workflows.reading import step_at, was_appealed
from services.cases.work.values import CaseFile, Content, Entry, Order, OwnFile

_NO_APPEAL: Final = "কার কাছে আপত্তি করা যায়, প্রকাশিত ধাপে তা লেখা নেই। কার্যালয়ে বা ৩৩৩ নম্বরে জিজ্ঞাসা করুন।"

_AFTER_APPEAL: Final = "আপত্তির পরের সিদ্ধান্ত; এখানে আর আপত্তি করা যায় না। কার্যালয়ে বা ৩৩৩ নম্বরে জিজ্ঞাসা করুন।"


def granted_by(
    workflow: Workflow,
    file: CaseFile,
    content: Content,
    history: Sequence[Entry],
    own_file: OwnFile | None = None,
) -> tuple[PaperGranted, str | None] | None:
    """Return the paper that an ended case has granted, and the duty that decided; None for none.

    The duty is None where a rule or a clock decided.

    Args:
        workflow: of the case.
        file: the case.
        content: what was submitted last.
        history: of the case.
        own_file: the PDF with which the office decided; None where its paper is drawn.
    """
    last = [entry for entry in history if entry.revision == file.revision]
    end = step_at(workflow, file.state)
    if not last or not isinstance(end, End) or file.state.outcome not in {"approved", "refused"}:
        return None
    act = next((entry for entry in last if isinstance(entry.event, Acted)), None)
    note = next((entry.note for entry in last if entry.note), None)
    duty = act.event.role if act and isinstance(act.event, Acted) else None
    order = Order(
        Act(file.state.visit, "", duty, "") if duty else Elapse(file.state.visit, "timeout"),
        last[0].at,
        actor_id=act.actor_id if act else None,
        note=note,
        own_file=own_file,
    )
    paper = granted(workflow, file, content, order, end)
    return (paper, duty) if paper else None


def granted(
    workflow: Workflow, file: CaseFile, content: Content, order: Order, end: End
) -> PaperGranted | None:
    """Return the paper of a case that has ended; None where its end gives none.

    A refusal is an order with its reason, but for an end whose reasons are its answer. An approval
    has the paper that the workflow names; one that names no template here leads to none. Where the
    office decides with a PDF of its own, that is the paper.
    """
    template_id = end.document or ""
    if end.reasons:
        return None  # Its answer is read on the page of the application.
    if order.own_file is not None and end.outcome in {"approved", "refused"}:
        template_id, fields = OWN_DOCUMENT, _of_own_file(workflow, content, order.own_file, end)
    elif end.outcome == "approved" and template_id in templates():
        fields = fields_from(template_of(template_id), content.form)
    elif end.outcome == "refused":
        template_id = REFUSAL
        reason = order.note or Text(bn=end.name.bn, en=end.name.en)
        fields = fields_from(template_of(REFUSAL), content.form) | {
            "service": printable(workflow.name.bn),
            "reason": printable(reason.bn.strip() or reason.en),
            "objection": _objection(workflow, file, end),
        }
    else:
        return None
    is_second = was_appealed(workflow, file.state)
    first = derived_id(file.case_id, "paper")
    said = PaperGranted(
        # A case ends once, and once more after an appeal. Where a restore took back an end, the
        # paper that is there counts.
        event_id=derived_id(file.case_id, "paper after an appeal") if is_second else first,
        occurred_at=order.at,
        application_id=file.application_id,
        citizen_id=file.citizen_id,
        tracking_number=file.tracking_number,
        public_service_id=file.public_service_id,
        ministry=file.ministry,
        served_by="desk",
        template=template_id,
        fields=fields,
        post=_post(workflow, order),
        office=file.office.name if file.office else None,
        replaces=first if is_second else None,
    )
    return said.in_trace(order.trace or file.trace)


def _of_own_file(
    workflow: Workflow, content: Content, own_file: OwnFile, end: End
) -> dict[str, str]:
    """Return what is said of an office's own PDF: whose it is, and what the drawn one would be."""
    drawn = (
        template_of(REFUSAL) if end.outcome == "refused" else templates().get(end.document or "")
    )
    subject = drawn.title.bn if drawn else printable(workflow.name.bn)
    return own_fields(content.form, subject, own_file.document_id, own_file.sha256)


def _objection(workflow: Workflow, file: CaseFile, end: End) -> str:
    if was_appealed(workflow, file.state):
        return _AFTER_APPEAL
    if end.appeal is None:
        return _NO_APPEAL
    return f"নাগরিক সেবায় আবেদনের পাতা থেকে, ধাপে লেখা {end.appeal.days} দিনের মধ্যে (নিশ্চিত করা হয়নি)।"


def _post(workflow: Workflow, order: Order) -> Text | None:
    """Return the duty in which an officer decided; None where a rule or a clock did."""
    if order.actor_id is None or not isinstance(order.command, Act):
        return None
    role = workflow.roles.get(order.command.role)
    return Text(bn=role.name.bn, en=role.name.en) if role else None
