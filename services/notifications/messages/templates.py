"""Texts of messages, in plain Bangla and English, short enough for few SMS segments.

A Bangla segment has 67 characters, an English one 153. Every text is complete without the
name of the public service in front, since the name may not be known here yet. No links: a citizen
who is used to links in our messages would also follow a swindler's link.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from libs.bangladesh.text import normalise
from libs.contracts.identity import (
    ConsentRequested,
    MandateMessageRequested,
    Notice,
    NoticeRequested,
)
from libs.contracts.language import Language, Text
from libs.contracts.mandates import ApplicantPart, MandateNotice
from services.notifications.messages.segments import compose, count_segments

Template = Literal[
    "submitted",
    "delayed",
    "delayed_by_platform",
    "correction_requested",
    "corrected",
    "corrected_at_centre",
    "applicant_changed",
    "approved",
    "refused",
    "lapsed",
    "your_turn",
    "deadline_moved",
    "overdue",
    "withdrawn",
    "moved",
    "paper_replaced",
    "paper_withdrawn",
    "appealed",
    "appealed_at_centre",
    "appealed_at_office",
    "refused_until",
    "appeal_upheld",
    "appeal_overturned",
    "login_code",
]

LOGIN_CODE: Final[Template] = "login_code"
CONSENT_CODE: Final = "consent_code"

MOST_SEGMENTS: Final = 3
"""The longest message; its least needed parts are left out first."""

_APPLICATION_TEXTS: Final[Mapping[Template, Text]] = {
    "submitted": Text(
        bn="আবেদন জমা হয়েছে। ট্র্যাকিং নম্বর {number}, যত্নে রাখুন। নাগরিক সেবা",
        en="Your application is in. Tracking number {number}, please keep it. Nagorik Sheba",
    ),
    "delayed": Text(
        bn=(
            "আবেদন {number} নিরাপদ আছে। মন্ত্রণালয়ের সিস্টেমে এখন পৌঁছানো যাচ্ছে না।"
            " আবার আবেদন করতে হবে না। নাগরিক সেবা"
        ),
        en=(
            "Application {number} is safe. The ministry's system cannot be reached,"
            " you need not apply again. Nagorik Sheba"
        ),
    ),
    "delayed_by_platform": Text(
        bn=(
            "আবেদন {number} নিরাপদ আছে। আমাদের একটি ত্রুটিতে দেরি হচ্ছে। আবার আবেদন করতে হবে না। নাগরিক সেবা"
        ),
        en=(
            "Application {number} is safe. A fault on our side holds it up,"
            " you need not apply again. Nagorik Sheba"
        ),
    ),
    "correction_requested": Text(
        bn="আবেদন {number} সংশোধনের জন্য ফেরত এসেছে। লগইন করে ঠিক করুন। নাগরিক সেবা",
        en=(
            "Application {number} came back for correction."
            " Log in to see what to correct. Nagorik Sheba"
        ),
    ),
    "corrected": Text(
        bn="আবেদন {number} এর সংশোধন জমা হয়েছে। আপনি না দিলে লগইন করুন। নাগরিক সেবা",
        en="The correction of application {number} is in. If it was not you, log in. Nagorik Sheba",
    ),
    "corrected_at_centre": Text(
        bn="সেবা কেন্দ্র আবেদন {number} সংশোধন করেছে। না চাইলে লগইন করুন। নাগরিক সেবা",
        en=(
            "A service centre sent the correction of application {number}. If you did not want it,"
            " log in or call 333. Nagorik Sheba"
        ),
    ),
    "applicant_changed": Text(
        bn="আবেদন {number} এ নাম বা পরিচয় বদলেছে। না চাইলে ৩৩৩ এ জানান। নাগরিক সেবা",
        en=(
            "In application {number} the name, number or birth date has changed. If you did not"
            " want it, log in or call 333. Nagorik Sheba"
        ),
    ),
    "approved": Text(
        bn="আবেদন {number} মঞ্জুর হয়েছে। বিস্তারিত জানতে লগইন করুন। নাগরিক সেবা",
        en="Application {number} is approved. Log in for the details. Nagorik Sheba",
    ),
    "refused": Text(
        bn="আবেদন {number} নামঞ্জুর হয়েছে। কারণ জানতে লগইন করুন। নাগরিক সেবা",
        en="Application {number} is not approved. Log in to see why. Nagorik Sheba",
    ),
    "refused_until": Text(
        bn="আবেদন {number} নামঞ্জুর। কারণ ও আপত্তির উপায় জানতে লগইন করুন। নাগরিক সেবা",
        en="Application {number} is not approved. Log in to see why and how to object."
        " Nagorik Sheba",
    ),
    "appealed": Text(
        bn="আবেদন {number} এ আপনার আপত্তি জমা হয়েছে। আপনি না করলে লগইন করুন। নাগরিক সেবা",
        en="Your objection in application {number} is in. If it was not you, log in. Nagorik Sheba",
    ),
    "appealed_at_centre": Text(
        bn="আবেদন {number} এ কেন্দ্র থেকে আপত্তি জমা হয়েছে। না চাইলে ৩৩৩। নাগরিক সেবা",
        en="A service centre sent your objection in application {number}. If you did not want it,"
        " call 333. Nagorik Sheba",
    ),
    "appealed_at_office": Text(
        bn="আবেদন {number} এ কার্যালয়ে আপত্তি নেওয়া হয়েছে। ভুল হলে ৩৩৩। নাগরিক সেবা",
        en="An office recorded an objection in your name in application {number}. If it was not"
        " you, call 333. Nagorik Sheba",
    ),
    "appeal_upheld": Text(
        bn="আপত্তির পরেও আবেদন {number} নামঞ্জুর। কারণ জানতে লগইন করুন। নাগরিক সেবা",
        en="After your objection application {number} is still not approved. Log in to see why."
        " Nagorik Sheba",
    ),
    "appeal_overturned": Text(
        bn="আপত্তির পরে আবেদন {number} মঞ্জুর হয়েছে। জানতে লগইন করুন। নাগরিক সেবা",
        en="After your objection application {number} is approved. Log in for the details."
        " Nagorik Sheba",
    ),
    "lapsed": Text(
        bn="সময়মতো সাড়া না পাওয়ায় আবেদন {number} বন্ধ। জানতে লগইন করুন। নাগরিক সেবা",
        en=(
            "Application {number} is closed: no answer or payment came in time."
            " Log in for details. Nagorik Sheba"
        ),
    ),
    "your_turn": Text(
        bn="আবেদন {number} এ এখন আপনার পালা। কী করতে হবে জানতে লগইন করুন। নাগরিক সেবা",
        en="Application {number} waits for you. Log in to see what to do. Nagorik Sheba",
    ),
    "deadline_moved": Text(
        bn="আবেদন {number} এর শেষ দিন বদলেছে। নতুন দিন জানতে লগইন করুন। নাগরিক সেবা",
        en=(
            "The last day for application {number} has moved, since days off have changed."
            " Log in to see it. Nagorik Sheba"
        ),
    ),
    "overdue": Text(
        bn="আবেদন {number} সময়মতো নিষ্পত্তি হয়নি। নিষ্পত্তি হলেই জানানো হবে। নাগরিক সেবা",
        en=(
            "Application {number} was not decided in time."
            " You will be told as soon as it is. Nagorik Sheba"
        ),
    ),
    "paper_replaced": Text(
        bn="আবেদন {number} এর কাগজ বদলেছে, আগেরটি বহাল নেই। লগইন করুন। নাগরিক সেবা",
        en=(
            "Application {number} has a new paper, the one before does not hold any more."
            " Log in to get it. Nagorik Sheba"
        ),
    ),
    "paper_withdrawn": Text(
        bn="আবেদন {number} এর কাগজ আর বহাল নেই। কারণ জানতে লগইন করুন। নাগরিক সেবা",
        en=(
            "The office withdrew the paper of application {number}."
            " Log in to see why. Nagorik Sheba"
        ),
    ),
    "withdrawn": Text(
        bn="আপনার অনুরোধে আবেদন {number} প্রত্যাহার করা হয়েছে। নাগরিক সেবা",
        en="Application {number} is withdrawn as you asked. Nagorik Sheba",
    ),
    "moved": Text(
        bn="আবেদন {number} এখন অন্য কার্যালয়ে। আপনাকে কিছু করতে হবে না। নাগরিক সেবা",
        en=("Application {number} is with another office now, you need do nothing. Nagorik Sheba"),
    ),
}

# Of a grievance nothing is approved or refused: it is answered, and the answer stands on its page.
# Its number is enough, without the long name of its service.
_ANSWERED: Final = Text(
    bn="অভিযোগ {number} এর উত্তর এসেছে। পড়তে লগইন করুন। নাগরিক সেবা",
    en="Your grievance {number} is answered. Log in to read the answer. Nagorik Sheba",
)
_ANSWERED_UNTIL: Final = Text(
    bn="অভিযোগ {number} এর উত্তর এসেছে। পড়তে বা আপিল করতে লগইন করুন। নাগরিক সেবা",
    en="Your grievance {number} is answered. Log in to read it, or to appeal. Nagorik Sheba",
)
_GRIEVANCE_TEXTS: Final[Mapping[Template, Text]] = {
    "submitted": Text(
        bn="অভিযোগ জমা হয়েছে। নম্বর {number}, যত্নে রাখুন। নাগরিক সেবা",
        en="Your grievance is in. Its number is {number}, please keep it. Nagorik Sheba",
    ),
    "approved": _ANSWERED,
    "refused": _ANSWERED,
    "refused_until": _ANSWERED_UNTIL,
    "appealed": Text(
        bn="অভিযোগ {number} এ আপনার আপিল জমা হয়েছে। আপনি না করলে লগইন করুন। নাগরিক সেবা",
        en="Your appeal in grievance {number} is in. If it was not you, log in. Nagorik Sheba",
    ),
    "appeal_upheld": _ANSWERED,
    "appeal_overturned": _ANSWERED,
}

# To the number of a guardian, or to a shared one: for whom, that there is news, and where to learn
# it. What the ministry said is for the citizen, and that number cannot log in for her.
_NEWS_TEXT: Final = Text(
    bn="আবেদন {number} এর খবর আছে। সেবা কেন্দ্রে, বা রসিদের কোড দিয়ে আমাদের পাতায় জানুন। নাগরিক সেবা",
    en=(
        "There is news of application {number}. Learn it at the service centre, or on our page"
        " with the code of the receipt. Nagorik Sheba"
    ),
)
_TOLD_TO_CITIZENS: Final[frozenset[Template]] = frozenset(
    {
        "correction_requested",
        "approved",
        "refused",
        "lapsed",
        "your_turn",
        "deadline_moved",
        "withdrawn",
        "paper_replaced",
        "paper_withdrawn",
        "refused_until",
        "appeal_upheld",
        "appeal_overturned",
    }
)

# A correction is no news of a ministry: nobody at the centre has anything to tell about it.
_CORRECTED_FOR_ANOTHER: Final = Text(
    bn="আবেদন {number} এর সংশোধন জমা হয়েছে। ঠিক না হলে ৩৩৩ এ জানান। নাগরিক সেবা",
    en="The correction of application {number} is in. If it is not right, call 333. Nagorik Sheba",
)
# Nor is an objection; who has the phone knows whether its citizen made one.
_APPEALED_FOR_ANOTHER: Final = Text(
    bn="আবেদন {number} এ একটি আপত্তি জমা হয়েছে। ঠিক না হলে ৩৩৩ এ জানান। নাগরিক সেবা",
    en="An objection in application {number} is in. If it is not right, call 333. Nagorik Sheba",
)
_APPEALS: Final[frozenset[Template]] = frozenset(
    {"appealed", "appealed_at_centre", "appealed_at_office"}
)
_CORRECTIONS: Final[frozenset[Template]] = frozenset(
    {"corrected", "corrected_at_centre", "applicant_changed"}
)

_CODE_TEXT: Final = Text(
    bn="{code} আপনার লগইন কোড। কাউকে বলবেন না, কেউ চাইলেও না। নাগরিক সেবা",
    en="{code} is your login code. Tell it to nobody, whoever asks. Nagorik Sheba",
)


_NOTICE_TEXTS: Final[Mapping[Notice, Text]] = {
    "erasure_requested": Text(
        bn=(
            "{on} তারিখে আপনার অ্যাকাউন্ট ও আবেদনের তথ্য মুছে যাবে, চলমান আবেদন প্রত্যাহার হবে।"
            " মন্ত্রণালয়ের নথি আইনমতে থাকবে। শেষ অনুলিপি {gone_by} এর মধ্যে মুছবে।"
            " থামাতে চাইলে তার আগে লগইন করুন। নাগরিক সেবা"
        ),
        en=(
            "On {on} your account and what you wrote in applications will be deleted, and running"
            " applications withdrawn. Ministries keep their files by law. The last copies are gone"
            " by {gone_by}. To stop this, log in before. Nagorik Sheba"
        ),
    ),
    "erasure_cancelled": Text(
        bn="আপনার অ্যাকাউন্ট মোছার অনুরোধ বাতিল হয়েছে। সবকিছু আগের মতো থাকবে। নাগরিক সেবা",
        en="Your account will not be deleted: the request is cancelled. Nagorik Sheba",
    ),
    "phone_change_requested": Text(
        bn=(
            "{on} তারিখে আপনার অ্যাকাউন্ট …{phone_ending} নম্বরে যাবে। আপনি না চাইলে তার আগে এই নম্বরে লগইন করে"
            " বাতিল করুন। নাগরিক সেবা"
        ),
        en=(
            "On {on} your account will move to the number ending in {phone_ending}. If you did not"
            " ask for this, log in with this number before and cancel it. Nagorik Sheba"
        ),
    ),
    "phone_change_cancelled": Text(
        bn="আপনার অ্যাকাউন্টের নম্বর বদলাবে না: অনুরোধ বাতিল হয়েছে। নাগরিক সেবা",
        en="The number of your account will not change: the request is cancelled. Nagorik Sheba",
    ),
    "phone_changed": Text(
        bn=(
            "আপনার অ্যাকাউন্ট এখন …{phone_ending} নম্বরে, এই নম্বরে আর লগইন হবে না। আপনি না করে থাকলে সেবা"
            " কেন্দ্রে জানান। নাগরিক সেবা"
        ),
        en=(
            "Your account now has the number ending in {phone_ending}; this number opens it no"
            " more. If it was not you, tell a service centre. Nagorik Sheba"
        ),
    ),
    "complaint_answered": Text(
        bn=(
            "সেবা কেন্দ্রের সাহায্য নিয়ে আপনার অভিযোগের উত্তর এসেছে। লগইন করে “কে আমাকে সাহায্য করেছেন”"
            " পাতায় পড়ুন। নাগরিক সেবা"
        ),
        en=(
            "Your complaint about the help at a service centre is answered. Log in and read it on"
            " the page “Who helped me”. Nagorik Sheba"
        ),
    ),
}


# The price first, then who and where, and the code last: who reads only the beginning of a long SMS
# on an old phone has read what it costs.
_CONSENT_TEXT: Final = Text(
    bn=(
        "{service}: ফি {fee} + সেবা {charge} = {total} টাকা।"
        " {applicant} হয়ে আবেদন করবেন {helper}{centre}। {form}"
        "রাজি হলে কোড {code} বলুন, নইলে বলবেন না। নাগরিক সেবা"
    ),
    en=(
        "{service}: fee {fee} + charge {charge} = Tk {total}. {helper}{centre} asks to apply"
        " for {applicant}. {form}"
        "If you agree, tell the code {code}; if not, tell nobody. Nagorik Sheba"
    ),
)

_CORRECTION_CONSENT_TEXT: Final = Text(
    bn=(
        "{helper} {whose}আবেদন {number} এ {changes} বদলাতে চান। রাজি হলে কোড বলুন: {code}।"
        " না হলে বলবেন না। নাগরিক সেবা"
    ),
    en=(
        "{helper}{centre} asks to change {changes} in application {number}{whose}. If you agree,"
        " tell the code {code}. If not, tell nobody the code. Nagorik Sheba"
    ),
)
_APPEAL_CONSENT_TEXT: Final = Text(
    bn=(
        "{helper} {whose}আবেদন {number} নামঞ্জুরের বিরুদ্ধে আপত্তি দিতে চান; একবারই দেওয়া যায়।"
        " রাজি হলে কোড বলুন: {code}। না হলে বলবেন না। নাগরিক সেবা"
    ),
    en=(
        "{helper}{centre} asks to object to the refusal of application {number}{whose}; it can be"
        " done once. If you agree, tell the code {code}. If not, tell nobody. Nagorik Sheba"
    ),
)
_CORRECTED_TEXT: Final = Text(
    bn=(
        "{helper} আপনার সম্মতিতে {whose}আবেদন {number} এ {changes} বদলেছেন।"
        " অভিযোগ থাকলে ৩৩৩ এ জানান। নাগরিক সেবা"
    ),
    en=(
        "With your consent {helper}{centre} changed {changes} in application {number}{whose}."
        " To complain, call 333. Nagorik Sheba"
    ),
)
_PARTS: Final[Mapping[ApplicantPart, Text]] = {
    "name": Text(bn="নাম", en="the name"),
    "number": Text(bn="নম্বর", en="the NID or birth registration number"),
    "birth_date": Text(bn="জন্মতারিখ", en="the birth date"),
}

_NOTHING: Final = "-"
_OF_CENTRE: Final = Text(bn=", ", en=" of ")
_YOU: Final = Text(bn="আপনার", en="you")
_OF_APPLICANT: Final = Text(bn="{applicant} এর", en="{applicant}")
_WHOSE: Final = Text(bn="{applicant} এর ", en=" of {applicant}")
_FORM_NOT_OFFICIAL: Final = Text(bn="ফরমটি সরকারি নয়। ", en="The form is not official. ")
_NOT_CONFIRMED: Final = Text(bn="নিশ্চিত নয়", en="not confirmed")
_AT_OFFICE: Final = Text(bn="দপ্তরে দেবেন", en="to be paid at the office")

_MANDATE_TEXTS: Final[Mapping[MandateNotice, Text]] = {
    "mandate_used": Text(
        bn=(
            "{service}, নম্বর {number}: {applicant} হয়ে জমা দিয়েছেন {helper}{centre}।"
            " {form}ফি {fee} + সেবা {charge} = {total} টাকা, এর বেশি নয়।"
            " অভিযোগ ৩৩৩ নম্বরে। নাগরিক সেবা"
        ),
        en=(
            "{helper}{centre} has applied for {applicant}: {service}, number {number}. {form}"
            "Fee {fee} + charge {charge} = Tk {total}, pay no more."
            " To complain, call 333. Nagorik Sheba"
        ),
    ),
    "mandate_used_before_end": Text(
        bn=(
            "আপনি থামানোর আগেই {applicant} হয়ে আবেদন {number} জমা হয়ে গেছে ({service})।"
            " না চাইলে লগইন করে এটি প্রত্যাহার করুন, বা ৩৩৩ নম্বরে ফোন করুন। নাগরিক সেবা"
        ),
        en=(
            "Application {number} for {applicant} ({service}) was sent before you stopped it."
            " If you do not want it, log in and withdraw it, or call 333. Nagorik Sheba"
        ),
    ),
    "mandate_ended_by_us": Text(
        bn=(
            "{helper}{centre} এখন আর {applicant} হয়ে আবেদন করতে পারবেন না ({service});"
            " আমরা এটি থামিয়েছি। অন্য কেন্দ্রে যান বা নিজে আবেদন করুন। নাগরিক সেবা"
        ),
        en=(
            "{helper}{centre} can no longer apply for {applicant} ({service}): we have stopped it."
            " Go to another centre, or apply on your own. Nagorik Sheba"
        ),
    ),
}

# What is left out, the first that makes a text short enough: the case of the fee, the centre, both;
# of a correction what stood there, then the answers. The counter shows them.
_LEFT_OUT: Final[Sequence[frozenset[str]]] = (
    frozenset(),
    frozenset({"case"}),
    frozenset({"centre"}),
    frozenset({"case", "centre"}),
    frozenset({"case", "centre", "before"}),
    frozenset({"case", "centre", "replaced"}),
)


def application_text(  # noqa: PLR0913
    template: Template,
    language: Language,
    *,
    tracking_number: str,
    name: Text | None,
    is_own: bool = True,
    applicant: str | None = None,
    is_grievance: bool = False,
) -> str:
    """Write a message about an application, with the name of the public service where it fits.

    Args:
        template: of the message.
        language: of its reader.
        tracking_number: of the application.
        name: of the public service, if it is known.
        is_own: whether it goes to the citizen's own number; others read only that there is news,
            or that a correction is in.
        applicant: initials of the citizen, for another reader.
        is_grievance: whether it is a grievance, whose own texts need no name.
    """
    texts = _APPLICATION_TEXTS[template] if is_own else _text_for_another(template)
    if is_grievance and is_own and template in _GRIEVANCE_TEXTS:
        texts, name = _GRIEVANCE_TEXTS[template], None
    named = name.in_language(language) if name else None
    before, after = _frame(texts.in_language(language), named, len(tracking_number), applicant)
    return f"{before}{tracking_number}{after}"


def _text_for_another(template: Template) -> Text:
    if template in _TOLD_TO_CITIZENS:
        return _NEWS_TEXT
    if template in _APPEALS:
        return _APPEALED_FOR_ANOTHER
    return _CORRECTED_FOR_ANOTHER if template in _CORRECTIONS else _APPLICATION_TEXTS[template]


@lru_cache(maxsize=4096)
def _frame(
    sentence: str, name: str | None, number_length: int, applicant: str | None
) -> tuple[str, str]:
    """Return the text before and after the tracking number, whose characters have equal width."""
    before, _, after = compose(sentence).partition("{number}")
    if applicant is not None:
        before = compose(f"{normalise(applicant)}: {before}")
    if name is None:
        return before, after
    named = compose(f"{normalise(name)}, {before}" if applicant else f"{normalise(name)}: {before}")
    fits = count_segments(f"{named}{'0' * number_length}{after}") <= MOST_SEGMENTS
    return (named if fits else before), after


def code_text(language: Language, code: str) -> str:
    """Write the message with a one-time code: the code first, in Latin digits.

    Handsets offer a code for pasting only if it has Latin digits.
    """
    return compose(_CODE_TEXT.in_language(language).format(code=code))


def notice_text(request: NoticeRequested) -> str:
    """Write a message about an account; days and the end of a number in Latin digits."""
    return compose(
        _NOTICE_TEXTS[request.notice]
        .in_language(request.language)
        .format(
            on=_day(request.on), gone_by=_day(request.gone_by), phone_ending=request.phone_ending
        )
    )


def consent_text(request: ConsentRequested) -> str:
    """Write the message that asks for the consent to a mandate.

    One about an application that is there and changes nothing of it is for an objection.
    """
    text = _CONSENT_TEXT
    if request.tracking_number:
        text = _CORRECTION_CONSENT_TEXT if request.changes else _APPEAL_CONSENT_TEXT
    return _short(text, request, code=request.code)


def mandate_text(request: MandateMessageRequested) -> str:
    """Write a message about a mandate's state."""
    is_sent = request.changes and request.notice == "mandate_used"
    return _short(_CORRECTED_TEXT if is_sent else _MANDATE_TEXTS[request.notice], request)


