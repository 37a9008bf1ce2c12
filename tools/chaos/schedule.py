"""What is broken when: a list of faults that follows from the seed alone.

Three things go wrong beside each other: processes (killed, stopped for longer than the session
time-out, restarted), the outside world, and members of consumer groups that come and go. Each is
dealt from a deck that holds every fault once before any comes again, so that a long run has them
all, and a short one has some of each kind.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from services.registry import SERVICES

Kind: TypeAlias = Literal[
    "kill",
    "stop",
    "restart",
    "shut_down_at_once",
    "kill_during_database_outage",
    "kill_during_broker_stop",
    "lose_offsets",
    "kill_relay_holder",
    "member_leaves",
    "member_is_killed",
    "slow",
    "errors",
    "nonsense",
    "lost_answers",
    "silence",
    "away",
    "reports_astray",
]

READING = ("applications", "ministries", "notifications")
"""The services that read topics under the one mechanism and do something because of it."""

BROKER, DATABASE = "kafka", "postgres"

SESSION_TIMEOUT_S = 10.0
_BREAKS_EVERY_S = (3.5, 7.0)
_MEMBER_EVERY_S = (6.0, 14.0)
_OUTSIDE_EVERY_S = (1.0, 6.0)
_OUTSIDE_LASTS_S = (5.0, 14.0)
_STOPPED_S = (11.0, 15.0)
_MEMBER_LIVES_S = (8.0, 20.0)
_LONGEST_OUTAGE_S = 60.0
_FIRST_AT_S = 3.0
_QUIET_SHARE = 0.15  # of the run, at its end, in which nothing new goes wrong


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Args:
        at_s: seconds from the beginning of the run.
        kind: what happens.
        target: to whom: a service, `kafka`, `postgres`, `ministries` or `sms`.
        lasts_s: for how long, in seconds; 0 where it is over at once.
        delay_s: between its two halves, in seconds, where it has two.
    """

    at_s: float
    kind: Kind
    target: str
    lasts_s: float = 0.0
    delay_s: float = 0.0

    @property
    def name(self) -> str:
        """What it is counted under."""
        return f"{self.kind} {self.target}"

    @property
    def ends_at_s(self) -> float:
        """When it is over, in seconds from the beginning of the run."""
        return self.at_s + self.lasts_s


Card: TypeAlias = tuple[Kind, str]

_PROCESSES: tuple[Card, ...] = (
    *(("kill", name) for name in (*SERVICES, BROKER, DATABASE)),
    *(("stop", name) for name in (*SERVICES, BROKER, DATABASE)),
    *(("restart", name) for name in (*SERVICES, BROKER, DATABASE)),
    ("shut_down_at_once", DATABASE),
    *(("kill_during_database_outage", name) for name in READING),
    *(("kill_during_broker_stop", name) for name in READING),
    *(("lose_offsets", name) for name in READING),
)
_MEMBERS: tuple[Card, ...] = (
    *(("kill_relay_holder", name) for name in READING),
    *(("member_leaves", name) for name in READING),
    *(("member_is_killed", name) for name in READING),
)
_MINISTRIES: tuple[Card, ...] = tuple(
    (kind, "ministries")
    for kind in ("slow", "errors", "nonsense", "lost_answers", "silence", "away")
)
_SMS: tuple[Card, ...] = (
    *((kind, "sms") for kind in ("slow", "errors", "nonsense", "lost_answers", "away")),
    ("reports_astray", "sms"),
    ("reports_astray", "sms"),
)


def plan_faults(seed: int, *, minutes: float) -> list[Fault]:
    """Return the faults of a run, in the order in which they begin.

    Args:
        seed: the same one gives the same faults.
        minutes: length of the run.
    """
    length_s = minutes * 60
    last_s = length_s * (1 - _QUIET_SHARE)
    dice = random.Random(seed)  # noqa: S311 -- repeatable is the point
    processes = list(_processes(dice, last_s))
    faults = [
        *processes,
        *_members(dice, last_s, processes),
        *_outside(dice, _MINISTRIES, last_s),
        *_outside(dice, _SMS, last_s),
    ]
    return sorted(faults, key=lambda fault: fault.at_s)


