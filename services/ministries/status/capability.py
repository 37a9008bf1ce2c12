"""The status of ministries' systems: backlog, answers, breaker; announced when it changes."""

from typing import Final, get_args

from libs.clock import utc_now
from libs.contracts.ministries import Trouble
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from libs.telemetry.metrics import Metrics
from services.ministries.deliveries.use_cases import calls_of_this_process
from services.ministries.settings import Settings
from services.ministries.status import routes, use_cases
from services.ministries.status.rules import Status

_EVERY_S: Final = 15.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability."""

    async def measure(tx: Transaction) -> int:
        now, calls = utc_now(), calls_of_this_process(tx)
        await use_cases.record_calls(tx, calls, replica=settings.replica, at=now)
        statuses = await use_cases.measure(tx, at=now, asked_every_s=settings.asked_every_s)
        for status in statuses:
            _show(resources.metrics, status)
        return 0

    loop = resources.periodic("measure status", measure, every_s=_EVERY_S)
    return Capability("status", routes=routes.routes, components=[loop])


def _show(metrics: Metrics, status: Status) -> None:
    waiting, at = status.waiting, status.measured_at
    oldest = waiting.oldest_waiting_since
    down_s = (at - status.since).total_seconds() if status.state == "down" else 0.0
    for trouble in get_args(Trouble):
        metrics.gauge(
            "ministry_trouble_s",
            down_s if status.trouble == trouble else 0.0,
            destination=status.ministry,
            trouble=trouble,
        )
    metrics.gauge("ministry_waiting", waiting.waiting, destination=status.ministry)
    metrics.gauge(
        "ministry_oldest_waiting_s",
        (at - oldest).total_seconds() if oldest else 0.0,
        destination=status.ministry,
    )
    silent_s = 0.0 if status.trouble else down_s
    metrics.gauge("ministry_down_s", silent_s, destination=status.ministry)
