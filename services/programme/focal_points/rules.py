"""Who answers for a body on a day."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.programme import Duty, SuperiorView
from services.programme.bodies.contents import FocalPointEnded, FocalPointNamed
from services.programme.bodies.facts import Fact, holding

KEPT: Final = timedelta(days=30)
"""Time for which the person stays behind the last day of a duty, so that who follows can ask."""

_NEVER: Final = date.max - KEPT


def in_office(facts: Iterable[Fact], today: date) -> Mapping[str, Mapping[Duty, Fact]]:
    """Return the facts that named those who answer for bodies on a day, by body and duty.

    The last one that was named has the duty, until its last day or until somebody ended it.
    """
    found: dict[str, dict[Duty, Fact]] = {}
    for fact in holding(facts):
        if fact.day > today:
            continue
        match fact.content:
            case FocalPointNamed(duty=duty):
                found.setdefault(fact.body, {})[duty] = fact
            case FocalPointEnded(duty=duty):
                found.get(fact.body, {}).pop(duty, None)
            case _:
                pass
    return {
        body: {duty: fact for duty, fact in people.items() if _lasts(fact, today)}
        for body, people in found.items()
    }


def announced_as(people: Mapping[Duty, Fact], superiors: Iterable[SuperiorView] = ()) -> str:
    """Return who answers for a body, to compare with what was announced.

    They are the ids of facts, and when the posts above were set.
    """
    ids = {str(duty): str(people[duty].fact_id) for duty in sorted(people)}
    return json.dumps(ids | {view.superior: view.set_at.isoformat() for view in superiors})


def _lasts(fact: Fact, today: date) -> bool:
    content = fact.content
    if not isinstance(content, FocalPointNamed):
        return False
    return content.until is None or today <= content.until


def remembered(facts: Iterable[Fact], today: date) -> set[UUID]:
    """Return the facts whose people are kept: those in office, and until lately.

    Of a fact that was corrected the person is not kept: it names nobody any more.
    """
    of_duty: defaultdict[tuple[str, Duty], list[Fact]] = defaultdict(list)
    for fact in holding(facts):
        if isinstance(fact.content, FocalPointNamed | FocalPointEnded):
            of_duty[fact.body, fact.content.duty].append(fact)
    return {
        fact.fact_id
        for named in of_duty.values()
        for fact, following in zip(named, [*named[1:], None], strict=True)
        if isinstance(fact.content, FocalPointNamed)
        and today <= _over_on(fact.content, following) + KEPT
    }


def _over_on(content: FocalPointNamed, following: Fact | None) -> date:
    """Return the day from which somebody has a duty no more; the last of all days if none is."""
    until, followed_on = content.until, following.day if following else None
    return min(until or _NEVER, followed_on or _NEVER)
