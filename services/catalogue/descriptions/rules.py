"""Versions of what a public service is, what was stopped, and what is wrong in a draft."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from libs.contracts.publishing import ServiceContent, ServiceDraftProblem, StopKind, Wrong
from libs.errors import Refused
from libs.two_people.rules import Act
from libs.versions import holding, next_number

FIRST_VERSION: Final = 1
"""The reference; what people publish has a higher number."""

_WRONG: Final[Mapping[str, Wrong]] = {
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "date_parsing": "no_day",
    "date_type": "no_day",
    "int_type": "no_number",
    "int_parsing": "no_number",
    "greater_than_equal": "no_number",
    "less_than_equal": "no_number",
}


@dataclass(frozen=True, slots=True)
class ServiceVersion:
    """A version that one person proposed and another one published.

    Args:
        public_service_id: the public service.
        version: its number, from 2.
        valid_from: the first day in Dhaka on which it holds.
        content: what the service is.
        published_at: when.
        proposed_by: one person.
        published_by: another one.
        reason: why, for the history.
    """

    public_service_id: str
    version: int
    valid_from: date
    content: ServiceContent
    published_at: datetime
    proposed_by: str
    published_by: str
    reason: str

    @property
    def series(self) -> str:
        """The public service."""
        return self.public_service_id

    @property
    def ended(self) -> bool:
        """Nothing ends: one person closes a service."""
        return False


@dataclass(frozen=True, slots=True)
class Stop:
    """One person closed a service, or sent people to its office for the fee."""

    public_service_id: str
    kind: StopKind
    stopped_at: datetime
    stopped_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of the next version; `content` is JSON, and may be incomplete."""

    public_service_id: str
    content: str
    saved_at: datetime
    saved_by: str

    @property
    def act(self) -> str:
        """The kind of the act that proposes it; it holds for this content only."""
        return f"publish {hashlib.sha256(self.content.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Described:
    """The versions and stops of a public service, in order."""

    versions: Sequence[ServiceVersion] = ()
    stops: Sequence[Stop] = ()

    @property
    def next_version(self) -> int:
        """The number that a new version has."""
        versions = list(self.versions)
        return next_number(versions, versions[0].series) if versions else FIRST_VERSION + 1

    def version_on(self, day: date) -> ServiceVersion | None:
        """Return the version that holds on a day; None for the reference."""
        return next(iter(holding(self.versions, day)), None)

    def is_stopped(self, kind: StopKind, day: date) -> bool:
        """Whether one person stopped it after what holds on a day was published."""
        held = self.version_on(day)
        return any(
            stop.kind == kind and (held is None or stop.stopped_at > held.published_at)
            for stop in self.stops
        )


def by_service(
    versions: Iterable[ServiceVersion], stops: Iterable[Stop]
) -> Mapping[str, Described]:
    """Return what people have published and stopped, by public service."""
    found: dict[str, tuple[list[ServiceVersion], list[Stop]]] = {}
    for version in versions:
        found.setdefault(version.public_service_id, ([], []))[0].append(version)
    for stop in stops:
        found.setdefault(stop.public_service_id, ([], []))[1].append(stop)
    return {service_id: Described(*described) for service_id, described in found.items()}


def proposal(draft: Draft, act_id: UUID, by: UUID, at: datetime, reason: str) -> Act:
    """Return the act that proposes a draft."""
    return Act(act_id, subject_of(draft.public_service_id), draft.act, reason, by, at)


def subject_of(public_service_id: str) -> str:
    """Return the subject of acts about a public service."""
    return f"service {public_service_id}"


def service_in(subject: str) -> str:
    """Return the public service that an act is about.

    Raises:
        Refused: it is about something else.
    """
    before, _, public_service_id = subject.partition(" ")
    if before != "service":
        raise Refused("not_found")
    return public_service_id


def check_unchanged(act: Act, draft: Draft) -> None:
    """Check that what is published is what was proposed.

    Raises:
        Refused: the draft was written again since.
    """
    if act.kind != draft.act:
        raise Refused("publication_changed")


def problems_in(content: Mapping[str, Any], today: date) -> list[ServiceDraftProblem]:
    """Return what is wrong with a draft; nothing if it can be proposed."""
    try:
        read = ServiceContent.model_validate(content)
    except ValidationError as failure:
        return [
            ServiceDraftProblem(
                place="".join(f"/{part}" for part in error["loc"]),
                wrong=_WRONG.get(error["type"], "other"),
            )
            for error in failure.errors(include_url=False, include_input=False)
        ]
    return list(_blank_or_ahead(read, today))


def _blank_or_ahead(content: ServiceContent, today: date) -> Iterator[ServiceDraftProblem]:
    for name, value in content:
        if value is None:
            continue
        if value.checked_on > today:
            yield ServiceDraftProblem(place=f"/{name}/checked_on", wrong="day_ahead")
        texts = {f"/{name}/text": getattr(value, "text", None)}
        texts |= {
            f"/{name}/papers/{n}": paper for n, paper in enumerate(getattr(value, "papers", ()))
        }
        for place, text in texts.items():
            for language in ("bn", "en"):
                if text is not None and not getattr(text, language).strip():
                    yield ServiceDraftProblem(place=f"{place}/{language}", wrong="missing")
