"""One-time codes of an authenticator app (TOTP, RFC 6238): six digits, every 30 seconds."""

from datetime import datetime
from typing import Final

import pyotp
from pyotp.utils import strings_equal

from libs.bangladesh.text import ascii_digits, normalise

_ISSUER: Final = "Nagorik Sheba"
_WINDOW = 1  # the app's clock may differ by a step (RFC 6238, section 5.2)


def new_secret() -> str:
    """Return a random secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def setup_address(secret: str, username: str) -> str:
    """Return the `otpauth:` address with which an app is set up, as text or as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def matching_step(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """Return the time step of a right code, in any spelling of its digits; None if it is wrong.

    A code of `last_step` or before is wrong: each opens one login (RFC 6238, section 5.2).
    """
    totp = pyotp.TOTP(secret)
    now = totp.timecode(at)
    typed = ascii_digits(normalise(code)).replace(" ", "")
    for step in range(max(now - _WINDOW, last_step + 1), now + _WINDOW + 1):
        if strings_equal(typed, totp.generate_otp(step)):
            return step
    return None
