"""The controls: what goes wrong at whom, and how ministries decide."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.web.body import read_body
from libs.web.responses import json_response
from sandbox.faults import queries
from sandbox.faults.behaviour import Behaviour
from sandbox.faults.controls import Controls
from sandbox.faults.destinations import known_decider, known_destination
from sandbox.faults.rules import Faults, Ordered
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection

FAULTS = "faults"
BEHAVIOUR = "behaviour"


def load_controls(connection: Connection) -> Controls:
    """Read the orders that were in force when the sandbox last ended."""
    faults = {
        destination: Ordered(Faults.model_validate_json(value), at_s)
        for destination, value, at_s in queries.load_controls(connection, FAULTS)
    }
    behaviours = {
        destination: Behaviour.model_validate_json(value)
        for destination, value, _ in queries.load_controls(connection, BEHAVIOUR)
    }
    return Controls(faults, behaviours)


@dataclass(frozen=True, slots=True)
class ControlRoutes:
    """Takes orders: an order replaces what was ordered for the same destination before."""

    controls: Controls
    ledger: LedgerFile

    def routes(self) -> list[Route]:
        """The routes of the controls."""
        return [
            Route("/faults", self.list_faults),
            Route("/faults", self.end_all_faults, methods=["DELETE"]),
            Route("/faults/{destination}", self.order_faults, methods=["PUT"]),
            Route("/faults/{destination}", self.end_faults, methods=["DELETE"]),
            Route("/behaviour", self.list_behaviours),
            Route("/behaviour", self.end_all_behaviours, methods=["DELETE"]),
            Route("/behaviour/{destination}", self.order_behaviour, methods=["PUT"]),
        ]

    async def list_faults(self, _: Request) -> Response:
        """Answer with every order in force."""
        orders = self.controls.faults.items()
        return _json({destination: _given(order.faults) for destination, order in orders})

    async def order_faults(self, request: Request) -> Response:
        """Let a destination misbehave from now on."""
        destination = known_destination(request.path_params["destination"])
        faults = await read_body(request, Faults)
        order = Ordered(faults, time.time())
        await self.ledger.write(_save, (FAULTS, destination, faults.model_dump_json(), order.at_s))
        self.controls.faults[destination] = order
        return _json(_given(faults))

    async def end_faults(self, request: Request) -> Response:
        """Let one destination behave again."""
        destination = known_destination(request.path_params["destination"])
        await self.ledger.write(_forget, (FAULTS, destination))
        self.controls.faults.pop(destination, None)
        return Response(status_code=204)

    async def end_all_faults(self, _: Request) -> Response:
        """Let everybody behave again."""
        await self.ledger.write(_forget, (FAULTS, None))
        self.controls.faults.clear()
        return Response(status_code=204)

    async def list_behaviours(self, _: Request) -> Response:
        """Answer with every behaviour that was ordered."""
        behaviours = self.controls.behaviours.items()
        return _json({destination: behaviour.model_dump() for destination, behaviour in behaviours})

    async def order_behaviour(self, request: Request) -> Response:
        """Let a destination decide so from now on."""
        destination = known_decider(request.path_params["destination"])
        behaviour = await read_body(request, Behaviour)
        row = (BEHAVIOUR, destination, behaviour.model_dump_json(), time.time())
        await self.ledger.write(_save, row)
        self.controls.behaviours[destination] = behaviour
        return json_response(behaviour)

    async def end_all_behaviours(self, _: Request) -> Response:
        """Let everybody decide as usual again."""
        await self.ledger.write(_forget, (BEHAVIOUR, None))
        self.controls.behaviours.clear()
        return Response(status_code=204)


def _save(connection: Connection, rows: Sequence[tuple[str, str, str, float]]) -> list[None]:
    for row in rows:
        queries.save_control(connection, *row)
    return [None] * len(rows)


def _forget(connection: Connection, rows: Sequence[tuple[str, str | None]]) -> list[None]:
    for topic, destination in rows:
        if destination is None:
            queries.delete_controls(connection, topic)
        else:
            queries.delete_control(connection, topic, destination)
    return [None] * len(rows)


def _given(faults: BaseModel) -> dict[str, object]:
    return faults.model_dump(exclude_none=True)


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
