"""Who answers for a body on a day."""

from collections.abc import Iterable, Mapping
from datetime import date

from libs.contracts.programme import Duty
from services.programme.bodies.contents import FocalPointEnded, FocalPointNamed
from services.programme.bodies.facts import Fact, holding


def in_office(facts: Iterable[Fact], body: str, today: date) -> Mapping[Duty, Fact]:
    """Return the facts that named those who answer for a body on a day, by their duty.

    The last one that was named has the duty, until its last day or until somebody ended it.
    """
    found: dict[Duty, Fact] = {}
    for fact in holding(facts):
        if fact.body != body or fact.day > today:
            continue
        match fact.content:
            case FocalPointNamed(duty=duty):
                found[duty] = fact
            case FocalPointEnded(duty=duty):
                found.pop(duty, None)
            case _:
                pass
    return {duty: fact for duty, fact in found.items() if _lasts(fact, today)}


def _lasts(fact: Fact, today: date) -> bool:
    content = fact.content
    if not isinstance(content, FocalPointNamed):
        return False
    return content.until is None or today <= content.until
