"""Errors of a form as a page shows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageError:
    """One error in a form.

    Args:
        place: id of the control that it concerns, for the link in the summary.
        message: what to do, in the language of the page.
        status: of the page; 503 where the same form can be sent again later.
    """

    place: str
    message: str
    status: int = 422
