"""Faults injected into requests to a destination, before the work and after it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from starlette.responses import HTMLResponse, Response

from sandbox.faults.controls import Controls
from sandbox.faults.cut_off import CutOff, Hanging
from sandbox.faults.malformed import malformed
from sandbox.faults.rules import Injected, choose_fault

_NONSENSE: Final = "<!doctype html><title>Scheduled maintenance</title><p>Please try again later."
_PROXY_PAGE: Final = "<html><head><title>Not Allowed</title></head><body><hr>nginx</body></html>"


class FaultInjector:
    """Injects the active faults into requests to destinations.

    Args:
        controls: the active faults.
        seed: determines which requests get a fault.
        hang_s: seconds after which the connection of a hanging request is closed.
    """

    def __init__(self, controls: Controls, *, seed: int, hang_s: float) -> None:
        self._controls = controls
        self._draw = Random(seed).random  # noqa: S311  # chance that can be repeated
        self._hang_s = hang_s

    async def through(
        self,
        destination: str,
        act: Callable[[], Awaitable[Response]],
        *,
        refusal: Response | None = None,
    ) -> Response:
        """Respond to a request to a destination.

        Args:
            destination: receives the request.
            act: does the work and makes the response.
            refusal: the agreed refusal; None if this request has none, so that it is acted on.
        """
        injected = choose_fault(self._controls.active_faults(destination), self._draw, time.time())
        if injected.delay_s:
            await asyncio.sleep(injected.delay_s)
        if injected.instead == "agreed_refusal":
            return refusal or await act()
        if injected.instead is not None:
            return self._instead(injected)
        response = await act()
        if injected.malformed is not None:
            response = malformed(injected.malformed, response)
        return CutOff() if injected.lose_answer else response

    def _instead(self, injected: Injected) -> Response:
        match injected.instead:
            case "error":
                return Response("internal error", 500)
            case "nonsense":
                return HTMLResponse(_NONSENSE)
            case "proxy":
                return HTMLResponse(_PROXY_PAGE, injected.proxy_status)
            case "hang":
                return Hanging(self._hang_s)
            case _:
                return CutOff() if self._draw() < 0.5 else Response("down", 503)