def _short(text: Text, request: ConsentRequested | MandateMessageRequested, **values: str) -> str:
    """Fill in a text about a mandate; if it is too long, the least needed parts are left out."""
    sentence, filled = text.in_language(request.language), ""
    for left_out in _LEFT_OUT:
        filled = compose(sentence.format(**values, **_names_of(request, left_out)))
        if count_segments(filled) <= MOST_SEGMENTS:
            break
    return filled


def _names_of(
    request: ConsentRequested | MandateMessageRequested, left_out: Collection[str]
) -> Mapping[str, str]:
    language = request.language
    applicant = _YOU if request.applicant is None else _OF_APPLICANT
    centre = normalise(request.service_centre_name.in_language(language))
    is_official = request.form_origin == "ministry"
    return {
        "service": normalise(request.public_service_name.in_language(language)),
        "centre": "" if "centre" in left_out else _OF_CENTRE.in_language(language) + centre,
        "helper": normalise(request.helper.in_language(language)),
        "applicant": applicant.in_language(language).format(applicant=request.applicant),
        "fee": _fee_of(request, left_out),
        "form": "" if is_official else _FORM_NOT_OFFICIAL.in_language(language),
        "whose": _WHOSE.in_language(language).format(applicant=request.applicant)
        if request.applicant
        else "",
        "changes": ", ".join(_change_of(part, request, left_out) for part in request.changes),
        "number": request.tracking_number or "",
        "charge": str(request.charge_bdt),
        "total": str(request.fee_bdt + request.charge_bdt),
    }


