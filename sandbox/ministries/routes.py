"""The back ends of the ministries: each takes submissions in, opens a case file and decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.web.body import read_body
from libs.web.idempotency import key_of
from sandbox.callbacks.address import CallbackUrl, current_trace
from sandbox.callbacks.queries import (
    DecisionRow,
    end_decisions_of,
    insert_callbacks,
    insert_decisions,
)
from sandbox.callbacks.rules import Callback
from sandbox.faults.behaviour import Behaviour
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import known_ministry
from sandbox.faults.injector import FaultInjector
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import SubmissionRow, first_submissions, insert_submissions
from sandbox.ministries.rules import Decision, Kind, case_file_number, decide


class HandOver(BaseModel):
    """What our side hands over to a ministry."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind
    application_id: UUID
    tracking_number: Annotated[str, Field(max_length=40)]
    public_service_id: Annotated[str, Field(max_length=100)]
    form: dict[str, Any] | None = None
    callback_url: CallbackUrl


@dataclass(frozen=True, slots=True)
class Arrival:
    """A hand-over as it came in, and how the ministry decides just now."""

    ministry: str
    body: HandOver
    idempotency_key: str
    traceparent: str
    behaviour: Behaviour
    ignores_keys: bool
    seed: int
    act_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: str = field(default_factory=current_trace)

    @property
    def key(self) -> tuple[str, str]:
        """Whose memory holds the answer, and under what."""
        return self.ministry, self.idempotency_key


@dataclass(frozen=True, slots=True)
class Act:
    """What a ministry does about one arrival."""

    row: SubmissionRow
    decided: DecisionRow | None
    callbacks: Callback | None


@dataclass(frozen=True, slots=True)
class MinistryRoutes:
    """Takes submissions for every ministry.

    Args:
        ledger: where they are written down.
        injector: what requests meet on their way.
        controls: how ministries decide.
        seed: chooses what is decided.
        wake: tells the caller of decisions that there may be one more.
    """

    ledger: LedgerFile
    injector: FaultInjector
    controls: Controls
    seed: int
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """The routes of the ministries."""
        return [Route("/ministries/{ministry}/submissions", self.take_submission, methods=["POST"])]

    async def take_submission(self, request: Request) -> Response:
        """Take a submission in; the same key again gets the first answer again."""
        ministry = known_ministry(request.path_params["ministry"])

        async def act() -> Response:
            arrival = await self._arrival(request, ministry)
            body = await self.ledger.write(take, arrival)
            self.wake()
            return Response(body, media_type="application/json")

        return await self.injector.through(ministry, act)

    async def _arrival(self, request: Request, ministry: str) -> Arrival:
        return Arrival(
            ministry=ministry,
            body=await read_body(request, HandOver),
            idempotency_key=key_of(request),
            traceparent=request.headers.get("traceparent", ""),
            behaviour=self.controls.behaviour_of(ministry),
            ignores_keys=bool(self.controls.faults_of(ministry).ignore_idempotency),
            seed=self.seed,
        )


def take(connection: Connection, arrivals: Sequence[Arrival]) -> list[str | Exception]:
    """Act on what is new, and answer what came before as it was answered then."""
    known = first_submissions(connection, {arrival.key for arrival in arrivals})
    acts: list[Act] = []
    answers: list[str | Exception] = []
    for arrival in arrivals:
        first = known.get(arrival.key)
        if first is None or arrival.ignores_keys:
            acts.append(act_on(arrival))
            first = acts[-1].row
            known.setdefault(arrival.key, first)
        answers.append(_answer_from(first, arrival))
    insert_submissions(connection, [act.row for act in acts])
    insert_decisions(connection, [act.decided for act in acts if act.decided])
    insert_callbacks(connection, [act.callbacks for act in acts if act.callbacks])
    withdrawn = [act.row.application_id for act in acts if act.row.kind == "withdrawn"]
    end_decisions_of(connection, withdrawn)
    return answers


def act_on(arrival: Arrival) -> Act:
    """Open or update the case file, and decide in the answer, by callback, or not at all."""
    body = arrival.body
    decision = decide(arrival.behaviour, body.kind, body.application_id, arrival.seed)
    in_answer = decision if decision and not decision.by_callback else None
    number = case_file_number(arrival.ministry, arrival.act_id)
    said = in_answer and _Said(action=in_answer.action, note=in_answer.note)
    reply = _Reply(case_file_number=number, decision=said or None)
    row = SubmissionRow(
        ministry=arrival.ministry,
        application_id=str(body.application_id),
        tracking_number=body.tracking_number,
        kind=body.kind,
        idempotency_key=arrival.idempotency_key,
        traceparent=arrival.traceparent,
        received_at=arrival.at.isoformat(timespec="microseconds"),
        answer=reply.model_dump_json(),
    )
    decided = in_answer and DecisionRow(
        row.ministry, row.application_id, in_answer.action, row.received_at
    )
    callbacks = _callback(arrival, decision, number) if decision and decision.by_callback else None
    return Act(row, decided or None, callbacks)


class _Said(BaseModel):
    action: str
    note: Text | None


class _Reply(BaseModel):
    case_file_number: str
    decision: _Said | None


def _callback(arrival: Arrival, decision: Decision, number: str) -> Callback:
    application_id = arrival.body.application_id
    told = MinistryDecision(
        application_id=application_id,
        action=decision.action,
        case_file_number=number,
        note=decision.note,
    )
    due_at = arrival.at + timedelta(milliseconds=arrival.behaviour.decision_delay_ms)
    return Callback(
        callback_id=str(derived_id(arrival.act_id, "decision")),
        kind="decision",
        destination=arrival.ministry,
        subject=str(application_id),
        result=decision.action,
        url=arrival.body.callback_url,
        body=told.model_dump_json(),
        trace=arrival.trace,
        due_at_s=due_at.timestamp(),
    )


def _answer_from(first: SubmissionRow, arrival: Arrival) -> str | Exception:
    body = arrival.body
    if (first.application_id, first.kind) != (str(body.application_id), body.kind):
        return Refused("idempotency_key_reused", "another application or kind of submission")
    return first.answer
