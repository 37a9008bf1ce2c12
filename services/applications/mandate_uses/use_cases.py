"""Mandates used once, ended, and followed up until the decision."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import AssistedList, AssistedSummary
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import (
    AssistedNews,
    AssistedNewsList,
    AssistedTrackingCode,
    MandateEvidence,
)
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from services.applications.forms import applicant
from services.applications.forms.field_errors import field_error_at
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.lifecycle.application import (
    WAITS_FOR_MINISTRY,
    canonical_tracking_number,
)
from services.applications.mandate_uses import queries, rules
from services.applications.mandate_uses.rules import AboutPaper, FollowedUp, MandateUse
from services.applications.public_services.cache import PublicServiceCache
from services.applications.tracking.use_cases import tracking_code

_TAKEN_AT_ONCE: Final = 50


async def use_mandates(tx: Transaction, uses: Sequence[MandateUse]) -> dict[UUID, Refused]:
    """Use mandates up for new applications; return the refusals by application.

    A mandate that was used or has ended is refused, in any order of the events. A mandate of a
    stopped uddokta or centre is refused too; one that was asked for on the last day of licence and
    qualification may be used up.
    """
    if not uses:
        return {}
    halts = await queries.find_halts(
        tx, {subject_id for use in uses for subject_id in use.subject_ids}
    )
    refused = {
        use.application_id: Refused(code)
        for use in uses
        for subject_id in reversed(use.subject_ids)  # the uddokta's own stop is said first
        if subject_id in halts
        for code in [halts[subject_id].refusal(use.evidence.mandate_id)]
        if code is not None
    }
    wanted = [use for use in uses if use.application_id not in refused]
    stored = await queries.insert_uses(tx, wanted)
    late = [use for use in wanted if use.application_id not in stored]
    used = await queries.read_used(tx, {use.evidence.mandate_id for use in late}) if late else ()
    for use in late:
        code = "mandate_used" if use.evidence.mandate_id in used else "mandate_ended"
        refused[use.application_id] = Refused(code)
    return refused


async def use_for_correction(tx: Transaction, consent: MandateEvidence) -> None:
    """Use up the consent to a correction; a centre that was paused since does not stop it.

    Raises:
        Refused: it was used or is over, or the uddokta was stopped.
    """
    await _check_not_stopped(tx, consent.uddokta_id, consent.mandate_id)
    if not await queries.insert_use_for_correction(tx, consent):
        raise Refused("mandate_ended")


async def check_not_ended(tx: Transaction, uddokta_id: UUID, mandate_id: UUID) -> None:
    """Check that an uddokta may type for a citizen with a mandate, as far as it is known here.

    Raises:
        Refused: the mandate is over, or the uddokta was stopped.
    """
    if await queries.is_ended(tx, mandate_id):
        raise Refused("mandate_ended")
    await _check_not_stopped(tx, uddokta_id, mandate_id)


async def list_of_citizen(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the mandates with which applications were sent for a citizen."""
    return await queries.list_of_citizen(tx, citizen_id)


async def find_followed_up_with(
    tx: Transaction, uddokta_id: UUID, mandate_id: UUID, *, also_decided: bool = False
) -> FollowedUp:
    """Return the application that an uddokta sent with a mandate, and may follow up.

    Raises:
        Refused: as `find_followed_up`.
    """
    found = await queries.find_followed_up_with(
        tx, mandate_id, uddokta_id, also_decided=also_decided
    )
    if found is None:
        raise Refused("application_unknown")
    return found


async def give_back(tx: Transaction, application_ids: Sequence[UUID]) -> None:
    """Undo the uses of mandates whose applications were not stored after all."""
    if application_ids:
        await queries.delete_uses(tx, application_ids)


async def end_mandates(tx: Transaction, ends: Sequence[MandateEnded]) -> None:
    """Refuse applications with these mandates from now on.

    The follow-up of a used mandate ends only if the citizen has ended it, not by an expiry or a
    stop that crossed the use.
    """
    await queries.insert_ends(tx, ends)


