"""Facts about bodies, and which of them hold after corrections."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.contracts.programme import Step
from services.programme.bodies.contents import BodyReplaced, FactContent


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a body, and how we know.

    Args:
        fact_id: derived from what it says, so that the same fact is one fact.
        body: id of the body.
        day: on which it happened, in Dhaka.
        happened_at: orders the facts of a day: the time of an event, or of the recording.
        content: what happened.
        evidence: where that can be seen.
        recorded_by: name of an account in journals, or of the service that announced it.
        recorded_at: when it was recorded.
        corrects: the fact that it corrects.
    """

    fact_id: UUID
    body: str
    day: date
    happened_at: datetime
    content: FactContent
    evidence: str
    recorded_by: str
    recorded_at: datetime
    corrects: UUID | None = None

    @property
    def order(self) -> tuple[date, datetime, UUID]:
        """The place among other facts, the same in whichever order they came."""
        return (self.day, self.happened_at, self.fact_id)


@dataclass(frozen=True, slots=True)
class Extension:
    """Two people have given a body longer for a step, until and with a day."""

    body: str
    step: Step
    due_on: date
    granted_on: date


def corrections_of(facts: Iterable[Fact]) -> Mapping[UUID, Fact]:
    """Return the correction of each corrected fact; of several the last recorded one."""
    found: dict[UUID, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.recorded_at, fact.fact_id)):
        if fact.corrects is not None:
            found[fact.corrects] = fact
    return found


def holding(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that hold, in their order: no later one corrects them, or says not so.

    Of several corrections of one fact the last recorded one holds.
    """
    facts = list(facts)
    corrections = corrections_of(facts)
    return sorted(
        (
            fact
            for fact in facts
            if fact.fact_id not in corrections
            and fact.content.kind != "not_so"
            and (fact.corrects is None or corrections[fact.corrects] is fact)
        ),
        key=lambda fact: fact.order,
    )


@dataclass(frozen=True, slots=True)
class Replacements:
    """Which body has taken over from which, and from when on."""

    by_body: Mapping[str, tuple[date, str]]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "Replacements":
        """Return the replacements that facts say; the first one of a body counts."""
        found: dict[str, tuple[date, str]] = {}
        for fact in facts:
            if isinstance(fact.content, BodyReplaced):
                found.setdefault(fact.body, (fact.day, fact.content.replaced_by))
        return cls(found)

    def successor(self, body: str, day: date) -> str:
        """Return the body that answers for one on a day: itself until another has taken over.

        Where bodies have taken over from each other in a circle, it is itself.
        """
        found, passed = body, {body}
        while found in self.by_body:
            since, following = self.by_body[found]
            if day < since:
                return found
            if following in passed:
                return body
            passed.add(following)
            found = following
        return found

    def days(self) -> set[date]:
        """Return the days on which a body has taken over."""
        return {day for day, _ in self.by_body.values()}
