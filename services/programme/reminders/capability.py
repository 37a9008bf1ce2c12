"""Reminders of what bodies were asked for, by mail."""

from typing import Final

from libs.clock import Clock
from libs.component import Component
from libs.database.transaction import Transaction
from libs.jobs import JobRunner
from libs.mail import MAIL_DEADLINE_S, MailServer
from libs.service import Capability, Resources
from services.programme.bodies.overview import Overview
from services.programme.reminders import jobs, routes, use_cases
from services.programme.settings import Settings

_EVERY_S: Final = 60.0


def capability(
    resources: Resources, settings: Settings, overview: Overview, clock: Clock
) -> Capability:
    """Make the capability; without a mail server reminders are planned and shown, and not sent."""

    async def plan(tx: Transaction) -> int:
        await use_cases.plan(tx, overview, clock.now(), chief_adviser=settings.chief_adviser_mail)
        return 0

    components: list[Component] = [resources.periodic("plan_reminders", plan, every_s=_EVERY_S)]
    server = MailServer.of(settings)
    if server is not None:
        components.append(
            JobRunner(
                jobs.mails(server.send, clock, sender=settings.smtp_sender),
                database=resources.database,
                replica=settings.replica,
                tracing=resources.tracing,
                metrics=resources.metrics,
                policy=jobs.POLICY,
                deadline_s=MAIL_DEADLINE_S,
                calls_per_destination=1,
            )
        )
    return Capability("reminders", routes=routes.routes, components=components)
