"""One application from every side: the citizen, the ministry, the phone, the topics."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tools.chaos.crowd import Click, View
from tools.chaos.evidence import Evidence, Seen
from tools.chaos.witness import Books
from tools.ledger.pages import Row
from tools.ledger.phones import tracking_number_in

Wrong: TypeAlias = Literal[
    "lost", "ministry", "sms", "effects", "out_of_order", "stuck", "unexplained_dead_letters"
]
Finding: TypeAlias = tuple[Wrong, str]

FACTS = "applications.v1"
HAND_OVERS = "submissions.<ministry>.v1"
ANSWERS = "ministries.<ministry>.v1"
MESSAGES = "notifications.v1"


@dataclass(slots=True)
class Case:
    """One application from every side.

    Args:
        click: the citizen's wish.
        view: what the citizen is shown; None where it is not shown.
        handed_over: its rows at the ministries, in order.
        decisions: its ministry's decisions, in order.
        messages: its SMS, in order.
        events: its events by topic of the map, in order, each the first time that it is there.
    """

    click: Click
    view: View | None = None
    handed_over: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    events: defaultdict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """Its id."""
        return self.click.application_id

    @property
    def status(self) -> str:
        """Where it stands, as the citizen is shown it; empty where it is not shown."""
        return str(self.view["status"]) if self.view else ""

    def timeline(self) -> list[tuple[str, str]]:
        """Type and id of each line of the timeline, in order."""
        entries = self.view["timeline"] if self.view else []
        return [(entry["type"], entry["event_id"]) for entry in entries]

    def facts(self) -> list[tuple[str, str]]:
        """Type and id of each published fact, in order."""
        return [(seen.type, seen.event_id) for seen in self.events[FACTS]]


def cases_of(clicks: Sequence[Click], evidence: Evidence) -> list[Case]:
    """Bring together what each side saw of each application."""
    cases = {
        click.application_id: Case(click, evidence.views.get(click.application_id))
        for click in clicks
        if click.tracking_number
    }
    _add_books(cases, evidence.books)
    for seen in first_of_each(evidence.records):
        if seen.key in cases:
            cases[seen.key].events[seen.topic].append(seen)
    return list(cases.values())


def _add_books(cases: Mapping[str, Case], books: Books) -> None:
    for row in books.submissions:
        if row["application_id"] in cases:
            cases[row["application_id"]].handed_over.append(row)
    for row in books.decisions:
        if row["application_id"] in cases:
            cases[row["application_id"]].decisions.append(row)
    by_number = {case.click.tracking_number: case for case in cases.values()}
    for row in books.messages:
        number = tracking_number_in(row["text"])
        if number in by_number:
            by_number[number].messages.append(row)


def first_of_each(records: Sequence[Seen]) -> Iterator[Seen]:
    """Each event where it stands first: a relay that was cut off writes some twice."""
    known: set[tuple[str, str]] = set()
    for seen in records:
        if (seen.topic, seen.event_id) not in known:
            known.add((seen.topic, seen.event_id))
            yield seen
