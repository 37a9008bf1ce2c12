"""The way to the login of staff, and back with what was typed."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.pages.posts import posted_before
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.pages.waiting import WaitingAnswers

BACK: Final = Text(bn="কাজে ফিরে যান", en="Back to work")


def ask_for_login(request: Request, pages: Pages, waiting: WaitingAnswers) -> Response:
    """Answer a request for a page of staff; a form without fields does not wait."""
    visit, posted = visit_of(request), posted_before(request)
    if posted is None or not posted.fields or not visit.last_person:
        return pages.go(request, "/login")
    return pages.show(
        request,
        "login.html",
        status=401,
        username=visit.last_person,
        waiting=waiting.seal(posted, visit),
        errors=[],
    )
