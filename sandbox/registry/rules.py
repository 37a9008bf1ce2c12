"""The register of citizens: people who do not exist, the same ones every time."""

from typing import Final, Literal

Match = Literal["full", "partial", "none"]

_BY_ENDING: Final[dict[str, Match]] = {"00": "none", "01": "partial"}


def match_of(nid: str) -> Match:
    """Tell how well the register knows a number.

    Numbers ending in 00 are not in it, those ending in 01 only in part, all others in full, so
    that whoever tries the sandbox can choose.

    Args:
        nid: as `libs.bangladesh.identifiers.parse_nid` returns it.
    """
    return _BY_ENDING.get(nid[-2:], "full")
