"""The number that a login is for."""

from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed


def readable_phone(text: str) -> str:
    """Return a mobile number as E.164; as it was typed where it is none, for the API to judge."""
    try:
        return parse_mobile(text)
    except Malformed:
        return text
