"""Decisions of ministries recorded, once."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from libs.contracts.applications import Stage
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.reading import inbox
from libs.telemetry.spans import OFFICER_DECIDES
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from services.ministries.decisions import queries, rules
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.responses import ApplicationKey, MinistryResponse
from services.ministries.deliveries.rules import Delivery

log = structlog.get_logger()

_DELETED_AT_ONCE = 1000
_NEVER_SENT: Final[Mapping[Stage, Refused]] = {
    "first": Refused("delivery_unknown", "this ministry was never sent this application"),
    "appeal": Refused("delivery_unknown", "this ministry was never sent an objection to it"),
}


async def record_callbacks(
    tx: Transaction,
    callbacks: Sequence[Callback],
    *,
    tracing: Tracing,
    late_ones_stand: bool = False,
) -> list[Exception | None]:
    """Record ministries' decisions by callback, and announce them once.

    Args:
        tx: the transaction.
        callbacks: the callbacks; a repeated one changes nothing.
        tracing: links an officer's trace to the citizen's.
        late_ones_stand: whether a decision is taken after a confirmed withdrawal as well.

    Returns:
        For every callback None, or the failure that it is answered with: it is not stored then.
    """
    fingerprints = await queries.read_fingerprints(tx, callbacks)
    decidable = await _decidable(tx, callbacks)
    new: dict[int, MinistryResponse] = {}
    results: list[Exception | None] = []
    for place, callback in enumerate(callbacks):
        try:
            if not rules.is_repeat(callback, fingerprints):
                stage = callback.decision.stage
                known = decidable[stage]
                delivery = known.get((callback.application_id, callback.ministry))
                if delivery is None:
                    results.append(await inbox.unknown(tx, _NEVER_SENT[stage]))
                    continue
                new[place] = _response(callback, delivery, tracing)
                fingerprints[callback.key] = callback.fingerprint
            results.append(None)
        except Refused as refusal:
            results.append(refusal)
    taken = await deliveries.record_responses(
        tx, list(new.values()), late_ones_stand=late_ones_stand
    )
    for place, contradiction in zip(new, taken, strict=True):
        results[place] = contradiction
        if contradiction is not None:
            why = str(contradiction)
            log.error("decision not taken", ministry=callbacks[place].ministry, why=why)
    await queries.insert_callbacks(
        tx, [callbacks[place] for place in new if results[place] is None]
    )
    return _as_the_first_ones(callbacks, results, {callbacks[place].key: place for place in new})


def _as_the_first_ones(
    callbacks: Sequence[Callback],
    results: Sequence[Exception | None],
    first_ones: Mapping[tuple[str, str], int],
) -> list[Exception | None]:
    """Return the results, where a repeat at the same moment is answered as its first one."""
    return [
        result or results[first_ones.get(callback.key, place)]
        for place, (callback, result) in enumerate(zip(callbacks, results, strict=True))
    ]


async def delete_old_calls(tx: Transaction, *, older_than_days: int) -> int:
    """Delete calls that are not repeated any more, a batch at a time; return how many."""
    return await queries.delete_old_calls(
        tx, older_than_days=older_than_days, limit=_DELETED_AT_ONCE
    )


async def _decidable(
    tx: Transaction, callbacks: Sequence[Callback]
) -> Mapping[Stage, Mapping[ApplicationKey, Delivery]]:
    """Read what these callbacks decide on: the application, or the objection to its refusal."""
    of_appeals = [each.application_id for each in callbacks if each.decision.stage == "appeal"]
    return {
        "first": await deliveries.read_decidable_deliveries(
            tx, [callback.application_id for callback in callbacks]
        ),
        "appeal": await deliveries.read_appeals(tx, of_appeals) if of_appeals else {},
    }


def _response(callback: Callback, delivery: Delivery, tracing: Tracing) -> MinistryResponse:
    trace = _linked(callback.trace, delivery.trace, tracing)
    return MinistryResponse(delivery, callback.decision, trace, own_paper=callback.own_paper)


def _linked(
    officer: TraceContext | None, citizen: TraceContext | None, tracing: Tracing
) -> TraceContext | None:
    """Return the officer's trace, linked to the citizen's where they are two."""
    if officer is None or citizen is None or officer.trace_id == citizen.trace_id:
        return officer
    with tracing.span(OFFICER_DECIDES, parent=officer, links=[citizen]) as context:
        return context
