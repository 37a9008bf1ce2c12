"""The five processes of the floor: what the platform does to an application, without its care."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from tests.load.floor import sql
from tests.load.floor.events import (
    APPLICATIONS,
    FACTS,
    NOTIFICATIONS,
    SUBMISSIONS,
    Heard,
    ministry_of,
    new_id,
    tell,
)
from tests.load.floor.part import Answer, Batching, Caller, Component, Session

_PHONE = "+8801700000000"
_CLICKS_AT_ONCE = 256
_CALLS_AT_ONCE = 64
_MESSAGES_AT_ONCE = 200
_STATUS = {"received": "with_ministry", "decided": "approved"}


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    """Rows as the arrays that `unnest` takes."""
    return list(zip(*rows, strict=True)) or [()] * width


async def gateway(part: Component) -> Answer:
    """Hand clicks on, and hear what nobody watches."""
    part.go(part.consume("gateway", [APPLICATIONS, NOTIFICATIONS], None))
    return part.caller("applications", _CLICKS_AT_ONCE).post


@dataclass
class _Applications:
    """Takes clicks in by groups; hears ministries and messages."""

    part: Component
    taking: Session
    hearing: Session
    following: Session

    async def take(self, clicks: list[Any]) -> None:
        rows, told = [], []
        for command, _ in clicks:
            application_id, service = new_id(), command["public_service_id"]
            number = f"NS-{application_id.hex[:20]}"
            form, ministry = orjson.dumps(command["form"]).decode(), ministry_of(service)
            said = orjson.dumps({"tracking_number": number, "status": "submitted"}).decode()
            rows.append((application_id, number, service, ministry, form, number, said))
            about = {"tracking_number": number, "public_service_id": service}
            text = str(application_id)
            told.append(tell(f"submissions.{ministry}.v1", "lodged", text, form=form, **about))
            told.append(tell(APPLICATIONS, "submitted", text, **about))
        columns = [*_columns(told, 4), *_columns(rows, 7)]
        await self.taking.execute(sql.SUBMIT, *columns, new_id(), datetime.now(UTC))
        self.part.committed.set()
        for (_, answered), row in zip(clicks, rows, strict=True):
            answered.set_result(row[-1].encode())

    async def on_facts(self, events: list[Heard]) -> None:
        told = [
            tell(APPLICATIONS, _STATUS[each.type], each.application_id, note="in order")
            for each in events
        ]
        last = {each.application_id: _STATUS[each.type] for each in events}
        columns = [*_columns(told, 4), *_heard(events), list(last), list(last.values())]
        await self.hearing.execute(sql.HEAR_FACTS, *columns)
        self.part.committed.set()

    async def on_messages(self, events: list[Heard]) -> None:
        await self.following.execute(sql.HEAR_MESSAGES, *_heard(events))


async def applications(part: Component) -> Answer:
    """Intake, and the case as it stands."""
    those = _Applications(part, *[await part.session() for _ in range(3)])
    clicked = Batching(those.take)
    part.go(
        clicked.run(),
        part.relay(),
        part.consume("facts", FACTS, those.on_facts),
        part.consume("messages", [NOTIFICATIONS], those.on_messages),
    )

    async def answer(_: str, body: bytes) -> bytes:
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        clicked.add((orjson.loads(body), answered))
        return await answered

    return answer


def _heard(events: Sequence[Heard]) -> list[Sequence[Any]]:
    return _columns(((each.event_id, each.application_id, each.type) for each in events), 3)


class _Ministries:
    """Hands applications to their ministries, and tells what they said."""

    def __init__(self, part: Component, planning: Session, recording: Session) -> None:
        self._part = part
        self._planning = planning
        self._recording = recording
        self._outside = part.caller("outside", _CALLS_AT_ONCE)
        self.answered = Batching(self._record)

    async def on_submissions(self, events: list[Heard]) -> None:
        whose = [ministry_of(each.content["public_service_id"]) for each in events]
        rows = (
            (each.event_id, each.application_id, ministry, each.content["form"])
            for each, ministry in zip(events, whose, strict=True)
        )
        await self._planning.execute(sql.PLAN, *_columns(rows, 4))
        self._part.go(*map(self._call, events, whose))

    async def _call(self, event: Heard, ministry: str) -> None:
        body = orjson.dumps({"kind": "lodged", "callback_url": "http://127.0.0.1", **event.content})
        said = orjson.loads(await self._outside.post("/ministries", body))
        topic = f"ministries.{ministry}.v1"
        self.answered.add((event.application_id, topic, said))

    async def _record(self, answers: list[Any]) -> None:
        told = []
        for about, topic, said in answers:
            told.append(tell(topic, "received", about, number=said["case_file_number"]))
            told.append(tell(topic, "decided", about, action=said["decision"]["action"]))
        outcomes = ((about, said["case_file_number"]) for about, _, said in answers)
        columns = [*_columns(told, 4), *_columns(outcomes, 2)]
        await self._recording.execute(sql.HANDED_OVER, *columns)
        self._part.committed.set()


async def ministries(part: Component) -> Answer:
    """The adapters of all ministries."""
    those = _Ministries(part, await part.session(), await part.session())
    part.go(
        those.answered.run(),
        part.relay(),
        part.consume("ministries", SUBMISSIONS, those.on_submissions),
    )
    return _nothing


class _Notifications:
    """Tells citizens by SMS, and hears that it came."""

    def __init__(
        self, part: Component, queueing: Session, sending: Session, hearing: Session
    ) -> None:
        self._part = part
        self._queueing = queueing
        self._sending = sending
        self._hearing = hearing
        self._outside = part.caller("outside", 1)
        self.queued = Batching(self._send, _MESSAGES_AT_ONCE)
        self.reported = Batching(self._hear)

    async def on_applications(self, events: list[Heard]) -> None:
        wanted = [
            (new_id(), each.application_id, each.type)
            for each in events
            if each.type != "with_ministry"
        ]
        ids = [each.event_id for each in events]
        await self._queueing.execute(sql.QUEUE, ids, *_columns(wanted, 3))
        self.queued.add(*wanted)

    async def _send(self, messages: list[Any]) -> None:
        texts = [
            {"reference": str(message_id), "to": _PHONE, "text": f"আপনার আবেদন {about}"}
            for message_id, about, _ in messages
        ]
        orjson.loads(await self._outside.post("/sms", orjson.dumps(texts)))
        told = [
            tell(NOTIFICATIONS, "sent", about, message_id=str(message_id))
            for message_id, about, _ in messages
        ]
        references = [each[0] for each in messages]
        await self._sending.execute(sql.SENT, *_columns(told, 4), references)
        self._part.committed.set()

    async def _hear(self, reports: list[Any]) -> None:
        told = [
            tell(NOTIFICATIONS, "delivered", each["about"], message_id=each["reference"])
            for each in reports
        ]
        references = [each["reference"] for each in reports]
        await self._hearing.execute(sql.DELIVERED, *_columns(told, 4), references)
        self._part.committed.set()


async def notifications(part: Component) -> Answer:
    """The sender of messages."""
    those = _Notifications(part, *[await part.session() for _ in range(3)])
    part.go(
        those.queued.run(),
        those.reported.run(),
        part.relay(),
        part.consume("notifications", [APPLICATIONS], those.on_applications),
    )

    async def answer(_: str, body: bytes) -> bytes:
        those.reported.add(*orjson.loads(body))
        return b"{}"

    return answer


async def outside(part: Component) -> Answer:
    """Ministries that decide in their answer, and an operator that reports at once."""
    taken = 0
    decided = orjson.dumps({"case_file_number": "BD-1", "decision": {"action": "approved"}})
    notifications = part.caller("notifications", 8)

    async def answer(path: str, body: bytes) -> bytes:
        nonlocal taken
        if path == "/ledger":
            return b"%d" % taken
        said = orjson.loads(body)
        if path == "/ministries":
            return decided
        taken += len(said)
        part.go(_report(notifications, said))
        return orjson.dumps([{"status": 202}] * len(said))

    return answer


async def _report(notifications: Caller, messages: list[dict[str, str]]) -> None:
    told = [
        {"reference": each["reference"], "about": each["text"].rsplit(" ", 1)[1]}
        for each in messages
    ]
    await notifications.post("/reports", orjson.dumps(told))


async def _nothing(_: str, __: bytes) -> bytes:
    return b"{}"


PARTS: dict[str, Callable[[Component], Awaitable[Answer]]] = {
    "outside": outside,
    "notifications": notifications,
    "ministries": ministries,
    "applications": applications,
    "gateway": gateway,
}
