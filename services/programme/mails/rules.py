"""What a mail says."""

from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.text import bangla_digits
from libs.trace_context import TraceContext

MailKind = Literal["invitation", "qualification_ends"]


class Invitation(BaseModel):
    """A body is invited to a workshop."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["invitation"] = "invitation"
    post: str
    body: str
    topic: str
    day: date
    place: str


class QualificationEnds(BaseModel):
    """A qualification of the recipient ends on a day."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["qualification_ends"] = "qualification_ends"
    course_bn: str
    course_en: str
    until: date


Content = Annotated[Invitation | QualificationEnds, Field(discriminator="kind")]
CONTENT: Final[TypeAdapter[Invitation | QualificationEnds]] = TypeAdapter(Content)


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that is sent once.

    Args:
        mail_id: the same notice to the same person is one.
        address: to whom it goes.
    """

    mail_id: UUID
    content: Invitation | QualificationEnds
    address: str = field(repr=False)
    created_at: datetime
    attempts: int = 0
    trace: TraceContext | None = None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.mail_id


def message_of(notice: Notice, sender: str) -> EmailMessage:
    """Write the mail of a notice from our address."""
    subject, text = _words(notice.content)
    return envelope(notice.mail_id, sender, notice.address, subject, text)


def envelope(mail_id: UUID, sender: str, address: str, subject: str, text: str) -> EmailMessage:
    """Return a mail; each attempt at it has the same id, so that a repeat is recognised."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = subject
    message["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"  # RFC 5322, section 3.6.4
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no reply by a machine
    message.set_content(text)
    return message


def _words(said: Invitation | QualificationEnds) -> tuple[str, str]:
    """Return subject and text."""
    match said:
        case Invitation():
            body, day = bodies_by_id()[said.body], said.day.strftime("%d-%m-%Y")
            return (
                f"কর্মশালা {bangla_digits(day)} · Workshop on {day}: {said.topic}",
                _INVITATION.format(
                    post=said.post,
                    body_bn=body.name_bn,
                    body_en=body.name_en,
                    topic=said.topic,
                    place=said.place,
                    day_bn=bangla_digits(day),
                    day=day,
                ),
            )
        case QualificationEnds(course_bn=name_bn, course_en=name_en):
            day = said.until.strftime("%d-%m-%Y")
            day_bn = bangla_digits(day)
            return (
                f"{name_bn}: যোগ্যতা শেষ {day_bn} · {name_en}: ends {day}",
                _ENDS.format(course_bn=name_bn, course_en=name_en, day_bn=day_bn, day=day),
            )


_INVITATION: Final = """\
{post},

{body_bn}-কে একটি কর্মশালায় আমন্ত্রণ জানানো হচ্ছে: {topic}। দিন {day_bn}, স্থান: {place}।
বিস্তারিত ডেস্কে “আমার দপ্তর” পাতায়।

{body_en} is invited to a workshop: {topic}. On {day}, at: {place}.
What is known about it is at the desk, on the page “My body”.

নাগরিক সেবা · Nagorik Sheba
"""
_ENDS: Final = """\
আপনার যোগ্যতা “{course_bn}” {day_bn} তারিখে শেষ হয়। আপনার কাজে এটি লাগলে পরের দিন থেকে নতুন কিছু
শুরু করা যায় না; সেদিন যা শুরু হয়েছে তা শেষ করা যায়। ডেস্কে “প্রশিক্ষণ” পাতায় একটি আসন নিন।

Your qualification “{course_en}” ends on {day}. Where your work needs it, nothing new can be begun
from the next day on; what was begun by then may end. Take a seat at the desk, on the page
“Training”.

নাগরিক সেবা · Nagorik Sheba
"""
