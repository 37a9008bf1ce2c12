"""The sections of a form, the list of tasks, check answers, send."""

from libs.service import Capability
from services.portal.forms import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("forms", routes=routes.routes)
