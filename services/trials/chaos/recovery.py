"""How long it takes after a fault until all works again: click, hand-over, SMS."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from libs.bangladesh.text import ascii_digits
from services.trials.chaos.crowd import Click
from services.trials.chaos.witness import TRACKING_NUMBER, Books


def recoveries_s(over_at: Iterable[float], clicks: Sequence[Click], books: Books) -> list[float]:
    """Return for each fault the seconds until the first later click has come through, sorted.

    Come through means: handed over at its ministry and confirmed by SMS.

    Args:
        over_at: when each fault was over, in seconds since 1970.
        clicks: the clicks of the run.
        books: the ledger of the run.
    """
    through = _through_at(clicks, books)
    found: list[float] = []
    for at_s in over_at:
        later = [done_s for clicked_s, done_s in through if clicked_s >= at_s]
        if later:
            found.append(min(later) - at_s)
    return sorted(found)


def _through_at(clicks: Sequence[Click], books: Books) -> list[tuple[float, float]]:
    """When each application was clicked for, and when it had come through."""
    handed_over: dict[str, float] = {}
    for row in books.submissions:
        handed_over.setdefault(row["application_id"], _seconds(row["received_at"]))
    confirmed: dict[str, float] = {}
    for row in books.messages:
        number = TRACKING_NUMBER.search(ascii_digits(row["text"]))
        if number:
            confirmed.setdefault(number[0], _seconds(row["received_at"]))
    return [
        (
            click.clicked_at.timestamp(),
            max(handed_over[click.application_id], confirmed[click.tracking_number]),
        )
        for click in clicks
        if click.application_id in handed_over and click.tracking_number in confirmed
    ]


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()
