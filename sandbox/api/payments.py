"""The payment provider: begins a payment, and calls back when it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.web.body import read_body
from libs.web.idempotency import key_of
from libs.web.responses import json_response
from sandbox.adapters.ledger_file import LedgerFile
from sandbox.api.callbacks import CallbackUrl, current_trace
from sandbox.api.gate import Gate
from sandbox.domain.behaviour import Behaviour
from sandbox.domain.callbacks import Owed
from sandbox.domain.controls import Controls
from sandbox.domain.draws import share
from sandbox.domain.parties import PAYMENTS
from sandbox.store.ledger import Connection
from sandbox.store.owed import insert_owed
from sandbox.store.payments import (
    PaymentRow,
    first_payments,
    insert_payments,
    read_payment,
)

MOST_BDT = 10_000_000


class PaymentOrder(BaseModel):
    """What our side asks to be paid."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: UUID
    amount_bdt: Annotated[int, Field(gt=0, le=MOST_BDT)]
    callback_url: CallbackUrl


class PaymentView(BaseModel):
    """How a payment stands."""

    payment_id: UUID
    reference: UUID
    amount_bdt: int
    state: Literal["pending", "paid", "failed"]


class PaymentEnded(PaymentView):
    """What the provider calls back."""

    ended_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """A payment order as it came in."""

    body: PaymentOrder
    idempotency_key: str
    ignores_keys: bool
    behaviour: Behaviour
    seed: int
    payment_id: UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: str = field(default_factory=current_trace)


@dataclass(frozen=True, slots=True)
class PaymentProvider:
    """Begins payments; its behaviour says how many fail, and how long they take."""

    ledger: LedgerFile
    gate: Gate
    controls: Controls
    seed: int
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """The routes of the provider."""
        return [
            Route("/payments", self.begin_payment, methods=["POST"]),
            Route("/payments/{payment_id}", self.show_payment),
        ]

    async def begin_payment(self, request: Request) -> Response:
        """Begin a payment; the same key again gets the first payment again."""

        async def act() -> Response:
            row = await self.ledger.write(begin, await self._ordered(request))
            self.wake()
            return json_response(_view(row), 201)

        return await self.gate.through(PAYMENTS, act)

    async def show_payment(self, request: Request) -> Response:
        """Tell how a payment stands."""

        async def act() -> Response:
            row = await self.ledger.read(read_payment, request.path_params["payment_id"])
            if row is None:
                raise Refused("not_found")
            return json_response(_view(row))

        return await self.gate.through(PAYMENTS, act)

    async def _ordered(self, request: Request) -> Ordered:
        return Ordered(
            body=await read_body(request, PaymentOrder),
            idempotency_key=key_of(request),
            ignores_keys=bool(self.controls.faults_of(PAYMENTS).ignore_idempotency),
            behaviour=self.controls.behaviours.get(PAYMENTS, Behaviour(refusal_rate=0.0)),
            seed=self.seed,
        )


def begin(connection: Connection, orders: Sequence[Ordered]) -> list[PaymentRow | Exception]:
    """Begin what is new, and answer what came before with the payment begun then."""
    known = first_payments(connection, {order.idempotency_key for order in orders})
    rows: list[PaymentRow] = []
    owed: list[Owed] = []
    answers: list[PaymentRow | Exception] = []
    for order in orders:
        first = known.get(order.idempotency_key)
        if first is None or order.ignores_keys:
            first = _row(order)
            rows.append(first)
            owed.append(_ending(order))
            known.setdefault(order.idempotency_key, first)
        answers.append(_answer_from(first, order.body))
    insert_payments(connection, rows)
    insert_owed(connection, owed)
    return answers


def _row(order: Ordered) -> PaymentRow:
    return PaymentRow(
        payment_id=str(order.payment_id),
        idempotency_key=order.idempotency_key,
        reference=str(order.body.reference),
        amount_bdt=order.body.amount_bdt,
        state="pending",
        created_at=order.at.isoformat(timespec="microseconds"),
    )


def _ending(order: Ordered) -> Owed:
    body = order.body
    due_at = order.at + timedelta(milliseconds=order.behaviour.decision_delay_ms)
    fails = share(order.seed, "payment", body.reference) < order.behaviour.refusal_rate
    ended = PaymentEnded(
        payment_id=order.payment_id,
        reference=body.reference,
        amount_bdt=body.amount_bdt,
        state="failed" if fails else "paid",
        ended_at=due_at,
    )
    return Owed(
        owed_id=str(derived_id(order.payment_id, "ended")),
        kind="payment",
        party=PAYMENTS,
        subject=str(order.payment_id),
        result=ended.state,
        url=body.callback_url,
        body=ended.model_dump_json(),
        trace=order.trace,
        due_at_s=due_at.timestamp(),
    )


def _view(row: PaymentRow) -> PaymentView:
    return PaymentView.model_validate(
        {
            "payment_id": row.payment_id,
            "reference": row.reference,
            "amount_bdt": row.amount_bdt,
            "state": row.state,
        }
    )


def _answer_from(first: PaymentRow, body: PaymentOrder) -> PaymentRow | Exception:
    if (first.reference, first.amount_bdt) != (str(body.reference), body.amount_bdt):
        return Refused("idempotency_key_reused", "another payment")
    return first
