"""A citizen's own applications: looking at them, correcting and withdrawing."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import Malformed
from libs.contracts.applications import (
    ApplicationList,
    ApplicationSummary,
    ApplicationView,
    CorrectApplication,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from libs.messaging import outbox
from services.applications.domain.forms import check_form
from services.applications.domain.life import Application, go
from services.applications.domain.lodging import Answers, correct, withdraw
from services.applications.domain.offers import OfferBook
from services.applications.domain.timeline import entries_of
from services.applications.domain.views import summarise, view
from services.applications.store import cases, story


class OwnApplications:
    """What a citizen sees of and does with the applications that are hers; of others, nothing.

    Args:
        database: the service's own.
        book: the public services with their forms.
        clock: tells the time.
    """

    def __init__(self, database: Database, book: OfferBook, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def list(self, citizen_id: UUID, after: UUID | None, limit: int) -> ApplicationList:
        """Return a page of applications, newest first, and where the next one begins."""
        async with self._database.transaction() as tx:
            found = await cases.list_own_applications(tx, citizen_id, before=after, limit=limit + 1)
        page = found[:limit]
        return ApplicationList(
            items=[self._summary(application) for application in page],
            next=str(page[-1].application_id) if len(found) > limit else None,
        )

    async def show(self, citizen_id: UUID, tracking_number: str) -> ApplicationView:
        """Return one application with its timeline.

        Raises:
            Refused: she has none with this tracking number.
        """
        number = _canonical(tracking_number)
        async with self._database.transaction() as tx:
            application = await cases.find_own_application(tx, number, citizen_id)
            if application is None:
                raise Refused("application_unknown")
            entries = await story.read_timeline(tx, application.application_id)
        return view(application, self._book.name_of(application.public_service_id), entries)

    async def correct(
        self, tx: Transaction, citizen_id: UUID, tracking_number: str, body: CorrectApplication
    ) -> ApplicationSummary:
        """Hand in the corrected form that the ministry asked for.

        Refused comes out when none is asked for, Unreadable when answers are wrong.
        """
        application = await self._locked(tx, citizen_id, tracking_number)
        go(application, "corrected")  # before the form: nobody fills in what is not asked for
        offer = self._book.find(application.public_service_id)
        at = self._clock()
        today = dhaka_date(at)
        form = check_form(offer.form, body.form, today)
        answers = Answers(form, offer.public_service.form_version)
        corrected, submission, told = correct(
            application, answers, due_on=offer.due_on(today), at=at
        )
        await cases.save_applications(tx, [corrected])
        await story.insert_submissions(tx, [story.submission_of(submission)])
        await story.insert_entries(tx, entries_of(told))
        await outbox.add(tx, told)
        return self._summary(corrected)

    async def withdraw(self, citizen_id: UUID, tracking_number: str) -> ApplicationSummary:
        """Withdraw an application; a repeat answers the same and tells nobody again.

        Refused comes out when it is decided.
        """
        async with self._database.transaction() as tx:
            application = await self._locked(tx, citizen_id, tracking_number)
            withdrawn, told = withdraw(application, at=self._clock())
            if told:
                await cases.save_applications(tx, [withdrawn])
                await story.insert_entries(tx, entries_of(told))
                await outbox.add(tx, told)
        return self._summary(withdrawn)

    async def _locked(self, tx: Transaction, citizen_id: UUID, tracking_number: str) -> Application:
        number = _canonical(tracking_number)
        application = await cases.lock_own_application(tx, number, citizen_id)
        if application is None:
            raise Refused("application_unknown")
        return application

    def _summary(self, application: Application) -> ApplicationSummary:
        return summarise(application, self._book.name_of(application.public_service_id))


def _canonical(tracking_number: str) -> str:
    """Read a tracking number however a person wrote it.

    Raises:
        Refused: it can be nobody's.
    """
    try:
        return parse_tracking_number(tracking_number)
    except Malformed as malformed:
        raise Refused("application_unknown", malformed.reason) from None
