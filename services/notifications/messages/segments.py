"""The length of an SMS in segments, which the operator counts and bills.

Sources: 3GPP TS 23.038 section 6.2.1 (the GSM 7-bit alphabet) and TS 23.040 section 9.2.3.24.1
(concatenation: the header takes 6 octets of every segment).
"""

from collections.abc import Iterable
from typing import Final

_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = frozenset("\f^{}\\[~]|€")

_GSM_SINGLE: Final = 160
_GSM_SEGMENT: Final = 153
_UCS2_SINGLE: Final = 70
_UCS2_SEGMENT: Final = 67
_LAST_OF_ONE_UNIT: Final = 0xFFFF

# Unicode keeps these three as letter and nukta even in NFC (composition exclusions). In an SMS
# they would take two of 70 characters, and old handsets draw the dot beside the letter.
_COMPOSED: Final = (
    ("\u09a1\u09bc", "\u09dc"),  # ড়
    ("\u09a2\u09bc", "\u09dd"),  # ঢ়
    ("\u09af\u09bc", "\u09df"),  # য়
)


def compose(text: str) -> str:
    """Write ড়, ঢ় and য় as one character each; the last step before counting and sending."""
    for pair, letter in _COMPOSED:
        text = text.replace(pair, letter)
    return text


def count_segments(text: str) -> int:
    """Return how many SMS segments a text takes; a character is never split over two of them."""
    if all(character in _GSM_BASIC or character in _GSM_EXTENDED for character in text):
        septets = [2 if character in _GSM_EXTENDED else 1 for character in text]
        return _packed(septets, _GSM_SINGLE, _GSM_SEGMENT)
    units = [2 if ord(character) > _LAST_OF_ONE_UNIT else 1 for character in text]
    return _packed(units, _UCS2_SINGLE, _UCS2_SEGMENT)


def _packed(widths: Iterable[int], single: int, segment: int) -> int:
    """Count the segments that characters of these widths fill."""
    widths = list(widths)
    if sum(widths) <= single:
        return 1
    segments, room = 1, segment
    for width in widths:
        if width > room:
            segments, room = segments + 1, segment
        room -= width
    return segments
