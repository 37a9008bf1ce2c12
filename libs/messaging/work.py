"""What a worker does, in a service's own functions: claim due rows, call outside, record."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

from libs.database.claims import Terms
from libs.database.transaction import Transaction
from libs.trace_context import TraceContext


class DueRow(Protocol):
    """What a worker must know of a row."""

    @property
    def key(self) -> Hashable:
        """The row's id."""

    @property
    def attempts(self) -> int:
        """How often the call was made before."""

    @property
    def created_at(self) -> datetime:
        """Since when the work waits."""

    @property
    def trace(self) -> TraceContext | None:
        """The trace that the work belongs to."""


Row = TypeVar("Row", bound=DueRow)
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Row]):
    """A row for which the outside party is asked now.

    Args:
        row: the row as claimed.
        trace: the context of this call in the row's own trace; None where it has none.
    """

    row: Row
    trace: TraceContext | None


Act: TypeAlias = Callable[[Sequence[Asked[Row]]], Awaitable[Sequence[Outcome | Exception]]]
"""Makes one call for rows of one party, and returns per row an outcome, or why there is none."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Row, Outcome]):
    """What came of one call.

    Args:
        row: the row as claimed.
        outcome: what the party answered; None after a failure.
        failure: why there is no outcome: Refused, Unavailable, Unreadable, or our own defect.
        next_due_s: seconds until the next try; None with a failure: it has failed for good.
        counts: whether the try counts as one; not when the party was not even asked.
        trace: the context of the call's span, for the events that follow from it.
    """

    row: Row
    outcome: Outcome | None
    failure: Exception | None
    next_due_s: float | None
    counts: bool
    trace: TraceContext | None


Claim: TypeAlias = Callable[[Transaction, Terms], Awaitable[list[Row]]]
"""Claims due rows on these terms: a store function, one statement with SKIP LOCKED."""


@dataclass(frozen=True, slots=True)
class Work(Generic[Row, Outcome]):
    """What a worker does: all of it the service's own functions.

    Args:
        claim: claims due rows.
        release: frees the rows that this worker held when it was killed.
        act: calls the outside party once; raises Unavailable, Refused or Unreadable where that
            holds for all rows of the call, and returns it in the place of a row where not.
        record: writes what came of calls, and tells it, in one transaction; returns the keys of
            those rows that have failed for good by it, and had not before.
        set_aside: closes rows as failed and does nothing besides, where `record` cannot.
        party_of: whom a row is for.
        ordered: whether later rows of the same matter wait behind one that has failed.
        rows_per_call: most rows that the party takes in one call.
    """

    claim: Claim[Row]
    release: Callable[[Transaction, str], Awaitable[None]]
    act: Act[Row, Outcome]
    record: Callable[[Transaction, Sequence[Done[Row, Outcome]]], Awaitable[Collection[Hashable]]]
    set_aside: Callable[[Transaction, Sequence[Row]], Awaitable[None]]
    party_of: Callable[[Row], str]
    ordered: bool = False
    rows_per_call: int = 1

    def calls_for(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Split rows into those of one call each, in the order given."""
        by_party: dict[str, list[Row]] = {}
        for row in rows:
            by_party.setdefault(self.party_of(row), []).append(row)
        return [
            of_party[start : start + self.rows_per_call]
            for of_party in by_party.values()
            for start in range(0, len(of_party), self.rows_per_call)
        ]


def one_by_one(act: Callable[[Row], Awaitable[Outcome]]) -> Act[Row, Outcome]:
    """The act of a party that takes one row in a call."""

    async def call(asked: Sequence[Asked[Row]]) -> Sequence[Outcome | Exception]:
        return [await act(each.row) for each in asked]

    return call
