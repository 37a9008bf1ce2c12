"""The job that mails something to an official: one for all services that do."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from email.message import EmailMessage
from typing import Final, TypeVar

from libs.database.transaction import Transaction
from libs.jobs.job import Job, JobQueue, JobResult, JobType, one_per_call
from libs.jobs.retry import RetryPolicy

MAILS_POLICY: Final = RetryPolicy(first_s=60.0, most_s=6 * 3600.0, give_up_after_s=float("inf"))
"""A mail is tried until it is not due any more, with pauses of up to six hours."""

MAIL_REFUSED_AGAIN_S: Final = 24 * 3600.0
"""Seconds until a mail that the server refuses is tried again: its address is corrected then."""

Send = Callable[[EmailMessage], Awaitable[None]]
"""Hands a mail over to the mail server; raises Refused or Unavailable."""

_SERVER: Final = "smtp"
MailT = TypeVar("MailT", bound=Job)


def mail_job(
    queue: JobQueue[MailT],
    send: Callable[[MailT], Awaitable[bool]],
    record: Callable[
        [Transaction, Sequence[JobResult[MailT, bool]]], Awaitable[Collection[Hashable]]
    ],
) -> JobType[MailT, bool]:
    """Declare the job type of mails, one a call.

    Args:
        queue: of the mails.
        send: sends one mail, under the same message id however often.
        record: stores which mails the server has taken; those whose result could not be recorded
            are given to it as failed, and so are tried again later.
    """

    async def mark_failed(tx: Transaction, mails: Sequence[MailT]) -> None:
        unrecorded = RuntimeError("unrecorded")
        await record(
            tx,
            [JobResult(mail, None, unrecorded, None, counts=True, trace=None) for mail in mails],
        )

    return JobType(
        queue=queue,
        call=one_per_call(send),
        record=record,
        mark_failed=mark_failed,
        destination_of=lambda _: _SERVER,
    )
