"""Submissions that ministries accept and decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.trace_context import TraceContext, current_context
from sandbox.callbacks.queries import (
    DecisionRow,
    delete_decisions_of,
    insert_callbacks,
    insert_decision,
)
from sandbox.callbacks.rules import Callback, CallbackUrl
from sandbox.faults.rules import Behaviour
from sandbox.ledger.schema import Connection
from sandbox.ministries.papers import CheckedPaper, Paper
from sandbox.ministries.queries import (
    AnswerRow,
    CursorRow,
    PaperRow,
    SubmissionRow,
    answers_of,
    appealed_of,
    delete_answers_of,
    first_submission,
    insert_answer,
    insert_cursor,
    insert_papers,
    insert_submission,
    mark_given,
    number_of,
)
from sandbox.ministries.rules import (
    NOT_OFFERED,
    Decision,
    Kind,
    case_file_number,
    decide,
    stage_of,
)


class HandOver(BaseModel):
    """A submission as the platform hands it over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind
    application_id: UUID
    tracking_number: Annotated[str, Field(max_length=40)]
    public_service_id: Annotated[str, Field(max_length=100)]
    form: dict[str, Any] | None = None
    grounds: str | None = None
    form_version: int | None = None
    service_centre_id: Annotated[str | None, Field(max_length=40)] = None
    applicant_id: UUID | None = None
    actor_id: UUID | None = None
    mandate: dict[str, Any] | None = None
    documents: list[Paper] = Field(default_factory=list, max_length=100)
    callback_url: CallbackUrl
    cursor: Annotated[str | None, Field(max_length=200)] = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A received hand-over, and the ministry's behaviour at that time.

    `is_asked`: the ministry calls nobody, and is asked for its decision. `place`: batch and row of
    a file, where the decision comes in a file, too.
    """

    ministry: str
    body: HandOver
    idempotency_key: str
    traceparent: str
    behaviour: Behaviour
    ignores_keys: bool
    seed: int
    papers: Sequence[CheckedPaper] = ()
    is_asked: bool = False
    place: tuple[int, int] | None = None
    act_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: TraceContext | None = field(default_factory=current_context)


def accept(connection: Connection, arrival: Arrival) -> str:
    """Act on a new hand-over; return the first response to a repeated one.

    Raises:
        Refused: the key was used for another application or kind of submission, or no ministry
            offers the service.
    """
    if arrival.body.public_service_id == NOT_OFFERED:
        raise Refused("public_service_unknown")
    first = first_submission(connection, arrival.ministry, arrival.idempotency_key)
    body = arrival.body
    if first is None or arrival.ignores_keys:
        first = _act_on(connection, arrival)
    if (first.application_id, first.kind) != (str(body.application_id), body.kind):
        raise Refused("idempotency_key_reused", "another application or kind of submission")
    return first.answer


def _act_on(connection: Connection, arrival: Arrival) -> SubmissionRow:
    """Store the submission, and decide in the response, by callback, or not at all."""
    body = arrival.body
    decision = decide(arrival.behaviour, body.kind, body.application_id, arrival.seed)
    number = number_of(connection, arrival.ministry, str(body.application_id), body.kind)
    number = number or case_file_number(arrival.ministry, arrival.act_id)
    is_later = decision is not None and (decision.by_callback or arrival.place is not None)
    in_answer = None if is_later else decision
    decision_json = in_answer and {
        "action": in_answer.action,
        "note": in_answer.note and in_answer.note.model_dump(),
        "stage": stage_of(body.kind),
    }
    row = SubmissionRow(
        ministry=arrival.ministry,
        application_id=str(body.application_id),
        tracking_number=body.tracking_number,
        kind=body.kind,
        idempotency_key=arrival.idempotency_key,
        traceparent=arrival.traceparent,
        received_at=arrival.at.isoformat(timespec="microseconds"),
        answer=orjson.dumps({"case_file_number": number, "decision": decision_json}).decode(),
    )
    n = insert_submission(connection, row)
    if body.cursor:
        kept = CursorRow(n, row.ministry, body.cursor, body.callback_url, arrival.is_asked)
        insert_cursor(connection, kept)
    insert_papers(connection, [_paper_row(row, paper) for paper in arrival.papers])
    delete_answers_of(
        connection,
        row.ministry,
        row.application_id,
        also_given=body.kind != "withdrawn",  # what was said before a withdrawal stands
    )
    if in_answer:
        decided = DecisionRow(row.ministry, row.application_id, in_answer.action, row.received_at)
        insert_decision(connection, decided)
    else:
        decide_later(connection, arrival, decision, number)
    return row


def decide_later(
    connection: Connection, arrival: Arrival, decision: Decision | None, number: str
) -> None:
    """Note the decision on a submission for when it is asked for, or for a callback."""
    if decision and (arrival.is_asked or arrival.place):
        insert_answer(connection, _answer(arrival, decision, number))
    elif decision:
        insert_callbacks(connection, [_callback(arrival, decision, number)])
    if arrival.body.kind == "withdrawn":
        delete_decisions_of(connection, str(arrival.body.application_id))


def _paper_row(row: SubmissionRow, checked: CheckedPaper) -> PaperRow:
    return PaperRow(
        ministry=row.ministry,
        application_id=row.application_id,
        document_id=str(checked.paper.document_id),
        state=checked.paper.state,
        is_right=checked.is_right,
        received_at=row.received_at,
    )


def give_states(
    connection: Connection, ministry: str, tracking_numbers: Sequence[str], at: datetime
) -> list[dict[str, Any]]:
    """Return a ministry's answers about its applications, and note that it gave them."""
    found = answers_of(connection, ministry, tracking_numbers)
    due = [answer for answer in found.values() if answer and answer.due_at_s <= at.timestamp()]
    _give(connection, due, at)
    appealed = appealed_of(connection, ministry, tracking_numbers)
    return [
        _state(number, answer if answer in due else None, appealed)
        for number, answer in found.items()
    ]


