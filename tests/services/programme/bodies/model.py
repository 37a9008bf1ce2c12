"""A second way from facts to states, written day by day and without the code of the service.

It goes through the days one after the other and remembers what holds, as a clerk with a ledger
would; the service computes periods. It knows weekends and holidays from a table of its own.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.programme.bodies.facts import Fact

_FILES = Path(__file__).parents[4] / "libs" / "bangladesh" / "reference"
_ROWS = json.loads((_FILES / "ministries_divisions.json").read_text(encoding="utf-8"))["rows"]
_YEARS = json.loads((_FILES / "holidays.json").read_text(encoding="utf-8"))["years"]
HOLIDAYS = {year["year"]: {row["date"] for row in year["rows"]} for year in _YEARS}
DIVIDED = {row["parent"] for row in _ROWS}
OWING = {
    row["id"]
    for row in _ROWS
    if (row["kind"] == "ministry" and row["id"] not in DIVIDED)
    or row["kind"] == "division"
    or row["id"] == "ecs"
}
STEPS = ("list", "focal_point", "instructions", "vendor", "two_services")


def is_open(day: date) -> bool:
    """Whether it is known that offices are open."""
    known = HOLIDAYS.get(day.year)
    return known is not None and day.weekday() not in {4, 5} and day.isoformat() not in known


@dataclass
class Clerk:
    """What is remembered of a body."""

    asked: dict[str, tuple[date, date]] = field(default_factory=dict)
    done: dict[str, date] = field(default_factory=dict)
    listed: int | None = None
    target: str = "never"
    reached_on: date | None = None
    below_since: date | None = None
    below_open_days: int = 0


def expected(facts: list[Fact], decided: dict[str, set[date]], today: date) -> dict[str, Any]:
    """The state of every body on a day: replaced by, steps, listed, live, target, rank."""
    by_day: defaultdict[date, list[Fact]] = defaultdict(list)
    for fact in _not_overruled(facts):
        by_day[fact.day].append(fact)
    clerks = {row["id"]: Clerk() for row in _ROWS}
    heirs: dict[str, str] = {}
    services: dict[str, tuple[str, Any]] = {}
    connections: dict[str, Any] = {}
    live: dict[str, int] = {}
    day = min([*by_day, today])
    while day <= today:
        of_day = sorted(by_day[day], key=lambda fact: (fact.happened_at, fact.fact_id))
        for fact in of_day:
            if fact.content.kind == "body_replaced":
                heirs.setdefault(fact.body, fact.content.replaced_by)
        for fact in of_day:
            _remember(fact, clerks[_heir(fact.body, heirs)], services, connections)
        live = _live(day, services, connections, decided, heirs)
        for body, clerk in clerks.items():
            _count(clerk, live.get(body, 0), day)
        day += timedelta(days=1)
    return _states(clerks, heirs, live, today)


def _not_overruled(facts: list[Fact]) -> list[Fact]:
    """Strike out what was corrected, and all corrections of it but the last."""
    struck = {fact.corrects for fact in facts}
    last: dict[Any, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at, fact.fact_id)):
        if fact.corrects:
            last[fact.corrects] = fact
    return [
        fact
        for fact in facts
        if fact.fact_id not in struck
        and (fact.corrects is None or last[fact.corrects] is fact)
        and fact.content.kind != "not_so"
    ]


def _heir(body: str, heirs: dict[str, str]) -> str:
    seen = [body]
    while seen[-1] in heirs:
        if heirs[seen[-1]] in seen:
            return body
        seen.append(heirs[seen[-1]])
    return seen[-1]


_DONE = {
    "list_received": "list",
    "instructions_acknowledged": "instructions",
    "vendor_named": "vendor",
}


def _remember(
    fact: Fact, clerk: Clerk, services: dict[str, tuple[str, Any]], connections: dict[str, Any]
) -> None:
    content: Any = fact.content
    if content.kind in _DONE:
        clerk.done.setdefault(_DONE[content.kind], fact.day)
    if content.kind == "list_received":
        clerk.listed = len(set(content.public_service_ids)) + len(set(content.others))
    elif content.kind in {"letter_sent", "instructions_sent"}:
        for step in getattr(content, "asks", ["instructions"]):
            clerk.asked.setdefault(step, (fact.day, content.due_on))
    elif content.kind == "service_changed":
        services[content.public_service_id] = (fact.body, content)
    elif content.kind == "connection_changed":
        connections[fact.body] = content


def _live(
    day: date,
    services: dict[str, tuple[str, Any]],
    connections: dict[str, Any],
    decided: dict[str, set[date]],
    heirs: dict[str, str],
) -> dict[str, int]:
    live: defaultdict[str, int] = defaultdict(int)
    for service, (body, said) in services.items():
        recently = any(day - timedelta(days=30) < one <= day for one in decided.get(service, ()))
        is_online = said.open and said.published
        is_connected = _is_connected(said, connections.get(body), day)
        live[_heir(body, heirs)] += is_online and is_connected and recently
    return live


def _is_connected(said: Any, connection: Any, day: date) -> bool:
    adapter, newest = said.adapter, 0
    for version in said.adapters:
        if version.valid_from <= day and version.version > newest:
            adapter, newest = version.adapter or said.adapter, version.version
    if adapter == "hosted":
        return bool(
            connection and connection.adapter and connection.passed and not connection.stopped
        )
    return adapter == "own" and bool(said.own_passed)


def _count(clerk: Clerk, live: int, day: date) -> None:
    if live >= 2:
        if clerk.target in {"never", "lapsed"}:
            clerk.reached_on = day
        clerk.target, clerk.below_since, clerk.below_open_days = "reached", None, 0
    elif clerk.target in {"reached", "below"}:
        if clerk.below_since is None:
            clerk.target, clerk.below_since = "below", day
        elif clerk.below_open_days >= 10:
            clerk.target = "lapsed"
        clerk.below_open_days += is_open(day)


def _states(
    clerks: dict[str, Clerk], heirs: dict[str, str], live: dict[str, int], today: date
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    standings: dict[str, tuple[int, int, int]] = {}
    for body, clerk in clerks.items():
        if clerk.target in {"reached", "below"} and clerk.reached_on:
            clerk.done["two_services"] = clerk.reached_on
        late = {}
        for step in STEPS:
            due_on = clerk.asked[step][1] if step in clerk.asked else None
            if due_on is not None and step not in clerk.done and due_on < today:
                days = (today - due_on).days
                late[step] = sum(is_open(due_on + timedelta(days=n + 1)) for n in range(days))
        heir = _heir(body, heirs)
        count = live.get(body, 0)
        found[body] = {
            "replaced_by": heir if heir != body else None,
            "asked": clerk.asked,
            "done": clerk.done,
            "late": late,
            "listed": clerk.listed,
            "live": count,
            "target": (clerk.target, clerk.reached_on, clerk.below_since),
        }
        if body in OWING and heir == body:
            longest = max(late.values(), default=0)
            standings[body] = (min(count, 2), count, -longest)
    for body, state in found.items():
        own = standings.get(body)
        better = own and sum(other > own for other in standings.values())
        state["rank"] = None if better is None else better + 1
    return found


RUNGS = ((20, "chief_adviser"), (10, "secretary"), (5, "joint_secretary"), (2, "late"), (0, "due"))


def messages(states: dict[str, Any], today: date) -> set[tuple[str, str, date, str]]:
    """The reminders that are due on a day: body, step, its last day, and how far it has come."""
    found = set()
    for body, state in states.items():
        if state["rank"] is None:
            continue
        for step, (_, due_on) in state["asked"].items():
            rung = None if step in state["done"] else _rung(due_on, today)
            if rung is not None:
                found.add((body, step, due_on, rung))
    return found


def _rung(due_on: date, today: date) -> str | None:
    start, end = sorted((due_on, today))
    between = [start + timedelta(days=n + 1) for n in range((end - start).days)]
    open_days = sum(is_open(day) for day in between)
    if today < due_on:
        is_known = all(day.year in HOLIDAYS for day in between)
        return "before" if is_known and open_days <= 3 else None
    return next(rung for days, rung in RUNGS if open_days >= days)
