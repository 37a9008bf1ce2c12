"""A circuit breaker per destination."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Circuit = Literal["closed", "open", "half_open"]
"""Closed: calls go through. Open: none do. Half open: one call probes the destination."""

_FAILURES_TO_OPEN = 5
_FIRST_OPEN_S = 1.0
_MOST_OPEN_S = 10.0


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    open_s: float = _FIRST_OPEN_S
    probe_at_s: float = 0.0  # on the clock; no call before it
    probing: bool = False


class Breaker:
    """Decides which destinations may be called.

    After five failures in a row a destination is not called for a second, then for twice as long
    each time, up to ten seconds. After the pause one call probes it. An unavailable destination
    costs little, and its return is noticed soon.

    Args:
        clock: returns seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def allows(self, destination: str) -> bool:
        """Whether the destination may be called now; True for one caller only after a pause."""
        circuit = self._circuits.get(destination)
        if circuit is None or circuit.failures < _FAILURES_TO_OPEN:
            return True
        if circuit.probing or self._clock() < circuit.probe_at_s:
            return False
        circuit.probing = True
        return True

    def open_circuits(self) -> set[str]:
        """Return the destinations that must not be called now."""
        now_s = self._clock()
        return {
            destination
            for destination, circuit in self._circuits.items()
            if circuit.failures >= _FAILURES_TO_OPEN
            and (circuit.probing or now_s < circuit.probe_at_s)
        }

    def circuit(self, destination: str) -> Circuit:
        """Return the state of a destination's circuit."""
        circuit = self._circuits.get(destination)
        if circuit is None or circuit.failures < _FAILURES_TO_OPEN:
            return "closed"
        return "half_open" if circuit.probing else "open"

    def failures_in_row(self, destination: str) -> int:
        """Return how many calls the destination has not answered since its last answer."""
        circuit = self._circuits.get(destination)
        return circuit.failures if circuit else 0

    def opens_in_s(self, destination: str) -> float:
        """Return the seconds until the destination may be called again."""
        circuit = self._circuits.get(destination)
        return max(0.0, circuit.probe_at_s - self._clock()) if circuit else 0.0

    def succeeded(self, destination: str) -> bool:
        """Note that the destination answered; return whether its circuit was not closed."""
        circuit = self._circuits.pop(destination, None)
        return circuit is not None and circuit.failures >= _FAILURES_TO_OPEN

    def passed_over(self, destination: str) -> None:
        """Note that an allowed call was not made; another one may probe the destination."""
        circuit = self._circuits.get(destination)
        if circuit is not None:
            circuit.probing = False

    def failed(self, destination: str) -> None:
        """Note that the destination did not answer."""
        circuit = self._circuits.setdefault(destination, _Circuit())
        circuit.failures += 1
        if circuit.failures < _FAILURES_TO_OPEN:
            return
        if circuit.probing or circuit.failures == _FAILURES_TO_OPEN:
            circuit.probe_at_s = self._clock() + circuit.open_s
            circuit.open_s = min(circuit.open_s * 2, _MOST_OPEN_S)
            circuit.probing = False
