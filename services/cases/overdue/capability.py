"""Overdue cases, brought to a person and then to the next in line."""

from typing import Final

from libs.clock import Clock, utc_now
from libs.component import Component
from libs.database.transaction import Transaction
from libs.jobs import JobRunner
from libs.jobs.mails import MAILS_POLICY
from libs.mail import MAIL_DEADLINE_S, MailServer
from libs.service import Capability, Resources
from services.cases.overdue import consumers, jobs, use_cases
from services.cases.overdue.rules import Search
from services.cases.settings import Settings

_FORGETS_EVERY_S: Final = 3_600.0


class Searches:
    """Searches one after the other."""

    def __init__(self, *, at_once: int) -> None:
        self._at_once = at_once
        self._search = Search()

    async def look_on(self, tx: Transaction) -> int:
        """Look at some open work; the rest waits, so that the database has time for others."""
        self._search = await use_cases.look_on(tx, self._search, utc_now(), limit=self._at_once)
        return 0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability; without a mail server mails are planned, and not sent."""
    searches = Searches(at_once=settings.overdue_at_once)
    components: list[Component] = [
        resources.periodic("overdue cases", searches.look_on, every_s=settings.overdue_every_s),
        resources.periodic("forget overdue", use_cases.forget, every_s=_FORGETS_EVERY_S),
    ]
    server = MailServer.of(settings)
    if server is not None:
        components.append(
            JobRunner(
                jobs.mails(server.send, Clock(), sender=settings.smtp_sender),
                database=resources.database,
                replica=settings.replica,
                tracing=resources.tracing,
                metrics=resources.metrics,
                policy=MAILS_POLICY,
                deadline_s=MAIL_DEADLINE_S,
                calls_per_destination=1,
            )
        )
    return Capability("overdue", consumers=consumers.router, components=components)
