"""A question that a page asks before something that cannot be undone."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.pages.rendering import Pages


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question before an action; the form of its page is posted to the page's own address.

    Args:
        question: what is asked.
        about: what it is about: a text of ours, or a name as a person gave it.
        warning: what happens then.
        label: of the button.
        back: the page to which "no" leads.
    """

    question: Text
    about: Text | str
    warning: Text
    label: Text
    back: str


def ask_to_confirm(request: Request, pages: Pages, asks: Confirmation) -> Response:
    """Show the page of a question."""
    return pages.show(request, "ask.html", asks=asks)
