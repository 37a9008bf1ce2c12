"""The meaning of an application's status for the citizen, and the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from libs.contracts.applications import Status
from libs.contracts.language import Text

_NAMES: Final[Mapping[Status, Text]] = {
    "submitted": Text(bn="জমা হয়েছে", en="Submitted"),
    "with_ministry": Text(bn="মন্ত্রণালয়ে আছে", en="With the ministry"),
    "correction_requested": Text(bn="সংশোধন দরকার", en="Correction needed"),
    "approved": Text(bn="মঞ্জুর", en="Approved"),
    "refused": Text(bn="নামঞ্জুর", en="Refused"),
    "withdrawn": Text(bn="প্রত্যাহার করা হয়েছে", en="Withdrawn"),
}
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
        "সনদ বা অন্য কাগজ এই সাইটে দেওয়া হয় না।",
        en="The application is approved. The decision is on the page of the application: print it "
        "and keep it. A certificate or other paper is not given on this site.",
    ),
    "refused": Text(
        bn="আবেদন নামঞ্জুর হয়েছে। কারণটি দূর করে নতুন আবেদন করতে পারেন।",
        en="The application is refused. You may apply again once the reason is gone.",
    ),
    "withdrawn": Text(
        bn="আপনি আবেদনটি প্রত্যাহার করেছেন। চাইলে নতুন আবেদন করতে পারেন।",
        en="You have withdrawn the application. You may apply again.",
    ),
}
_COLOURS: Final[Mapping[Status, str]] = {
    "submitted": "blue",
    "with_ministry": "blue",
    "correction_requested": "amber",
    "approved": "green",
    "refused": "red",
    "withdrawn": "grey",
}
_SUBJECTS: Final[Mapping[str, Text]] = {
    "submitted": Text(bn="জমা হওয়ার খবর", en="The application is in"),
    "delayed": Text(bn="দেরির খবর", en="A delay"),
    "delayed_by_platform": Text(bn="দেরির খবর", en="A delay"),
    "correction_requested": Text(bn="সংশোধনের অনুরোধ", en="A correction is asked for"),
    "approved": Text(bn="সিদ্ধান্ত", en="The decision"),
    "refused": Text(bn="সিদ্ধান্ত", en="The decision"),
    "overdue": Text(bn="সময় পার হওয়ার খবর", en="The time limit has passed"),
    "withdrawn": Text(bn="প্রত্যাহারের খবর", en="The withdrawal"),
    "moved": Text(bn="অন্য কার্যালয়ে যাওয়ার খবর", en="The move to another office"),
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


def meaning_of(status: Status) -> Meaning:
    """Return the meaning of a status for the citizen."""
    return Meaning(
        name=_NAMES[status],
        colour=_COLOURS[status],
        next=_NEXT[status],
        is_running=status in {"submitted", "with_ministry"},
        can_withdraw=status in WITHDRAWABLE,
    )


def subject_of(template: str) -> Text:
    """Return the subject of an SMS: the application, where its template is not known here."""
    return _SUBJECTS.get(template, _ANOTHER)
