"""Errors of a form as a page shows them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from libs.pages.visits import Visit


@dataclass(frozen=True, slots=True)
class PageError:
    """One error in a form.

    Args:
        place: id of the control that it concerns, for the link in the summary.
        message: what to do, in the language of the page.
        status: of the page; 503 where the same form can be sent again later.
    """

    place: str
    message: str
    status: int = 422


@dataclass(frozen=True, slots=True)
class WrongForm:
    """A form that was not taken, for the page to which the browser is sent.

    So the page with its errors has the address of the page, and the browser's Back works.

    Args:
        errors: what is wrong; empty if nothing is.
        typed: what was typed, never a secret.
    """

    errors: list[PageError]
    typed: Mapping[str, str]

    @property
    def status(self) -> int:
        """The status of the page."""
        return self.errors[0].status if self.errors else 200


def keep_wrong(visit: Visit, error: PageError, typed: Mapping[str, str] | None = None) -> None:
    """Keep an error and the posted values for the next page of this browser."""
    visit.keep(wrong={"error": asdict(error), "typed": dict(typed or {})})


def take_wrong(visit: Visit) -> WrongForm:
    """Return the kept error and values, once."""
    kept = visit.take("wrong")
    if not kept:
        return WrongForm([], {})
    return WrongForm([PageError(**kept["error"])], kept["typed"])
