"""JPEG files inside other files, freed of metadata without being encoded again."""

import re
from typing import Final

_START: Final = b"\xff\xd8"
_MARKER: Final = 0xFF
_END: Final = 0xD9
_SCAN: Final = 0xDA
_COMMENT: Final = 0xFE
# Segments of applications: EXIF, XMP, IPTC, profiles, previews. JFIF (0) says how dense the pixels
# are, and Adobe's (14) how the colours are written; readers need both.
_DROPPED: Final = frozenset({*range(0xE1, 0xF0), _COMMENT}) - {0xEE}
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what is no part of the picture


def without_metadata(jpeg: bytes) -> bytes:
    """Return a JPEG without EXIF, comments and appended bytes (ITU-T T.81, annex B).

    From where it is damaged it stays as it is.
    """
    if not jpeg.startswith(_START):
        return jpeg
    kept, at = [_START], len(_START)
    while at + 4 <= len(jpeg) and jpeg[at] == _MARKER:
        marker = jpeg[at + 1]
        if marker == _MARKER:  # a fill byte
            at += 1
            continue
        if marker == _END:
            break
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == _SCAN:
            following = _AFTER_SCAN.search(jpeg, end)
            end = following.start() if following else len(jpeg)
        if marker not in _DROPPED:
            kept.append(jpeg[at:end])
        at = end
    is_whole = jpeg[at : at + 2] == bytes((_MARKER, _END))
    return b"".join([*kept, jpeg[at : at + 2] if is_whole else jpeg[at:]])
