"""One application in a world where all is well, seen from every side, and ways to put it wrong."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, TypeAlias, cast
from uuid import UUID

from tools.chaos.cases import Finding
from tools.chaos.crowd import Click, Visitor
from tools.chaos.witness import Books
from tools.demo.span_store import Letter

from libs.ids import derived_id, new_id, new_tracking_number
from tools.chaos.checks import examine
from tools.chaos.evidence import Evidence, Seen, Waiting

FACTS, NEWS = "applications.v1", "notifications.v1"
SUBMISSIONS, MINISTRIES = "submissions.<ministry>.v1", "ministries.<ministry>.v1"
PHONE = "+8801700000001"
NOON = "2026-11-25T12:00:00+00:00"

Edit: TypeAlias = Callable[["World"], object]


def click(application: UUID | None = None, **fields: Any) -> Click:
    """A click that was answered with this application, by nobody in particular."""
    application_id = application or new_id()
    answered: dict[str, Any] = {
        "citizen": cast("Visitor", SimpleNamespace(phone=PHONE)),
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
class World:
    """What each side saw of one application, as it may be put wrong before it is examined."""

    click: Click = field(default_factory=click)
    status: str | None = "submitted"
    timeline: list[dict[str, str]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    records: list[Seen] = field(default_factory=list)
    others: list[Click] = field(default_factory=list)
    refused: int = 0
    unhandled: list[tuple[str, Seen, bool]] = field(default_factory=list)
    letters: dict[str, list[Letter]] = field(default_factory=dict)
    ghosts: set[str] = field(default_factory=set)
    surplus: set[str] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)

    def publish(self, topic: str, kind: str, **fields: Any) -> Seen:
        """Have an event stand in its topic."""
        name = self.click.application_id
        self.records.append(seen(topic, kind, name, offset=len(self.records), **fields))
        return self.records[-1]

    def note(self, topic: str, kind: str, **fields: Any) -> None:
        """Have an event stand in its topic and in the timeline."""
        event_id = self.publish(topic, kind, **fields).event_id
        self.timeline.append({"type": kind, "event_id": event_id})

    def hand_over(self, kind: str) -> None:
        """Have a submission published, reach its ministry, and be received there."""
        self.publish(SUBMISSIONS, f"submission_{kind}")
        row = {"application_id": self.click.application_id, "kind": kind, "ministry": "<ministry>"}
        self.submissions.append(row)
        if kind != "withdrawn":
            self.publish(MINISTRIES, "ministry_received")

    def decide(self, action: str) -> None:
        """Have the ministry say something, and its adapter tell of it."""
        self.decisions.append({"application_id": self.click.application_id, "action": action})
        event = "correction_asked" if action == "correction_asked" else "ministry_decided"
        self.publish(MINISTRIES, event)

    def tell(self, template: str, *, cause: str = "") -> None:
        """Have the citizen told of a fact, the last one unless given, by an SMS that arrives."""
        facts = [each.event_id for each in self.records if each.topic == FACTS]
        reference = str(derived_id(UUID(cause or facts[-1]), "sms"))
        self.messages.append(
            {
                "reference": reference,
                "to": PHONE,
                "text": f"{template} {self.click.tracking_number}",
                "template": template,
                "reported_at": NOON,
            }
        )
        for kind in ("message_sent", "message_delivered"):
            self.note(NEWS, kind, message_id=reference, template=template)

    def evidence(self) -> Evidence:
        """What an auditor brings home."""
        view = {"status": self.status, "timeline": self.timeline}
        return Evidence(
            books=Books(self.submissions, self.decisions, self.messages, 0, self.refused),
            views={} if self.status is None else {self.click.application_id: view},
            records=self.records,
            unhandled=self.unhandled,
            letters=self.letters,
            ghosts=self.ghosts,
            surplus=self.surplus,
            waiting=Waiting(self.waiting),
        )

    def found(self) -> list[Finding]:
        """What is wrong with it."""
        return examine([self.click, *self.others], self.evidence())

    def kinds(self) -> list[str]:
        """The kinds of what is wrong with it, sorted."""
        return sorted(wrong for wrong, _ in self.found())


def approved() -> World:
    """An application that was sent back, corrected, and approved."""
    world = World(click(corrected=1))
    _lodged(world)
    world.decide("correction_asked")
    world.note(FACTS, "correction_requested")
    world.tell("correction_requested")
    world.note(FACTS, "application_corrected")
    world.hand_over("corrected")
    decided(world)
    return world


def withdrawn() -> World:
    """An application that its citizen withdrew from the ministry."""
    world = World(click(withdrawn=True))
    _lodged(world)
    world.note(FACTS, "application_withdrawn")
    world.hand_over("withdrawn")
    world.tell("withdrawn")
    world.status = "withdrawn"
    return world


def _lodged(world: World) -> None:
    world.note(FACTS, "application_submitted")
    world.tell("submitted")
    world.hand_over("lodged")
    world.note(FACTS, "application_received")


def decided(world: World) -> None:
    """Have the ministry approve, and the citizen told so."""
    world.decide("approved")
    world.note(FACTS, "application_decided")
    world.tell("approved")
    world.status = "approved"


def name_of(row: Any) -> str:
    """What a row of any side is about: kind, action, template or type."""
    if isinstance(row, Seen):
        return row.type
    return str(next(row[key] for key in ("kind", "action", "template", "type") if key in row))


def drop(side: str, name: str) -> Edit:
    """Have the first of this name missing on one side."""
    return lambda world: getattr(world, side).pop(_place(world, side, name))


def again(side: str, name: str, **changed: Any) -> Edit:
    """Have the first of this name there twice on one side, the second time with a difference."""

    def edit(world: World) -> None:
        rows, at = getattr(world, side), _place(world, side, name)
        rows.insert(at + 1, _changed(rows[at], changed))

    return edit


def change(side: str, name: str, **changed: Any) -> Edit:
    """Have the first of this name differ on one side."""

    def edit(world: World) -> None:
        rows, at = getattr(world, side), _place(world, side, name)
        rows[at] = _changed(rows[at], changed)

    return edit


def swap(side: str, one: str, other: str) -> Edit:
    """Have two change places on one side."""

    def edit(world: World) -> None:
        rows = getattr(world, side)
        first, second = _place(world, side, one), _place(world, side, other)
        rows[first], rows[second] = rows[second], rows[first]

    return edit


def all_of(*edits: Edit) -> Edit:
    """Have several things wrong that belong together."""

    def edit(world: World) -> None:
        for each in edits:
            each(world)

    return edit


def have(**fields: Any) -> Edit:
    """Have something about the whole world differ."""

    def edit(world: World) -> None:
        for name, value in fields.items():
            setattr(world, name, value)

    return edit


def have_clicked(**fields: Any) -> Edit:
    """Have the citizen be told something else."""

    def edit(world: World) -> None:
        world.click = replace(world.click, **fields)

    return edit


def _place(world: World, side: str, name: str) -> int:
    names = [name_of(row) for row in getattr(world, side)]
    return names.index(name)


def _changed(row: Any, changed: dict[str, Any]) -> Any:
    return replace(row, **changed) if isinstance(row, Seen) else copy(row) | changed
