"""The part of notifications in the journey of an application."""

from libs.journeys.part import Journeys
from libs.journeys.routes import routes
from libs.service import Capability
from services.notifications.journeys.use_cases import read_own_part
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.settings import Settings


def capability(settings: Settings) -> Capability:
    """Make the capability."""
    part = Journeys(
        "notifications",
        read_own_part,
        job_types=(SEND_MESSAGES.name,),
        kept_days=settings.keep_days,
    )
    return Capability("journeys", routes=routes, provides=[part])
