"""The gate before every party: what a request meets there before the work, and after it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import HTMLResponse, Response

from sandbox.api.hangups import CutOff, Hanging
from sandbox.domain.controls import Controls
from sandbox.domain.draws import Dice
from sandbox.domain.faults import Encounter, meet

_NONSENSE: Final = "<!doctype html><title>Scheduled maintenance</title><p>Please try again later."


class Gate:
    """Lets requests through to a party, or does to them what was ordered.

    Args:
        controls: the orders in force.
        seed: chooses which requests are hit.
        hang_s: seconds after which a request that hangs is cut off.
    """

    def __init__(self, controls: Controls, *, seed: int, hang_s: float) -> None:
        self._controls = controls
        self._dice = Dice(seed)
        self._hang_s = hang_s

    async def through(self, party: str, act: Callable[[], Awaitable[Response]]) -> Response:
        """Answer a request to a party.

        Args:
            party: who is asked.
            act: does the work and says what to answer.
        """
        orders = self._controls.orders_for(party)
        encounter = meet(orders, self._dice.throw, time.time())
        if encounter.delay_s:
            await asyncio.sleep(encounter.delay_s)
        if encounter.instead is not None:
            return self._instead(encounter)
        response = await act()
        return CutOff() if encounter.lose_answer else response

    def _instead(self, encounter: Encounter) -> Response:
        match encounter.instead:
            case "error":
                return Response("internal error", 500)
            case "nonsense":
                return HTMLResponse(_NONSENSE)
            case "hang":
                return Hanging(self._hang_s)
            case _:
                return CutOff() if self._dice.throw() < 0.5 else Response("down", 503)
