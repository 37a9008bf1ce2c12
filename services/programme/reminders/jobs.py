"""The job that sends the mails of the programme: reminders, invitations, warnings."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from functools import partial
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.jobs import JobType, RetryPolicy, one_per_call
from services.programme.mails import rules as mails_rules
from services.programme.mails.rules import Notice
from services.programme.reminders import use_cases
from services.programme.reminders.rules import Mail, message_of

_SERVER: Final = "smtp"

POLICY: Final = RetryPolicy(first_s=60.0, most_s=6 * 3600.0, give_up_after_s=float("inf"))
"""A mail is tried until it is not due any more, with pauses of up to six hours."""

Send = Callable[[EmailMessage], Awaitable[None]]


def mails(send: Send, clock: Clock, *, sender: str) -> JobType[Mail | Notice, bool]:
    """Declare the job type; `send` hands a mail over to the mail server, from this address."""
    return JobType(
        queue=use_cases.queue_of(clock),
        call=one_per_call(partial(send_mail, send, sender, clock)),
        record=use_cases.record_mails,
        mark_failed=use_cases.mark_mails_failed,
        destination_of=lambda _: _SERVER,
    )


async def send_mail(send: Send, sender: str, clock: Clock, due: Mail | Notice) -> bool:
    """Send one mail; under the same message id however often.

    Raises:
        Refused: the server does not take it.
        Unavailable: the server does not respond.
    """
    match due:
        case Notice():
            await send(mails_rules.message_of(due, sender))
        case Mail():
            await send(message_of(due, sender, dhaka_date(clock.now())))
    return True
