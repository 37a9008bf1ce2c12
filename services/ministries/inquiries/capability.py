"""Ministries that have to be asked for their decisions."""

from functools import partial
from typing import Final

from libs.database.transaction import Transaction
from libs.jobs import JobRunner
from libs.jobs.throttle import DestinationLimits
from libs.service import Capability, Resources
from services.ministries.connections.current import Connections
from services.ministries.deliveries.adapters.registry import POLLED, Adapters
from services.ministries.deliveries.use_cases import FollowUp
from services.ministries.inquiries import jobs, use_cases
from services.ministries.settings import Settings

_SET_EVERY_S: Final = 2.0
_LOOK_EVERY_S: Final = 60.0
_GRACE_S: Final = 1.0


def follow_up(connections: Connections) -> FollowUp:
    """Return the function that deliveries call with their results, to open and close inquiries."""
    polled = partial(connections.with_adapter, *POLLED)
    return partial(use_cases.follow_deliveries, polled=polled)


def capability(
    resources: Resources,
    settings: Settings,
    connections: Connections,
    adapters: Adapters,
    limits: DestinationLimits,
) -> Capability:
    """Make the capability; its arguments are those of deliveries."""
    polled = partial(connections.with_adapter, *POLLED)

    async def set_ministries(tx: Transaction) -> int:
        return await use_cases.set_ministries(tx, polled())

    async def look(tx: Transaction) -> int:
        ages = await use_cases.read_unanswered(tx)
        for ministry in {*polled(), *ages}:
            age_s = ages.get(ministry, 0.0)
            resources.metrics.gauge("inquiry_unanswered_age_s", age_s, destination=ministry)
            # From the start, since an alert sees only what a series grows by.
            count_not_used(ministry, 0)
        return 0

    def count_not_used(ministry: str, how_many: int = 1) -> None:
        resources.metrics.count("states_not_used", how_many, destination=ministry)

    loops = [
        resources.periodic("set whom to ask", set_ministries, every_s=_SET_EVERY_S),
        resources.periodic("look for unanswered questions", look, every_s=_LOOK_EVERY_S),
    ]
    runner = JobRunner(
        jobs.questions(adapters.of, resources.tracing, count_not_used),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=jobs.POLICY,
        deadline_s=settings.answer_deadline_s + _GRACE_S,
        calls_per_destination=1,
        limits=limits,
        excluded=connections.stopped,
    )
    return Capability("inquiries", components=[runner, *loops])
