"""Rewrites answers in the spelling that the schema's patterns expect.

In answers with a `[0-9]` pattern, Bangla digits become 0 to 9, and spaces and hyphens are removed.
In dates, Bangla digits and other dashes are rewritten, and spaces are removed.
"""

import re
from collections.abc import Mapping
from typing import Any

from libs.bangladesh.text import JSON, ascii_digits

_SPACES = re.compile(r"\s+")
_SEPARATORS = re.compile("[\\s\\-\u2010-\u2015\u2212]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def spelled(value: JSON, schema: Any) -> JSON:
    """Rewrite an answer, and all answers inside it, to match its schema.

    Args:
        value: the answer, with normalised texts.
        schema: the answer's schema, without `$ref`.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {name: spelled(answer, fields.get(name)) for name, answer in value.items()}
    if isinstance(value, list):
        return [spelled(item, schema.get("items")) for item in value]
    return _spelled_text(value, schema) if isinstance(value, str) else value


def _spelled_text(text: str, schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date":
        return _DASHES.sub("-", _SPACES.sub("", ascii_digits(text)))
    pattern = schema.get("pattern", "")
    if "[0-9]" not in pattern:
        return text
    number = _SEPARATORS.sub("", ascii_digits(text))
    return number if "a-z" in pattern else number.upper()
