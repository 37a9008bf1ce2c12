"""The answers of a form in the one spelling that its schema's patterns expect.

Which answers are numbers is read from the schema, never guessed from the text: a pattern that asks
for `[0-9]` gets Bangla digits as 0 to 9 and no spaces or hyphens; a date gets digits only.
"""

import re
from collections.abc import Mapping
from typing import Any

from libs.bangladesh.text import JSON, ascii_digits

_SPACES = re.compile(r"\s+")
_SEPARATORS = re.compile("[\\s\\-\u2010-\u2015\u2212]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def spelled(value: JSON, schema: Any) -> JSON:
    """Spell an answer, and all answers inside it, as its schema without refs expects.

    Args:
        value: the answer, its texts already normalised.
        schema: the answer's schema with every `$ref` replaced by what it names.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        asked = schema.get("properties", {})
        return {name: spelled(answer, asked.get(name)) for name, answer in value.items()}
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
