"""The first page of each role."""

from collections.abc import Collection, Mapping
from typing import Final

FIRST_PAGES: Final[Mapping[str, str]] = {
    "uddokta": "/counter",
    "programme": "/programme",
    "officer": "/witness",
    "helpline": "/journeys",
    "operator": "/journeys",
}
"""In the order in which they are offered to somebody with several roles."""


def first_page(roles: Collection[str]) -> str | None:
    """Return the first page of a person with these roles; None if there is none."""
    return next((page for role, page in FIRST_PAGES.items() if role in roles), None)
