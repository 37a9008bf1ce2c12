"""Faults of the outside world, ordered from the sandbox."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp

from tools.chaos.schedule import Fault, Kind

_SETTINGS: Mapping[Kind, Mapping[str, Any]] = MappingProxyType(
    {
        "slow": {"delay_ms": 1_500},
        "errors": {"error_rate": 0.5},
        "nonsense": {"nonsense_rate": 0.4},
        "proxy_page": {"proxy_rate": 0.5, "proxy_status": 405},
        "lost_answers": {"lose_answer_rate": 0.6},
        "silence": {"hang_rate": 0.2},
        "reports_astray": {"report_delay_ms": 3_000, "report_twice_rate": 0.5},
    }
)
CORRECTION_RATE = 0.25
_RETRY_AFTER_S = 0.5
_GIVE_UP_AFTER_S = 60.0


def settings_for(fault: Fault) -> dict[str, Any]:
    """Return a fault in the terms of the sandbox's API."""
    if fault.kind == "away":
        return {"down_for_s": fault.lasts_s}
    return dict(_SETTINGS[fault.kind])


def is_outside(fault: Fault) -> bool:
    """Whether a fault is one of the outside world."""
    return fault.kind == "away" or fault.kind in _SETTINGS


class SandboxFaults:
    """Sets the faults of the sandbox; while it is unreachable itself, retries.

    Args:
        http: the client.
        url: base URL of the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def begin(self, *, decision_delay_ms: int = 300) -> None:
        """Clear all faults; have ministries ask for corrections of a share of applications.

        Args:
            decision_delay_ms: until a ministry decides that does not decide at once.
        """
        await self._send("DELETE", "/faults", None)
        behaviour = {"correction_rate": CORRECTION_RATE, "decision_delay_ms": decision_delay_ms}
        await self._send("PUT", "/behaviour/ministries", behaviour)

    async def end(self) -> None:
        """Leave the sandbox with its defaults."""
        await self._send("DELETE", "/faults", None)
        await self._send("DELETE", "/behaviour", None)

    async def inject(self, fault: Fault) -> None:
        """Set a fault, and clear it when it is over."""
        await self._send("PUT", f"/faults/{fault.target}", settings_for(fault))
        await asyncio.sleep(fault.lasts_s)
        await self._send("DELETE", f"/faults/{fault.target}", None)

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> None:
        async with asyncio.timeout(_GIVE_UP_AFTER_S):
            while True:
                try:
                    async with self._http.request(
                        method,
                        f"{self._url}{path}",
                        json=body,
                        timeout=aiohttp.ClientTimeout(total=5),
                    ) as response:
                        response.raise_for_status()
                        return
                except aiohttp.ClientResponseError as refused:
                    if refused.status < 500:
                        raise
                except (aiohttp.ClientError, TimeoutError):
                    pass  # the sandbox is killed, stopped and restarted, too
                await asyncio.sleep(_RETRY_AFTER_S)