def _change_of(
    part: ApplicantPart,
    request: ConsentRequested | MandateMessageRequested,
    left_out: Collection[str],
) -> str:
    """Write what a correction changes; on the citizen's own phone, what stood there and will."""
    name = _PARTS[part].in_language(request.language)
    if not isinstance(request, ConsentRequested) or "replaced" in left_out:
        return name
    answers = [
        _NOTHING if answer is None else normalise(answer)
        for replacement in request.replaced
        if replacement.part == part
        for answer in (replacement.before, replacement.after)
    ]
    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    if not pairs:
        return name
    shown = [after if "before" in left_out else f"{before} > {after}" for before, after in pairs]
    return f"{name} ({'; '.join(shown)})"


def _fee_of(request: ConsentRequested | MandateMessageRequested, left_out: Collection[str]) -> str:
    """Write a fee with its case, and say so where it is not confirmed or paid at the office."""
    language, said = request.language, []
    if request.fee_case and "case" not in left_out:
        said.append(normalise(request.fee_case.in_language(language)))
    if request.fee_at_office:
        said.append(_AT_OFFICE.in_language(language))
        return f"({'; '.join(said)})"
    if request.fee_basis == "told_by_office":
        said.append(_NOT_CONFIRMED.in_language(language))
    return f"{request.fee_bdt} ({'; '.join(said)})" if said else str(request.fee_bdt)


def _day(day: date | None) -> str:
    return f"{day:%d-%m-%Y}" if day else ""
