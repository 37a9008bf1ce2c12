"""Focal points named, ended and read."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import (
    Duty,
    EndFocalPoint,
    FocalPointContact,
    FocalPointsChanged,
    FocalPointView,
    NamedPerson,
    NameFocalPoint,
    RecordFact,
    Superior,
    SuperiorContact,
    SuperiorView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.contents import FocalPointEnded, FocalPointNamed
from services.programme.bodies.facts import Fact
from services.programme.bodies.overview import Overview
from services.programme.focal_points import queries, rules

Superiors = Mapping[str, Mapping[Superior, SuperiorView]]
"""The posts above, by body."""

_OWN_KINDS = frozenset({"list_received", "instructions_acknowledged", "vendor_named"})


async def name(
    tx: Transaction,
    overview: Overview,
    body: str,
    wanted: NameFocalPoint,
    *,
    by: str,
    at: datetime,
) -> None:
    """Record that somebody answers for a body; the same again adds nothing.

    Raises:
        Refused: there is no such body or it owes no list, or the day lies ahead or after the end.
    """
    if wanted.until is not None and wanted.until < wanted.day:
        raise Refused("until_before_day", pointer="/until")
    content = FocalPointNamed(duty=wanted.duty, post=wanted.post, until=wanted.until)
    # The fact outlives the person, so its id must tell nobody whether a guess at her is right.
    said = tx.cipher.index(wanted.model_dump_json()).hex()
    fact = await bodies.record_content(
        tx, overview, body, content, wanted.day, wanted.evidence, said=said, by=by, at=at
    )
    person = NamedPerson(name=wanted.name, mail=wanted.mail, phone=wanted.phone)
    await queries.insert_person(tx, fact.fact_id, person)


async def end(
    tx: Transaction,
    overview: Overview,
    body: str,
    wanted: EndFocalPoint,
    *,
    by: str,
    at: datetime,
) -> None:
    """Record that nobody has a duty of a body any more, from a day on.

    Raises:
        Refused: there is no such body or it owes no list, or the day lies ahead.
    """
    content, said = FocalPointEnded(duty=wanted.duty), wanted.model_dump_json()
    await bodies.record_content(
        tx, overview, body, content, wanted.day, wanted.evidence, said=said, by=by, at=at
    )


async def read(tx: Transaction, overview: Overview, body: str, today: date) -> list[FocalPointView]:
    """Return who answers for a body on a day, with the person."""
    facts = rules.in_office((await overview.facts(tx)).values(), today).get(body, {})
    people = await queries.read_people(tx, [fact.fact_id for fact in facts.values()])
    return [
        FocalPointView(
            duty=duty,
            post=fact.content.post,
            since=fact.day,
            until=fact.content.until,
            evidence=fact.evidence,
            person=people[fact.fact_id],
        )
        for duty, fact in facts.items()
        if isinstance(fact.content, FocalPointNamed) and fact.fact_id in people
    ]


async def read_posts(tx: Transaction, overview: Overview, today: date) -> dict[str, str]:
    """Return the post that answers for each body on a day; the deputy's where nobody else is."""
    facts = (await overview.facts(tx)).values()
    found = {}
    for body, people in rules.in_office(facts, today).items():
        fact = people.get("focal_point") or people.get("deputy")
        if fact is not None and isinstance(fact.content, FocalPointNamed):
            found[body] = fact.content.post
    return found


async def announce(
    tx: Transaction, overview: Overview, superiors: Superiors, at: datetime
) -> list[FocalPointsChanged]:
    """Announce who answers for bodies, where it is not who was announced last.

    Args:
        tx: the transaction.
        overview: the facts.
        superiors: the posts above, by body.
        at: the current time.

    Returns:
        What was announced.
    """
    facts, announced = await overview.facts(tx), await queries.read_announced(tx)
    if not _changed(facts, superiors, announced, dhaka_date(at)):
        return []
    await bodies.lock_facts(tx)  # nobody else announces meanwhile
    facts, announced = await overview.facts(tx), await queries.read_announced(tx)
    changed = _changed(facts, superiors, announced, dhaka_date(at))
    named = [fact.fact_id for by_duty in changed.values() for fact in by_duty.values()]
    people = await queries.read_people(tx, named)
    events = [
        FocalPointsChanged(
            ministry=body,
            occurred_at=at,
            people=tuple(
                FocalPointContact(
                    **people[fact.fact_id].model_dump(),
                    duty=duty,
                    post=fact.content.post,
                    until=fact.content.until,
                )
                for duty, fact in sorted(by_duty.items(), reverse=True)  # the deputy last
                if isinstance(fact.content, FocalPointNamed) and fact.fact_id in people
            ),
            superiors=tuple(
                SuperiorContact(superior=view.superior, post=view.post, mail=view.mail)
                for view in superiors.get(body, {}).values()
            ),
        )
        for body, by_duty in changed.items()
    ]
    if events:
        await outbox.add(tx, events)
        as_named = {
            body: rules.announced_as(by_duty, superiors.get(body, {}).values())
            for body, by_duty in changed.items()
        }
        await queries.save_announced(tx, as_named)
    return events


async def forget(tx: Transaction, overview: Overview, today: date) -> int:
    """Delete people who have had no duty for some time; return how many. The facts stay."""
    named = await queries.read_named(tx)  # before the facts, so that each has its fact
    kept = rules.remembered((await overview.facts(tx)).values(), today)
    over = [fact_id for fact_id in named if fact_id not in kept]
    return await queries.delete_people(tx, over) if over else 0


def _changed(
    facts: Mapping[UUID, Fact], superiors: Superiors, announced: Mapping[str, str], today: date
) -> dict[str, Mapping[Duty, Fact]]:
    """Return who answers for the bodies of which something else was announced last."""
    now, nobody = rules.in_office(facts.values(), today), rules.announced_as({})
    return {
        body: now.get(body, {})
        for body in sorted(now.keys() | announced.keys() | superiors.keys())
        if rules.announced_as(now.get(body, {}), superiors.get(body, {}).values())
        != announced.get(body, nobody)
    }


async def record_own(
    tx: Transaction, overview: Overview, body: str, wanted: RecordFact, *, by: str, at: datetime
) -> Fact:
    """Record a fact about the own body.

    Raises:
        Refused: only the programme records facts of this kind, or corrects one; or as `record`.
    """
    if wanted.kind not in _OWN_KINDS or wanted.corrects is not None:
        raise Refused("fact_of_programme", pointer="/kind")
    return await bodies.record(tx, overview, body, wanted, by=by, at=at)
