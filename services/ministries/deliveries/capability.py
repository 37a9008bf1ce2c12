"""Submissions on their way to their ministries."""

from functools import partial

from libs.bangladesh.bodies import bodies
from libs.component import Component
from libs.contracts.topics import HOSTED_SUBMISSIONS
from libs.dead_letters.use_cases import announce_blocked
from libs.jobs import JobRunner
from libs.jobs.throttle import DestinationLimits
from libs.service import Capability, Resources
from services.ministries.connections.current import Connections
from services.ministries.deliveries import consumers, jobs, use_cases
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.use_cases import FollowUp
from services.ministries.settings import Settings

_ANNOUNCE_EVERY_S = 5.0


def capability(
    resources: Resources,
    settings: Settings,
    connections: Connections,
    adapters: Adapters,
    limits: DestinationLimits,
    follow_up: FollowUp | None = None,
) -> Capability:
    """Make the capability.

    Args:
        resources: of the service.
        settings: its settings.
        connections: how ministries' systems are reached.
        adapters: hand deliveries over.
        limits: when and how much ministries' systems are called.
        follow_up: as of `record_results`.
    """
    announcing = {
        "announce delays": partial(
            use_cases.announce_delays, older_than_s=settings.delay_announced_after_s
        ),
        "announce blocked submissions": partial(
            announce_blocked,
            topics=[HOSTED_SUBMISSIONS],
            announce=use_cases.announce_blocked,
        ),
    }
    loops = [
        resources.periodic(name, step, every_s=_ANNOUNCE_EVERY_S)
        for name, step in announcing.items()
    ]
    return Capability(
        "deliveries",
        consumers=consumers.router,
        components=[
            _deliver(resources, settings, connections, adapters, limits, follow_up),
            *loops,
        ],
        manual_actions=jobs.MANUAL_ACTIONS,
    )


def _deliver(
    resources: Resources,
    settings: Settings,
    connections: Connections,
    adapters: Adapters,
    limits: DestinationLimits,
    follow_up: FollowUp | None,
) -> Component:
    return JobRunner(
        jobs.deliveries(adapters.of, follow_up),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=jobs.retry_policy(settings),
        deadline_s=settings.hand_over_deadline_s,
        calls_per_destination=settings.calls_per_ministry,
        limits=limits,
        excluded=connections.not_called_singly,
        destinations=(body.body_id for body in bodies()),
    )