def give_in_file(connection: Connection, rows: Sequence[AnswerRow], at: datetime) -> None:
    """Note that a ministry has written these decisions into a file."""
    _give(connection, rows, at)


def _give(connection: Connection, rows: Sequence[AnswerRow], at: datetime) -> None:
    given = mark_given(connection, [row.n for row in rows])
    decided_at = at.isoformat(timespec="microseconds")
    for row in rows:
        if row.n in given:
            decision = DecisionRow(row.ministry, row.application_id, row.action, decided_at)
            insert_decision(connection, decision)


def _state(
    tracking_number: str, answer: AnswerRow | None, appealed: Collection[str]
) -> dict[str, Any]:
    if answer is None:
        return {"tracking_number": tracking_number, "state": "pending"}
    note = {"bn": answer.note_bn, "en": answer.note_en} if answer.note_bn else None
    return {
        "tracking_number": tracking_number,
        "state": "returned" if answer.action == "correction_asked" else answer.action,
        "case_file_number": answer.case_file_number,
        "note": note,
        "stage": "appeal" if tracking_number in appealed else "first",
    }


def _answer(arrival: Arrival, decision: Decision, number: str) -> AnswerRow:
    batch_no, row_no = arrival.place or (None, None)
    note = decision.note
    due_at = arrival.at + timedelta(milliseconds=arrival.behaviour.decision_delay_ms)
    return AnswerRow(
        ministry=arrival.ministry,
        application_id=str(arrival.body.application_id),
        tracking_number=arrival.body.tracking_number,
        batch_no=batch_no,
        row_no=row_no,
        action=decision.action,
        case_file_number=number,
        note_bn=note.bn if note else "",
        note_en=note.en if note else "",
        due_at_s=due_at.timestamp(),
    )


def _callback(arrival: Arrival, decision: Decision, number: str) -> Callback:
    application_id = arrival.body.application_id
    due_at = arrival.at + timedelta(milliseconds=arrival.behaviour.decision_delay_ms)
    body = MinistryDecision(
        application_id=application_id,
        action=decision.action,
        case_file_number=number,
        note=decision.note,
        decided_at=due_at,
        stage=stage_of(arrival.body.kind),
    )
    return Callback(
        callback_id=str(derived_id(arrival.act_id, "decision")),
        kind="decision",
        destination=arrival.ministry,
        subject=str(application_id),
        result=decision.action,
        url=arrival.body.callback_url,
        body=body.model_dump_json(),
        trace=arrival.trace.text() if arrival.trace else "",
        due_at_s=due_at.timestamp(),
    )
