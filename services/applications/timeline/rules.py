"""The citizen's view of an application, with the titles of timeline entries."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationCorrected,
    ApplicationDeadlineMoved,
    ApplicationDelayed,
    ApplicationMoved,
    ApplicationOverdue,
    ApplicationPaperIssued,
    ApplicationPaperReplaced,
    ApplicationPaperWithdrawn,
    ApplicationReceived,
    ApplicationStepReached,
    ApplicationSubmitted,
    ApplicationView,
    ApplicationWithdrawn,
    CorrectionRequested,
    Outcome,
    TimelineEntry,
)
from libs.contracts.language import Text
from libs.contracts.notifications import MessageFailed
from libs.grievances import GRIEVANCE
from services.applications.lifecycle.application import (
    CLOSED,
    DECIDED,
    WAITS_FOR_MINISTRY,
    Application,
)
from services.applications.lifecycle.entries import Entry
from services.applications.public_services.rules import PublicService

_TITLES: Mapping[str, Text] = MappingProxyType(
    {
        ApplicationSubmitted.type: Text(bn="আবেদন জমা হয়েছে", en="Application submitted"),
        ApplicationReceived.type: Text(
            bn="মন্ত্রণালয় আবেদনটি পেয়েছে", en="The ministry has received the application"
        ),
        ApplicationStepReached.type: Text(bn="কাজ পরের ধাপে গেছে", en="The next step has begun"),
        ApplicationDelayed.type: Text(
            bn="মন্ত্রণালয়ের সিস্টেমে এখন পৌঁছানো যাচ্ছে না। আবেদনটি নিরাপদ আছে, আবার আবেদন করতে হবে না",
            en=(
                "The ministry's system cannot be reached."
                " Your application is safe, you need not apply again"
            ),
        ),
        CorrectionRequested.type: Text(bn="সংশোধনের জন্য ফেরত এসেছে", en="Sent back for correction"),
        ApplicationCorrected.type: Text(
            bn="সংশোধিত আবেদন জমা হয়েছে", en="Corrected application submitted"
        ),
        ApplicationAppealed.type: Text(
            bn="নামঞ্জুরের বিরুদ্ধে আপত্তি জমা হয়েছে", en="Objection to the refusal submitted"
        ),
        ApplicationDeadlineMoved.type: Text(
            bn="ছুটির তালিকা বদলানোয় সিদ্ধান্তের শেষ দিন বদলেছে",
            en="The last day for the decision has moved, since days off have changed",
        ),
        ApplicationOverdue.type: Text(
            bn="সেবা প্রদানের নির্ধারিত সময় পার হয়েছে", en="The ministry's time for a decision is over"
        ),
        ApplicationWithdrawn.type: Text(bn="আবেদন প্রত্যাহার করা হয়েছে", en="Application withdrawn"),
        ApplicationMoved.type: Text(
            bn="আবেদনটি এখন অন্য কার্যালয়ের দায়িত্বে। আপনাকে কিছু করতে হবে না",
            en="Another office is responsible for the application now. You need do nothing",
        ),
        ApplicationPaperIssued.type: Text(
            bn="সিদ্ধান্তের কাগজ দেওয়া হয়েছে", en="The paper about the decision was issued"
        ),
        ApplicationPaperReplaced.type: Text(
            bn="কাগজটির বদলে নতুন কাগজ দেওয়া হয়েছে", en="A newer paper replaces this one"
        ),
        ApplicationPaperWithdrawn.type: Text(
            bn="কার্যালয় কাগজটি প্রত্যাহার করেছে। এটি আর বহাল নেই",
            en="The office withdrew the paper. It does not hold any more",
        ),
        MessageFailed.type: Text(bn="এসএমএস পৌঁছানো যায়নি", en="SMS could not be delivered"),
    }
)
_DELAYED_BY_US = Text(
    bn="আমাদের সিস্টেমে একটি ত্রুটি হয়েছে। আবেদনটি নিরাপদ আছে, আবার আবেদন করতে হবে না",
    en="A fault on our side holds it up. Your application is safe, you need not apply again",
)
_OF_GRIEVANCE: Mapping[str, Text] = MappingProxyType(
    {
        ApplicationSubmitted.type: Text(bn="অভিযোগ জমা হয়েছে", en="Grievance submitted"),
        ApplicationReceived.type: Text(
            bn="যে কার্যালয় উত্তর দেবে, অভিযোগটি পেয়েছে",
            en="The office that answers has received the grievance",
        ),
        ApplicationAppealed.type: Text(bn="আপিল জমা হয়েছে", en="Appeal submitted"),
        "approved": Text(bn="উত্তর এসেছে: অভিযোগ গৃহীত", en="Answered: upheld"),
        "refused": Text(bn="উত্তর এসেছে: অভিযোগ গৃহীত হয়নি", en="Answered: not upheld"),
    }
)
"""Titles of a grievance by event type or outcome: it is answered, not approved or refused."""
_DECIDED: Mapping[Outcome, Text] = MappingProxyType(
    {
        "approved": Text(bn="আবেদন মঞ্জুর হয়েছে", en="Application approved"),
        "refused": Text(bn="আবেদন নামঞ্জুর হয়েছে", en="Application refused"),
        "lapsed": Text(
            bn="নির্ধারিত সময়ে সাড়া না পাওয়ায় আবেদনটি বন্ধ হয়েছে",
            en="The application is closed, since an answer or a payment did not come in time",
        ),
    }
)


def view(
    application: Application,
    name: Text,
    entries: Sequence[Entry],
    notice: Text | None = None,
    service: PublicService | None = None,
) -> ApplicationView:
    """Return an application with its timeline, its public service's name and the last note.

    Args:
        application: the application.
        name: of its public service.
        entries: of its timeline, the oldest first.
        notice: what is known of its ministry's outage, for the entry of a delay that lasts.
        service: the public service; None if it is unknown.
    """
    status, office = application.status, application.office
    complete_at = max(
        [entry.at for entry in entries if entry.type == ApplicationCorrected.type],
        default=application.submitted_at,
    )
    delays = [entry.event_id for entry in entries if entry.type == ApplicationDelayed.type]
    lasting = delays[-1] if application.delayed and delays else None
    return ApplicationView(
        **application.summary(name).model_dump(),
        overdue=application.overdue and status in WAITS_FOR_MINISTRY,
        is_paused=application.is_paused and status not in CLOSED,
        service_deadline_days=service.service_deadline_days if service else None,
        calendar_missing=service.calendar_missing(dhaka_date(complete_at))
        if service and application.due_on is None
        else None,
        form_origin=application.form_origin,
        office=office.name if office else None,
        office_confirmed=office is not None and office.confirmed,
        case_file_number=application.case_file_number,
        correction_note=application.note if status == "correction_requested" else None,
        decision_note=application.note if status in DECIDED else None,
        step=application.step if status in WAITS_FOR_MINISTRY else None,
        appeal_until=application.appeal_until,
        appeal_decided_by=application.appeal_decided_by,
        appeal_is_sourced=application.appeal_is_sourced,
        appealed_at=application.appealed_at,
        timeline=[
            TimelineEntry(
                event_id=entry.event_id,
                type=entry.type,
                at=entry.at,
                title=title_of(
                    entry,
                    notice if entry.event_id == lasting else None,
                    is_grievance=application.public_service_id == GRIEVANCE,
                ),
                note=entry.note,
                trace_id=entry.trace_id,
                cause=entry.cause,
            )
            for entry in entries
        ],
    )


def title_of(entry: Entry, notice: Text | None = None, *, is_grievance: bool = False) -> Text:
    """Return the title of an entry in both languages; a delay's with a notice."""
    if is_grievance and (entry.outcome or entry.type) in _OF_GRIEVANCE:
        return _OF_GRIEVANCE[entry.outcome or entry.type]
    if entry.outcome is not None:
        return _DECIDED[entry.outcome]
    if entry.cause == "platform":
        return _DELAYED_BY_US
    title = _TITLES[entry.type]
    if notice is None:
        return title
    return Text(bn=f"{title.bn}। {notice.bn}", en=f"{title.en}. {notice.en}")
