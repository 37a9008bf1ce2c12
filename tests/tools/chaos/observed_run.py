"""The evidence of one application as every side saw it, and ways to make it wrong."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, TypeAlias, cast
from uuid import UUID

from libs.contracts.journeys import JourneyPart
from libs.ids import derived_id, new_id, new_tracking_number
from tools.chaos.applications import (
    APPLICATIONS,
    GRANTS,
    MINISTRIES,
    NOTIFICATIONS,
    PAPERS,
    SUBMISSIONS,
    Finding,
)
from tools.chaos.checks import examine
from tools.chaos.clicks import ChaosCitizen, Click
from tools.chaos.evidence import Backlog, Evidence, Seen
from tools.chaos.order import SUBMISSION_EVENTS
from tools.chaos.queries import DeadLetter
from tools.ledger import Ledger

PHONE = "+8801700000001"
NOON = "2026-11-25T12:00:00+00:00"

Edit: TypeAlias = Callable[["ObservedRun"], object]


def click(application: UUID | None = None, **fields: Any) -> Click:
    """A click that was answered with an application."""
    application_id = application or new_id()
    answered: dict[str, Any] = {
        "citizen": cast("ChaosCitizen", SimpleNamespace(phone=PHONE)),
        "command": {},
        "application_id": str(application_id),
        "tracking_number": new_tracking_number(application_id),
    }
    return Click(**{**answered, **fields})


def seen(topic: str, kind: str, key: str, *, offset: int = 0, **fields: Any) -> Seen:
    """A record of an event with an id of its own."""
    event_id = new_id()
    return Seen(topic, (topic, 0), offset, key, kind, str(event_id), event_id, fields)


@dataclass
class ObservedRun:
    """What every side saw of one application; a test changes it before it is examined."""

    click: Click = field(default_factory=click)
    status: str | None = "submitted"
    timeline: list[dict[str, str]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    shown_messages: list[dict[str, str]] = field(default_factory=list)
    records: list[Seen] = field(default_factory=list)
    others: list[Click] = field(default_factory=list)
    callbacks_refused: int = 0
    unhandled: list[tuple[str, Seen, bool]] = field(default_factory=list)
    dead_letters: dict[str, list[DeadLetter]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    backlog: dict[str, int] = field(default_factory=dict)
    histories: list[str] = field(default_factory=list)
    journey: dict[str, JourneyPart] = field(default_factory=dict)

    def publish(self, topic: str, kind: str, **fields: Any) -> Seen:
        """Put an event into its topic."""
        name = self.click.application_id
        self.records.append(seen(topic, kind, name, offset=len(self.records), **fields))
        return self.records[-1]

    def note(self, topic: str, kind: str, **fields: Any) -> None:
        """Put an event into its topic and into the timeline."""
        event_id = self.publish(topic, kind, **fields).event_id
        self.timeline.append({"type": kind, "event_id": event_id})

    def hand_over(self, kind: str) -> None:
        """Have a submission published and reach its ministry, with the consent if there is one."""
        mandate = {"mandate_id": self.click.mandate_id} if self.click.mandate_id else None
        self.publish(SUBMISSIONS, SUBMISSION_EVENTS[kind], ministry="mopa", mandate=mandate)
        row = {"application_id": self.click.application_id, "kind": kind, "ministry": "mopa"}
        self.submissions.append(row)

    def acknowledge(self) -> None:
        """Have the ministry acknowledge the application, and decide later."""
        self.publish(MINISTRIES, "ministry_received")
        self.note(APPLICATIONS, "application_received")

    def decide(self, action: str) -> None:
        """Have the ministry decide, and publish it."""
        self.decisions.append({"application_id": self.click.application_id, "action": action})
        event = "correction_asked" if action == "correction_asked" else "ministry_decided"
        self.publish(MINISTRIES, event)

    def notify(self, template: str, *, cause: str = "") -> None:
        """Notify the citizen by a delivered SMS of an event, of the last one unless given."""
        events = [seen.event_id for seen in self.records if seen.topic == APPLICATIONS]
        reference = str(derived_id(UUID(cause or events[-1]), "sms"))
        self.messages.append(
            {
                "reference": reference,
                "to": PHONE,
                "text": f"{template} {self.click.tracking_number}",
                "template": template,
                "reported_at": NOON,
            }
        )
        self.show(reference, "delivered", template)

    def receive_mandate_notice(self) -> None:
        """Have the citizen's phone receive what the help at the centre has cost."""
        self.messages.append(
            {
                "reference": str(new_id()),
                "to": PHONE,
                "text": f"Fee 50 + charge 30 {self.click.tracking_number}",
                "template": "mandate_notice",
                "reported_at": NOON,
            }
        )

    def show(self, reference: str, state: str, template: str) -> None:
        """Show the citizen a message in a state."""
        self.shown_messages.append({"message_id": reference, "state": state, "template": template})

    def fail(self, template: str) -> None:
        """Have the last message of a template fail, and publish it."""
        message = next(
            shown_message
            for shown_message in self.shown_messages
            if shown_message["template"] == template
        )
        message["state"] = "failed"
        reference = message["message_id"]
        self.note(NOTIFICATIONS, "message_failed", message_id=reference, template=template)

    def evidence(self) -> Evidence:
        """Return it as the auditor does."""
        view = {
            "status": self.status,
            "timeline": self.timeline,
            "messages": self.shown_messages,
        }
        ledger = Ledger()
        ledger.add("submissions", self.submissions)
        ledger.add("decisions", self.decisions)
        ledger.add("messages", [row | {"n": n} for n, row in enumerate(self.messages)])
        return Evidence(
            ledger=ledger,
            callbacks_refused=self.callbacks_refused,
            views={} if self.status is None else {self.click.application_id: view},
            records=self.records,
            unhandled=self.unhandled,
            dead_letters=self.dead_letters,
            unknown=self.unknown,
            unwanted=self.unwanted,
            backlog=Backlog(self.backlog),
            histories=self.histories,
            journeys={self.click.application_id: self.journey} if self.journey else {},
        )

    def found(self) -> list[Finding]:
        """Return the findings."""
        return examine([self.click, *self.others], self.evidence())

    def kinds(self) -> list[str]:
        """Return the kinds of the findings, sorted."""
        return sorted(wrong for wrong, _ in self.found())


