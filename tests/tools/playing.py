"""The platform and the outside world as a trial meets them, played by one small server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web

from libs.ids import new_id, new_tracking_number
from services.registry import SERVICES

FORM = {
    "type": "object",
    "properties": {"name_bn": {"type": "string"}},
    "required": ["name_bn"],
    "additionalProperties": False,
}


@dataclass
class Played:
    """What the played platform has, and the faults that a test orders.

    Args:
        hand_overs: how often each application reaches its ministry.
        copies: how often each message is sent under its reference.
        answers: how many messages follow the first one of an application.
        decides: whether ministries decide.
        reports: whether the operator reports deliveries.
        refuses: answer every application with 422.
        fails: so many requests to the API get no usable answer first; the application is made.
        doubled_after_s: when an application reaches its ministry once more; 0 for never.
        answers_after_s: how long the platform thinks about an application.
        span_services: who has a span in every trace.
    """

    hand_overs: int = 1
    copies: int = 1
    answers: int = 1
    decides: bool = True
    reports: bool = True
    refuses: bool = False
    fails: int = 0
    doubled_after_s: float = 0.0
    answers_after_s: float = 0.0
    span_services: tuple[str, ...] = SERVICES
    url: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"submissions": [], "decisions": [], "messages": []}
    )
    by_key: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)

    def note(self, page: str, **row: Any) -> None:
        """Write a row of the ledger."""
        self.ledger[page].append({"n": len(self.ledger[page]) + 1, **row})

    def send(self, phone: str, text: str, *, copies: int = 1) -> None:
        """Have the operator take a message over."""
        reference, at = str(new_id()), datetime.now(UTC).isoformat()
        reported_at = at if self.reports else None
        for _ in range(copies):
            self.note(
                "messages",
                reference=reference,
                to=phone,
                text=text,
                received_at=at,
                reported_at=reported_at,
            )

    def make_application(self) -> dict[str, str]:
        """Do for an application all that follows from it."""
        application_id = new_id()
        number = new_tracking_number(application_id)
        hand_over = partial(
            self.note,
            "submissions",
            application_id=str(application_id),
            tracking_number=number,
            kind="lodged",
        )
        for _ in range(self.hand_overs):
            hand_over()
        if self.doubled_after_s:
            asyncio.get_running_loop().call_later(self.doubled_after_s, hand_over)
        if self.decides:
            self.note("decisions", application_id=str(application_id), action="approved")
        for _ in range(1 + self.answers):
            self.send("+8801700000000", f"আবেদন {number}", copies=self.copies)
        return {"application_id": str(application_id), "tracking_number": number}

    # -- as the public API

    async def send_code(self, request: web.Request) -> web.Response:
        phone = (await request.json())["phone"]
        self.codes[phone] = f"{len(self.codes) + 100_000}"
        self.send(phone, f"কোড {self.codes[phone]}")
        return web.json_response({}, status=202)

    async def give_tokens(self, request: web.Request) -> web.Response:
        body = await request.json()
        right = self.codes.get(body["phone"]) == body["code"]
        return web.json_response({"access_token": "a"}, status=200 if right else 401)

    async def list_services(self, _: web.Request) -> web.Response:
        name = {"bn": "জন্ম নিবন্ধন", "en": "Birth registration"}
        items = [
            {"public_service_id": "S002", "name": name, "open": True},
            {"public_service_id": "S010", "name": name, "open": False},
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

    async def show_live(self, _: web.Request) -> web.Response:
        return web.Response(text='event: snapshot\ndata: {"status": "approved"}\n\n: still here\n')

    # -- as the sandbox

    async def show_ledger(self, request: web.Request) -> web.Response:
        rows = self.ledger[request.match_info["kind"]]
        after = int(request.query["after"])
        limit = int(request.query["limit"])
        return web.json_response([row for row in rows if row["n"] > after][:limit])

    async def show_trace(self, _: web.Request) -> web.Response:
        return web.json_response({"spans": spans_of(*self.span_services)})

    async def ok(self, _: web.Request) -> web.Response:
        return web.Response()

    def app(self) -> web.Application:
        """Both parties behind one address."""

        @web.middleware
        async def note(request: web.Request, handler: Any) -> web.StreamResponse:
            self.asked.append(request)
            answer: web.StreamResponse = await handler(request)
            return answer

        app = web.Application(middlewares=[note])
        app.add_routes(
            [
                web.post("/v1/login/codes", self.send_code),
                web.post("/v1/login/tokens", self.give_tokens),
                web.get("/v1/services", self.list_services),
                web.get("/v1/services/{id}", self.show_service),
                web.post("/v1/applications", self.apply),
                web.get("/v1/applications", self.list_own),
                web.get("/v1/applications/{number}/events", self.show_live),
                web.get("/ledger/{kind}", self.show_ledger),
                web.get("/traces/{trace_id}", self.show_trace),
                web.post("/v1/traces", self.ok),
                web.get("/health/live", self.ok),
            ]
        )
        return app


def spans_of(*services: str) -> list[dict[str, Any]]:
    """A trace in which each service's span is the child of the one before it."""
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
async def playing(**faults: Any) -> AsyncIterator[tuple[Played, aiohttp.ClientSession]]:
    """A played platform that runs, and a client."""
    played = Played(**faults)
    runner = web.AppRunner(played.app(), shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    played.url = f"http://{host}:{port}"
    try:
        async with aiohttp.ClientSession() as http:
            yield played, http
    finally:
        await runner.cleanup()
