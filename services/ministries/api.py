"""Where ministries' systems tell us what they decided: signed callbacks, each taken over once."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.ministries import MinistryDecision
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context
from libs.web.body import check_json_type, read_json
from libs.web.signatures import verify
from services.ministries import domain
from services.ministries.domain import Answer, Delivery
from services.ministries.store import deliveries, webhooks
from services.ministries.store.webhooks import Call

_WEBHOOK_ID = re.compile(r"[\x21-\x7e]{1,200}")

RecordAnswers: TypeAlias = Callable[[Transaction, Sequence[Answer]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Callback:
    """One signed call of a ministry's system."""

    ministry: str
    webhook_id: str
    decision: MinistryDecision
    trace: TraceContext | None

    @property
    def application_id(self) -> UUID:
        """The application it is about."""
        return self.decision.application_id

    @property
    def key(self) -> tuple[str, str]:
        """What a repeat of it has in common with it."""
        return self.ministry, self.webhook_id

    @property
    def call(self) -> Call:
        """What is remembered of it."""
        fingerprint = domain.content_fingerprint(self.decision)
        return Call(self.ministry, self.webhook_id, fingerprint)


class Decisions:
    """Takes over decisions that come by callback; concurrent ones share a commit.

    Args:
        database: the service's own.
        record_answers: notes what ministries said and has it told.
        tracing: links an officer's click to the citizen's.
        master_secret: what each ministry's secret is derived from.
        clock: the time now.
    """

    def __init__(
        self,
        database: Database,
        record_answers: RecordAnswers,
        *,
        tracing: Tracing,
        master_secret: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.group = GroupCommit[Callback, None]("decisions", database, self.write)
        self._record_answers = record_answers
        self._tracing = tracing
        self._master_secret = master_secret
        self._clock = clock

    def routes(self) -> list[Route]:
        """The routes of ministries."""
        path = "/v1/ministries/{ministry}/decisions"
        return [Route(path, self.take_decision, methods=["POST"])]

    async def take_decision(self, request: Request) -> Response:
        """Take a decision over; 204 says it is kept, also of a repeat.

        Raises:
            Refused: the signature or the webhook-id is not valid, or the application was never sent
                to this ministry.
        """
        check_json_type(request.headers.get("content-type"))
        ministry = request.path_params["ministry"]
        body = await request.body()
        secret = domain.secret_of(self._master_secret, ministry)
        webhook_id = verify(secret, request.headers, body, self._clock())
        if not _WEBHOOK_ID.fullmatch(webhook_id):
            raise Refused("webhook_id_malformed")
        decision = domain.clean(read_json(body, MinistryDecision))
        await self.group.submit(Callback(ministry, webhook_id, decision, current_context()))
        return Response(status_code=204)

    async def write(
        self, tx: Transaction, callbacks: Sequence[Callback]
    ) -> Sequence[Exception | None]:
        """Record many callbacks; each is answered for itself."""
        known = await webhooks.calls_heard(tx, [callback.call for callback in callbacks])
        answered = await deliveries.deliveries_answered(
            tx, [each.application_id for each in callbacks]
        )
        fresh: list[Call] = []
        answers: list[Answer] = []
        results: list[Exception | None] = []
        for callback in callbacks:
            try:
                if not _is_repeat(callback, known):
                    answers.append(self._answer(callback, answered.get(callback.application_id)))
                    fresh.append(callback.call)
                    known[callback.key] = callback.call.fingerprint
                results.append(None)
            except Refused as refusal:
                results.append(refusal)
        await webhooks.remember_calls(tx, fresh)
        await self._record_answers(tx, answers)
        return results

    def _answer(self, callback: Callback, delivery: Delivery | None) -> Answer:
        if delivery is None or delivery.ministry != callback.ministry:
            raise Refused("delivery_unknown", "this ministry was never sent this application")
        trace = self._linked(callback.trace, delivery.trace)
        return Answer(delivery.delivery_id, delivery.kind, callback.decision, trace)

    def _linked(
        self, click: TraceContext | None, submission: TraceContext | None
    ) -> TraceContext | None:
        """Link the trace of an officer's click to the citizen's, where they are two."""
        if click is None or submission is None or click.trace_id == submission.trace_id:
            return click
        with self._tracing.span("officer decides", parent=click, links=[submission]) as context:
            return context


def _is_repeat(callback: Callback, known: Mapping[tuple[str, str], bytes]) -> bool:
    """Whether the call was heard before.

    Raises:
        Refused: its webhook-id was, with another content.
    """
    fingerprint = known.get(callback.key)
    if fingerprint is None:
        return False
    domain.check_repeat(fingerprint, callback.decision)
    return True
