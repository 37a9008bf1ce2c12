"""The part of ministries in the journey of an application."""

from libs.journeys.part import Journeys
from libs.journeys.routes import routes
from libs.service import Capability
from services.ministries.deliveries.use_cases import DELIVERIES
from services.ministries.journeys.use_cases import read_own_part


def capability() -> Capability:
    """Make the capability."""
    part = Journeys("ministries", read_own_part, job_types=(DELIVERIES.name,))
    return Capability("journeys", routes=routes, provides=[part])
