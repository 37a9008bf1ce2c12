"""What stands on citizens' phones: one-time codes, and the applications that messages speak of."""

import asyncio
import re

from libs.bangladesh.text import ascii_digits
from tools.ledger.pages import Row

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_TRACKING_NUMBER = re.compile(r"NS(?:-[0-9A-Z]{5}){3}")


class NoCode(Exception):
    """No one-time code reached the phone in time."""


def tracking_number_in(text: str) -> str:
    """The tracking number that a message speaks of; empty for none."""
    found = _TRACKING_NUMBER.search(ascii_digits(text))
    return found[0] if found else ""


class Phones:
    """One-time codes by phone, each given out once."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._new_code = asyncio.Event()

    def take(self, row: Row) -> None:
        """Take a message in, if it brings a code: one that speaks of an application brings none."""
        code = _CODE.search(ascii_digits(row["text"]))
        if code and not tracking_number_in(row["text"]):
            self._codes[row["to"]] = code[0]
            self._new_code.set()

    async def code_for(self, phone: str, *, within_s: float) -> str:
        """The one-time code that reaches a phone.

        Raises:
            NoCode: none did in time.
        """
        try:
            async with asyncio.timeout(within_s):
                while phone not in self._codes:
                    self._new_code.clear()
                    await self._new_code.wait()
        except TimeoutError:
            raise NoCode(f"no code within {within_s:.0f} s") from None
        return self._codes.pop(phone)
