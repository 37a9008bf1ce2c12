"""Which rung an overdue case has come to, who is told there, and what the mail says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from typing import Final, NamedTuple, get_args
from uuid import UUID

from pydantic import TypeAdapter

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import Calendar
from libs.bangladesh.ladder import rung_reached
from libs.bangladesh.text import bangla_digits
from libs.contracts.cases import OverdueRung
from libs.contracts.language import Text
from libs.contracts.programme import FocalPointsChanged
from libs.ids import NAMESPACE, derived_id
from libs.mail import new_message
from libs.trace_context import TraceContext

RUNGS: Final[tuple[OverdueRung, ...]] = get_args(OverdueRung)
"""The lowest first, at the steps of the ladder."""

MAILED: Final[tuple[OverdueRung, ...]] = ("focal_point", "joint_secretary")
"""Those at which a post has a mail; the others are officers, whose addresses nobody knows."""

MOST_NAMED: Final = 50
START: Final = UUID(int=0)


class Late(NamedTuple):
    """An open case whose last day is over."""

    case_id: UUID
    due_on: date
    ministry: str


@dataclass(frozen=True, slots=True)
class Search:
    """A search through open work for what is overdue, as far as it has come.

    Args:
        after: the case that was looked at last.
        is_over: whether all were looked at.
    """

    after: UUID = START
    is_over: bool = False


class Contact(NamedTuple):
    """A post that is told, and its address; until which day, None for no end."""

    rung: OverdueRung
    post: str
    mail: str
    until: date | None


CONTACTS: Final = TypeAdapter(tuple[Contact, ...])


class Named(NamedTuple):
    """A case as a mail names it."""

    tracking_number: str
    public_service_id: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail about overdue cases of a ministry; the first 50 are named.

    Args:
        mail_id: its id.
        ministry: whose cases.
        count: how many they are.
        named: the first of them, with the names of their public services.
        post: to whom it goes.
        address: of the post.
    """

    mail_id: UUID
    ministry: str
    count: int
    named: Sequence[tuple[Named, Text | None]]
    post: str
    address: str = field(repr=False)
    attempts: int
    created_at: datetime
    trace: TraceContext | None = None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.mail_id


def rung_on(due_on: date, today: date, calendar: Calendar) -> OverdueRung:
    """Return the highest rung that a case has come to on a day after its last one."""
    return rung_reached(RUNGS, calendar.known_working_days(due_on, today))


def mail_id_of(ministry: str, rung: OverdueRung, day: date) -> UUID:
    """Return the id of the mail to a post about cases of a ministry that is planned on a day."""
    return derived_id(NAMESPACE, f"overdue/{ministry}/{rung}/{day}")


def contacts_of(event: FocalPointsChanged) -> tuple[Contact, ...]:
    """Return the posts of a ministry that are told, the focal point before the deputy."""
    people = [Contact("focal_point", one.post, one.mail, one.until) for one in event.people]
    above = [
        Contact("joint_secretary", one.post, one.mail, None)
        for one in event.superiors
        if one.superior == "joint_secretary"
    ]
    return (*people, *above)


def contact_for(contacts: Sequence[Contact], rung: OverdueRung, today: date) -> Contact | None:
    """Return who is told at a rung on a day; None while nobody is known."""
    return next(
        (
            contact
            for contact in contacts
            if contact.rung == rung and (contact.until is None or today <= contact.until)
        ),
        None,
    )


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Write a mail: numbers of cases and their public services, nothing of citizens."""
    body, count = bodies_by_id()[mail.ministry], str(mail.count)
    lines = [
        f"{named.tracking_number}  {named.public_service_id}"
        + (f"  {name.bn} · {name.en}" if name else "")
        for named, name in mail.named
    ]
    more = mail.count - len(mail.named)
    if more:
        lines.append(f"+ {more}")
    return new_message(
        mail.mail_id,
        sender,
        mail.address,
        f"{body.name_bn}: আবেদনের সময় পেরিয়েছে · {body.name_en}: overdue applications",
        _TEXT.format(
            post=mail.post,
            body_bn=body.name_bn,
            body_en=body.name_en,
            count_bn=bangla_digits(count),
            count_en=count,
            lines="\n".join(lines),
        ),
    )


_TEXT: Final = """\
{post},

{body_bn}: {count_bn}টি আবেদনের শেষ দিন পেরিয়ে গেছে, এবং কার্যালয় ও তার ঊর্ধ্বতন কর্মকর্তা এখনো শেষ করেননি।

{body_en}: {count_en} applications are past their last day, and neither the offices nor their
superiors have ended them.

{lines}

কার হাতে আছে, তা ঊর্ধ্বতন কর্মকর্তা ডেস্কের "সময় পেরোনো কাজ" পাতায় দেখেন। Superiors see at the desk, on the
page "Overdue work", with whom each of them is.

নাগরিক সেবা · Nagorik Sheba
"""
