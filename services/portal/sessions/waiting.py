"""Answers that wait for a login: a form came after the session had ended.

They travel in the login's own forms, encrypted, and are shown to the same citizen only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.web.seals import Seals
from services.portal.pages.rendering import Pages
from services.portal.posts import posted_before
from services.portal.visits import visit_of

FIELD: Final = "waiting"
_PURPOSE: Final = "waiting answers"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was posted after the session had ended.

    Args:
        path: to which it was posted, with its query and without the language.
        fields: what was posted.
        citizen_id: who had been logged in; None for nobody.
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
        content = {
            "path": posted.path,
            "fields": list(posted.fields.items()),
            "citizen_id": visit.last_citizen_id,
        }
        return pages.show(
            request,
            "login.html",
            status=401,
            phone="",
            next="",
            waiting=self._seals.seal(content, _PURPOSE),
            errors=[],
        )

    def open(self, sealed: str) -> Waiting | None:
        """Return the form that waits, or None if there is none."""
        content = self._seals.open(sealed, _PURPOSE) if sealed else None
        if content is None:
            return None
        fields = [(name, value) for name, value in content["fields"]]
        return Waiting(content["path"], fields, content["citizen_id"])
