"""Versions that two people publish, the draft of the next one, and proposals of drafts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, get_args
from uuid import UUID

from libs.contracts.publications import PublicationKind, PublishedKind
from libs.errors import Refused
from libs.two_people.rules import Act

Kind = PublishedKind

KINDS: Final[Mapping[str, Kind]] = {kind: kind for kind in get_args(Kind)}
OF_SERVICE: Final[frozenset[Kind]] = frozenset({"workflow", "connection", "offices"})
"""Kinds whose series is a public service."""
ANNOUNCED: Final[Mapping[Kind, PublicationKind]] = {
    "workflow": "workflow",
    "tariff": "tariff",
    "year": "year",
}
"""Kinds that have a topic of their own; the others are announced with their public service."""
REFERENCE: Final = "reference"
"""Author of the versions that came with the reference."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A version that was published.

    Args:
        kind: what it is.
        series: the public service of a workflow, the id of a tariff, or the year.
        version: its number, from 1.
        content: JSON.
        valid_from: the first day on which it holds.
        published_at: when.
        proposed_by: one person.
        published_by: another one.
        reason: why, for the history.
    """

    kind: Kind
    series: str
    version: int
    content: str
    valid_from: date
    published_at: datetime
    proposed_by: str = REFERENCE
    published_by: str = REFERENCE
    reason: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of the next version of a series."""

    kind: Kind
    series: str
    content: str
    saved_at: datetime
    saved_by: str

    @property
    def digest(self) -> str:
        """A hash of the content: equal contents have the same."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]


def proposal(draft: Draft, version: int, act_id: UUID, by: UUID, at: datetime, reason: str) -> Act:
    """Return the act that proposes a draft as a version; it holds for this content only."""
    kind = f"publish version {version} ({draft.digest})"
    return Act(act_id, subject_of(draft.kind, draft.series), kind, reason, by, at)


def subject_of(kind: Kind, series: str) -> str:
    """Return the subject of acts about a series."""
    return f"{kind} {series}"


def series_in(subject: str) -> tuple[Kind, str]:
    """Return the kind and the series that an act is about.

    Raises:
        Refused: it is about something else.
    """
    kind, _, series = subject.partition(" ")
    if kind in KINDS:
        return KINDS[kind], series
    raise Refused("not_found")


def check_unchanged(act: Act, draft: Draft, version: int) -> None:
    """Check that what is approved is what was proposed.

    Raises:
        Refused: the draft was written again since, or another version came first.
    """
    if act.kind != f"publish version {version} ({draft.digest})":
        raise Refused("publication_changed")
