"""Browser and system by name, as a request says (User-Agent, RFC 9110, 10.1.5).

A person knows a device by them in the list of her logins. No version and nothing else is kept:
more would tell one device from all others.
"""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

Names = Sequence[tuple[str, str]]

# The first that is named counts: browsers also name those that they are like.
_BROWSERS: Final[Names] = (
    ("Opera Mini", "Opera Mini"), ("OPR/", "Opera"), ("OPT/", "Opera"),
    ("UCBrowser", "UC Browser"), ("SamsungBrowser", "Samsung Internet"),
    ("MiuiBrowser", "Mi Browser"), ("HuaweiBrowser", "Huawei Browser"),
    ("VivoBrowser", "Vivo Browser"), ("HeyTapBrowser", "HeyTap Browser"),
    ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS: Final[Names] = (
    ("KAIOS", "KaiOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(request: Request) -> str | None:
    """Return browser and system of a request, as `Chrome, Android`; None if it names neither."""
    said = request.headers.get("user-agent", "")
    names = (_first(said, _BROWSERS), _first(said, _SYSTEMS))
    return ", ".join(filter(None, names)) or None


def _first(said: str, names: Names) -> str | None:
    return next((name for token, name in names if token in said), None)
