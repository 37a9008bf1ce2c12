"""What a page shows once and then forgets: first passwords, addresses of apps, codes of devices."""

from typing import Any, Final

import segno
from markupsafe import Markup

from libs.pages.visits import Visit

ONCE: Final = "/programme/shown"
_SHOWN: Final = "shown_once"
_FIELDS: Final = ("username", "password", "address", "code", "back")


def keep_shown(staff: Visit, **shown: str | None) -> None:
    """Keep what is shown once in the browser's sealed cookie, until it is shown."""
    staff.keep(**{_SHOWN: dict.fromkeys(_FIELDS) | shown})


def take_shown(staff: Visit) -> Any:
    """Return what is to be shown, and forget it; None if it was shown before."""
    return staff.take(_SHOWN)


def drawn(address: str) -> Markup:
    """Return an address as a QR code (ISO/IEC 18004) of error level M, as SVG inside the page."""
    code = segno.make(address, error="m", micro=False).svg_inline(scale=5, border=4, light="white")
    hidden = code.replace("<svg ", '<svg aria-hidden="true" ', 1)  # what is around it has a name
    return Markup(hidden)  # noqa: S704  # it has lines only, no letter of the address
