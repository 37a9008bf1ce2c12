"""Files that pages refer to, each at an address with the hash of its content."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("assets")
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}

_COMMENTS: Final = re.compile(rb"/[*].*?[*]/", re.DOTALL)
_SPACES: Final = re.compile(
    rb"\s*([{};,>])\s*"
)  # a first view waits for each byte of a style sheet


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory.

    Args:
        url: its address, a new one for every content.
        content: its bytes.
        media_type: of the content.
    """

    url: str
    content: bytes
    media_type: str


class Assets:
    """All files, by name and by address; in a style sheet `url(name)` becomes the address."""

    def __init__(self) -> None:
        self._by_name: dict[str, Asset] = {}
        self._by_file: dict[str, Asset] = {}
        paths = [path for path in _FOLDER.iterdir() if path.suffix in _TYPES]
        for path in sorted(paths, key=lambda path: path.suffix == ".css"):  # those that refer last
            self._add(path)

    def url(self, name: str) -> str:
        """Return the address of a file."""
        return self._by_name[name].url

    def find(self, file: str) -> Asset | None:
        """Return the file at the last segment of an address, or None."""
        return self._by_file.get(file)

    def _add(self, path: Path) -> None:
        content = path.read_bytes()
        if path.suffix == ".css":
            content = _SPACES.sub(rb"\1", _COMMENTS.sub(b"", content))
            for name, asset in self._by_name.items():
                content = content.replace(f"url({name})".encode(), f"url({asset.url})".encode())
        digest = hashlib.sha256(content).hexdigest()[:16]
        file = f"{path.stem}.{digest}{path.suffix}"
        asset = Asset(f"/assets/{file}", content, _TYPES[path.suffix])
        self._by_name[path.name] = self._by_file[file] = asset


@cache
def read_assets() -> Assets:
    """Return the files; they are read once per process."""
    return Assets()