def _processes(dice: random.Random, last_s: float) -> Iterator[Fault]:
    """Faults of processes; nobody is broken again before the fault before is over."""
    deck = _dealt(dice, _PROCESSES)
    busy_until_s: defaultdict[str, float] = defaultdict(float)
    at_s = _FIRST_AT_S
    while True:
        kind, target = next(deck)
        struck = {target, *_also_struck(kind)}
        fault = Fault(
            max(at_s, *(busy_until_s[name] for name in (target, *struck))),
            kind,
            target,
            lasts_s=_lasts_s(dice, kind),
            delay_s=dice.uniform(0.03, 0.4),
        )
        if fault.ends_at_s > last_s:
            return
        yield fault
        for name in struck:
            busy_until_s[name] = fault.ends_at_s + 1
        at_s = fault.at_s + dice.uniform(*_BREAKS_EVERY_S)


def _also_struck(kind: Kind) -> tuple[str, ...]:
    if kind == "kill_during_database_outage":
        return (DATABASE,)
    return (BROKER,) if kind in {"kill_during_broker_stop", "lose_offsets"} else ()


def _lasts_s(dice: random.Random, kind: Kind) -> float:
    """A stopped process is away for longer than the session time-out."""
    paused = kind in {"stop", "kill_during_broker_stop", "lose_offsets"}
    return dice.uniform(*_STOPPED_S) if paused else 0.0


def _members(dice: random.Random, last_s: float, processes: Sequence[Fault]) -> Iterator[Fault]:
    """Second members of the groups, one after another; none while offsets are lost.

    A group's offsets can be set back only while it has no member.
    """
    deck = _dealt(dice, _MEMBERS)
    at_s = _FIRST_AT_S + dice.uniform(0, 5)
    while True:
        kind, target = next(deck)
        fault = Fault(at_s, kind, target, lasts_s=dice.uniform(*_MEMBER_LIVES_S))
        for loss in processes:
            if loss.kind == "lose_offsets" and loss.target == target and _overlap(loss, fault):
                fault = replace(fault, at_s=loss.ends_at_s + 1)
        if fault.ends_at_s > last_s:
            return
        yield fault
        at_s = fault.ends_at_s + dice.uniform(*_MEMBER_EVERY_S)


def _overlap(one: Fault, other: Fault) -> bool:
    return one.at_s <= other.ends_at_s and other.at_s <= one.ends_at_s


def _outside(dice: random.Random, cards: Sequence[Card], last_s: float) -> Iterator[Fault]:
    """Faults of one outside party, one after another; an order replaces the one before."""
    deck = _dealt(dice, cards)
    at_s = _FIRST_AT_S + dice.uniform(0, 5)
    while True:
        kind, target = next(deck)
        longest_s = min(_LONGEST_OUTAGE_S, last_s / 3)
        lasts_s = longest_s if kind == "away" else dice.uniform(*_OUTSIDE_LASTS_S)
        fault = Fault(at_s, kind, target, lasts_s=lasts_s)
        if fault.ends_at_s > last_s:
            return
        yield fault
        at_s = fault.ends_at_s + dice.uniform(*_OUTSIDE_EVERY_S)


def _dealt(dice: random.Random, cards: Sequence[Card]) -> Iterator[Card]:
    """Deal cards for ever: one of each kind, then the next of each, each once per deck."""
    while True:
        by_kind: defaultdict[Kind, list[Card]] = defaultdict(list)
        for card in cards:
            by_kind[card[0]].append(card)
        for of_kind in by_kind.values():
            dice.shuffle(of_kind)
        while any(by_kind.values()):
            turn = [of_kind.pop() for of_kind in by_kind.values() if of_kind]
            dice.shuffle(turn)
            yield from turn
