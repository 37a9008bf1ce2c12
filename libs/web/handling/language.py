"""Chooses Bangla or English for an answer, as the caller prefers."""

import re
from contextlib import suppress

from starlette.requests import Request

from libs.contracts.language import Language

_LIMIT_CHARS = 200
_RANGE = re.compile(r"^(bn|en|\*)(?:-[a-z0-9-]+)?(?:;q=([0-9.]{1,5}))?$", re.ASCII)


def language_of(request: Request) -> Language:
    """The preferred language of a request."""
    return preferred(request.headers.get("accept-language"))


def preferred(accept_language: str | None) -> Language:
    """The preferred language in an `Accept-Language` value (RFC 9110, 12.5.4).

    Bangla without a header, with equal weights, and with a malformed value.
    """
    weights: dict[str, float] = {}
    for part in (accept_language or "")[:_LIMIT_CHARS].lower().replace(" ", "").split(","):
        if match := _RANGE.match(part):
            weight = _weight(match[2])
            weights[match[1]] = max(weight, weights.get(match[1], 0.0))
    others = weights.get("*", 0.0)
    return "en" if weights.get("en", others) > weights.get("bn", others) else "bn"


def _weight(text: str | None) -> float:
    if text is None:
        return 1.0
    with suppress(ValueError):
        return min(float(text), 1.0)
    return 0.0
