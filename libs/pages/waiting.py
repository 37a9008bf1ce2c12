"""The answers of a form that came after the session had ended: they wait for the login.

They travel in the login's own forms, encrypted, and are shown for an hour, to the same person in
the same browser only. A small one is kept in the session instead (`keep_small`), so that no page of
the login is the answer to a form, and the browser's Back shows it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.language import Text
from libs.pages.posts import Again
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.signed.seals import Seals

FIELD: Final = "waiting"
_PURPOSE: Final = "waiting answers"
_WAITS_S: Final = 3600
_KEPT: Final = "waiting"
_LONGEST_KEPT: Final = 900
"""Characters: browsers take cookies of 4,096 bytes, and a login needs most of them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was posted after the session had ended.

    Args:
        path: to which it was posted, with its query and without the language.
        fields: what was posted.
        person: who had been logged in; None for nobody yet.
    """

    path: str
    fields: Sequence[tuple[str, str]]
    person: str | None


class WaitingAnswers:
    """Keeps posted forms over a login.

    Args:
        seals: encrypts them.
        clock: tells how long they wait.
    """

    def __init__(self, seals: Seals, clock: Clock) -> None:
        self._seals = seals
        self._clock = clock

    def seal(self, posted: Again, visit: Visit) -> str:
        """Encrypt a form for the page of a login, bound to the browser and its last person."""
        return self.seal_again(
            Waiting(posted.path, list(posted.fields.items()), visit.last_person), visit
        )

    def seal_again(self, waiting: Waiting, visit: Visit) -> str:
        """Encrypt a form once more, for the seed that a login has changed."""
        content = {
            "path": waiting.path,
            "fields": list(waiting.fields),
            "person": waiting.person,
            "seed": visit.seed,
            "until_s": self._clock.now().timestamp() + _WAITS_S,
        }
        return self._seals.seal(content, _PURPOSE, packed=True)  # Bangla to less than two thirds

    def open(self, sealed: str, visit: Visit) -> Waiting | None:
        """Return the form that waits, or None if there is none.

        Args:
            sealed: as it came back.
            visit: of the browser, before a login that gives it a new seed.
        """
        content = self._seals.open(sealed, _PURPOSE) if sealed else None
        if content is None or content.get("seed") != visit.seed:
            return None
        if content["until_s"] < self._clock.now().timestamp():
            return None
        fields = [(name, value) for name, value in content["fields"]]
        return Waiting(content["path"], fields, content["person"])


def keep_small(visit: Visit, sealed: str) -> bool:
    """Keep a form that waits in the session, if it is small; return whether it was."""
    is_small = 0 < len(sealed) <= _LONGEST_KEPT
    if is_small:
        visit.keep(**{_KEPT: sealed})
    return is_small


def kept_small(visit: Visit) -> str:
    """Return the form that waits in the session; empty if none does."""
    return str(visit.session.get(_KEPT) or "")


def take_small(visit: Visit) -> str:
    """Return the form that waits in the session, and forget it; empty if none does."""
    return str(visit.take(_KEPT) or "")


LOGGED_IN: Final = Text(bn="লগইন হয়েছে", en="You are logged in")


def go_on(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    waiting: Waiting | None,
    person: str,
    home: str,
    back: Text,
    title: Text = LOGGED_IN,
) -> Response:
    """Show the form that has waited, to be sent by the person who has logged in.

    Args:
        request: of the browser.
        pages: renders the page.
        waiting: what waited, if it was still there.
        person: who has logged in; somebody else is told that nothing can be shown.
        home: the page to which the way leads then.
        back: the text of the link to it.
        title: of the page.
    """
    if waiting is None or waiting.person not in {None, person}:
        return pages.show(request, "continue.html", title=title, path="", home=home, back=back)
    return pages.show(
        request, "continue.html", title=title, path=waiting.path, fields=waiting.fields
    )
