"""The answers of a form that came after the session had ended: they wait for the login.

They travel in the login's own forms, encrypted, and are shown for an hour, to the same person in
the same browser only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.web.seals import Seals
from services.portal.pages.rendering import Pages
from services.portal.posts import Again, posted_before
from services.portal.visits import Visit, visit_of

FIELD: Final = "waiting"
_PURPOSE: Final = "waiting answers"
_WAITS_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was posted after the session had ended.

    Args:
        path: to which it was posted, with its query and without the language.
        fields: what was posted.
        citizen_id: who had been logged in; None for nobody yet, and at a counter.
    """

    path: str
    fields: Sequence[tuple[str, str]]
    citizen_id: str | None


class WaitingAnswers:
    """Keeps posted forms over a login.

    Args:
        seals: encrypts them.
        clock: tells how long they wait.
    """

    def __init__(self, seals: Seals, clock: Clock) -> None:
        self._seals = seals
        self._clock = clock

    def ask_for_login(self, request: Request, pages: Pages) -> Response:
        """Answer a request for a personal page: the way to the login, which comes back here.

        After a logout in this browser a form does not wait, and the page says so.
        """
        visit, posted = visit_of(request), posted_before(request)
        if posted is None:
            return pages.go(request, f"/login?next={quote(visit.here, safe='')}")
        logged_out = visit.last_citizen_id == ""
        seal = self._seal(posted, visit, visit.last_citizen_id, _PURPOSE)
        return pages.show(
            request,
            "login.html",
            status=401,
            phone="",
            next="",
            waiting="" if logged_out else seal,
            logged_out=logged_out,
            errors=[],
        )

    def ask_at_counter(self, request: Request, pages: Pages) -> Response:
        """Answer a request for a page of staff; a form without fields does not wait."""
        visit, posted = visit_of(request), posted_before(request)
        username = visit.counter.get("username")
        if posted is None or not posted.fields or not username:
            return pages.go(request, "/counter/login")
        return pages.show(
            request,
            "counter_login.html",
            status=401,
            username=username,
            waiting=self._seal(posted, visit, None, _purpose_of(username)),
            errors=[],
        )

    def open_at_counter(self, sealed: str, visit: Visit, username: str) -> Waiting | None:
        """Return the form that waits for a person of staff, or None if there is none."""
        return self.open(sealed, visit, _purpose_of(username))

    def open(self, sealed: str, visit: Visit, purpose: str = _PURPOSE) -> Waiting | None:
        """Return the form that waits, or None if there is none.

        Args:
            sealed: as it came back.
            visit: of the browser, before the login, which gives it a new seed.
            purpose: for whom it waits.
        """
        content = self._seals.open(sealed, purpose) if sealed else None
        if content is None or content.get("seed") != visit.seed:
            return None
        if content["until_s"] < self._clock.now().timestamp():
            return None
        fields = [(name, value) for name, value in content["fields"]]
        return Waiting(content["path"], fields, content["citizen_id"])

    def _seal(self, posted: Again, visit: Visit, citizen_id: str | None, purpose: str) -> str:
        content = {
            "path": posted.path,
            "fields": list(posted.fields.items()),
            "citizen_id": citizen_id,
            "seed": visit.seed,
            "until_s": self._clock.now().timestamp() + _WAITS_S,
        }
        return self._seals.seal(content, purpose)


def _purpose_of(username: str) -> str:
    return f"{_PURPOSE} at the counter of {username}"
