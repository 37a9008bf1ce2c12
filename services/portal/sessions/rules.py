"""The address to which a login may lead, and the number that it is for."""

from typing import Final

from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed

HOME: Final = "/"
_LONGEST: Final = 500


def safe_path(path: str) -> str:
    """Return a path of ours; the home page for an address that could lead elsewhere."""
    elsewhere = not path.startswith("/") or path.startswith(("//", "/\\"))
    if elsewhere or len(path) > _LONGEST or not path.isascii() or not path.isprintable():
        return HOME
    return path


def readable_phone(text: str) -> str:
    """Return a mobile number as E.164; as it was typed where it is none, for the API to judge."""
    try:
        return parse_mobile(text)
    except Malformed:
        return text
