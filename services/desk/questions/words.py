"""Texts of some lines in posted forms."""

from typing import Final

from libs.pages.posts import Posted

_MOST_CHARS: Final = 2001


def words_in(posted: Posted, name: str) -> str:
    """Return a text of some lines, as the API takes it."""
    return posted.text(name).replace("\r\n", "\n")[:_MOST_CHARS]