def approved() -> ObservedRun:
    """An application that was sent back, corrected, and approved."""
    run = ObservedRun(click(corrected=1))
    _submitted(run)
    run.acknowledge()
    run.decide("correction_asked")
    run.note(APPLICATIONS, "correction_requested")
    run.notify("correction_requested")
    run.note(APPLICATIONS, "application_corrected")
    run.notify("application_corrected")
    run.hand_over("corrected")
    decided(run)
    return run


def helped() -> ObservedRun:
    """An application that an uddokta sent, whose citizen has the notice of its use."""
    run = ObservedRun(click(mandate_id=str(new_id()), uses=1))
    _submitted(run)
    run.acknowledge()
    decided(run)
    run.receive_mandate_notice()
    return run


def worked_at_a_desk() -> ObservedRun:
    """An application with a fee on which officers work here, and that they approve."""
    run = ObservedRun()
    run.note(APPLICATIONS, "application_submitted")
    run.notify("submitted")
    made = run.publish("submissions.desk.v1", "submission_made", ministry="lgd", mandate=None)
    case = {"case_id": made.event_id, "tracking_number": run.click.tracking_number}
    run.submissions.append({**case, "kind": "submitted"})
    run.publish("ministries.desk.v1", "ministry_received")
    run.note(APPLICATIONS, "application_received", step={"waits_for": "payment"})
    run.notify("your_turn")
    run.publish("ministries.desk.v1", "step_reached")
    run.note(APPLICATIONS, "application_step_reached", step={"waits_for": "office"})
    run.decisions.append({**case, "action": "approved"})
    run.publish("ministries.desk.v1", "ministry_decided")
    run.note(APPLICATIONS, "application_decided")
    run.notify("approved")
    run.publish(GRANTS, "paper_granted")
    run.publish(PAPERS, "paper_issued")
    run.note(APPLICATIONS, "application_paper_issued")
    run.status = "approved"
    return run


def decided_at_once() -> ObservedRun:
    """An application whose ministry decided in its first answer; one message says all."""
    run = ObservedRun()
    run.note(APPLICATIONS, "application_submitted")
    run.show(str(derived_id(UUID(run.records[-1].event_id), "sms")), "cancelled", "submitted")
    run.hand_over("submitted")
    decided(run)
    return run


def withdrawn() -> ObservedRun:
    """An application that its citizen withdrew from the ministry."""
    run = ObservedRun(click(withdrawn=True))
    _submitted(run)
    run.acknowledge()
    run.note(APPLICATIONS, "application_withdrawn")
    run.hand_over("withdrawn")
    run.notify("withdrawn")
    run.status = "withdrawn"
    return run


def _submitted(run: ObservedRun) -> None:
    run.note(APPLICATIONS, "application_submitted")
    run.notify("submitted")
    run.hand_over("submitted")


def decided(run: ObservedRun) -> None:
    """Have the ministry approve, and the citizen notified."""
    run.decide("approved")
    run.note(APPLICATIONS, "application_decided")
    run.notify("approved")
    run.status = "approved"


def name_of(row: Any) -> str:
    """The name of a row: its kind, action, template or type."""
    if isinstance(row, Seen):
        return row.type
    return str(next(row[key] for key in ("kind", "action", "template", "type") if key in row))


def drop(side: str, name: str) -> Edit:
    """Remove the first row of this name on one side."""
    return lambda run: getattr(run, side).pop(_place(run, side, name))


def repeat(side: str, name: str, **changed: Any) -> Edit:
    """Repeat the first row of this name on one side, with changes."""

    def edit(run: ObservedRun) -> None:
        rows, at = getattr(run, side), _place(run, side, name)
        rows.insert(at + 1, _changed(rows[at], changed))

    return edit


def change(side: str, name: str, **changed: Any) -> Edit:
    """Change the first row of this name on one side."""

    def edit(run: ObservedRun) -> None:
        rows, at = getattr(run, side), _place(run, side, name)
        rows[at] = _changed(rows[at], changed)

    return edit


def swap(side: str, one: str, other: str) -> Edit:
    """Swap two rows on one side."""

    def edit(run: ObservedRun) -> None:
        rows = getattr(run, side)
        first, second = _place(run, side, one), _place(run, side, other)
        rows[first], rows[second] = rows[second], rows[first]

    return edit


def all_of(*edits: Edit) -> Edit:
    """Make several edits."""

    def edit(run: ObservedRun) -> None:
        for one in edits:
            one(run)

    return edit


def set_fields(**fields: Any) -> Edit:
    """Change fields of the run."""

    def edit(run: ObservedRun) -> None:
        for name, value in fields.items():
            setattr(run, name, value)

    return edit


def set_click(**fields: Any) -> Edit:
    """Change what the citizen was answered."""

    def edit(run: ObservedRun) -> None:
        run.click = replace(run.click, **fields)

    return edit


def _place(run: ObservedRun, side: str, name: str) -> int:
    names = [name_of(row) for row in getattr(run, side)]
    return names.index(name)


def _changed(row: Any, changed: dict[str, Any]) -> Any:
    return replace(row, **changed) if isinstance(row, Seen) else copy(row) | changed
