"""Escalations to officials when a ministry's system is away for long, or keeps everything out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Final
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import DHAKA
from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.contracts.ministries import Trouble
from libs.contracts.ministry_operations import Level
from libs.contracts.programme import Duty, FocalPointsChanged
from libs.ids import NAMESPACE, derived_id
from libs.mail import new_message
from libs.trace_context import TraceContext

_LEVELS: Final[Mapping[Duty, Level]] = {"focal_point": 1, "deputy": 2}

FOCAL_POINT_AFTER: Final = timedelta(hours=48)
TROUBLE_AFTER: Final = timedelta(hours=1)
"""The focal point hears sooner of trouble that does not end by waiting."""


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """A post of a ministry (ফোকাল পয়েন্ট কর্মকর্তা), and who holds it now."""

    ministry: str
    level: Level
    post: str
    name: str
    email: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Submissions to one ministry that have waited so long that a person has to know.

    With a `trouble` its system has taken nothing since then, whether something waits or not.
    """

    ministry: str
    level: Level
    waiting_since: datetime
    opened_at: datetime
    trouble: Trouble | None = None

    @property
    def escalation_id(self) -> UUID:
        """Its id; a wait that begins again, as after an operator's replay, gets a new one."""
        since, opened = self.waiting_since.isoformat(), self.opened_at.isoformat()
        return derived_id(NAMESPACE, f"escalation/{self.ministry}/{self.level}/{since}/{opened}")


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery on a work list, without its form."""

    delivery_id: UUID
    tracking_number: str
    public_service_id: str
    kind: str
    state: str
    planned_at: datetime
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None
    unconfirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mail:
    """An escalation that is mailed to the present holder of the post."""

    escalation_id: UUID
    ministry: str
    level: Level
    waiting_since: datetime
    post: str
    email: str = field(repr=False)
    attempts: int
    created_at: datetime
    trouble: Trouble | None = None
    trace: TraceContext | None = None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.escalation_id


_TEXT: Final = """\
{post},

{name_bn}: {since_bn} থেকে আবেদন মন্ত্রণালয়ের সিস্টেমে পৌঁছানো যাচ্ছে না। {why_bn} আবেদনগুলো নিরাপদ আছে; সিস্টেম
চালু হলেই একে একে পাঠানো হবে। কারণ ও আনুমানিক সময় জানান, অথবা সেবা বিঘ্ন ঘোষণা করুন।

{name_en}: since {since_en} applications cannot be handed over to the ministry's system. {why_en}
They are safe, and are handed over one after the other as soon as it works. Tell the operators the
reason and the time that you expect, or announce an outage.

/v1/status shows how the system does. Operators: deploy/runbooks/ministry-outage.md.

নাগরিক সেবা · Nagorik Sheba
"""

_REASONS: Final[Mapping[Trouble | None, Text]] = {
    None: Text(bn="সিস্টেম সাড়া দিচ্ছে না।", en="It does not answer."),
    "stopped": Text(
        bn="সিস্টেমে পাঠানো থামানো আছে: সিস্টেম জানিয়েছে যে সেটি আর নেই, অথবা পরিচালকেরা থামিয়েছেন।",
        en="It is not called: it said that it is gone, or the operators stopped the calls.",
    ),
    "not_admitted": Text(
        bn="তার জায়গায় অন্য কিছু উত্তর দিচ্ছে, অথবা আমাদের ঢুকতে দিচ্ছে না: ঠিকানা, চাবি, সনদ বা প্রক্সি দেখুন।",
        en="Something else answers in its place, or does not let us in: look at its address, key, "
        "certificate and proxy.",
    ),
    "exchange_stuck": Text(
        bn="ফাইল আদান-প্রদান আটকে আছে: সার্ভার, ফোল্ডার, এবং উত্তর না দেওয়া ব্যাচ দেখুন।",
        en="The exchange of files is stuck: look at the server, its folders, and batches without "
        "an answer.",
    ),
}


def points_of(event: FocalPointsChanged) -> list[FocalPoint]:
    """Return who is told at the levels of a ministry: the focal point first, then the deputy."""
    return [
        FocalPoint(
            event.ministry,
            _LEVELS[person.duty],
            person.post,
            person.name,
            person.mail,
            person.until,
        )
        for person in event.people
    ]


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Write the mail of an escalation. It has the ministry and the time, and no data of citizens.

    Args:
        mail: the escalation, and to whom it goes.
        sender: our address.
    """
    body = bodies_by_id()[mail.ministry]
    since = mail.waiting_since.astimezone(DHAKA).strftime("%d-%m-%Y %H:%M")
    return new_message(
        mail.escalation_id,
        sender,
        mail.email,
        f"{body.name_bn}: আবেদন পৌঁছানো যাচ্ছে না · {body.name_en}: not reachable",
        _TEXT.format(
            post=mail.post,
            name_bn=body.name_bn,
            name_en=body.name_en,
            since_bn=bangla_digits(since),
            since_en=since,
            why_bn=_REASONS[mail.trouble].bn,
            why_en=_REASONS[mail.trouble].en,
        ),
    )


def due_escalations(
    oldest: Mapping[str, datetime],
    troubles: Mapping[str, tuple[Trouble, datetime]],
    at: datetime,
    *,
    next_in_line_after: timedelta,
) -> list[Escalation]:
    """Return the escalations that are due now, one for each level of a ministry.

    Args:
        oldest: since when the oldest submission waits, by ministry.
        troubles: what keeps everything from a ministry's system, and since when, by ministry.
        at: the time.
        next_in_line_after: the wait after which the next in line is told too.
    """
    waits: tuple[tuple[Level, timedelta], ...] = (
        (1, FOCAL_POINT_AFTER),
        (2, next_in_line_after),
    )
    due = {
        (ministry, level): Escalation(ministry, level, since, at)
        for ministry, since in sorted(oldest.items())
        for level, wait in waits
        if at - since >= wait
    }
    for ministry, (trouble, since) in sorted(troubles.items()):
        if at - since >= TROUBLE_AFTER:
            due[ministry, 1] = Escalation(ministry, 1, since, at, trouble)
    return list(due.values())
