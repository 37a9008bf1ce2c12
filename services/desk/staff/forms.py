"""Forms of the pages of staff: what was typed, what is wrong at which field, and searches."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from libs.bangladesh.text import Malformed, parse_int
from libs.pages.errors import PageError
from libs.pages.formats import search_text
from libs.pages.gateway import ApiProblem
from libs.pages.posts import Posted

Otherwise = TypeVar("Otherwise", int, None)

_MOST_CHARS: Final = 501
_MOST_DIGITS: Final = 12


def typed_in(posted: Posted, fields: Sequence[str]) -> dict[str, str]:
    """Return the typed values; empty fields are left out."""
    return {name: posted.text(name)[:_MOST_CHARS] for name in fields if posted.text(name)}


def typed_as(model: type[BaseModel], posted: Posted, fields: Sequence[str], **more: Any) -> Any:
    """Return the typed values as the API takes them; empty fields are not sent."""
    return model.model_construct(**typed_in(posted, fields) | more)


def number_in(text: str, otherwise: Otherwise) -> int | Otherwise:
    """Return a whole number as a person typed it, in either script; `otherwise` if it is none."""
    try:
        return parse_int(text.strip()[:_MOST_DIGITS])
    except Malformed:
        return otherwise


def both_languages(posted: Posted, name: str) -> dict[str, str]:
    """Return what was typed of a text in its two fields, `<name>_bn` and `<name>_en`."""
    typed = typed_in(posted, (f"{name}_bn", f"{name}_en"))
    return {field.removeprefix(f"{name}_"): text for field, text in typed.items()}


def errors_of(failure: ApiProblem, place: str) -> list[PageError]:
    """Return what is wrong, at its fields; at `place` where the API names none."""
    errors = [
        PageError(error.pointer.removeprefix("/").replace("/", "_"), error.message)
        for error in failure.problem.errors
    ]
    return errors or [PageError(place, failure.message)]


def search_in(request: Request, *names: str) -> dict[str, str | None]:
    """Return what a list is searched for: words, the page behind a mark, and more by name."""
    asked = request.query_params
    wanted = {name: asked.get(name) or None for name in ("after", *names)}
    return {"q": search_text(asked.get("q", "")) or None, **wanted}
