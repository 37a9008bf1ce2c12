"""How outside destinations misbehave and decide, and what that makes of the next request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]

Mode = Literal["answer", "callback", "mixed", "never"]
Instead = Literal["refuse", "error", "hang", "nonsense"]


class Faults(BaseModel):
    """What was asked of one destination; a field left out stays as it is set more widely.

    Args:
        delay_ms: every answer comes so much later.
        error_rate: share answered with 500 before anything is done.
        nonsense_rate: share answered 200 with a page of HTML before anything is done.
        hang_rate: share never answered and not acted on.
        lose_answer_rate: share acted on, then cut off without an answer.
        ignore_idempotency: a key seen before is acted on like a new one.
        down_for_s: from now on for so long nothing is taken in: 503, or the connection is cut.
        report_delay_ms: delivery reports leave about so long after the message was taken.
        report_twice_rate: share of messages whose delivery report is sent a second time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_ms: Milliseconds | None = None
    error_rate: Rate | None = None
    nonsense_rate: Rate | None = None
    hang_rate: Rate | None = None
    lose_answer_rate: Rate | None = None
    ignore_idempotency: bool | None = None
    down_for_s: Annotated[float, Field(ge=0, le=100 * 86_400)] | None = None
    report_delay_ms: Milliseconds | None = None
    report_twice_rate: Rate | None = None


class Behaviour(BaseModel):
    """How one ministry decides.

    Args:
        mode: in the answer, by callback, about half each, or never.
        decision_delay_ms: how long after the answer a callback leaves.
        correction_rate: share of submitted applications first sent back for correction.
        refusal_rate: share of the decided applications that are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "mixed"
    decision_delay_ms: Milliseconds = 0
    correction_rate: Rate = 0.0
    refusal_rate: Rate = 0.1


@dataclass(frozen=True, slots=True)
class Ordered:
    """Faults as ordered at a moment, in seconds since 1970: an outage is counted from there."""

    faults: Faults
    at_s: float

    def down_at(self, now_s: float) -> bool:
        """Tell whether the outage ordered here is still on."""
        return now_s < self.at_s + (self.faults.down_for_s or 0)


@dataclass(frozen=True, slots=True)
class Injected:
    """What one request meets: something instead of the work, a delay, an answer that is lost."""

    instead: Instead | None = None
    delay_s: float = 0.0
    lose_answer: bool = False


def in_force(orders: Sequence[Ordered]) -> Faults:
    """Lay orders over each other, the first given counting before the later ones."""
    fields: dict[str, object] = {}
    for order in reversed(orders):
        fields |= order.faults.model_dump(exclude_none=True)
    return Faults.model_validate(fields)


def meet(orders: Sequence[Ordered], draw: Callable[[], float], now_s: float) -> Injected:
    """Decide what a request meets; a destination without orders does what it should.

    Args:
        orders: what was ordered for the destination, its own first.
        draw: gives a number from 0 up to 1 per call.
        now_s: seconds since 1970.
    """
    if not orders:
        return Injected()
    faults = in_force(orders)
    delay_s = (faults.delay_ms or 0) / 1000
    if any(order.down_at(now_s) for order in orders):
        return Injected("refuse")
    rates: tuple[tuple[Instead, float | None], ...] = (
        ("error", faults.error_rate),
        ("hang", faults.hang_rate),
        ("nonsense", faults.nonsense_rate),
    )
    for instead, rate in rates:
        if rate and draw() < rate:
            return Injected(instead, delay_s)
    lost = bool(faults.lose_answer_rate) and draw() < (faults.lose_answer_rate or 0)
    return Injected(None, delay_s, lost)
