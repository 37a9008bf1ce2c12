"""Failures as pages: the error, the way on, and all posted values kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.contracts.problems import PROBLEMS
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.gateway import ApiProblem, ConfirmationNeeded, LoginNeeded
from libs.pages.posts import posted_before
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of

_MORE: Final[Mapping[str, Text]] = {
    "not_found": Text(
        bn="ঠিকানাটি ভুল হতে পারে, বা পাতাটি সরানো হয়েছে। প্রথম পাতা থেকে সেবা খুঁজে নিন।",
        en="The address may be wrong, or the page was moved. Find the service from the home page.",
    ),
    "internal": Text(
        bn="আমাদের দিকে একটি ত্রুটি হয়েছে, আপনার নয়। কিছুক্ষণ পর আবার চেষ্টা করুন।",
        en="Something went wrong on our side, not on yours. Try again in a while.",
    ),
}
_UNAVAILABLE: Final = Text(bn="সেবা এখন পাওয়া যাচ্ছে না", en="The service does not answer just now")
_TRY_LATER: Final = Text(
    bn="কিছুক্ষণ পর আবার চেষ্টা করুন। আগে যা জমা বা সংরক্ষণ হয়েছে, সব নিরাপদ আছে।",
    en="Try again in a while. Everything that was sent or saved before is safe.",
)


WayOn: TypeAlias = Callable[[str, str], tuple[str, Text] | None]


@dataclass(frozen=True, slots=True)
class PageFailures:
    """Answers failures with pages.

    Args:
        pages: renders them.
        ask_for_login: answers a request for a personal page of somebody who is not logged in.
        ask_to_confirm: answers one for which the login is too long ago.
        way_on: the address and the name of the page with which one goes on after a problem with
            this code, on the page of this path; None for the page itself.
    """

    pages: Pages
    ask_for_login: Callable[[Request], Response]
    ask_to_confirm: Callable[[Request], Response]
    way_on: WayOn

    def respond(self, failure: Exception, request: Request) -> Response | None:
        """Make the page of an expected failure, or None for a defect."""
        match failure:
            case LoginNeeded():
                return self.ask_for_login(request)
            case ConfirmationNeeded():
                return self.ask_to_confirm(request)
            case ApiProblem(code=code, problem=problem, retry_after_s=retry_after_s):
                title = Text(bn=problem.title, en=problem.title)
                detail = Text(bn=problem.detail, en=problem.detail)
                trace_id = problem.trace_id if "trace_id" in problem.detail else None
                return self._page(
                    request, problem.status, title, detail, retry_after_s, code, trace_id=trace_id
                )
            case Unavailable(retry_after_s=retry_after_s):
                return self._page(request, 503, _UNAVAILABLE, _TRY_LATER, retry_after_s or 2.0)
            case Refused(code="method_not_allowed") if request.method == "GET":
                # The address of a posted form, which a browser opens again: its page is above it.
                above = visit_of(request).path.rpartition("/")[0]
                return self.pages.go(request, above or "/")
            case Unreadable(reason=code) | Refused(code=code) if code in PROBLEMS:
                texts = PROBLEMS[code]
                detail = _MORE.get(code, texts.detail)
                return self._page(request, texts.status, texts.title, detail, code=code)
            case _:
                return None

    def _page(  # noqa: PLR0913
        self,
        request: Request,
        status: int,
        title: Text,
        detail: Text,
        retry_after_s: float | None = None,
        code: str = "",
        *,
        trace_id: str | None = None,
    ) -> Response:
        visit, again = visit_of(request), posted_before(request)
        page = self.pages.show(
            request,
            "failure.html",
            status=status,
            title=title,
            detail=detail,
            trace_id=trace_id,
            again=again,
            way_on=self.way_on(code, visit.path),
            action=visit.url(again.path if again else visit.here),
        )
        return _with_retry_after(page, retry_after_s)


def with_retry_after(page: Response, failure: ApiProblem) -> Response:
    """Return a page that says in its head, as the API did, when to try again."""
    return _with_retry_after(page, failure.retry_after_s)


def _with_retry_after(page: Response, retry_after_s: float | None) -> Response:
    if retry_after_s is not None:
        page.headers["retry-after"] = str(max(1, round(retry_after_s)))
    return page