async def save_stops(
    tx: Transaction, changes: Sequence[UddoktaChanged | ServiceCentreChanged]
) -> None:
    """Store which uddoktas and centres may help citizens."""
    await queries.save_stops(tx, [rules.stop_of(change) for change in changes])


def stopped_in(changes: Sequence[UddoktaChanged]) -> list[UUID]:
    """Return the uddoktas who were stopped by these changes."""
    return [change.uddokta_id for change in changes if rules.stop_of(change).problem]


async def list_followed_up(
    tx: Transaction,
    uddokta_id: UUID,
    query: ListQuery,
    services: PublicServiceCache,
    at: datetime,
) -> AssistedList:
    """Return the applications that an uddokta may follow up, the newest first.

    Those are undecided, or refused while an objection is possible.
    """
    found = await queries.list_followed_up(
        tx, uddokta_id, dhaka_date(at), after=query.after, limit=query.one_more
    )
    page, following = query.page(found, lambda row: row.application.application_id)
    forms = await lifecycle.find_last_forms(tx, [row.application.application_id for row in page])
    items = [
        AssistedSummary(
            mandate_id=mandate_id,
            applicant=applicant.initials_in(
                services.find(application.public_service_id).form.schema,
                forms.get(application.application_id, {}),
            ),
            tracking_number=application.tracking_number,
            public_service_id=application.public_service_id,
            public_service_name=services.name_of(application.public_service_id),
            status=application.status,
            submitted_at=application.submitted_at,
            correction_note=application.note
            if application.status == "correction_requested"
            else None,
            appeal_until=application.appeal_until,
            appeal_decided_by=application.appeal_decided_by,
            appeal_is_sourced=application.appeal_is_sourced,
            refusal_note=application.note if application.status == "refused" else None,
            step=application.step if application.status in WAITS_FOR_MINISTRY else None,
            is_told_in_person=is_told_in_person,
        )
        for mandate_id, is_told_in_person, application in page
    ]
    return AssistedList(items=items, next=following)


async def find_followed_up(
    tx: Transaction, uddokta_id: UUID, tracking_number: str, *, also_decided: bool = False
) -> tuple[UUID, MandateEvidence]:
    """Return whose application it is that an uddokta may follow up, and the citizen's consent.

    Args:
        tx: the transaction.
        uddokta_id: the uddokta.
        tracking_number: of the application, in any spelling.
        also_decided: whether it may be decided: for an objection.

    Raises:
        Refused: the uddokta sent no such application, it is decided, the citizen has ended the
            follow-up, or the uddokta was stopped.
    """
    number = canonical_tracking_number(tracking_number)
    found = await queries.find_followed_up(tx, number, uddokta_id, also_decided=also_decided)
    if found is None:
        raise Refused("application_unknown")
    await _check_not_stopped(tx, uddokta_id)
    return found


async def list_news(
    tx: Transaction,
    uddokta_id: UUID,
    query: ListQuery,
    services: PublicServiceCache,
    *,
    told: bool,
) -> AssistedNewsList:
    """Return news that an uddokta has to tell citizens without a phone, or has told them.

    A decision stays among what is to be told until its paper is printed.

    Raises:
        Refused: the uddokta was stopped.
    """
    await _check_not_stopped(tx, uddokta_id)
    found = await queries.list_news(
        tx, uddokta_id, told=told, after=query.after, limit=query.one_more
    )
    page, following = query.page(found, lambda news: news.news_id)
    papers = await queries.read_papers(tx, {news.application_id for news in page})
    items = [
        news.view(services.name_of(news.public_service_id), papers.get(news.application_id, ()))
        for news in page
    ]
    return AssistedNewsList(items=items, next=following)


async def count_left(tx: Transaction, uddokta_id: UUID) -> int:
    """Return of how many applications an uddokta can take the news over, some at a time.

    Those are of the uddokta's centre, and nobody tells them: their uddokta was stopped, or works at
    another centre now.

    Raises:
        Refused: the uddokta was stopped.
    """
    await _check_not_stopped(tx, uddokta_id)
    centre_id = await queries.read_centre_of(tx, uddokta_id)
    return len(await queries.list_left(tx, centre_id, limit=_TAKEN_AT_ONCE)) if centre_id else 0


