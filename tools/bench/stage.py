"""One stage of a bench: some clicks, followed until the last SMS, with what they cost."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tools.bench.cost import Cost
from tools.bench.load import Clicked, Load
from tools.bench.tally import Tally, tally
from tools.bench.witness import Witness

LINES = 256  # under way at saturation: more only wait longer, with fewer the groups stay small
_PATIENCE_S = 120.0
_AFTERMATH_S = 10.0  # what is missing by then, though as many messages came, is lost
_SLOWEST_PER_S = 20.0  # a stage is waited for as long as this speed would take, and two minutes


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage found: its tally, and by part CPU seconds and peak memory of each half."""

    tally: Tally
    cpu_s: Mapping[str, float]
    peaks_mib: Mapping[str, tuple[float, float]]

    def cpu_s_per_10k(self) -> dict[str, float]:
        """CPU seconds of each part for 10,000 applications."""
        share = 10_000 / max(1, self.tally.accepted)
        return {name: round(spent_s * share, 2) for name, spent_s in self.cpu_s.items()}


@dataclass(frozen=True, slots=True)
class Track:
    """Where a stage runs.

    Args:
        url: of the API that is clicked at.
        requests: the clicks.
        witness: knows what came through.
        parts: whose cost is measured.
    """

    url: str
    requests: Iterator[bytes]
    witness: Witness
    parts: Mapping[str, Sequence[int]]

    async def at_rate(self, per_s: float, seconds: float) -> Stage:
        """Click at a rate, on a schedule."""
        return await self._run(lambda load: load.at_rate(per_s, seconds), LINES)

    async def saturated(
        self, *, seconds: float = 0.0, clicks: int = 0, lines: int = LINES
    ) -> Stage:
        """Click as fast as is answered; its speed counts to the last SMS."""
        return await self._run(lambda load: load.all_lines(seconds=seconds, clicks=clicks), lines)

    async def _run(self, click: Callable[[Load], Awaitable[Clicked]], lines: int) -> Stage:
        address = urlsplit(self.url)
        async with (
            Load(address.hostname or "", address.port or 80, self.requests, lines=lines) as load,
            Cost(self.parts) as cost,
        ):
            clicked = await click(load)
            many = len(clicked.due_s)
            await self.witness.arrived(many, within_s=_PATIENCE_S + many / _SLOWEST_PER_S)
        received = await self.witness.received(clicked.due_s, within_s=_AFTERMATH_S)
        return Stage(tally(clicked, received), cost.cpu_s, cost.peaks_mib())
