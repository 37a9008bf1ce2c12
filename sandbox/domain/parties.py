"""Who the outside parties are that the sandbox stands in for."""

from typing import Final

from libs.bangladesh.bodies import bodies_by_id
from libs.errors import Refused

MINISTRIES: Final = "ministries"
"""All ministries at once: what is set for them holds where a ministry has nothing of its own."""

SMS: Final = "sms"
REGISTRY: Final = "registry"
PAYMENTS: Final = "payments"

_ONE_OF_A_KIND: Final = (MINISTRIES, SMS, REGISTRY, PAYMENTS)


def known_party(party: str) -> str:
    """Return the party as it came.

    Raises:
        Refused: the sandbox stands in for nobody of that name.
    """
    if party in _ONE_OF_A_KIND or party in bodies_by_id():
        return party
    raise Refused("sandbox_party_unknown", "not a ministry's id, nor ministries, sms, registry")


def known_decider(party: str) -> str:
    """Return the party as it came.

    Raises:
        Refused: it is nobody who decides: no ministry, nor all of them, nor payments.
    """
    if party in {MINISTRIES, PAYMENTS}:
        return party
    return known_ministry(party)


def known_ministry(ministry: str) -> str:
    """Return the ministry's id as it came.

    Raises:
        Refused: there is no ministry, ministry division or office of that id.
    """
    if ministry in bodies_by_id():
        return ministry
    raise Refused("sandbox_party_unknown", "not a ministry's id")


def scopes_of(party: str) -> tuple[str, ...]:
    """Name what may be set for a party, its own first."""
    return (party, MINISTRIES) if party in bodies_by_id() else (party,)
