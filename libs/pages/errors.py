"""Errors of a form as a page shows them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import unescape
from typing import Final

from libs.pages.visits import Visit
from libs.web.handling.field_errors import fits_any_field

_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class PageError:
    """One error in a form.

    Args:
        place: id of the control that it concerns, for the link in the summary.
        message: what to do, in the language of the page.
        status: of the page; 503 where the same form can be sent again later.
        name: of the control, for a summary in which the message alone does not say which one.
    """

    place: str
    message: str
    status: int = 422
    name: str = ""


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


def as_on_page(errors: Sequence[PageError], page: str) -> list[PageError]:
    """Return errors in the order of their controls; the summary says which control they are about.

    Args:
        errors: of a form.
        page: on which the form stands, with the labels of its controls.
    """
    return [
        replace(error, name=_name_of(error.place, page)) if fits_any_field(error.message) else error
        for error in sorted(errors, key=lambda error: _place_on(page, error.place))
    ]


def _place_on(page: str, place: str) -> int:
    """Where a control stands on a page; behind all others if it is not there."""
    found = page.find(f'id="{place}"')
    return found if found >= 0 else len(page)


def _name_of(place: str, page: str) -> str:
    """The label of a control, or the legend of its group; empty if it has none."""
    control = re.escape(place)
    found = re.search(
        rf'<label[^>]* for="{control}"[^>]*>(.*?)</label>'
        rf'|<fieldset[^>]* id="{control}".*?<legend[^>]*>(.*?)</legend>',
        page,
        re.DOTALL,
    )
    return unescape(_TAG.sub("", found[1] or found[2])) if found else ""
