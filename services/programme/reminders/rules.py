"""Which reminder is due, to whom it goes, and what it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from typing import Final, NamedTuple
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import Calendar, HolidaysUnknown
from libs.bangladesh.ladder import rung_reached
from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.contracts.programme import Duty, Rung, Step, Superior
from libs.ids import NAMESPACE, derived_id
from libs.trace_context import TraceContext
from services.programme.bodies.days import DAY, known_working_days
from services.programme.bodies.rules import BodyState
from services.programme.mails import rules as mails

BEFORE_WORKING_DAYS: Final = 3
_LATE: Final[tuple[Rung, ...]] = ("due", "late", "joint_secretary", "secretary", "chief_adviser")
"""The rungs from the last day on, at the steps of the ladder."""


class Wanted(NamedTuple):
    """A reminder that is due: of a step of a body, for its last day."""

    body: str
    step: Step
    due_on: date
    rung: Rung

    @property
    def reminder_id(self) -> UUID:
        """Its id: the same reminder is one."""
        return derived_id(NAMESPACE, "reminder/" + "/".join(map(str, self)))


class Recipient(NamedTuple):
    """A post, and its address."""

    post: str
    mail: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A reminder that is mailed."""

    reminder_id: UUID
    wanted: Wanted
    post: str
    address: str = field(repr=False)
    attempts: int
    created_at: datetime
    trace: TraceContext | None = None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.reminder_id


def wanted_on(states: Iterable[BodyState], today: date, calendar: Calendar) -> set[Wanted]:
    """Return the highest reminder of each step that is due and not done."""
    return {
        Wanted(state.body, step.step, step.due_on, rung)
        for state in states
        if state.owes_list
        for step in state.steps.values()
        if step.due_on is not None and step.done_on is None
        for rung in [rung_on(step.due_on, today, calendar)]
        if rung is not None
    }


def rung_on(due_on: date, today: date, calendar: Calendar) -> Rung | None:
    """Return the highest rung that a step has reached on a day; None before the first.

    A day of a year without a list of holidays is never counted as a working day after the last day,
    and before it nothing is due if one lies between.
    """
    if today < due_on:
        return "before" if _is_within(today, due_on, calendar) else None
    return rung_reached(_LATE, known_working_days(due_on, today, calendar))


def recipients_of(
    people: Mapping[Duty, Recipient],
    superiors: Mapping[Superior, Recipient],
    chief_adviser: str,
) -> Mapping[Rung, Recipient]:
    """Return who is told at the rungs of a body.

    Args:
        people: who answers for it, by duty; without a focal point the deputy is told.
        superiors: the posts above.
        chief_adviser: address of the Chief Adviser's Office; empty for nobody.
    """
    found: dict[Rung, Recipient] = dict(superiors.items())
    answers = people.get("focal_point") or people.get("deputy")
    if answers is not None:
        found |= {"before": answers, "due": answers, "late": answers}
    if chief_adviser:
        found["chief_adviser"] = Recipient("Chief Adviser's Office", chief_adviser)
    return found


def message_of(mail: Mail, sender: str, today: date) -> EmailMessage:
    """Write the mail of a reminder.

    Args:
        mail: the reminder, and to whom it goes.
        sender: our address.
        today: the day in Dhaka on which it is sent.
    """
    body, wanted = bodies_by_id()[mail.wanted.body], mail.wanted
    step, due_on = _STEPS[wanted.step], wanted.due_on.strftime("%d-%m-%Y")
    when = _AHEAD if today < wanted.due_on else _TODAY if today == wanted.due_on else _PASSED
    subject = f"{body.name_bn}: {step.bn} · {body.name_en}: {step.en}"
    text = _TEXT.format(
        post=mail.post,
        body_bn=body.name_bn,
        body_en=body.name_en,
        step_bn=step.bn,
        step_en=step.en,
        when_bn=when.bn.format(bangla_digits(due_on)),
        when_en=when.en.format(due_on),
    )
    return mails.envelope(mail.reminder_id, sender, mail.address, subject, text)


def _is_within(today: date, due_on: date, calendar: Calendar) -> bool:
    """Whether a day is at most three working days before another; false where one is not known."""
    day, count = today, 0
    while day < due_on and count <= BEFORE_WORKING_DAYS:
        day += DAY
        try:
            count += calendar.is_working_day(day)
        except HolidaysUnknown:
            return False
    return count <= BEFORE_WORKING_DAYS


_STEPS: Final[Mapping[Step, Text]] = {
    "list": Text(bn="সেবার তালিকা", en="list of services"),
    "focal_point": Text(bn="ফোকাল পয়েন্ট নিয়োগ", en="naming a focal point"),
    "instructions": Text(bn="নির্দেশনার প্রাপ্তি স্বীকার", en="acknowledging the instructions"),
    "vendor": Text(bn="ভেন্ডরের নাম", en="naming a vendor"),
    "two_services": Text(bn="দুটি চালু সেবা", en="two live services"),
}
_AHEAD: Final = Text(bn="শেষ দিন {}।", en="It is due on {}.")
_TODAY: Final = Text(bn="আজ শেষ দিন, {}।", en="It is due today, {}.")
_PASSED: Final = Text(bn="শেষ দিন ছিল {}।", en="It was due on {}.")
_TEXT: Final = """\
{post},

{body_bn}: {step_bn} এখনো পাওয়া যায়নি। {when_bn}
হয়ে গিয়ে থাকলে ডেস্কে লিখুন; সময় লাগলে কারণ জানিয়ে বাড়তি সময় চান।

{body_en}: {step_en} is open. {when_en} If it is done, record it at the desk; if it takes
longer, ask for an extension and say why.

নাগরিক সেবা · Nagorik Sheba
"""
