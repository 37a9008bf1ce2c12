"""What a person may record about a body."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.programme import RecordFact
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id
from services.programme.bodies.contents import (
    BodyReplaced,
    InstructionsSent,
    LetterSent,
    ListReceived,
    NotSo,
    ServiceChanged,
    content_of,
)
from services.programme.bodies.facts import Fact, Replacements, corrections_of, holding
from services.programme.bodies.rules import answered_by, asked_by, owing

_ANNOUNCED: Final = frozenset({"service_changed", "connection_changed"})


def fact_of(body: str, wanted: RecordFact, *, by: str, at: datetime) -> Fact:
    """Make the fact that a request records; its id is derived from its content.

    Raises:
        Refused: a field of its kind is missing, or it has one of another kind.
    """
    said = wanted.model_dump_json()
    return Fact(
        fact_id=derived_id(NAMESPACE, f"fact/{body}/{said}"),
        body=body,
        day=wanted.day,
        happened_at=at,
        content=content_of(wanted),
        evidence=wanted.evidence,
        recorded_by=by,
        recorded_at=at,
        corrects=wanted.corrects,
    )


def check(fact: Fact, facts: Collection[Fact], today: date) -> None:
    """Check that a person may record a fact.

    Args:
        fact: the fact.
        facts: all that were recorded before, about all bodies.
        today: the day in Dhaka.

    Raises:
        Refused: it lies ahead, or after the body was replaced; the body owes no list; the list
            names a service of another body; or it corrects what it may not.
    """
    if fact.day > today:
        raise Refused("fact_ahead", pointer="/day")
    corrected = _check_correction(fact, facts)
    known = [other for other in holding(facts) if other.fact_id != fact.corrects]
    replacements = Replacements.of(known)
    successor = replacements.successor(fact.body, fact.day)
    if successor != fact.body:
        raise Refused("body_replaced", successor)
    if fact.body not in owing() and not isinstance(fact.content, BodyReplaced | NotSo):
        raise Refused("body_owes_no_list", ", ".join(answered_by(fact.body)))
    match fact.content:
        case LetterSent(due_on=due_on) | InstructionsSent(due_on=due_on) if due_on < fact.day:
            raise Refused("due_before_letter", pointer="/due_on")
        case ListReceived():
            _check_list(fact, known, replacements)
        case BodyReplaced(replaced_by=replaced_by):
            _check_replacement(fact, replaced_by, replacements)
        case _:
            pass
    if corrected is not None:
        _check_gives_no_time(fact, corrected)


def _check_correction(fact: Fact, facts: Collection[Fact]) -> Fact | None:
    """Return the fact that one corrects; None if it corrects nothing.

    Raises:
        Refused: there is nothing to correct, or somebody did so before, or it is of another kind,
            or was announced and is not a person's.
    """
    if fact.corrects is None:
        if isinstance(fact.content, NotSo):
            raise Refused("correction_of_nothing", pointer="/corrects")
        return None
    corrected = next((other for other in facts if other.fact_id == fact.corrects), None)
    if corrected is None or corrected.body != fact.body:
        raise Refused("correction_of_nothing", pointer="/corrects")
    if corrected.fact_id in corrections_of(facts):
        raise Refused("fact_corrected_before", pointer="/corrects")
    if corrected.content.kind in _ANNOUNCED:
        raise Refused("fact_was_announced", pointer="/corrects")
    is_other = corrected.content.kind != fact.content.kind
    if is_other and not isinstance(fact.content, NotSo):
        raise Refused("correction_of_other_kind", pointer="/kind")
    return corrected


def _check_list(fact: Fact, known: Collection[Fact], replacements: Replacements) -> None:
    owners: dict[str, str] = {}
    for other in known:
        if isinstance(other.content, ServiceChanged):
            owner = replacements.successor(other.body, fact.day)
            owners[other.content.public_service_id] = owner
    if isinstance(fact.content, ListReceived):
        for place, public_service_id in enumerate(fact.content.public_service_ids):
            pointer = f"/public_service_ids/{place}"
            owner = owners.get(public_service_id, "")
            if not owner:
                raise Refused("service_not_known", public_service_id, pointer=pointer)
            if owner != fact.body:
                raise Refused("service_of_other_body", public_service_id, pointer=pointer)


def _check_replacement(fact: Fact, replaced_by: str, replacements: Replacements) -> None:
    pointer = "/replaced_by"
    if replaced_by not in bodies_by_id():
        raise Refused("body_not_found", pointer=pointer)
    if replaced_by == fact.body or fact.body in replacements.by_body:
        raise Refused("replacement_impossible", pointer=pointer)
    if replacements.successor(replaced_by, fact.day) != replaced_by:
        raise Refused("replacement_impossible", pointer=pointer)


def _check_gives_no_time(fact: Fact, corrected: Fact) -> None:
    """Check that a correction moves no day that is due: that is an extension, by two people.

    Raises:
        Refused: it does.
    """
    before = _dues(corrected)
    after = _dues(fact)
    if any(step not in after or after[step] > due_on for step, due_on in before.items()):
        raise Refused("extension_needed", pointer="/due_on")


def _dues(fact: Fact) -> dict[str, date]:
    """Return the day by which a fact asks for each step."""
    content = fact.content
    if not isinstance(content, LetterSent | InstructionsSent):
        return {}
    return dict.fromkeys(asked_by(content), content.due_on)
