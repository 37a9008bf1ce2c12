"""The job that mails a post which of a ministry's cases are overdue."""

from functools import partial

from libs.clock import Clock
from libs.jobs import JobType
from libs.jobs.mails import Send, mail_job
from services.cases.overdue import use_cases
from services.cases.overdue.rules import Mail, message_of


def mails(send: Send, clock: Clock, *, sender: str) -> JobType[Mail, bool]:
    """Declare the job type; `send` hands a mail over to the mail server, from this address."""
    return mail_job(
        use_cases.queue_of(clock), partial(send_mail, send, sender), use_cases.record_mails
    )


async def send_mail(send: Send, sender: str, due: Mail) -> bool:
    """Send one mail; under the same message id however often.

    Raises:
        Refused: the server does not take it.
        Unavailable: the server does not respond.
    """
    await send(message_of(due, sender))
    return True
