"""What the outside world is told to do wrong, in the words of the sandbox's controls."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp

from tools.chaos.schedule import Fault, Kind

_ORDERS: Mapping[Kind, Mapping[str, Any]] = MappingProxyType(
    {
        "slow": {"delay_ms": 1_500},
        "errors": {"error_rate": 0.5},
        "nonsense": {"nonsense_rate": 0.4},
        "lost_answers": {"lose_answer_rate": 0.6},
        "silence": {"hang_rate": 0.2},
        "reports_astray": {"report_delay_ms": 3_000, "report_twice_rate": 0.5},
    }
)
CORRECTION_RATE = 0.25
_AFTER_S = 0.5
_WITHIN_S = 60.0


def order_for(fault: Fault) -> dict[str, Any]:
    """Return what the party of a fault is ordered to do."""
    if fault.kind == "away":
        return {"down_for_s": fault.lasts_s}
    return dict(_ORDERS[fault.kind])


def is_outside(fault: Fault) -> bool:
    """Whether a fault is one of the outside world."""
    return fault.kind == "away" or fault.kind in _ORDERS


class Mischief:
    """Gives the sandbox its orders; while it is away itself, again until it takes them.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def behave(self) -> None:
        """End all faults; ministries send a share of the applications back for correction."""
        await self._tell("DELETE", "/faults", None)
        order = {"correction_rate": CORRECTION_RATE, "decision_delay_ms": 300}
        await self._tell("PUT", "/behaviour/ministries", order)

    async def end(self) -> None:
        """Leave the outside world as it was found."""
        await self._tell("DELETE", "/faults", None)
        await self._tell("DELETE", "/behaviour", None)

    async def misbehave(self, fault: Fault) -> None:
        """Have a party misbehave for as long as the fault lasts."""
        await self._tell("PUT", f"/faults/{fault.target}", order_for(fault))
        await asyncio.sleep(fault.lasts_s)
        await self._tell("DELETE", f"/faults/{fault.target}", None)

    async def _tell(self, method: str, path: str, order: dict[str, Any] | None) -> None:
        async with asyncio.timeout(_WITHIN_S):
            while True:
                try:
                    async with self._http.request(
                        method,
                        f"{self._url}{path}",
                        json=order,
                        timeout=aiohttp.ClientTimeout(total=5),
                    ) as answer:
                        answer.raise_for_status()
                        return
                except aiohttp.ClientResponseError as refused:
                    if refused.status < 500:
                        raise
                except (aiohttp.ClientError, TimeoutError):
                    pass  # it is being killed, stopped or restarted, too
                await asyncio.sleep(_AFTER_S)
