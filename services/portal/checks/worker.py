"""The script with which a browser keeps the page that checks papers."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final

from libs.pages.assets import read_assets

_PAGES: Final = ("/check", "/en/check")
_KEYS: Final = "/check/keys"
_LISTS: Final = "/check/ended/"
_FILES: Final = (
    "pages.css",
    "bengali.woff2",
    "letters.js",
    "check.js",
    "aloud.js",
    "icon.svg",
)


@cache
def worker_script() -> str:
    """Return the script: what it keeps, and what it does with requests.

    It is another one after each change of a file or of itself, so browsers keep the new ones.
    """
    rest = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    files = [read_assets().url(name) for name in _FILES]
    version = hashlib.sha256(f"{files}{rest}".encode()).hexdigest()[:16]
    kept = {
        "FILES": files,
        "PAGES": _PAGES,
        "KEYS": _KEYS,
        "LISTS": _LISTS,
        "CACHE": f"check-{version}",
    }
    named = (f"const {name} = {json.dumps(value)};" for name, value in kept.items())
    return "\n".join([*named, rest])
