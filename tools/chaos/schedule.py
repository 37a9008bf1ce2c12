"""The schedule of faults; it follows from the seed alone.

Three kinds of faults overlap: processes are killed, restarted, or stopped for longer than the
session time-out; the outside world fails; members of consumer groups come and go. Of every kind all
faults have their turn before one is repeated, so a long run has them all and a short one has some
of every kind.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from services.registry import OPENERS, SERVICES

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
    "proxy_page",
    "lost_answers",
    "silence",
    "away",
    "reports_astray",
]

READING = ("applications", "ministries", "notifications")
"""The services that consume events and act on them."""

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
_QUIET_SHARE = 0.15  # the last share of the run, without new faults


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Args:
        at_s: seconds from the beginning of the run.
        kind: what happens.
        target: a service, its opener, `kafka`, `postgres`, `ministries` or `sms`.
        lasts_s: its length in seconds; 0 if it is over at once.
        delay_s: seconds between its two steps, if it has two.
    """

    at_s: float
    kind: Kind
    target: str
    lasts_s: float = 0.0
    delay_s: float = 0.0

    @property
    def name(self) -> str:
        """Kind and target, as it is counted."""
        return f"{self.kind} {self.target}"

    @property
    def ends_at_s(self) -> float:
        """Its end, in seconds from the beginning of the run."""
        return self.at_s + self.lasts_s


FaultType: TypeAlias = tuple[Kind, str]

_ALL: tuple[str, ...] = (*SERVICES, *OPENERS.values(), BROKER, DATABASE)
_PROCESSES: tuple[FaultType, ...] = (
    *(("kill", name) for name in _ALL),
    *(("stop", name) for name in _ALL),
    *(("restart", name) for name in _ALL),
    ("shut_down_at_once", DATABASE),
    *(("kill_during_database_outage", name) for name in READING),
    *(("kill_during_broker_stop", name) for name in READING),
    *(("lose_offsets", name) for name in READING),
)
_MEMBERS: tuple[FaultType, ...] = (
    *(("kill_relay_holder", name) for name in READING),
    *(("member_leaves", name) for name in READING),
    *(("member_is_killed", name) for name in READING),
)
_MINISTRIES: tuple[FaultType, ...] = tuple(
    (kind, "ministries")
    for kind in ("slow", "errors", "nonsense", "proxy_page", "lost_answers", "silence", "away")
)
_SMS: tuple[FaultType, ...] = (
    *(
        (kind, "sms")
        for kind in ("slow", "errors", "nonsense", "proxy_page", "lost_answers", "away")
    ),
    ("reports_astray", "sms"),
    ("reports_astray", "sms"),
)


def plan_faults(seed: int, *, minutes: float) -> list[Fault]:
    """Plan the faults of a run, in the order in which they begin.

    Args:
        seed: the same one gives the same faults.
        minutes: length of the run.
    """
    length_s = minutes * 60
    last_s = length_s * (1 - _QUIET_SHARE)
    rng = random.Random(seed)  # noqa: S311 -- a run must be repeatable
    processes = list(_processes(rng, last_s))
    faults = [
        *processes,
        *_members(rng, last_s, processes),
        *_outside(rng, _MINISTRIES, last_s),
        *_outside(rng, _SMS, last_s),
    ]
    return sorted(faults, key=lambda fault: fault.at_s)


def _processes(rng: random.Random, last_s: float) -> Iterator[Fault]:
    """Faults of processes; a process has no fault before its last one is over."""
    upcoming = _in_turn(rng, _PROCESSES)
    busy_until_s: defaultdict[str, float] = defaultdict(float)
    at_s = _FIRST_AT_S
    while True:
        kind, target = next(upcoming)
        hit = {target, *_also_hit(kind)}
        fault = Fault(
            max(at_s, *(busy_until_s[name] for name in (target, *hit))),
            kind,
            target,
            lasts_s=_lasts_s(rng, kind),
            delay_s=rng.uniform(0.03, 0.4),
        )
        if fault.ends_at_s > last_s:
            return
        yield fault
        for name in hit:
            busy_until_s[name] = fault.ends_at_s + 1
        at_s = fault.at_s + rng.uniform(*_BREAKS_EVERY_S)


def _also_hit(kind: Kind) -> tuple[str, ...]:
    if kind == "kill_during_database_outage":
        return (DATABASE,)
    return (BROKER,) if kind in {"kill_during_broker_stop", "lose_offsets"} else ()


def _lasts_s(rng: random.Random, kind: Kind) -> float:
    """The length of a fault; a process is stopped for longer than the session time-out."""
    paused = kind in {"stop", "kill_during_broker_stop", "lose_offsets"}
    return rng.uniform(*_STOPPED_S) if paused else 0.0


def _members(rng: random.Random, last_s: float, processes: Sequence[Fault]) -> Iterator[Fault]:
    """Second members of consumer groups, one at a time; none while offsets are lost.

    A group's offsets can be set back only while it has no member.
    """
    upcoming = _in_turn(rng, _MEMBERS)
    at_s = _FIRST_AT_S + rng.uniform(0, 5)
    while True:
        kind, target = next(upcoming)
        fault = Fault(at_s, kind, target, lasts_s=rng.uniform(*_MEMBER_LIVES_S))
        for loss in processes:
            if loss.kind == "lose_offsets" and loss.target == target and _overlap(loss, fault):
                fault = replace(fault, at_s=loss.ends_at_s + 1)
        if fault.ends_at_s > last_s:
            return
        yield fault
        at_s = fault.ends_at_s + rng.uniform(*_MEMBER_EVERY_S)


def _overlap(fault: Fault, other: Fault) -> bool:
    return fault.at_s <= other.ends_at_s and other.at_s <= fault.ends_at_s


def _outside(rng: random.Random, types: Sequence[FaultType], last_s: float) -> Iterator[Fault]:
    """Faults of one outside party, one at a time: the sandbox keeps one for a party."""
    upcoming = _in_turn(rng, types)
    at_s = _FIRST_AT_S + rng.uniform(0, 5)
    while True:
        kind, target = next(upcoming)
        longest_s = min(_LONGEST_OUTAGE_S, last_s / 3)
        lasts_s = longest_s if kind == "away" else rng.uniform(*_OUTSIDE_LASTS_S)
        fault = Fault(at_s, kind, target, lasts_s=lasts_s)
        if fault.ends_at_s > last_s:
            return
        yield fault
        at_s = fault.ends_at_s + rng.uniform(*_OUTSIDE_EVERY_S)


def _in_turn(rng: random.Random, types: Sequence[FaultType]) -> Iterator[FaultType]:
    """Yield types for ever: one of every kind at a time, and all of them before any comes again."""
    while True:
        by_kind: defaultdict[Kind, list[FaultType]] = defaultdict(list)
        for fault_type in types:
            by_kind[fault_type[0]].append(fault_type)
        for of_kind in by_kind.values():
            rng.shuffle(of_kind)
        while any(by_kind.values()):
            turn = [of_kind.pop() for of_kind in by_kind.values() if of_kind]
            rng.shuffle(turn)
            yield from turn
