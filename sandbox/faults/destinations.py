"""Who the outside destinations are that the sandbox stands in for."""

from typing import Final

from libs.bangladesh.bodies import bodies_by_id
from libs.errors import Refused

MINISTRIES: Final = "ministries"
"""All ministries at once: what is set for them holds where a ministry has nothing of its own."""

SMS: Final = "sms"
REGISTRY: Final = "registry"

_ONE_OF_A_KIND: Final = (MINISTRIES, SMS, REGISTRY)


def known_destination(destination: str) -> str:
    """Return the destination as it came.

    Raises:
        Refused: the sandbox stands in for nobody of that name.
    """
    if destination in _ONE_OF_A_KIND or destination in bodies_by_id():
        return destination
    raise Refused("sandbox_party_unknown", "not a ministry's id, nor ministries, sms, registry")


def known_decider(destination: str) -> str:
    """Return the destination as it came.

    Raises:
        Refused: it is nobody who decides: no ministry, nor all of them.
    """
    if destination == MINISTRIES:
        return destination
    return known_ministry(destination)


def known_ministry(ministry: str) -> str:
    """Return the ministry's id as it came.

    Raises:
        Refused: there is no ministry, ministry division or office of that id.
    """
    if ministry in bodies_by_id():
        return ministry
    raise Refused("sandbox_party_unknown", "not a ministry's id")


def scopes_of(destination: str) -> tuple[str, ...]:
    """Name what may be set for a destination, its own first."""
    return (destination, MINISTRIES) if destination in bodies_by_id() else (destination,)
