"""The outside destinations that the sandbox stands in for."""

from typing import Final

from libs.bangladesh.bodies import bodies_by_id
from libs.errors import Refused

MINISTRIES: Final = "ministries"
"""All ministries at once: what is set for them holds where a ministry has nothing of its own."""

SMS: Final = "sms"
REGISTRY: Final = "registry"


def check_destination(destination: str) -> None:
    """Check that the sandbox stands in for a destination.

    Raises:
        Refused: it does not.
    """
    if destination not in {SMS, REGISTRY}:
        check_decider(destination)


def check_decider(destination: str) -> None:
    """Check that a destination decides: a ministry, or all of them.

    Raises:
        Refused: it does not.
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
    """Name what may be set for a destination, its own first."""
    return (destination, MINISTRIES) if destination in bodies_by_id() else (destination,)
