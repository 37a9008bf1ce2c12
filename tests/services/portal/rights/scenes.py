"""What the file of all data has."""

from typing import Final

from services.portal.rights.my_data import OF_APPLICATION, SINGLE

KEYS: Final = frozenset(
    {
        *SINGLE,
        *("drafts", "papers", "helpers", "could_not_be_read"),
        *(f"applications.{name}" for name in OF_APPLICATION),
    }
)
"""What it has, and what it has of each application."""
