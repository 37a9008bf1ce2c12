"""The job that mails an escalation to the holder of the post."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from functools import partial
from typing import Final

from libs.jobs import JobType, RetryPolicy, one_per_call
from services.ministries.escalations import use_cases
from services.ministries.escalations.rules import Mail, message_of

_SERVER: Final = "smtp"

POLICY: Final = RetryPolicy(first_s=60.0, most_s=6 * 3600.0, give_up_after_s=float("inf"))
"""A mail is tried until the wait has ended, with pauses of up to six hours."""

Send = Callable[[EmailMessage], Awaitable[None]]


def mails(send: Send, *, sender: str) -> JobType[Mail, bool]:
    """Declare the job type; `send` hands a mail over to the mail server, from this address."""
    return JobType(
        queue=use_cases.MAILS,
        call=one_per_call(partial(mail, send, sender)),
        record=use_cases.record_mails,
        mark_failed=use_cases.mark_mails_failed,
        destination_of=lambda _: _SERVER,
    )


async def mail(send: Send, sender: str, due: Mail) -> bool:
    """Send one mail; under the same message id however often.

    Raises:
        Refused: the server does not take it.
        Unavailable: the server does not respond.
    """
    await send(message_of(due, sender))
    return True
