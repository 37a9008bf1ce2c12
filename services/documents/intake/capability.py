"""Papers made of files."""

from libs.service import Capability
from services.documents.intake import routes
from services.documents.intake.pipeline import Intake


def capability(intake: Intake) -> Capability:
    """Make the capability."""
    return Capability("intake", routes=routes.routes, provides=[intake])
