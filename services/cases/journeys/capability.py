"""The part of cases in the journey of an application."""

from libs.journeys.part import Journeys
from libs.journeys.routes import routes
from libs.service import Capability
from services.cases.journeys.use_cases import read_own_part


def capability() -> Capability:
    """Make the capability."""
    return Capability("journeys", routes=routes, provides=[Journeys("cases", read_own_part)])
