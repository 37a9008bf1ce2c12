"""Puts applications together; nothing else makes resources."""

from datetime import UTC, datetime
from functools import partial

from libs.assembly import Resources, assemble, make_resources
from libs.bangladesh.calendar import add_working_days, dhaka_date
from libs.component import Component
from libs.contracts import topics
from libs.database.group import GroupCommit
from libs.messaging import heldup
from libs.messaging.sweep import Sweep
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.applications.api.own import OwnApplications
from services.applications.api.routes import Routes
from services.applications.api.submitting import Submitting
from services.applications.consumers import HANDLERS
from services.applications.domain.offers import OfferBook
from services.applications.settings import Settings
from services.applications.worker import (
    AnswerForgetter,
    OfferReader,
    OverdueMarker,
    Repeating,
    tell_held_up,
)

NAME = "applications"

_FORGET_EVERY_S = 60.0
_LONGEST_USUAL_DAYS = 250


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: every knob.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    database = resources.database
    # Reads the public holidays (a second's work) now rather than under the first click.
    add_working_days(dhaka_date(_now()), _LONGEST_USUAL_DAYS)
    book = OfferBook()
    submitting = Submitting(book, _now)
    group = GroupCommit("submit", database, submitting.write, max_items=settings.group_limit)
    keys = Keys(
        settings.identity_url, tracing=resources.tracing, metrics=resources.metrics, needed=True
    )
    desk = Desk(NAME, database, HANDLERS, {}, tracing=resources.tracing)
    routes = Routes(
        database, keys.checker, submitting, group, OwnApplications(database, book, _now)
    )
    offers = OfferReader(database, book).part(settings.catalogue_refresh_s)
    return assemble(
        resources,
        routes=[*routes.routes(), *Operations(desk, keys.checker).routes()],
        handlers=HANDLERS,
        parts=[group, keys, offers, *_by_the_clock(settings, resources)],
    )


def _by_the_clock(settings: Settings, resources: Resources) -> list[Component]:
    database = resources.database
    marker = OverdueMarker(database, _now, limit=settings.overdue_limit)
    forgetter = AnswerForgetter(database, _now, kept_days=settings.answers_kept_days)
    return [
        Repeating("overdue", settings.overdue_every_s, marker.mark),
        Repeating("forget answers", _FORGET_EVERY_S, forgetter.forget),
        Sweep(
            "tell held up",
            partial(heldup.tell_held_up, topic=topics.MINISTRIES, tell=tell_held_up),
            database=database,
        ),
    ]


def _now() -> datetime:
    return datetime.now(UTC)
