"""The way to the login from a personal page, and back with the values of the form."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.pages.posts import posted_before
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.pages.waiting import WaitingAnswers

BACK: Final = Text(
    bn="আগে যা সংরক্ষণ হয়েছে, তা “আমার আবেদন” পাতায় আছে",
    en="What was saved before is on the page “My applications”",
)


def ask_for_login(request: Request, pages: Pages, waiting: WaitingAnswers) -> Response:
    """Answer a request for a personal page: the way to the login, which comes back here.

    After a logout in this browser a form does not wait, and the page says so.
    """
    visit, posted = visit_of(request), posted_before(request)
    if posted is None:
        return pages.go(request, f"/login?next={quote(visit.here, safe='')}")
    logged_out = visit.last_person == ""
    return pages.show(
        request,
        "login.html",
        status=401,
        phone="",
        next="",
        waiting="" if logged_out else waiting.seal(posted, visit),
        logged_out=logged_out,
        errors=[],
    )
