"""The outside destinations that the sandbox stands in for."""

from typing import Final

from libs.bangladesh.bodies import bodies_by_id
from libs.errors import Refused

MINISTRIES: Final = "ministries"
"""All ministries at once; a ministry's own faults and behaviour override these."""

SMS: Final = "sms"
REGISTRY: Final = "registry"


def check_destination(destination: str) -> None:
    """Check that a destination exists.

    Raises:
        Refused: there is no such destination.
    """
    if destination not in {SMS, REGISTRY}:
        check_decider(destination)


def check_decider(destination: str) -> None:
    """Check that a destination decides: a ministry, or all of them.

    Raises:
        Refused: it is neither.
    """
    if destination != MINISTRIES:
        check_ministry(destination)


def check_ministry(ministry: str) -> None:
    """Check that there is a ministry, ministry division or office of an id.

    Raises:
        Refused: there is none.
    """
    if ministry not in bodies_by_id():
        raise Refused("sandbox_party_unknown", "no such destination")


def scopes_of(destination: str) -> tuple[str, ...]:
    """Return the names under which a destination's faults may be set, its own first."""
    return (destination, MINISTRIES) if destination in bodies_by_id() else (destination,)
