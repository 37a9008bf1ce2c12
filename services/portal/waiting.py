"""The answers of a form that came after the session had ended: they wait for the login.

They travel in the login's own forms, encrypted, and are shown to the same person only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.web.seals import Seals
from services.portal.pages.rendering import Pages
from services.portal.posts import Again, posted_before
from services.portal.visits import visit_of

FIELD: Final = "waiting"
_PURPOSE: Final = "waiting answers"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was posted after the session had ended.

    Args:
        path: to which it was posted, with its query and without the language.
        fields: what was posted.
        citizen_id: who had been logged in; None for nobody, and at a counter.
    """

    path: str
    fields: Sequence[tuple[str, str]]
    citizen_id: str | None


class WaitingAnswers:
    """Keeps posted forms over a login.

    Args:
        seals: encrypts them.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def ask_for_login(self, request: Request, pages: Pages) -> Response:
        """Answer a request for a personal page: the way to the login, which comes back here."""
        visit, posted = visit_of(request), posted_before(request)
        if posted is None:
            return pages.go(request, f"/login?next={quote(visit.here, safe='')}")
        return pages.show(
            request,
            "login.html",
            status=401,
            phone="",
            next="",
            waiting=self._seal(posted, visit.last_citizen_id, _PURPOSE),
            errors=[],
        )

    def ask_at_counter(self, request: Request, pages: Pages) -> Response:
        """Answer a request for a page of staff; a form without fields does not wait."""
        posted, username = posted_before(request), visit_of(request).counter.get("username")
        if posted is None or not posted.fields or not username:
            return pages.go(request, "/counter/login")
        return pages.show(
            request,
            "counter_login.html",
            status=401,
            username=username,
            waiting=self._seal(posted, None, _purpose_of(username)),
            errors=[],
        )

    def open_at_counter(self, sealed: str, username: str) -> Waiting | None:
        """Return the form that waits for a person of staff, or None if there is none."""
        return self.open(sealed, _purpose_of(username))

    def open(self, sealed: str, purpose: str = _PURPOSE) -> Waiting | None:
        """Return the form that waits, or None if there is none."""
        content = self._seals.open(sealed, purpose) if sealed else None
        if content is None:
            return None
        fields = [(name, value) for name, value in content["fields"]]
        return Waiting(content["path"], fields, content["citizen_id"])

    def _seal(self, posted: Again, citizen_id: str | None, purpose: str) -> str:
        fields = list(posted.fields.items())
        content = {"path": posted.path, "fields": fields, "citizen_id": citizen_id}
        return self._seals.seal(content, purpose)


def _purpose_of(username: str) -> str:
    return f"{_PURPOSE} at the counter of {username}"
