"""Assisted submissions: an uddokta sends one for a citizen with a mandate, and follows it up."""

from collections.abc import Sequence

from libs.service import Capability
from services.applications.assisted import routes


def capability(of_submissions: Sequence[object]) -> Capability:
    """Return the capability.

    Args:
        of_submissions: what submissions provides: the group of submissions that share a commit.
    """
    return Capability("assisted", routes=routes.routes, provides=of_submissions)
