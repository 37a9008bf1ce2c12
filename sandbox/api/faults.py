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
from sandbox.adapters.ledger_file import LedgerFile
from sandbox.domain.behaviour import Behaviour
from sandbox.domain.controls import Controls
from sandbox.domain.faults import Faults, Ordered
from sandbox.domain.parties import known_decider, known_party
from sandbox.store import controls as store
from sandbox.store.ledger import Connection

FAULTS = "faults"
BEHAVIOUR = "behaviour"


def load(connection: Connection) -> Controls:
    """Read the orders that were in force when the sandbox last ended."""
    faults = {
        party: Ordered(Faults.model_validate_json(value), at_s)
        for party, value, at_s in store.load_controls(connection, FAULTS)
    }
    behaviours = {
        party: Behaviour.model_validate_json(value)
        for party, value, _ in store.load_controls(connection, BEHAVIOUR)
    }
    return Controls(faults, behaviours)


@dataclass(frozen=True, slots=True)
class ControlDesk:
    """Takes orders: an order replaces what was ordered for the same party before."""

    controls: Controls
    ledger: LedgerFile

    def routes(self) -> list[Route]:
        """The routes of the controls."""
        return [
            Route("/faults", self.list_faults),
            Route("/faults", self.end_all_faults, methods=["DELETE"]),
            Route("/faults/{party}", self.order_faults, methods=["PUT"]),
            Route("/faults/{party}", self.end_faults, methods=["DELETE"]),
            Route("/behaviour", self.list_behaviours),
            Route("/behaviour", self.end_all_behaviours, methods=["DELETE"]),
            Route("/behaviour/{party}", self.order_behaviour, methods=["PUT"]),
        ]

    async def list_faults(self, _: Request) -> Response:
        """Answer with every order in force."""
        orders = self.controls.faults.items()
        return _json({party: _given(order.faults) for party, order in orders})

    async def order_faults(self, request: Request) -> Response:
        """Let a party misbehave from now on."""
        party = known_party(request.path_params["party"])
        faults = await read_body(request, Faults)
        order = Ordered(faults, time.time())
        await self.ledger.write(_save, (FAULTS, party, faults.model_dump_json(), order.at_s))
        self.controls.faults[party] = order
        return _json(_given(faults))

    async def end_faults(self, request: Request) -> Response:
        """Let one party behave again."""
        party = known_party(request.path_params["party"])
        await self.ledger.write(_forget, (FAULTS, party))
        self.controls.faults.pop(party, None)
        return Response(status_code=204)

    async def end_all_faults(self, _: Request) -> Response:
        """Let everybody behave again."""
        await self.ledger.write(_forget, (FAULTS, None))
        self.controls.faults.clear()
        return Response(status_code=204)

    async def list_behaviours(self, _: Request) -> Response:
        """Answer with every behaviour that was ordered."""
        behaviours = self.controls.behaviours.items()
        return _json({party: behaviour.model_dump() for party, behaviour in behaviours})

    async def order_behaviour(self, request: Request) -> Response:
        """Let a party decide so from now on."""
        party = known_decider(request.path_params["party"])
        behaviour = await read_body(request, Behaviour)
        row = (BEHAVIOUR, party, behaviour.model_dump_json(), time.time())
        await self.ledger.write(_save, row)
        self.controls.behaviours[party] = behaviour
        return json_response(behaviour)

    async def end_all_behaviours(self, _: Request) -> Response:
        """Let everybody decide as usual again."""
        await self.ledger.write(_forget, (BEHAVIOUR, None))
        self.controls.behaviours.clear()
        return Response(status_code=204)


def _save(connection: Connection, rows: Sequence[tuple[str, str, str, float]]) -> list[None]:
    for row in rows:
        store.save_control(connection, *row)
    return [None] * len(rows)


def _forget(connection: Connection, rows: Sequence[tuple[str, str | None]]) -> list[None]:
    for topic, party in rows:
        if party is None:
            store.delete_controls(connection, topic)
        else:
            store.delete_control(connection, topic, party)
    return [None] * len(rows)


def _given(faults: BaseModel) -> dict[str, object]:
    return faults.model_dump(exclude_none=True)


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
