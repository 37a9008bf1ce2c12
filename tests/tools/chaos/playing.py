"""The played platform of the trials, with what chaos needs beside: faults, corrections, views."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from libs.ids import new_id
from tests.tools.playing import Played


@dataclass
class PlayedInChaos(Played):
    """A platform whose applications live on, and whose sandbox takes orders.

    Args:
        away: so many requests to the sandbox's controls are answered 503 first.
        unknown: answer orders to the sandbox with 404.
        asks: whether ministries send every application back for correction.
        outlived: so many requests of a logged-in citizen are answered 401 first.
        loses: answer applications, and keep none of them.
        owed: callbacks still to be made.
        refused: callbacks that our side refused.
        relay: what a replica says of its relay, one answer after the other, the last for good.
    """

    away: int = 0
    unknown: bool = False
    asks: bool = False
    outlived: int = 0
    loses: bool = False
    owed: int = 0
    refused: int = 0
    relay: list[str] = field(default_factory=list)
    orders: list[tuple[str, str, Any]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)

    @override
    def note(self, page: str, **row: Any) -> None:
        super().note(page, **{"received_at": datetime.now(UTC).isoformat(), **row})

    @override
    def make_application(self) -> dict[str, str]:
        made = super().make_application()
        self.views[made["tracking_number"]] = {**made, "status": "submitted", "timeline": []}
        if self.asks:
            self.ask(made["tracking_number"])
        return made

    def ask(self, number: str) -> None:
        """Have the ministry send an application back for correction."""
        self.become(number, "correction_requested", "correction_requested")
        application_id = self.views[number]["application_id"]
        self.note("decisions", application_id=application_id, action="correction_asked")

    def become(self, number: str, status: str, kind: str) -> None:
        """Have something happen to an application."""
        self.views[number]["status"] = status
        self.views[number]["timeline"].append({"type": kind, "event_id": str(new_id())})

    # -- as the public API

    async def show_own(self, request: web.Request) -> web.Response:
        if self.outlived > 0:
            self.outlived -= 1
            return web.json_response({}, status=401)
        number = request.match_info["number"]
        known = number in self.views and not self.loses
        return web.json_response(self.views[number] if known else {}, status=200 if known else 404)

    async def withdraw(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if self.views[number]["status"] in {"approved", "refused"}:
            return web.json_response({}, status=409)
        self.become(number, "withdrawn", "application_withdrawn")
        return web.json_response(self.views[number])

    async def correct(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        self.become(number, "with_ministry", "application_corrected")
        return web.json_response(self.views[number])

    async def show_readiness(self, _: web.Request) -> web.Response:
        detail = self.relay.pop(0) if len(self.relay) > 1 else "".join(self.relay)
        return web.json_response({"parts": {"relay": {"detail": detail}}})

    # -- as the sandbox

    async def show_owed(self, _: web.Request) -> web.Response:
        refused = [{"owed_id": n} for n in range(self.refused)]
        return web.json_response({"waiting": self.owed, "refused": refused})

    async def take_order(self, request: web.Request) -> web.Response:
        if self.unknown:
            return web.Response(status=404)
        if self.away > 0:
            self.away -= 1
            return web.Response(status=503)
        body = await request.json() if request.can_read_body else None
        self.orders.append((request.method, request.path, body))
        return web.Response(status=204)

    @override
    def app(self) -> web.Application:
        """Both parties behind one address, and the replicas of services with them."""
        app = super().app()
        app.add_routes(
            [
                web.get("/v1/applications/{number}", self.show_own),
                web.post("/v1/applications/{number}/withdrawal", self.withdraw),
                web.post("/v1/applications/{number}/corrections", self.correct),
                web.get("/health/ready", self.show_readiness),
                web.get("/ledger/owed", self.show_owed),
                web.route("*", "/faults", self.take_order),
                web.route("*", "/faults/{party}", self.take_order),
                web.route("*", "/behaviour", self.take_order),
                web.route("*", "/behaviour/{party}", self.take_order),
            ]
        )
        return app


@asynccontextmanager
async def in_chaos(**faults: Any) -> AsyncIterator[tuple[PlayedInChaos, aiohttp.ClientSession]]:
    """A played platform that runs, and a client."""
    played = PlayedInChaos(**faults)
    async with TestServer(played.app()) as server, aiohttp.ClientSession() as http:
        played.url = str(server.make_url("")).rstrip("/")
        yield played, http
