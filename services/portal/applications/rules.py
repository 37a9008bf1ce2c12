"""The meaning of an application's status for the citizen, and the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationView,
    Status,
    Step,
    TrackedApplication,
    WaitsFor,
)
from libs.contracts.language import Text

_NAMES: Final[Mapping[Status, Text]] = {
    "submitted": Text(bn="জমা হয়েছে", en="Submitted"),
    "with_ministry": Text(bn="মন্ত্রণালয়ে আছে", en="With the ministry"),
    "correction_requested": Text(bn="সংশোধন দরকার", en="Correction needed"),
    "approved": Text(bn="মঞ্জুর", en="Approved"),
    "refused": Text(bn="নামঞ্জুর", en="Refused"),
    "withdrawn": Text(bn="প্রত্যাহার করা হয়েছে", en="Withdrawn"),
    "lapsed": Text(bn="সময় পেরিয়ে বন্ধ", en="Closed: too late"),
}
DECIDED: Final = frozenset({"approved", "refused"})
_NEXT: Final[Mapping[Status, Text]] = {
    "submitted": Text(
        bn="আমরা আবেদনটি মন্ত্রণালয়ে পাঠাচ্ছি। সিদ্ধান্ত হলে এসএমএস পাবেন। এখন আপনার কিছু করার নেই।",
        en="We are handing the application to the ministry. You get an SMS when it has decided. "
        "There is nothing for you to do now.",
    ),
    "with_ministry": Text(
        bn="মন্ত্রণালয় আবেদনটি দেখছে। সিদ্ধান্ত হলে এসএমএস পাবেন। এখন আপনার কিছু করার নেই।",
        en="The ministry is looking at the application. You get an SMS when it has decided. There "
        "is nothing for you to do now.",
    ),
    "correction_requested": Text(
        bn="মন্ত্রণালয় কিছু সংশোধন চেয়েছে। আপনি সংশোধন করে পাঠালে কাজ আবার শুরু হবে।",
        en="The ministry has asked for a correction. Its work goes on when you have sent it.",
    ),
    "approved": Text(
        bn="আবেদন মঞ্জুর হয়েছে। আবেদনের পাতায় সিদ্ধান্ত আছে, প্রিন্ট করে রাখুন। "
        "সিদ্ধান্তের কাগজ থাকলে সেটিও ওই পাতায়।",
        en="The application is approved. The decision is on the page of the application: print it "
        "and keep it. A paper about it is there too, where there is one.",
    ),
    "refused": Text(
        bn="আবেদন নামঞ্জুর হয়েছে। কারণটি দূর করে নতুন আবেদন করতে পারেন।",
        en="The application is refused. You may apply again once the reason is gone.",
    ),
    "withdrawn": Text(
        bn="আপনি আবেদনটি প্রত্যাহার করেছেন। চাইলে নতুন আবেদন করতে পারেন।",
        en="You have withdrawn the application. You may apply again.",
    ),
    "lapsed": Text(
        bn="নির্ধারিত সময়ে আপনার সাড়া বা টাকা জমার খবর আসেনি, তাই আবেদনটি বন্ধ হয়েছে। "
        "চাইলে নতুন আবেদন করতে পারেন।",
        en="Your answer or a payment did not come in time, so the application is closed. You may "
        "apply again.",
    ),
}
_OF_GRIEVANCE: Final[Mapping[Status, tuple[Text, Text]]] = {
    "submitted": (
        Text(bn="জমা হয়েছে", en="Submitted"),
        Text(
            bn="অভিযোগটি যে কার্যালয় উত্তর দেবে সেখানে যাচ্ছে। উত্তর এলে এসএমএস পাবেন।",
            en="The grievance is on its way to the office that answers it. You get an SMS when "
            "the answer is there.",
        ),
    ),
    "with_ministry": (
        Text(bn="উত্তরের অপেক্ষায়", en="Waits for the answer"),
        Text(
            bn="যে কার্যালয় উত্তর দেবে অভিযোগটি সেখানে আছে। উত্তর এলে এসএমএস পাবেন।",
            en="The grievance is with the office that answers it. You get an SMS when the answer "
            "is there.",
        ),
    ),
    "correction_requested": (
        Text(bn="আরও জানতে চাওয়া হয়েছে", en="More is asked"),
        Text(
            bn="কার্যালয় অভিযোগটি নিয়ে আরও জানতে চেয়েছে। আপনি লিখে পাঠালে কাজ আবার শুরু হবে।",
            en="The office asks you for more. Its work goes on when you have sent it.",
        ),
    ),
    "approved": (
        Text(bn="উত্তর: অভিযোগ গৃহীত", en="Answered: upheld"),
        Text(
            bn="কার্যালয় আপনার অভিযোগ মেনে নিয়েছে। উত্তরটি অভিযোগের পাতায় আছে।",
            en="The office upholds your grievance. The answer is on the page of the grievance.",
        ),
    ),
    "refused": (
        Text(bn="উত্তর: অভিযোগ গৃহীত হয়নি", en="Answered: not upheld"),
        Text(
            bn="কার্যালয় অভিযোগটি মেনে নেয়নি। উত্তরটি অভিযোগের পাতায় আছে।",
            en="The office does not uphold your grievance. The answer is on the page of the "
            "grievance.",
        ),
    ),
    "withdrawn": (
        Text(bn="প্রত্যাহার করা হয়েছে", en="Withdrawn"),
        Text(bn="আপনি অভিযোগটি প্রত্যাহার করেছেন।", en="You have withdrawn the grievance."),
    ),
    "lapsed": (
        Text(bn="সময় পেরিয়ে বন্ধ", en="Closed: too late"),
        Text(
            bn="নির্ধারিত সময়ে আপনার সাড়া আসেনি, তাই অভিযোগটি বন্ধ হয়েছে। চাইলে নতুন অভিযোগ করতে পারেন।",
            en="Your answer did not come in time, so the grievance is closed. You may send a new "
            "one.",
        ),
    ),
}
"""Name and next step of a grievance: it is answered, and nothing is approved or refused."""

_NEXT_AT_STEP: Final[Mapping[WaitsFor, Text]] = {
    "office": Text(
        bn="কার্যালয় আবেদনটি দেখছে। এখন আপনার কিছু করার নেই; লাগলে এই পাতায় জানবেন।",
        en="The office is working on it. There is nothing for you to do now; this page tells you "
        "if there is.",
    ),
    "citizen": Text(
        bn="এখন আপনার পালা: কার্যালয় আপনার অপেক্ষায় আছে। কার্যালয়ে গিয়ে বা ফোনে জানান, কর্মকর্তা লিখে রাখবেন।",
        en="It is your turn: the office waits for you. Tell it at the office or by phone; an "
        "officer writes it down.",
    ),
    "payment": Text(
        bn="এখন আপনার পালা: চালানে ফি জমা দিয়ে চালানের নম্বর কার্যালয়ে জানান। তখন কাজ আবার এগোবে।",
        en="It is your turn: pay the fee by challan, and give the number of the challan to the "
        "office. The work goes on then.",
    ),
    "others": Text(
        bn="কার্যালয় আরও কয়েকটি কার্যালয়ের মতামত চেয়েছে। এখন আপনার কিছু করার নেই।",
        en="The office has asked other offices for their opinion. There is nothing for you to do "
        "now.",
    ),
    "time": Text(
        bn="একটি নির্ধারিত দিন পর্যন্ত অপেক্ষা করতে হবে। এখন আপনার কিছু করার নেই।",
        en="It waits until a certain day. There is nothing for you to do now.",
    ),
}
"""Of an application on which officers work here."""

_COLOURS: Final[Mapping[Status, str]] = {
    "submitted": "blue",
    "with_ministry": "blue",
    "correction_requested": "amber",
    "approved": "green",
    "refused": "red",
    "withdrawn": "grey",
    "lapsed": "grey",
}
_SUBJECTS: Final[Mapping[str, Text]] = {
    "submitted": Text(bn="জমা হওয়ার খবর", en="The application is in"),
    "delayed": Text(bn="দেরির খবর", en="A delay"),
    "delayed_by_platform": Text(bn="দেরির খবর", en="A delay"),
    "correction_requested": Text(bn="সংশোধনের অনুরোধ", en="A correction is asked for"),
    "approved": Text(bn="সিদ্ধান্ত", en="The decision"),
    "refused": Text(bn="সিদ্ধান্ত", en="The decision"),
    "lapsed": Text(bn="বন্ধ হওয়ার খবর", en="The application is closed"),
    "overdue": Text(bn="সময় পার হওয়ার খবর", en="The time limit has passed"),
    "withdrawn": Text(bn="প্রত্যাহারের খবর", en="The withdrawal"),
    "moved": Text(bn="অন্য কার্যালয়ে যাওয়ার খবর", en="The move to another office"),
    "appealed": Text(bn="আপত্তির খবর", en="Your objection"),
    "refused_until": Text(bn="সিদ্ধান্ত", en="The decision"),
    "appeal_upheld": Text(bn="আপত্তির সিদ্ধান্ত", en="The decision on your objection"),
    "appeal_overturned": Text(bn="আপত্তির সিদ্ধান্ত", en="The decision on your objection"),
    "paper_replaced": Text(bn="নতুন কাগজের খবর", en="A newer paper"),
    "paper_withdrawn": Text(bn="কাগজ প্রত্যাহারের খবর", en="The paper is withdrawn"),
}
_ANOTHER: Final = Text(bn="আবেদনের খবর", en="The application")
WITHDRAWABLE: Final[frozenset[Status]] = frozenset(
    {"submitted", "with_ministry", "correction_requested"}
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a status for the citizen.

    Args:
        name: of the status.
        colour: of its tag.
        next: the next step, and the person or body that must act.
        is_running: whether the ministry's time runs.
        can_withdraw: whether the citizen can withdraw the application.
    """

    name: Text
    colour: str
    next: Text
    is_running: bool
    can_withdraw: bool


def meaning_of(status: Status, step: Step | None = None, *, is_grievance: bool = False) -> Meaning:
    """Return the meaning of a status for the citizen.

    Args:
        status: of the application.
        step: at which its office is; None where the office does not say so.
        is_grievance: whether it is a grievance.
    """
    name, following = _NAMES[status], _NEXT[status]
    if is_grievance:
        name, following = _OF_GRIEVANCE[status]
    elif step:
        following = _NEXT_AT_STEP[step.waits_for]
    return Meaning(
        name=name,
        colour=_COLOURS[status],
        next=following,
        is_running=status in {"submitted", "with_ministry"},
        can_withdraw=status in WITHDRAWABLE,
    )


def may_appeal(application: ApplicationView | TrackedApplication, at: datetime) -> bool:
    """Whether the citizen may object to the refusal now; the last day ends at midnight in Dhaka."""
    until = application.appeal_until
    return application.status == "refused" and until is not None and dhaka_date(at) <= until


def subject_of(template: str) -> Text:
    """Return the subject of an SMS: the application, where its template is not known here."""
    return _SUBJECTS.get(template, _ANOTHER)
