"""The way to the login of staff or to its confirmation, and back with the values of the form."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.pages.posts import posted_before
from libs.pages.rendering import Pages
from libs.pages.visits import HOME, visit_of
from libs.pages.waiting import WaitingAnswers, keep_small

BACK: Final = Text(bn="কাজে ফিরে যান", en="Back to work")
AWAY: Final = Text(
    bn="সেবা এখন পাওয়া যাচ্ছে না। কিছুক্ষণ পর আবার চেষ্টা করুন।",
    en="The service does not answer just now. Try again in a while.",
)
TO_PASSKEYS: Final = "passkeys"
"""Where the confirmation of a login leads that the script of the passkeys asked for."""


def ask_for_login(request: Request, pages: Pages, waiting: WaitingAnswers) -> Response:
    """Answer a request for a page of staff; a form without fields does not wait.

    The login leads to the page that was asked for.
    """
    visit, posted = visit_of(request), posted_before(request)
    if request.method == "GET" and visit.here != HOME:
        return pages.go(request, f"/login?next={quote(visit.here, safe='')}")
    if posted is None or not posted.fields or not visit.last_person:
        return pages.go(request, "/login")
    sealed = waiting.seal(posted, visit)
    if keep_small(visit, sealed):
        return pages.go(request, "/login")
    return pages.show(
        request,
        "login.html",
        status=401,
        username=visit.last_person,
        next="",
        waiting=sealed,
        errors=[],
    )


def ask_to_confirm(request: Request, pages: Pages, waiting: WaitingAnswers) -> Response:
    """Answer a request for which the login is too long ago; the posted form waits."""
    visit, posted = visit_of(request), posted_before(request)
    sealed = waiting.seal(posted, visit) if posted else ""
    if keep_small(visit, sealed):
        return pages.go(request, "/confirm")
    return pages.show(request, "confirm.html", status=401, waiting=sealed, to="", errors=[])
