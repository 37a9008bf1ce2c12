"""A journey: its steps with their waits, and whose time each wait was.

Times come from several clocks. A wait that would end before it begins is not shown as a number: the
clocks differ by that much at least, and this is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from libs.contracts.journeys import JourneyApplication, JourneyDeadLetter, JourneyStep

Whose = Literal["platform", "ministry", "citizen", "provider"]
"""Whose time it was."""

WaitName = Literal[
    "connection",  # the ministry is not connected yet
    "outbox",  # the event waits to be published
    "kafka",  # its record waits for its reader
    "arrival",  # it waits for one of the two, and which is not known
    "earlier",  # an earlier submission is first
    "turn",  # a worker is not free, or the party is not called now
    "attempts",  # from the first attempt to the last
    "file",  # the next file of an exchange is not sent yet
    "work",  # the ministry has it
    "office",  # an officer at the desk has it
    "payment",  # the citizen pays
    "citizen",  # the citizen comes, or does something else
    "day",  # a day comes, or something happens outside
    "correction",  # the citizen corrects
    "first_answer",  # a confirmation waits for what the ministry says first
    "number",  # no number of the citizen is known
    "provider",  # from the first attempt to the provider's answer
    "report",  # the network has not said what became of it
    "operator",  # it failed for good
]
Note = Literal[
    "erased", "messages_deleted", "dead_letters_deleted", "own_adapter", "unknown", "old_times",
]  # fmt: skip


_ACCURACY_S: Final = 0.05
"""Clocks that are set by the network differ by less; such a difference shows nothing."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A time in which something was waited for.

    Args:
        name: what for.
        whose: whose time it was.
        begins_at: by one clock.
        ends_at: maybe by another; None if it lasts or is not known.
        until: when it was looked at, if it lasts.
        attempts: that failed meanwhile.
    """

    name: WaitName
    whose: Whose
    begins_at: datetime | None
    ends_at: datetime | None
    until: datetime | None = None
    attempts: int = 0

    @property
    def lasts(self) -> bool:
        """Whether it is not over."""
        return self.until is not None

    @property
    def seconds(self) -> float | None:
        """How long it took; None if that is not known, or the clocks contradict one another."""
        seconds = self._difference
        return None if seconds is None or self.clocks_differ_s else max(seconds, 0.0)

    @property
    def clocks_differ_s(self) -> float:
        """By how much the clocks differ at least; 0 if nothing shows it."""
        seconds = self._difference
        return -seconds if seconds is not None and seconds < -_ACCURACY_S else 0.0

    @property
    def _difference(self) -> float | None:
        end = self.ends_at or self.until
        if self.begins_at is None or end is None:
            return None
        return (end - self.begins_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the journey, with its waits in order.

    Args:
        step: what happened; None of what did not arrive.
        service: which service says so.
        waits: in order.
        counts: whether its waits are on the way of the application, and not beside it.
    """

    step: JourneyStep | None
    service: str
    waits: Sequence[Wait]
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Journey:
    """The journey of an application.

    Args:
        tracking_number: as written.
        application: as it stands; None if the service that owns it does not answer or know it.
        lines: in the order in which they began.
        dead_letters: with the service of each.
        gaps: services that did not answer.
        notes: what else is to be said.
        kept_days: days after which messages are deleted.
        settled_kept_days: days after which settled dead letters are deleted.
        trace_ids: of all steps.
    """

    tracking_number: str
    application: JourneyApplication | None
    lines: Sequence[Line]
    dead_letters: Sequence[tuple[str, JourneyDeadLetter]]
    gaps: Sequence[str]
    notes: Sequence[Note]
    kept_days: int | None
    settled_kept_days: int | None
    trace_ids: Sequence[str] = field(default=())

    @property
    def shares_s(self) -> Mapping[Whose, float]:
        """The seconds of the way that were whose, as far as they are known."""
        shares: dict[Whose, float] = {}
        for wait in self._waits(on_the_way=True):
            if wait.seconds is not None:
                shares[wait.whose] = shares.get(wait.whose, 0.0) + wait.seconds
        return shares

    @property
    def clocks_differ_s(self) -> float:
        """By how much clocks differ at least; 0 if nothing shows it."""
        return max((wait.clocks_differ_s for wait in self._waits()), default=0.0)

    def _waits(self, *, on_the_way: bool = False) -> Iterator[Wait]:
        for line in self.lines:
            if line.counts or not on_the_way:
                yield from line.waits
