"""The body of a request: read whole, JSON without ambiguity, of the promised shape."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from libs.bangladesh.text import JSON, MAX_DEPTH
from libs.errors import Refused, Unreadable
from libs.web.faults import faults_of, pointer_to
from libs.web.limits import BODY_LIMIT_BYTES

M = TypeVar("M", bound=BaseModel)

# The closing quote may be missing: else each quote of an open string would be tried anew.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_JSON_TYPE = re.compile(
    r"^application/(?:[a-z0-9.-]+\+)?json(?:\s*;\s*charset=\"?utf-8\"?)?$", re.ASCII
)


async def read_body(request: Request, model: type[M]) -> M:
    """Read a request's JSON body as a model.

    Strings are left as they came. What `check_json_type` and `read_json` refuse is refused.

    Raises:
        Refused: the body is larger than 64 KiB.
    """
    check_json_type(request.headers.get("content-type"))
    raw = await request.body()
    if len(raw) > BODY_LIMIT_BYTES:
        raise Refused("body_too_large")
    return read_json(raw, model)


def read_json(raw: bytes, model: type[M]) -> M:
    """Read JSON bytes as a model; for bodies that come with a signature over their bytes.

    Raises:
        Unreadable: it is not of the model's shape, or not what `parse_json` takes.
    """
    parse_json(raw)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as failure:
        # `from None`: pydantic's own message quotes the input, which is the citizen's.
        raise Unreadable("wrong_shape", model.__name__, faults=faults_of(failure)) from None


def parse_json(raw: bytes) -> JSON:
    """Parse JSON strictly by RFC 8259, with the names within an object unique (RFC 7493).

    A NUL in a string is refused, since nothing of ours can keep it.

    Raises:
        Unreadable: it is not JSON, nested deeper than 64, or has a member twice.
    """
    if _depth(raw) > MAX_DEPTH:
        raise Unreadable("too_deep", f"more than {MAX_DEPTH} levels")
    try:
        value: JSON = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Unreadable("not_json") from None
    if orjson.dumps(value) != raw:  # what is written as we write it has no name twice
        json.loads(raw, object_pairs_hook=_unique, parse_int=float)
    if b"\\u0000" in raw:
        _refuse_nul(value)
    return value


def check_json_type(content_type: str | None) -> None:
    """Check that a body says it is JSON in UTF-8.

    Raises:
        Refused: it says something else, or nothing.
    """
    if not _JSON_TYPE.match((content_type or "").strip().lower()):
        raise Refused("unsupported_media_type")


def _depth(raw: bytes) -> int:
    """How deep brackets nest; counted before parsing, since parsers recurse."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for byte in _STRING.sub(b"", raw).translate(None, _NO_BRACKETS):
        depth += _STEPS[byte]
        deepest = max(deepest, depth)
    return deepest


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
