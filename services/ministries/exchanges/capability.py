"""Files exchanged with ministries that have no interface."""

from typing import Final

from libs.database.transaction import Transaction
from libs.jobs import JobRunner
from libs.jobs.throttle import DestinationLimits
from libs.service import Capability, Resources
from services.ministries.connections.current import Connections
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.exchanges import jobs, use_cases
from services.ministries.settings import Settings

_MAKE_EVERY_S: Final = 1.0
_LOOK_EVERY_S: Final = 60.0
_GRACE_S: Final = 1.0
_STEPS: Final = 3  # to put aside, to send, to read


def capability(
    resources: Resources,
    settings: Settings,
    connections: Connections,
    adapters: Adapters,
    limits: DestinationLimits,
) -> Capability:
    """Make the capability; its arguments are those of deliveries."""

    async def make(tx: Transaction) -> int:
        return await use_cases.make_batches(
            tx, connections.with_adapter("files"), resources.metrics
        )

    async def look(tx: Transaction) -> int:
        ages = await use_cases.read_overdue(tx)
        for ministry in {*connections.with_adapter("files"), *ages}:
            age_s = ages.get(ministry, 0.0)
            resources.metrics.gauge("batch_unanswered_age_s", age_s, destination=ministry)
            # From the start, since an alert sees only what a series grows by.
            resources.metrics.count("file_rows_not_used", 0, destination=ministry)
            resources.metrics.count("exchange_defects", 0, destination=ministry)
        return 0

    loops = [
        resources.periodic("make batches", make, every_s=_MAKE_EVERY_S),
        resources.periodic("look for unanswered batches", look, every_s=_LOOK_EVERY_S),
    ]
    runner = JobRunner(
        jobs.exchanges(adapters.files_of, resources.metrics),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=jobs.POLICY,
        deadline_s=_STEPS * settings.file_deadline_s + _GRACE_S,
        calls_per_destination=1,
        limits=limits,
        excluded=connections.stopped,
    )
    return Capability("exchanges", components=[runner, *loops])
