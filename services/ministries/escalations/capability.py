"""Long waits for a ministry's system, brought to its focal point and then to the next in line."""

from datetime import timedelta
from typing import Final

from libs.clock import utc_now
from libs.component import Component
from libs.database.transaction import Transaction
from libs.jobs import JobRunner
from libs.jobs.mails import MAILS_POLICY
from libs.mail import MAIL_DEADLINE_S, MailServer
from libs.service import Capability, Resources
from services.ministries.escalations import consumers, jobs, routes, use_cases
from services.ministries.settings import Settings

_EVERY_S: Final = 60.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability."""
    next_in_line_after = timedelta(days=settings.next_in_line_after_days)

    shown: set[tuple[str, str]] = set()

    async def escalate(tx: Transaction) -> int:
        are_open = await use_cases.escalate(tx, at=utc_now(), next_in_line_after=next_in_line_after)
        still_open = {(escalation.ministry, str(escalation.level)) for escalation in are_open}
        shown.update(still_open)
        for ministry, level in shown:
            is_open = (ministry, level) in still_open
            resources.metrics.gauge("escalations_open", is_open, destination=ministry, level=level)
        return 0

    loop = resources.periodic("escalate", escalate, every_s=_EVERY_S)
    components: list[Component] = [loop]
    server = MailServer.of(settings)
    if server is not None:
        components.append(_mails(resources, settings, server))
    return Capability(
        "escalations", routes=routes.routes, consumers=consumers.router, components=components
    )


def _mails(resources: Resources, settings: Settings, server: MailServer) -> Component:
    return JobRunner(
        jobs.mails(server.send, sender=settings.smtp_sender),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=MAILS_POLICY,
        deadline_s=MAIL_DEADLINE_S,
        calls_per_destination=1,
    )
