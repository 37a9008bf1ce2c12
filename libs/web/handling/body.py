"""Reads the body of a request: unambiguous JSON of the declared model."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from libs.bangladesh.text import JSON, MAX_DEPTH
from libs.errors import Refused, Unreadable
from libs.web.handling.field_errors import field_errors_of, pointer_to

M = TypeVar("M", bound=BaseModel)

_ITS_LIMIT = "depth limit"
_EXACT = 2**53  # a double tells whole numbers below it apart (RFC 7493, section 2.2)
_MAYBE_A_DOUBLE = re.compile(rb"[0-9](?:[.eE]|[0-9]{18})")
_JSON_TYPE = re.compile(
    r"^application/(?:[a-z0-9.-]+\+)?json(?:\s*;\s*charset=\"?utf-8\"?)?$", re.ASCII
)


async def read_body(request: Request, model: type[M]) -> M:
    """Read a request's JSON body as a model.

    Strings are not changed. Raises what `check_json_type` and `read_json` raise.

    `libs.web.handling.limits` limits the size.
    """
    check_json_type(request.headers.get("content-type"))
    return read_json(await request.body(), model)


def read_json(raw: bytes, model: type[M]) -> M:
    """Read JSON bytes as a model; for bodies that come with a signature over their bytes.

    `5.0` is the whole number 5, as in JSON Schema; what is beyond 64 bits is a double.

    Raises:
        Unreadable: it does not match the model, or `parse_json` refuses it.
    """
    value = parse_json(raw)
    if _MAYBE_A_DOUBLE.search(raw):
        raw = orjson.dumps(_with_whole_numbers(value))
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as failure:
        # `from None`: pydantic's own message quotes the input, which is the citizen's.
        raise Unreadable(
            "wrong_shape", model.__name__, field_errors=field_errors_of(failure)
        ) from None


def parse_json(raw: bytes) -> JSON:
    """Parse JSON strictly by RFC 8259, with the names within an object unique (RFC 7493).

    A NUL in a string is refused, since PostgreSQL cannot store it.

    Raises:
        Unreadable: it is not JSON, nests deeper than 64 levels, or has a member twice.
    """
    try:
        value: JSON = orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        # The parser stops at 1,024 levels.
        raise Unreadable("too_deep" if _ITS_LIMIT in failure.msg else "not_json") from None
    if _is_deeper(value, MAX_DEPTH):
        raise Unreadable("too_deep", f"more than {MAX_DEPTH} levels")
    if orjson.dumps(value) != raw:  # JSON in our own format has no duplicate names
        json.loads(raw, object_pairs_hook=_unique, parse_int=float)
    if b"\\u0000" in raw:
        _refuse_nul(value)
    return value


def check_json_type(content_type: str | None) -> None:
    """Check that the Content-Type of a body is JSON in UTF-8.

    Raises:
        Refused: it is another type, or missing.
    """
    if not _JSON_TYPE.match((content_type or "").strip().lower()):
        raise Refused("unsupported_media_type")


def _with_whole_numbers(value: JSON) -> JSON:
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT:
            return round(value)
        case list():
            return [_with_whole_numbers(item) for item in value]
        case dict():
            return {name: _with_whole_numbers(member) for name, member in value.items()}
        case _:
            return value


def _is_deeper(value: JSON, levels: int) -> bool:
    """Whether lists and objects nest deeper than a number of levels."""
    if not isinstance(value, (dict, list)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    nested = [member for member in inside if isinstance(member, (dict, list))]
    return levels == 0 or any(_is_deeper(member, levels - 1) for member in nested)


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Unreadable("duplicate_member")
    return members


def _refuse_nul(value: JSON) -> None:
    for path, text in _strings(value, ()):
        if "\x00" in text:
            raise Refused("control_character", pointer=pointer_to(path))


def _strings(
    value: JSON, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    match value:
        case str():
            yield path, value
        case list():
            for number, item in enumerate(value):
                yield from _strings(item, (*path, number))
        case dict():
            for name, item in value.items():
                yield path, name
                yield from _strings(item, (*path, name))
        case _:
            return
