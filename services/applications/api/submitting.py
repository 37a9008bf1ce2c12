"""Applying for a public service: checked alone, written together with whoever applies now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic_core import to_json

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import SubmitApplication
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id, new_tracking_number
from libs.messaging import outbox
from libs.trace_context import current_context
from libs.web import idempotency
from libs.web.idempotency import Asked, Kept, Remembered
from services.applications.domain.centres import check_service_centre
from services.applications.domain.forms import check_form
from services.applications.domain.life import Application
from services.applications.domain.lodging import Answers, Lodged, lodge
from services.applications.domain.offers import OfferBook
from services.applications.domain.views import summarise
from services.applications.store import lodgings

CREATED = 201
_NUMBER_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """One checked wish to apply, under its Idempotency-Key."""

    asked: Asked
    application: Application
    answers: Answers


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a key, the first time and every time after."""

    status: int
    body: bytes


class Submitting:
    """Checks submissions and writes groups of them.

    Args:
        book: the public services with their forms.
        clock: tells the time.
        number: makes tracking numbers.
    """

    def __init__(
        self,
        book: OfferBook,
        clock: Callable[[], datetime],
        number: Callable[[], str] = lambda: new_tracking_number(new_id()),
    ) -> None:
        self._book = book
        self._clock = clock
        self._number = number

    def check(self, asked: Asked, body: SubmitApplication) -> Wanted:
        """Make of a request what can be written, without touching the database.

        Refused comes out for a service or centre that is unknown or closed, Unreadable for wrong
        answers, Unavailable while the copy of the catalogue has not arrived.
        """
        offer = self._book.find_open(body.public_service_id)
        check_service_centre(body.service_centre_id)
        at = self._clock()
        form = check_form(offer.form, body.form, dhaka_date(at))
        application = Application(
            application_id=new_id(),
            tracking_number=self._number(),
            citizen_id=asked.caller,
            public_service_id=body.public_service_id,
            ministry=offer.public_service.ministry,
            status="submitted",
            submitted_at=at,
            due_on=offer.due_on(dhaka_date(at)),
            service_centre_id=body.service_centre_id,
            trace=current_context(),
        )
        return Wanted(asked, application, Answers(form, offer.public_service.form_version))

    async def write(
        self, tx: Transaction, wanted: Sequence[Wanted]
    ) -> Sequence[Answer | Exception]:
        """Write many submissions, one statement for each table, and answer each.

        A key that was answered before gets its first answer and writes nothing. The answer to a
        new one is kept with its key, since it changes only where its tracking number is taken.
        """
        promised = [self._created(one.asked, one.application) for one in wanted]
        known = await idempotency.claim(tx, promised)
        new = [one for one, seen in zip(wanted, known, strict=True) if seen.kind == "new"]
        lodged = await self._open(tx, new)
        events: list[Event] = [event for one in lodged.values() for event in one.events()]
        await outbox.add(tx, events)
        otherwise = [self._outcome(one.asked, lodged) for one in new if _changed(one, lodged)]
        await idempotency.keep(tx, otherwise)
        fresh = {
            kept.asked: kept
            for kept, seen in zip(promised, known, strict=True)
            if seen.kind == "new"
        } | {kept.asked: kept for kept in otherwise}
        answers: list[Answer | Exception] = []
        for one, seen in zip(wanted, known, strict=True):
            answers.append(_answer_to(one, seen, fresh, answers))
        return answers

    async def answered_before(self, tx: Transaction, asked: Asked) -> Answer | None:
        """Look for the first answer to a key whose request would be turned away by now.

        Looking also takes the key: commit only together with the answer, else roll back.

        Raises:
            Refused: the key belongs to another request.
        """
        seen = (await idempotency.remember(tx, [asked]))[0]
        if seen.kind == "conflict":
            raise Refused("idempotency_key_reused")
        return Answer(seen.status, seen.body) if seen.kind == "answered" else None

    async def _open(self, tx: Transaction, new: Sequence[Wanted]) -> dict[Asked, Lodged]:
        """Insert the cases; one whose tracking number is taken is tried again with another."""
        lodged: dict[Asked, Lodged] = {}
        waiting = list(new)
        for _ in range(_NUMBER_TRIES):
            if not waiting:
                break
            made = {one.asked: lodge(one.application, one.answers) for one in waiting}
            opened = await lodgings.insert_lodged(tx, list(made.values()))
            lodged |= {
                asked: one
                for asked, one in made.items()
                if one.application.application_id in opened
            }
            waiting = [self._renumbered(one) for one in waiting if one.asked not in lodged]
        return lodged

    def _renumbered(self, one: Wanted) -> Wanted:
        application = replace(one.application, tracking_number=self._number())
        return replace(one, application=application)

    def _created(self, asked: Asked, application: Application) -> Kept:
        name = self._book.name_of(application.public_service_id)
        return Kept(asked, CREATED, to_json(summarise(application, name)))

    def _outcome(self, asked: Asked, lodged: Mapping[Asked, Lodged]) -> Kept:
        """What is to be kept after all: nothing where no tracking number was free."""
        one = lodged.get(asked)
        return self._created(asked, one.application) if one else Kept(asked)


def _changed(one: Wanted, lodged: Mapping[Asked, Lodged]) -> bool:
    """Tell whether a new application got another tracking number than was promised, or none."""
    return one.asked not in lodged or lodged[one.asked].application is not one.application


def _answer_to(
    one: Wanted,
    seen: Remembered,
    fresh: Mapping[Asked, Kept],
    before: Sequence[Answer | Exception],
) -> Answer | Exception:
    match seen.kind:
        case "new":
            kept = fresh[one.asked]
            if kept.status is None:
                return Unavailable("database", "no free tracking number")
            return Answer(kept.status, kept.body)
        case "answered":
            return Answer(seen.status, seen.body)
        case "conflict":
            return Refused("idempotency_key_reused")
        case "twin":
            return before[seen.twin_of]
