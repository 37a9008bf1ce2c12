"""The controls: what goes wrong at which destination, and how ministries decide.

An order replaces the one before for the same destination.
"""

import time

from starlette.responses import Response

from libs.web.routes import Routes
from sandbox.answers import json_answer
from sandbox.faults import queries
from sandbox.faults.controls import BEHAVIOUR, FAULTS, Controls
from sandbox.faults.destinations import check_decider, check_destination
from sandbox.faults.rules import Behaviour, Faults, Ordered
from sandbox.ledger.file import LedgerFile

routes = Routes()


@routes.get("/faults", public=False)
async def list_faults(controls: Controls) -> Response:
    """Show every order in force."""
    return json_answer({name: order.faults for name, order in controls.faults.items()})


@routes.put("/faults/{destination}", public=False)
async def order_faults(
    destination: str, faults: Faults, controls: Controls, ledger: LedgerFile
) -> Response:
    """Let a destination misbehave from now on."""
    check_destination(destination)
    order = Ordered(faults, time.time())
    value = faults.model_dump_json()
    await ledger.write(queries.save_control, FAULTS, destination, value, order.at_s)
    controls.faults[destination] = order
    return json_answer(faults)


@routes.delete("/faults/{destination}", public=False)
async def end_faults(destination: str, controls: Controls, ledger: LedgerFile) -> None:
    """Let one destination behave again."""
    check_destination(destination)
    await ledger.write(queries.delete_controls, FAULTS, destination)
    controls.faults.pop(destination, None)


@routes.delete("/faults", public=False)
async def end_all_faults(controls: Controls, ledger: LedgerFile) -> None:
    """Let all destinations behave again."""
    await ledger.write(queries.delete_controls, FAULTS)
    controls.faults.clear()


@routes.get("/behaviour", public=False)
async def list_behaviours(controls: Controls) -> Response:
    """Show every behaviour that was ordered."""
    return json_answer(controls.behaviours)


@routes.put("/behaviour/{destination}", public=False)
async def order_behaviour(
    destination: str, behaviour: Behaviour, controls: Controls, ledger: LedgerFile
) -> Behaviour:
    """Let a ministry, or all of them, decide so from now on."""
    check_decider(destination)
    value = behaviour.model_dump_json()
    await ledger.write(queries.save_control, BEHAVIOUR, destination, value, time.time())
    controls.behaviours[destination] = behaviour
    return behaviour


@routes.delete("/behaviour", public=False)
async def end_all_behaviours(controls: Controls, ledger: LedgerFile) -> None:
    """Let all ministries decide as usual again."""
    await ledger.write(queries.delete_controls, BEHAVIOUR)
    controls.behaviours.clear()