async def take_over(tx: Transaction, uddokta_id: UUID, *, by: str) -> int:
    """Let an uddokta tell what nobody tells any more at her centre; return of how many.

    Each is recorded. It gives no other right: only who has the citizen's consent corrects.

    Args:
        tx: the open transaction.
        uddokta_id: who tells from now on.
        by: the uddokta, as journals name her.

    Raises:
        Refused: the uddokta was stopped.
    """
    await _check_not_stopped(tx, uddokta_id)
    centre_id = await queries.read_centre_of(tx, uddokta_id)
    left = await queries.list_left(tx, centre_id, limit=_TAKEN_AT_ONCE) if centre_id else []
    taken = await queries.save_teller(tx, left, uddokta_id)
    for news in left:
        if news.mandate_id in taken:
            await record_action(
                tx,
                actor=by,
                action="take over telling the citizen",
                subject=str(news.application_id),
                detail=f"from staff:{news.teller_id}",
            )
    return len(taken)


async def tell(
    tx: Transaction, uddokta_id: UUID, news_id: UUID, services: PublicServiceCache, at: datetime
) -> AssistedNews:
    """Store that an uddokta has told a citizen; a repeat changes nothing.

    Of a decision it is also told which printed papers do not hold any more.

    Raises:
        Refused: the uddokta has no such news, or was stopped.
    """
    await _check_not_stopped(tx, uddokta_id)
    news = await queries.find_news(tx, uddokta_id, news_id)
    if news is None:
        raise Refused("not_found")
    await queries.save_told(tx, news, uddokta_id, at)
    if news.what != "correction_requested":
        await queries.save_end_told(tx, news.application_id, at)
    told_news = await queries.find_news(tx, uddokta_id, news_id) or news
    papers = await queries.read_papers(tx, {news.application_id})
    return told_news.view(
        services.name_of(told_news.public_service_id), papers.get(news.application_id, ())
    )


async def save_papers(tx: Transaction, events: Sequence[AboutPaper]) -> None:
    """Store what became of papers of citizens whom an uddokta tells; of others nothing is kept."""
    await queries.save_papers(tx, [rules.paper_fact(event) for event in events])


async def read_tracking_code(
    tx: Transaction, uddokta_id: UUID, tracking_number: str
) -> AssistedTrackingCode:
    """Return the code with which a citizen without a phone tracks an uddokta's submission.

    Raises:
        Refused: the uddokta sent no such application, the citizen has ended the follow-up, or the
            uddokta was stopped.
    """
    number = canonical_tracking_number(tracking_number)
    found = await queries.find_sent(tx, number, uddokta_id)
    if found is None:
        raise Refused("application_unknown")
    await _check_not_stopped(tx, uddokta_id)
    application_id, is_without_phone = found
    code = tracking_code(tx, application_id) if is_without_phone else None
    return AssistedTrackingCode(tracking_number=number, tracking_code=code)


async def _check_not_stopped(
    tx: Transaction, uddokta_id: UUID, mandate_id: UUID | None = None
) -> None:
    for halt in (await queries.find_halts(tx, {str(uddokta_id)})).values():
        if code := halt.refusal(mandate_id):
            raise Refused(code)


async def check_grievance(
    tx: Transaction, schema: Mapping[str, Any], answers: Mapping[str, Any], service_centre_id: str
) -> None:
    """Check that a grievance about a helper is not typed at the helper's own centre.

    Where the helper works is known by the application that was sent with the help.

    Raises:
        Unreadable: the application was sent at this centre, or is not named.
    """
    if answers.get("about") != "helper":
        return
    centre = None
    with suppress(Refused):
        number = canonical_tracking_number(str(answers.get("tracking_number", "")))
        centre = await queries.find_centre_of(tx, number)
    if centre is None or centre == service_centre_id:
        error = field_error_at(schema, ("tracking_number",), "helped_at_this_centre")
        raise Unreadable("form_invalid", error.code, field_errors=(error,))
