"""Tickets of live views: a browser's EventSource can send no header, so the address has it all.

A ticket is the caller's access token and a tracking number, encrypted with a key that all processes
of the gateway know. It is valid for a minute and once in each process
(docs/decisions/0032-tickets-of-live-views.md).
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from libs.errors import Refused
from libs.ids import new_id
from libs.web.signed.seals import Seals

VALID_S: Final = 60
_PURPOSE: Final = "live view"


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a ticket.

    Args:
        token: the access token of the caller who asked for it.
        tracking_number: the application that may be watched.
    """

    token: str
    tracking_number: str


class LiveTickets:
    """Issues tickets and opens each one once.

    Args:
        seals: encrypts them, alike in all processes.
        now_s: the time in seconds since 1970.
    """

    def __init__(self, seals: Seals, now_s: Callable[[], float] = time.time) -> None:
        self._seals = seals
        self._now_s = now_s
        self._used: OrderedDict[str, float] = OrderedDict()  # when each expires, oldest first

    def issue(self, token: str, tracking_number: str) -> str:
        """Make a ticket for one application, in characters that an address can have."""
        content = {
            "id": str(new_id()),
            "token": token,
            "application": tracking_number,
            "until": self._now_s() + VALID_S,
        }
        return self._seals.seal(content, _PURPOSE)

    def open(self, ticket: str) -> Opened:
        """Use a ticket up.

        Raises:
            Refused: it is none of ours, or more than a minute old, or was used here before
                (`live_view_unknown`).
        """
        content = self._seals.open(ticket, _PURPOSE)
        if content is None or content["until"] <= self._now_s():
            raise Refused("live_view_unknown")
        self._use(content["id"], content["until"])
        return Opened(content["token"], content["application"])

    def _use(self, ticket_id: str, until_s: float) -> None:
        while self._used and next(iter(self._used.values())) <= self._now_s():
            self._used.popitem(last=False)
        if ticket_id in self._used:
            raise Refused("live_view_unknown")
        self._used[ticket_id] = until_s
