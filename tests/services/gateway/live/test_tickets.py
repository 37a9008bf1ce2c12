import secrets

import pytest

from libs.errors import Refused
from libs.web.signed.seals import Seals
from services.gateway.live.tickets import VALID_S, LiveTickets, Opened

KEY = secrets.token_bytes(32)


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at_s = 1_000_000.0

    def __call__(self) -> float:
        return self.at_s


def tickets(now: Now | None = None, key: bytes = KEY) -> LiveTickets:
    """The tickets of one process."""
    return LiveTickets(Seals(key), now or Now())


def test_a_ticket_of_one_process_opens_in_another() -> None:
    """All processes have the key, and ask nobody."""
    ticket = tickets().issue("token", "NS-1")
    assert tickets().open(ticket) == Opened("token", "NS-1")


def test_a_ticket_opens_once() -> None:
    """A process knows what it has opened."""
    here = tickets()
    ticket = here.issue("token", "NS-1")
    here.open(ticket)
    with pytest.raises(Refused, match="live_view_unknown"):
        here.open(ticket)
    assert here.open(here.issue("token", "NS-1"))


def test_a_ticket_is_valid_for_a_minute() -> None:
    """After that it is refused, also where it was never opened."""
    now = Now()
    here = tickets(now)
    in_time, late = here.issue("token", "NS-1"), here.issue("token", "NS-1")
    now.at_s += VALID_S - 1
    here.open(in_time)
    now.at_s += 1
    for ticket in (in_time, late):
        with pytest.raises(Refused, match="live_view_unknown"):
            here.open(ticket)


def test_a_ticket_of_another_key_or_purpose_is_refused() -> None:
    """Nobody else can make one, and no other sealed value is one."""
    other_purpose = Seals(KEY).seal({"id": "1", "token": "t", "until": 2e9}, "another")
    for ticket in (tickets(key=secrets.token_bytes(32)).issue("t", "n"), other_purpose, "x.y.z"):
        with pytest.raises(Refused, match="live_view_unknown"):
            tickets().open(ticket)


def test_a_ticket_shows_neither_token_nor_number() -> None:
    """Who reads an address in a log learns nothing."""
    ticket = tickets().issue("secret-token", "NS-7K4M9")
    assert "secret" not in ticket
    assert "7K4M9" not in ticket
    assert ticket.translate(str.maketrans("", "", "-_.")).isalnum()
