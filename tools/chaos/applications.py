"""One application as every side saw it: citizen, ministry, SMS provider, topics."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from libs.contracts.journeys import JourneyPart
from tools.chaos.clicks import Click, View
from tools.chaos.evidence import Evidence, Seen
from tools.chaos.inspector import Place
from tools.ledger import Received, Row, is_mandate_notice

Wrong: TypeAlias = Literal[
    "lost",
    "ministry",
    "sms",
    "effects",
    "out_of_order",
    "stuck",
    "unexplained_dead_letters",
    "journey",
]
Finding: TypeAlias = tuple[Wrong, str]

# Every ministry of a run has the adapter that we host, or its officers work here: two topics, too.
APPLICATIONS = "applications.v1"
SUBMISSIONS = "submissions.hosted.v1"
MINISTRIES = "ministries.hosted.v1"
NOTIFICATIONS = "notifications.v1"
GRANTS = "decisions.desk.v1"
PAPERS = "issuance.v1"
_AS_HOSTED = {"submissions.desk.v1": SUBMISSIONS, "ministries.desk.v1": MINISTRIES}


@dataclass(slots=True)
class Observed:
    """One application as every side saw it.

    Args:
        click: the citizen's request and its answer.
        view: what the citizen is shown; None if nothing.
        received: what the ministry and the SMS provider received.
        events: its events by topic, in order, without repetitions of an event.
        journey: the parts of the services that answered; None if nobody asked.
        is_at_desk: whether officers work on it here. What was submitted to them and what they said
            is in `events` as of a ministry that we host.
        written: when the records of an event were written, in milliseconds, by event id.
    """

    click: Click
    view: View | None
    received: Received
    events: defaultdict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    journey: Mapping[str, JourneyPart] | None = None
    is_at_desk: bool = False
    written: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def status(self) -> str:
        """The status that the citizen is shown; empty if none."""
        return str(self.view["status"]) if self.view else ""

    @property
    def messages(self) -> list[Row]:
        """Messages about the application at the SMS provider, but for notices of a used mandate."""
        return [row for row in self.received.messages if not is_mandate_notice(row["text"])]

    @property
    def mandate_notices(self) -> list[Row]:
        """The notices that a mandate was used, at the SMS provider."""
        return [row for row in self.received.messages if is_mandate_notice(row["text"])]

    def timeline(self) -> list[tuple[str, str]]:
        """Return type and event id of every line of the timeline, in order."""
        entries = self.view["timeline"] if self.view else []
        return [(entry["type"], entry["event_id"]) for entry in entries]

    def shown_messages(self) -> dict[str, str]:
        """Return the state of every message that the citizen is shown, by reference."""
        messages = self.view["messages"] if self.view else []
        return {message["message_id"]: message["state"] for message in messages}

    def published(self) -> list[tuple[str, str]]:
        """Return type and event id of every event in `applications.v1`, in order."""
        return [(seen.type, seen.event_id) for seen in self.events[APPLICATIONS]]


def observe(clicks: Sequence[Click], evidence: Evidence) -> list[Observed]:
    """Put together the records of all sides about every accepted application."""
    applications = {
        click.application_id: Observed(
            click,
            evidence.views.get(click.application_id),
            evidence.ledger.of(click.application_id, click.tracking_number),
            journey=evidence.journeys.get(click.application_id, {}) if evidence.journeys else None,
        )
        for click in clicks
        if click.tracking_number
    }
    for seen in evidence.records:
        if seen.key in applications:
            applications[seen.key].written[seen.event_id].add(seen.written_at_ms)
    for seen in without_repetitions(in_order(evidence.records)):
        if seen.key in applications:
            application = applications[seen.key]
            application.is_at_desk |= seen.topic in _AS_HOSTED
            application.events[_AS_HOSTED.get(seen.topic, seen.topic)].append(seen)
    return list(applications.values())


def in_order(records: Sequence[Seen]) -> list[Seen]:
    """Sort records so that those of a key follow each other, also where it changed its partition.

    Its first partition comes first, as a whole; within one, records are in their order already.
    """
    first: dict[tuple[str, Place], int] = {}
    for seen in records:
        first.setdefault((seen.key, seen.place), seen.written_at_ms)
    return sorted(records, key=lambda seen: first[seen.key, seen.place])


def without_repetitions(records: Sequence[Seen]) -> Iterator[Seen]:
    """Yield every event at its first place: a relay that was interrupted writes some twice."""
    yielded: set[tuple[str, str]] = set()
    for seen in records:
        if (seen.topic, seen.event_id) not in yielded:
            yielded.add((seen.topic, seen.event_id))
            yield seen
