"""Papers of officers for cases."""

from libs.service import Capability
from services.documents.case_papers import consumers, routes
from services.documents.intake.pipeline import Intake


def capability(intake: Intake) -> Capability:
    """Make the capability."""
    return Capability(
        "case papers", routes=routes.routes, consumers=consumers.router, provides=[intake]
    )
