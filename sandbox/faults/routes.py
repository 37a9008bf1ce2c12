"""Routes that set the faults of destinations and the behaviour of ministries."""

import time

from starlette.responses import Response

from libs.web.handling.routes import Routes
from sandbox.answers import json_model_response
from sandbox.faults import queries
from sandbox.faults.controls import BEHAVIOUR, FAULTS, Controls
from sandbox.faults.destinations import check_decider, check_destination
from sandbox.faults.rules import ActiveFaults, Behaviour, Faults
from sandbox.ledger.file import LedgerFile

routes = Routes()


@routes.get("/faults", public=False)
async def list_faults(controls: Controls) -> Response:
    """Show all active faults."""
    return json_model_response({name: active.faults for name, active in controls.faults.items()})


@routes.put("/faults/{destination}", public=False)
async def set_faults(
    destination: str, faults: Faults, controls: Controls, ledger: LedgerFile
) -> Response:
    """Replace the faults of a destination."""
    check_destination(destination)
    active = ActiveFaults(faults, time.time())
    value = faults.model_dump_json()
    await ledger.write(queries.save_control, FAULTS, destination, value, active.at_s)
    controls.faults[destination] = active
    return json_model_response(faults)


@routes.delete("/faults/{destination}", public=False)
async def clear_faults(destination: str, controls: Controls, ledger: LedgerFile) -> None:
    """Remove the faults of one destination."""
    check_destination(destination)
    await ledger.write(queries.delete_controls, FAULTS, destination)
    controls.faults.pop(destination, None)


@routes.delete("/faults", public=False)
async def clear_all_faults(controls: Controls, ledger: LedgerFile) -> None:
    """Remove all faults."""
    await ledger.write(queries.delete_controls, FAULTS)
    controls.faults.clear()


@routes.get("/behaviour", public=False)
async def list_behaviours(controls: Controls) -> Response:
    """Show all behaviours that were set."""
    return json_model_response(controls.behaviours)


@routes.put("/behaviour/{destination}", public=False)
async def set_behaviour(
    destination: str, behaviour: Behaviour, controls: Controls, ledger: LedgerFile
) -> Behaviour:
    """Replace the behaviour of a ministry or of all."""
    check_decider(destination)
    value = behaviour.model_dump_json()
    await ledger.write(queries.save_control, BEHAVIOUR, destination, value, time.time())
    controls.behaviours[destination] = behaviour
    return behaviour


@routes.delete("/behaviour", public=False)
async def clear_behaviours(controls: Controls, ledger: LedgerFile) -> None:
    """Remove all behaviours; ministries decide by default."""
    await ledger.write(queries.delete_controls, BEHAVIOUR)
    controls.behaviours.clear()
