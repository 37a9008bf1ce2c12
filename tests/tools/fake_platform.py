"""A small server with the API of platform and sandbox, and with faults that a test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.ids import new_id, new_tracking_number
from services.registry import SERVICES

FORM = {
    "type": "object",
    "properties": {"name_bn": {"type": "string"}},
    "required": ["name_bn"],
    "additionalProperties": False,
}


@dataclass
class FakePlatform:
    """The state of the server, and its faults.

    Args:
        hand_overs: how often every application reaches its ministry.
        copies: how often every message is received under its reference.
        answers: how many messages with a decision follow the confirmation of an application.
        decides: whether ministries decide.
        asks: whether ministries ask for a correction of every application.
        reports: whether the SMS provider reports deliveries.
        refuses: answer every application with 422.
        refused_logins: refuse so many logins.
        fails: so many applications are made and answered with 503.
        answers_after_s: how long an application takes.
        span_services: the services in every trace.
        ledger_down: so many requests to the ledger are answered with 503.
        controls_down: so many requests to the sandbox's controls are answered with 503.
        controls_unknown: answer requests to the sandbox's controls with 404.
        callbacks: that the sandbox has still to make.
        callbacks_refused: that the platform refused.
        relay: the relay's state in readiness, response by response; the last one stays.
    """

    hand_overs: int = 1
    copies: int = 1
    answers: int = 1
    decides: bool = True
    asks: bool = False
    reports: bool = True
    refuses: bool = False
    refused_logins: int = 0
    fails: int = 0
    answers_after_s: float = 0.0
    span_services: tuple[str, ...] = SERVICES
    ledger_down: int = 0
    controls_down: int = 0
    controls_unknown: bool = False
    callbacks: int = 0
    callbacks_refused: int = 0
    relay: list[str] = field(default_factory=list)
    url: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"submissions": [], "decisions": [], "papers": [], "messages": []}
    )
    by_key: dict[str, dict[str, str]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)
    controls: list[tuple[str, str, Any]] = field(default_factory=list)

    def note(self, page: str, **row: Any) -> None:
        """Write a row of the ledger."""
        rows, at = self.ledger[page], datetime.now(UTC).isoformat()
        rows.append({"n": len(rows) + 1, "received_at": at, **row})

    def send_sms(self, phone: str, text: str, *, copies: int = 1) -> None:
        """Have the provider receive a message."""
        reference, at = str(new_id()), datetime.now(UTC).isoformat()
        reported_at = at if self.reports else None
        for _ in range(copies):
            self.note("messages", reference=reference, to=phone, text=text, reported_at=reported_at)

    def make_application(self) -> dict[str, str]:
        """Make an application with all its consequences."""
        application_id = new_id()
        number = new_tracking_number(application_id)
        for _ in range(self.hand_overs):
            self.note(
                "submissions",
                application_id=str(application_id),
                tracking_number=number,
                kind="submitted",
            )
        if self.decides:
            self.note("decisions", application_id=str(application_id), action="approved")
        self.send_sms("+8801700000000", f"আবেদন {number} জমা হয়েছে", copies=self.copies)
        for _ in range(self.answers):
            self.send_sms("+8801700000000", f"আবেদন {number} মঞ্জুর হয়েছে", copies=self.copies)
        made = {"application_id": str(application_id), "tracking_number": number}
        self.views[number] = {**made, "status": "submitted", "timeline": []}
        if self.asks:
            self.ask_for_correction(number)
        return made

    def ask_for_correction(self, number: str) -> None:
        """Have the ministry ask for a correction."""
        self.change(number, "correction_requested", "correction_requested")
        application_id = self.views[number]["application_id"]
        self.note("decisions", application_id=application_id, action="correction_asked")

    def change(self, number: str, status: str, kind: str) -> None:
        """Give an application a status and a line in its timeline."""
        self.views[number]["status"] = status
        self.views[number]["timeline"].append({"type": kind, "event_id": str(new_id())})

    # -- the public API

    async def send_code(self, request: web.Request) -> web.Response:
        if self.refused_logins > 0:
            self.refused_logins -= 1
            return web.json_response({}, status=403)
        phone = (await request.json())["phone"]
        self.codes[phone] = f"{len(self.codes) + 100_000}"
        self.send_sms(phone, f"কোড {self.codes[phone]}")
        return web.json_response({}, status=202)

    async def give_tokens(self, request: web.Request) -> web.Response:
        body = await request.json()
        right = self.codes.get(body["phone"]) == body["code"]
        return web.json_response({"access_token": "a"}, status=200 if right else 401)

    async def list_services(self, _: web.Request) -> web.Response:
        name = {"bn": "জন্ম নিবন্ধন", "en": "Birth registration"}
        items = [
            {"public_service_id": "S002", "ministry": "lgd", "name": name, "open": True},
            {"public_service_id": "S010", "ministry": "minland", "name": name, "open": False},
        ]
        return web.json_response({"items": items})

    async def show_service(self, _: web.Request) -> web.Response:
        return web.json_response({"form": FORM})

    async def apply(self, request: web.Request) -> web.Response:
        if self.refuses:
            problem = {"type": "/problems/form_invalid", "errors": [{"pointer": "/form/name_bn"}]}
            return web.json_response(problem, status=422)
        await asyncio.sleep(self.answers_after_s)
        key = request.headers["idempotency-key"]
        if key not in self.by_key:
            self.by_key[key] = self.make_application()
        if self.fails > 0:
            self.fails -= 1
            return web.Response(status=503)
        return web.json_response(self.by_key[key], status=201)

    async def list_own(self, _: web.Request) -> web.Response:
        return web.json_response({"items": list(self.by_key.values())})

    async def show_own(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        shown = number in self.views
        return web.json_response(self.views[number] if shown else {}, status=200 if shown else 404)

    async def show_messages(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        items = [
            {"message_id": row["reference"], "state": "delivered" if row["reported_at"] else "sent"}
            for row in self.ledger["messages"]
            if number in row["text"]
        ]
        return web.json_response({"items": items}, status=200 if items else 404)

    async def show_live(self, _: web.Request) -> web.Response:
        return web.Response(text='event: snapshot\ndata: {"status": "approved"}\n\n: still here\n')

    async def withdraw(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if self.views[number]["status"] in {"approved", "refused"}:
            return web.json_response({}, status=409)
        self.change(number, "withdrawn", "application_withdrawn")
        return web.json_response(self.views[number])

    async def correct(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        self.change(number, "with_ministry", "application_corrected")
        return web.json_response(self.views[number])

    async def show_readiness(self, _: web.Request) -> web.Response:
        detail = self.relay.pop(0) if len(self.relay) > 1 else "".join(self.relay)
        return web.json_response({"components": {"relay": {"detail": detail}}})

    # -- the sandbox

    async def show_ledger(self, request: web.Request) -> web.Response:
        if self.ledger_down > 0:
            self.ledger_down -= 1
            return web.Response(status=503)
        limit = int(request.query["limit"])
        rows = {
            kind: [row for row in rows if row["n"] > int(request.query[kind])][:limit]
            for kind, rows in self.ledger.items()
        }
        return web.json_response(rows)

    async def show_ledger_messages(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        rows = [row for row in self.ledger["messages"] if row["n"] > after]
        return web.json_response(rows[:limit])

    async def show_callbacks(self, _: web.Request) -> web.Response:
        refused = [{"callback_id": n} for n in range(self.callbacks_refused)]
        return web.json_response({"waiting": self.callbacks, "refused": refused})

    async def control(self, request: web.Request) -> web.Response:
        if self.controls_unknown:
            return web.Response(status=404)
        if self.controls_down > 0:
            self.controls_down -= 1
            return web.Response(status=503)
        body = await request.json() if request.can_read_body else None
        self.controls.append((request.method, request.path, body))
        return web.Response(status=204)

    async def show_trace(self, _: web.Request) -> web.Response:
        return web.json_response({"spans": spans_of(*self.span_services)})

    async def ok(self, _: web.Request) -> web.Response:
        return web.Response()

    def app(self) -> web.Application:
        """Platform and sandbox behind one address."""

        @web.middleware
        async def note(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests.append(request)
            response: web.StreamResponse = await handler(request)
            return response

        own = "/v1/applications/{number}"
        app = web.Application(middlewares=[note])
        app.add_routes(
            [
                web.post("/v1/login/codes", self.send_code),
                web.post("/v1/login/tokens", self.give_tokens),
                web.get("/v1/services", self.list_services),
                web.get("/v1/services/{id}", self.show_service),
                web.post("/v1/applications", self.apply),
                web.get("/v1/applications", self.list_own),
                web.get(own, self.show_own),
                web.get(f"{own}/events", self.show_live),
                web.get(f"{own}/messages", self.show_messages),
                web.post(f"{own}/withdrawal", self.withdraw),
                web.post(f"{own}/corrections", self.correct),
                web.get("/health/ready", self.show_readiness),
                web.get("/health/live", self.ok),
                web.get("/ledger/callbacks", self.show_callbacks),
                web.get("/ledger/rows", self.show_ledger),
                web.get("/ledger/messages", self.show_ledger_messages),
                web.get("/traces/{trace_id}", self.show_trace),
                web.post("/v1/traces", self.ok),
                web.route("*", "/{name:faults|behaviour}", self.control),
                web.route("*", "/{name:faults|behaviour}/{party}", self.control),
            ]
        )
        return app


def spans_of(*services: str) -> list[dict[str, Any]]:
    """A trace in which the span of every service is the child of the one before."""
    return [
        {
            "span_id": f"{n:016x}",
            "parent_span_id": f"{n - 1:016x}" if n > 1 else "",
            "name": f"work of {service}",
            "service": service,
            "start_unix_ns": n * 1_000_000,
            "end_unix_ns": n * 1_000_000 + 500_000,
        }
        for n, service in enumerate(services, 1)
    ]


@asynccontextmanager
async def fake_platform(**faults: Any) -> AsyncIterator[tuple[FakePlatform, aiohttp.ClientSession]]:
    """Run the server; yield it and a client."""
    fake = FakePlatform(**faults)
    async with (
        TestServer(fake.app(), shutdown_timeout=0.05) as server,
        aiohttp.ClientSession() as http,
    ):
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake, http
