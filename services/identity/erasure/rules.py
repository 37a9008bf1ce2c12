"""The erasure of an account: its steps, the data that are kept, and how long copies exist.

requested -> due: the account is closed here -> announced: the other services delete -> complete:
all of them have confirmed. Running applications are withdrawn by the announcement.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import ErasureView, KeptData, Notice, NoticeRequested
from libs.contracts.language import Text
from libs.contracts.topics import ERASURES, longest_kept_days
from services.identity.citizens.rules import Citizen

CONFIRMING: Final = frozenset(ERASURES.readers)
"""The services that hold something of a citizen; an erasure is complete when all have confirmed."""

# Personal Data Protection Ordinance 2025, section 13 (3): data that another law requires, and
# archives, are not erased. Read in summaries only; docs/decisions/0023 says what was verified.
KEPT: Final = (
    KeptData(
        what=Text(
            bn="মন্ত্রণালয় ও কার্যালয়ে জমা হওয়া আবেদন ও সিদ্ধান্ত তাদের নথিতে থাকে; যেসব নথি কার্যালয় এখানে রাখে, "
            "সেগুলোও।",
            en="Applications that ministries and offices were sent, and decisions, in their files; "
            "also in those that offices keep here.",
        ),
        why=Text(
            bn="এগুলো সরকারি নথি; সংরক্ষণের নিয়ম মন্ত্রণালয়ের। কার্যালয় যা এখানে রাখে, তা সেবার নিয়মে "
            "বছর লেখা থাকলে তার পরে মুছে যায়। মন্ত্রণালয়ে আলাদা করে জানতে চাইতে পারেন।",
            en="They are public records, kept by the ministries' own rules. What offices keep here "
            "is deleted after the years that the service's rule names, if it names any. Ask the "
            "ministry.",
        ),
    ),
    KeptData(
        what=Text(
            bn="কোন সেবায় কবে আবেদন হয়েছে ও কী সিদ্ধান্ত হয়েছে তার হিসাব, কোনো ব্যক্তির পরিচয় ছাড়া।",
            en="Which service was applied for, when, and how it ended, without any person.",
        ),
        why=Text(
            bn="সেবার পরিসংখ্যানের জন্য।",
            en="For statistics of the services.",
        ),
    ),
    KeptData(
        what=Text(
            bn="সিদ্ধান্তের কাগজের নম্বর ও আবেদনের নম্বর, কাগজের ধরন, দপ্তর ও দিন, কোনো ব্যক্তির পরিচয় ছাড়া।",
            en="The number of a paper about a decision and of its application, the kind of paper, "
            "who issued it and when, without any person.",
        ),
        why=Text(
            bn="যাঁর হাতে কাগজটি আছে, তিনি যেন যাচাই করতে পারেন সেটি আসল কি না।",
            en="So that whoever has the paper can still check that it was issued.",
        ),
    ),
    KeptData(
        what=Text(
            bn="মুছে ফেলা অ্যাকাউন্টের অর্থহীন একটি আইডি ও মোছার তারিখ।",
            en="The random id of the erased account, and when it was erased.",
        ),
        why=Text(
            bn="পুরোনো কোনো বার্তা যেন তথ্য ফিরিয়ে না আনে, আর মোছা হয়েছে তা যেন দেখানো যায়।",
            en="So that no older message brings the data back, and to show that it was done.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of one account, as far as it has come."""

    citizen_id: UUID
    requested_at: datetime
    due_at: datetime
    announced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """An erasure that is not complete, with the services that have not confirmed."""

    erasure: Erasure
    missing: tuple[str, ...]


def gone_by(erasure: Erasure) -> date:
    """Return the day, in Dhaka, by which Kafka has deleted the last copy.

    One day more than it needs is for the closing of the account, and for Kafka's own rounds.
    """
    begun_at = erasure.announced_at or erasure.due_at
    return dhaka_date(begun_at) + timedelta(days=longest_kept_days() + 1)


def view(erasure: Erasure) -> ErasureView:
    """Return the erasure as the citizen sees it."""
    return ErasureView(
        requested_at=erasure.requested_at,
        due_at=erasure.due_at,
        gone_by=gone_by(erasure),
        kept=list(KEPT),
    )


def notices_of(citizen: Citizen, erasure: Erasure, notice: Notice) -> list[NoticeRequested]:
    """Return the event that tells the citizen by SMS; none for an account without a number."""
    if citizen.phone is None:
        return []
    return [
        NoticeRequested(
            citizen_id=citizen.citizen_id,
            phone=citizen.phone,
            language=citizen.language,
            notice=notice,
            on=dhaka_date(erasure.due_at),
            gone_by=gone_by(erasure),
        )
    ]
