"""PDFs that ministries bring."""

from libs.service import Capability
from services.documents.intake.pipeline import Intake
from services.documents.own_papers import consumers, routes


def capability(intake: Intake) -> Capability:
    """Make the capability."""
    return Capability(
        "own papers", routes=routes.routes, consumers=consumers.router, provides=[intake]
    )
