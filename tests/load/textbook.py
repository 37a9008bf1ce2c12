"""The textbook pipeline: what a good engineer writes after the tutorials of every library.

Four processes take applications, hand them to ministries, record decisions and send messages. A
handler takes one message, works in a transaction of its own, calls the outside party, publishes the
next message, and only then acknowledges; repetitions are caught by a primary key. Producers wait
for all replicas, offsets begin at the earliest, and traces are sampled as ours are. It does less
than the platform: no login, no gateway, no validation of the form, and no outbox, so a crash
between commit and publishing loses the event. The comparison flatters it.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
from fastapi import FastAPI, Header
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from libs.ids import derived_id, new_id, new_tracking_number
from libs.web.signed.signatures import sign
from sandbox.keys import ministry_secret

SUBMITTED = "textbook.submitted"
DECIDED = "textbook.decided"
ANNOUNCED = "textbook.announced"
PHONE = "+8801700000000"
CONSUMER: dict[str, Any] = {"ack_policy": AckPolicy.ACK, "auto_offset_reset": "earliest"}


class Command(BaseModel):
    """The body of an application."""

    public_service_id: str
    form: dict[str, Any]


class Submitted(BaseModel):
    """An application was handed in."""

    application_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str
    form: dict[str, Any]


class Decided(BaseModel):
    """A ministry has decided."""

    application_id: UUID
    tracking_number: str
    action: str


class Report(BaseModel):
    """A delivery report of the SMS operator."""

    reference: UUID
    status: str


@dataclass
class Component:
    """One process: its connections and its routes."""

    url: str
    sandbox: str
    pool: "asyncpg.Pool[asyncpg.Record]"
    broker: KafkaBroker
    http: aiohttp.ClientSession
    app: FastAPI
    ministry_secret: str
    ministries: dict[str, str] = field(default_factory=dict)

    async def post(
        self, path: str, content: dict[str, Any], key: UUID, *, signing_key: str = ""
    ) -> dict[str, Any]:
        """Call an outside party. On an error the message is not acknowledged, and comes again."""
        headers = {"idempotency-key": str(key), "content-type": "application/json"}
        body = json.dumps(content).encode()
        if signing_key:
            headers |= sign(signing_key, str(key), datetime.now(UTC), body)
        async with self.http.post(f"{self.sandbox}{path}", data=body, headers=headers) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found


async def intake(component: Component) -> None:
    """Accept applications."""
    rows = await component.pool.fetch("SELECT public_service_id, ministry FROM public_services")
    component.ministries = {row["public_service_id"]: row["ministry"] for row in rows}

    @component.app.post("/applications", status_code=201)
    async def apply(command: Command, idempotency_key: str = Header()) -> dict[str, str]:
        application_id = new_id()
        number = new_tracking_number(application_id)
        submitted = Submitted(
            application_id=application_id,
            tracking_number=number,
            public_service_id=command.public_service_id,
            ministry=component.ministries[command.public_service_id],
            form=command.form,
        )
        async with component.pool.acquire() as connection, connection.transaction():
            first = await connection.fetchval(
                """
                INSERT INTO textbook.applications VALUES ($1, $2, $3, $4, $5, 'submitted')
                    ON CONFLICT (idempotency_key) DO UPDATE SET status = applications.status
                RETURNING tracking_number
                """,
                application_id,
                idempotency_key,
                number,
                command.public_service_id,
                submitted.model_dump_json(include={"form"}),
            )
        if first == number:
            await component.broker.publish(submitted, SUBMITTED, key=application_id.bytes)
        return {"application_id": str(application_id), "tracking_number": first}


async def ministries(component: Component) -> None:
    """Hand applications to their ministries."""

    @component.broker.subscriber(SUBMITTED, group_id="textbook-ministries", **CONSUMER)  # type: ignore[untyped-decorator]
    async def hand_over(submitted: Submitted) -> None:
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO textbook.deliveries VALUES ($1) ON CONFLICT DO NOTHING",
                submitted.application_id,
            )
        body = {
            **submitted.model_dump(mode="json"),
            "kind": "submitted",
            "callback_url": component.url,
        }
        path = f"/ministries/{submitted.ministry}/submissions"
        signing_key = ministry_secret(component.ministry_secret, submitted.ministry)
        answer = await component.post(path, body, submitted.application_id, signing_key=signing_key)
        action = answer["decision"]["action"]
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """
                UPDATE textbook.deliveries SET case_file_number = $2, action = $3
                 WHERE application_id = $1
                """,
                submitted.application_id,
                answer["case_file_number"],
                action,
            )
        decided = Decided(
            application_id=submitted.application_id,
            tracking_number=submitted.tracking_number,
            action=action,
        )
        await component.broker.publish(decided, DECIDED, key=decided.application_id.bytes)


async def decisions(component: Component) -> None:
    """Record decisions."""

    @component.broker.subscriber(DECIDED, group_id="textbook-decisions", **CONSUMER)  # type: ignore[untyped-decorator]
    async def decide(decided: Decided) -> None:
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE textbook.applications SET status = $2 WHERE application_id = $1",
                decided.application_id,
                decided.action,
            )
        await component.broker.publish(decided, ANNOUNCED, key=decided.application_id.bytes)


async def notifications(component: Component) -> None:
    """Tell citizens by SMS what was decided; ministries decide at once here."""

    async def send(message_id: UUID, number: str, text: str) -> None:
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO textbook.messages VALUES ($1, $2, 'queued') ON CONFLICT DO NOTHING",
                message_id,
                number,
            )
        body = {
            "reference": str(message_id),
            "to": PHONE,
            "text": text,
            "report_url": f"{component.url}/reports",
        }
        await component.post("/sms/messages", body, message_id)
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """
                UPDATE textbook.messages SET state = 'sent'
                 WHERE message_id = $1 AND state = 'queued'
                """,
                message_id,
            )

    @component.broker.subscriber(ANNOUNCED, group_id="textbook-notifications-announced", **CONSUMER)  # type: ignore[untyped-decorator]
    async def tell_decided(decided: Decided) -> None:
        text = f"আপনার আবেদন {decided.tracking_number} এর সিদ্ধান্ত হয়েছে: {decided.action}"
        await send(derived_id(decided.application_id, "decided"), decided.tracking_number, text)

    @component.app.post("/reports", status_code=204)
    async def take_report(report: Report) -> None:
        async with component.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE textbook.messages SET state = $2 WHERE message_id = $1",
                report.reference,
                report.status,
            )


COMPONENTS: dict[str, Callable[[Component], Awaitable[None]]] = {
    "intake": intake,
    "ministries": ministries,
    "decisions": decisions,
    "notifications": notifications,
}
