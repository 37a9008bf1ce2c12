"""The job that mails an escalation to the holder of the post."""

from functools import partial

from libs.jobs import JobType
from libs.jobs.mails import Send, mail_job
from services.ministries.escalations import use_cases
from services.ministries.escalations.rules import Mail, message_of


def mails(send: Send, *, sender: str) -> JobType[Mail, bool]:
    """Declare the job type; `send` hands a mail over to the mail server, from this address."""
    return mail_job(use_cases.MAILS, partial(mail, send, sender), use_cases.record_mails)


async def mail(send: Send, sender: str, due: Mail) -> bool:
    """Send one mail; under the same message id however often.

    Raises:
        Refused: the server does not take it.
        Unavailable: the server does not respond.
    """
    await send(message_of(due, sender))
    return True
