"""Faults and behaviour of the outside destinations, and the fault of the next request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]

Mode = Literal["answer", "callback", "mixed", "never"]
Instead = Literal["refuse", "error", "hang", "nonsense", "proxy", "agreed_refusal"]
Malformed = Literal["empty", "error_inside", "wrong_type", "huge", "drip", "windows_1252"]

FileFault = Literal[
    "missing_row", "doubled_row", "swapped_rows", "unknown_batch", "excel_date", "eaten_zeros",
    "renamed_column", "wrong_count", "half_written", "windows_1252", "byte_order_mark",
]  # fmt: skip
"""The faults of the files that a clerk writes."""


class Faults(BaseModel):
    """Faults of one destination; for a missing field the faults of all ministries apply.

    Args:
        delay_ms: delay of every response.
        error_rate: share answered with 500 before the work.
        nonsense_rate: share answered with 200 and a page of HTML before the work.
        proxy_rate: share answered with `proxy_status` and a page of a proxy before the work.
        proxy_status: status of that page; nginx in maintenance says 405 to a POST.
        refuse_rate: share of hand-overs that a ministry refuses as was agreed, before the work.
        hang_rate: share never answered and not acted on.
        lose_answer_rate: share whose connection is closed after the work, without a response.
        malformed: what is wrong with malformed responses: nothing in them, an error with the status
            of a success, another content type, 50 MB, a byte a second, or Windows-1252 under
            another name.
        malformed_rate: share of such responses, which are sent after the work.
        file_fault: what is wrong with the files of a ministry without an interface.
        ignore_idempotency: a known key is treated like a new one.
        down_for_s: length of an outage: 503 or a closed connection.
        report_delay_ms: average time from a message to its delivery report.
        report_twice_rate: share of messages whose delivery report is sent twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_ms: Milliseconds | None = None
    error_rate: Rate | None = None
    nonsense_rate: Rate | None = None
    proxy_rate: Rate | None = None
    proxy_status: Annotated[int, Field(ge=300, le=599)] | None = None
    refuse_rate: Rate | None = None
    hang_rate: Rate | None = None
    lose_answer_rate: Rate | None = None
    malformed: Malformed | None = None
    malformed_rate: Rate | None = None
    file_fault: FileFault | None = None
    ignore_idempotency: bool | None = None
    down_for_s: Annotated[float, Field(ge=0, le=100 * 86_400)] | None = None
    report_delay_ms: Milliseconds | None = None
    report_twice_rate: Rate | None = None


class Behaviour(BaseModel):
    """The way in which a ministry decides.

    Args:
        mode: in the response, by callback, half of them each way, or never.
        decision_delay_ms: time from the response to the callback.
        correction_rate: share of new applications that are sent back for correction.
        refusal_rate: share of the decided applications that are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "mixed"
    decision_delay_ms: Milliseconds = 0
    correction_rate: Rate = 0.0
    refusal_rate: Rate = 0.1


@dataclass(frozen=True, slots=True)
class ActiveFaults:
    """Faults and when they were set, in seconds since 1970; an outage begins then."""

    faults: Faults
    at_s: float

    def down_at(self, now_s: float) -> bool:
        """Return whether the outage lasts at a time."""
        return now_s < self.at_s + (self.faults.down_for_s or 0)


@dataclass(frozen=True, slots=True)
class Injected:
    """The fault of one request: a response instead of the work, a delay, a bad or lost response."""

    instead: Instead | None = None
    delay_s: float = 0.0
    lose_answer: bool = False
    malformed: Malformed | None = None
    proxy_status: int = 405


def merge(active: Sequence[ActiveFaults]) -> Faults:
    """Merge faults; earlier ones override later ones."""
    fields: dict[str, object] = {}
    for fault in reversed(active):
        fields |= fault.faults.model_dump(exclude_none=True)
    return Faults.model_validate(fields)


def choose_fault(
    active: Sequence[ActiveFaults], draw: Callable[[], float], now_s: float
) -> Injected:
    """Choose the fault of a request; without active faults there is none.

    Args:
        active: the faults that apply to the destination, its own first.
        draw: returns a random number from 0 up to 1.
        now_s: seconds since 1970.
    """
    if not active:
        return Injected()
    faults = merge(active)
    delay_s = (faults.delay_ms or 0) / 1000
    if any(fault.down_at(now_s) for fault in active):
        return Injected("refuse")
    rates: tuple[tuple[Instead, float | None], ...] = (
        ("error", faults.error_rate),
        ("hang", faults.hang_rate),
        ("nonsense", faults.nonsense_rate),
        ("proxy", faults.proxy_rate),
        ("agreed_refusal", faults.refuse_rate),
    )
    for instead, rate in rates:
        if rate and draw() < rate:
            return Injected(instead, delay_s, proxy_status=faults.proxy_status or 405)
    lost = bool(faults.lose_answer_rate) and draw() < (faults.lose_answer_rate or 0)
    bad = bool(faults.malformed_rate) and draw() < (faults.malformed_rate or 0)
    return Injected(None, delay_s, lost, faults.malformed if bad else None)
