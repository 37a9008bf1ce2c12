"""One stage of a bench: some clicks, followed until the last SMS, with speed, loss and cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tools.bench.cost import Cost
from tools.bench.load import Accepted, Clicked, Load
from tools.ledger import Ledger, LedgerReader, received_at

CONNECTIONS = 256  # with more clicks under way each waits longer; with fewer, commits group less
_ARRIVAL_TIMEOUT_S = 120.0
_SLOWEST_PER_S = 20.0  # the messages of a stage are waited for as long as this speed would take
_INCOMPLETE_TIMEOUT_S = 10.0  # what is missing then, although as many messages came, is lost
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The findings of one stage.

    Args:
        accepted: applications with a tracking number.
        refused: clicks that were refused, or had no answer.
        repeated: how often a click was repeated because no usable answer came.
        lost: accepted, but without hand-over or without the decision's message.
        duplicates: hand-overs and messages above those that an application has.
        per_s: applications a second from the first click to the last SMS.
        accept_ms: times from click to tracking number, sorted.
        sms_ms: times from click to the decision's SMS at the provider, sorted.
        cpu_s: CPU seconds by component.
        peaks_mib: peak memory by component, in the first half and in the second.
    """

    accepted: int
    refused: int
    repeated: int
    lost: int
    duplicates: int
    per_s: float
    accept_ms: Sequence[float]
    sms_ms: Sequence[float]
    cpu_s: Mapping[str, float]
    peaks_mib: Mapping[str, tuple[float, float]]

    def cpu_s_per_10k(self) -> dict[str, float]:
        """Return CPU seconds for 10,000 applications, by component."""
        share = 10_000 / max(1, self.accepted)
        return {name: round(spent_s * share, 2) for name, spent_s in self.cpu_s.items()}


def evaluate(
    clicked: Clicked,
    ledger: Ledger,
    cpu_s: Mapping[str, float],
    peaks_mib: Mapping[str, tuple[float, float]],
) -> Stage:
    """Compare the clicks of a stage with the records of the outside parties."""
    received = [
        (click, ledger.of(click.application_id, click.tracking_number))
        for click in clicked.accepted
    ]
    answered_s = [
        (click, received_at(found.answer).timestamp())
        for click, found in received
        if found.answer and found.is_complete
    ]
    begun_s = min((click.due_s for click in clicked.accepted), default=0.0)
    ended_s = max((at_s for _, at_s in answered_s), default=0.0)
    return Stage(
        accepted=len(received),
        refused=clicked.refused.total() + clicked.unanswered,
        repeated=clicked.repeated,
        lost=len(received) - len(answered_s),
        duplicates=sum(
            found.duplicate_hand_overs + found.duplicate_messages for _, found in received
        ),
        per_s=len(answered_s) / (ended_s - begun_s) if answered_s else 0.0,
        accept_ms=sorted((click.answered_s - click.due_s) * 1000 for click in clicked.accepted),
        sms_ms=sorted((at_s - click.due_s) * 1000 for click, at_s in answered_s),
        cpu_s=cpu_s,
        peaks_mib=peaks_mib,
    )


@dataclass(frozen=True, slots=True)
class LoadTest:
    """Runs stages against one system.

    Args:
        url: of the API.
        requests: the clicks.
        reader: reads the ledger.
        cost: of the processes; a stage ends when one of them has ended.
    """

    url: str
    requests: Iterator[bytes]
    reader: LedgerReader
    cost: Cost

    async def at_rate(self, per_s: float, seconds: float) -> Stage:
        """Click at a rate, on a schedule."""
        return await self._run(lambda load: load.at_rate(per_s, seconds), CONNECTIONS)

    async def at_saturation(
        self, *, seconds: float = 0.0, clicks: int = 0, connections: int = CONNECTIONS
    ) -> Stage:
        """Click as fast as clicks are answered, for some seconds or so many times."""
        return await self._run(
            lambda load: load.at_saturation(seconds=seconds, clicks=clicks), connections
        )

    async def _run(self, click: Callable[[Load], Awaitable[Clicked]], connections: int) -> Stage:
        address = urlsplit(self.url)
        host, port = address.hostname or "", address.port or 80
        await self.reader.skip_to_end()
        async with (
            self.cost as cost,
            Load(host, port, self.requests, connections=connections) as load,
        ):
            clicked = await click(load)
            count = len(clicked.accepted)
            await self.reader.wait_for_messages(
                count, within_s=_ARRIVAL_TIMEOUT_S + count / _SLOWEST_PER_S
            )
        ledger = await self._complete(clicked.accepted)
        return evaluate(clicked, ledger, cost.cpu_s, cost.peaks_mib())

    async def _complete(self, accepted: Sequence[Accepted]) -> Ledger:
        """Read the ledger until every application is complete, or time is up.

        One lost message and one sent twice make up the right number of messages. So do
        confirmations that were sent because their decisions came late.
        """
        until_s = time.monotonic() + _INCOMPLETE_TIMEOUT_S
        while True:
            ledger = await self.reader.snapshot()
            if time.monotonic() > until_s or all(
                ledger.of(click.application_id, click.tracking_number).is_complete
                for click in accepted
            ):
                return ledger
            await asyncio.sleep(_PAUSE_S)
