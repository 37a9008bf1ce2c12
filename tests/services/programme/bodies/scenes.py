"""Facts about bodies for tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.contracts.ministries import ConnectionChanged
from libs.contracts.programme import FactKind, RecordFact, Step
from libs.ids import new_id
from services.programme.bodies.contents import (
    BodyReplaced,
    ConnectionAnnounced,
    FactContent,
    InstructionsAcknowledged,
    InstructionsSent,
    LetterSent,
    ListReceived,
    ServiceChanged,
    VendorNamed,
)
from services.programme.bodies.facts import Fact

LAND, MOPA = "minland", "mopa"
TODAY = date(2026, 6, 30)
NAME = Text(bn="নামজারি", en="Mutation")


def fact(content: FactContent, day: date, body: str = LAND, **more: Any) -> Fact:
    """A fact of a day; later ones in a test have later times."""
    at = datetime.combine(day, time(4), UTC) + timedelta(milliseconds=next(_serial))
    fields: dict[str, Any] = {"fact_id": new_id(), "happened_at": at, "recorded_at": at, **more}
    return Fact(
        body=body, day=day, content=content, evidence="letter 7", recorded_by="salma", **fields
    )


_serial = iter(range(10**9))


def letter(day: date, due_on: date, *asks: Step, **more: Any) -> Fact:
    return fact(LetterSent(asks=asks or ("list",), due_on=due_on), day, **more)


def received(day: date, *ids: str, others: tuple[str, ...] = (), **more: Any) -> Fact:
    return fact(ListReceived(public_service_ids=ids, others=others), day, **more)


def instructions(day: date, due_on: date, **more: Any) -> Fact:
    return fact(InstructionsSent(due_on=due_on), day, **more)


def acknowledged(day: date, **more: Any) -> Fact:
    return fact(InstructionsAcknowledged(), day, **more)


def vendor(day: date, name: str = "Deshi Soft", **more: Any) -> Fact:
    return fact(VendorNamed(vendor=name), day, **more)


def replaced(day: date, by: str, **more: Any) -> Fact:
    return fact(BodyReplaced(replaced_by=by), day, **more)


def service(
    day: date,
    public_service_id: str,
    *,
    is_open: bool = True,
    published: bool = True,
    said: Mapping[str, Any] = MappingProxyType({"adapter": "own", "own_passed": True}),
    **more: Any,
) -> Fact:
    """A service was announced; its ministry has an adapter of its own that passed."""
    content = ServiceChanged(
        public_service_id=public_service_id, name=NAME, open=is_open, published=published, **said
    )
    return fact(content, day, **more)


def connection(day: date, *, adapter: str | None = "soap", **more: Any) -> Fact:
    """A system that we host the adapter of passed its check, unless told otherwise."""
    said = {"passed": True, "despite": False, "stopped": False}
    said |= {name: more.pop(name) for name in list(said) if name in more}
    content = ConnectionAnnounced(adapter=adapter, version=1, checked_at=None, **said)
    return fact(content, day, **more)


def wanted(kind: FactKind, day: date = TODAY, **more: Any) -> RecordFact:
    """What somebody records."""
    return RecordFact(kind=kind, day=day, evidence="letter 05.00 of that day", **more)


def announced(
    public_service_id: str = "S001", body: str = LAND, *, event_id: UUID | None = None, **more: Any
) -> PublicServiceChanged:
    """The catalogue's announcement of a public service."""
    fields: dict[str, Any] = {
        "event_id": event_id or new_id(),
        "occurred_at": datetime(2026, 6, 1, 4, tzinfo=UTC),
        "name": NAME,
        "category": "land",
        "fee_bdt": None,
        "fee_status": "unknown",
        "service_deadline_days": None,
        "service_deadline_status": "unknown",
        "required_documents_bn": (),
        "required_documents_status": "unknown",
        "form_origin": "this_project",
        "form_version": 1,
        "form_schema": {},
        "open": True,
        "ministry_adapter": "hosted",
        **more,
    }
    return PublicServiceChanged(public_service_id=public_service_id, ministry=body, **fields)


def connected(body: str = LAND, **more: Any) -> ConnectionChanged:
    """The announcement that a ministry's system is connected."""
    fields: dict[str, Any] = {
        "adapter": "soap",
        "version": 1,
        "passed": True,
        "despite": False,
        "stopped": False,
        "occurred_at": datetime(2026, 6, 1, 4, tzinfo=UTC),
        **more,
    }
    return ConnectionChanged(ministry=body, **fields)
