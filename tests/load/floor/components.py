"""The four processes of the floor."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from asyncpg.pgproto.pgproto import UUID

from tests.load.floor import sql
from tests.load.floor.component import Batching, Component, Handler, Session
from tests.load.floor.events import (
    APPLICATIONS,
    FACTS,
    SUBMISSIONS,
    Event,
    make_row,
    ministry_of,
    new_id,
)

_PHONE = "+8801700000000"
_NONE = "http://127.0.0.1"  # nobody calls back: ministries decide in their response
_CLICKS_AT_ONCE = 256
_CALLS_AT_ONCE = 64
_MESSAGES_AT_ONCE = 200


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    """Rows as the arrays that `unnest` takes."""
    return list(zip(*rows, strict=True)) or [()] * width


async def gateway(component: Component) -> Handler:
    """Forward clicks, and read the topic as a gateway without live views does."""
    component.go(component.consume("gateway", [APPLICATIONS], None))
    return component.caller("applications", _CLICKS_AT_ONCE).post


@dataclass
class _Applications:
    """Writes clicks in groups, and consumes decisions of ministries."""

    component: Component
    submitting: Session
    deciding: Session

    async def submit(self, clicks: list[Any]) -> None:
        rows, outbox = [], []
        for command, _ in clicks:
            application_id, service = new_id(), command["public_service_id"]
            number = _tracking_number(application_id)
            form, ministry = orjson.dumps(command["form"]).decode(), ministry_of(service)
            said = orjson.dumps(
                {"tracking_number": number, "application_id": str(application_id)}
            ).decode()
            rows.append(
                (application_id, number, service, ministry, form, str(application_id), said)
            )
            about = {"tracking_number": number, "public_service_id": service}
            text = str(application_id)
            outbox.append(make_row(SUBMISSIONS, "submitted", text, form=form, **about))
            outbox.append(make_row(APPLICATIONS, "submitted", text, **about))
        columns = [*_columns(outbox, 4), *_columns(rows, 7)]
        await self.submitting.execute(sql.SUBMIT, *columns, new_id(), datetime.now(UTC))
        self.component.committed.set()
        for (_, answered), row in zip(clicks, rows, strict=True):
            answered.set_result(row[-1].encode())

    async def on_facts(self, events: list[Event]) -> None:
        outbox = [
            make_row(APPLICATIONS, "decided", event.application_id, **event.content)
            for event in events
        ]
        decided = (
            (event.event_id, event.application_id, event.content["action"]) for event in events
        )
        await self.deciding.execute(sql.DECIDE, *_columns(outbox, 4), *_columns(decided, 3))
        self.component.committed.set()


def _tracking_number(application_id: UUID) -> str:
    symbols = application_id.hex[-15:].upper()
    return f"NS-{symbols[:5]}-{symbols[5:10]}-{symbols[10:]}"


async def applications(component: Component) -> Handler:
    """Accept applications and record their decisions."""
    handler = _Applications(component, *[await component.session() for _ in range(2)])
    clicked = Batching(handler.submit)
    component.go(
        clicked.run(),
        component.relay(),
        component.consume("facts", [FACTS], handler.on_facts),
    )

    async def answer(_: str, body: bytes) -> bytes:
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        clicked.add((orjson.loads(body), answered))
        return await answered

    return answer


class _Ministries:
    """Hands applications to their ministries, and publishes the answers."""

    def __init__(self, component: Component, planning: Session, recording: Session) -> None:
        self._component = component
        self._planning = planning
        self._recording = recording
        self._outside = component.caller("outside", _CALLS_AT_ONCE)
        self.answered = Batching(self._record)

    async def on_submissions(self, events: list[Event]) -> None:
        ministries = [ministry_of(event.content["public_service_id"]) for event in events]
        rows = (
            (each.event_id, each.application_id, ministry, each.content["form"])
            for each, ministry in zip(events, ministries, strict=True)
        )
        await self._planning.execute(sql.PLAN, *_columns(rows, 4))
        self._component.go(*map(self._call, events, ministries))

    async def _call(self, event: Event, ministry: str) -> None:
        about = {"kind": "submitted", "application_id": event.application_id, "callback_url": _NONE}
        body = orjson.dumps(about | event.content)
        path, key = f"/ministries/{ministry}/submissions", event.application_id
        response = orjson.loads(await self._outside.post(path, body, key))
        self.answered.add((event, response))

    async def _record(self, answers: list[Any]) -> None:
        outbox = [
            make_row(
                FACTS,
                "decided",
                event.application_id,
                tracking_number=event.content["tracking_number"],
                case_file_number=response["case_file_number"],
                action=response["decision"]["action"],
            )
            for event, response in answers
        ]
        outcomes = (
            (event.application_id, response["case_file_number"]) for event, response in answers
        )
        columns = [*_columns(outbox, 4), *_columns(outcomes, 2)]
        await self._recording.execute(sql.HANDED_OVER, *columns)
        self._component.committed.set()


async def ministries(component: Component) -> Handler:
    """Deliver to all ministries."""
    handler = _Ministries(component, await component.session(), await component.session())
    component.go(
        handler.answered.run(),
        component.relay(),
        component.consume("ministries", [SUBMISSIONS], handler.on_submissions),
    )
    return _nothing


class _Notifications:
    """Sends SMS, and takes delivery reports."""

    def __init__(
        self, component: Component, queueing: Session, sending: Session, reporting: Session
    ) -> None:
        self._queueing = queueing
        self._sending = sending
        self._reporting = reporting
        self._updating = asyncio.Lock()  # both change the same messages, in orders of their own
        self._outside = component.caller("outside", 1)
        self._report_url = f"{component.url('notifications')}/reports/bulk"
        self.queued = Batching(self._send, _MESSAGES_AT_ONCE)
        self.reported = Batching(self._report)

    async def on_applications(self, events: list[Event]) -> None:
        wanted = [(new_id(), event) for event in events if event.type == "decided"]
        ids = [event.event_id for event in events]
        rows = ((message_id, each.application_id, each.type) for message_id, each in wanted)
        await self._queueing.execute(sql.QUEUE, ids, *_columns(rows, 3))
        self.queued.add(*wanted)

    async def _send(self, messages: list[Any]) -> None:
        listed = [
            {
                "reference": str(message_id),
                "idempotency_key": str(message_id),
                "to": _PHONE,
                "text": "আপনার আবেদন {tracking_number}: {action}".format_map(event.content),
                "report_url": self._report_url,
            }
            for message_id, event in messages
        ]
        body = orjson.dumps({"messages": listed})
        orjson.loads(await self._outside.post("/sms/messages/bulk", body))
        async with self._updating:
            await self._sending.execute(sql.SENT, [message_id for message_id, _ in messages])

    async def _report(self, reports: list[Any]) -> None:
        async with self._updating:
            await self._reporting.execute(
                sql.DELIVERED, [report["reference"] for report in reports]
            )


async def notifications(component: Component) -> Handler:
    """Send messages."""
    handler = _Notifications(component, *[await component.session() for _ in range(3)])
    component.go(
        handler.queued.run(),
        handler.reported.run(),
        component.consume("notifications", [APPLICATIONS], handler.on_applications),
    )

    async def answer(_: str, body: bytes) -> bytes:
        handler.reported.add(*orjson.loads(body)["reports"])
        return b"{}"

    return answer


async def _nothing(_: str, __: bytes) -> bytes:
    return b"{}"


COMPONENTS: dict[str, Callable[[Component], Awaitable[Handler]]] = {
    "notifications": notifications,
    "ministries": ministries,
    "applications": applications,
    "gateway": gateway,
}
