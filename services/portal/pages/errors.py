"""Errors of a form as a page shows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageError:
    """One error in a form.

    Args:
        place: id of the control that it concerns, for the link in the summary.
        message: what to do, in the language of the page.
    """

    place: str
    message: str
