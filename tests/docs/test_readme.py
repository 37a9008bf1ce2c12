"""The README is read at once, and its two pictures are small."""

import re

from tests.docs.shell import CHECKOUT
from tools.generate import way

_README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
_PICTURE = re.compile(r'<img src="(docs/pictures/[^"]+)"', re.ASCII)
_MOST_LINES = 120
_MOST_BYTES = 100_000


def test_the_readme_is_short() -> None:
    """What is longer moves beside what it explains."""
    assert len(_README.splitlines()) <= _MOST_LINES


def test_its_two_pictures_are_what_the_command_writes_and_small() -> None:
    """`make pictures` writes a screenshot of a page and the drawing of the hops."""
    named = _PICTURE.findall(_README)
    assert sorted(named) == ["docs/pictures/page.png", way.FILE]
    page, drawing = ((CHECKOUT / name).read_bytes() for name in sorted(named))
    assert page.startswith(b"\x89PNG")
    assert drawing.startswith(b"<svg ")
    assert max(len(page), len(drawing)) < _MOST_BYTES
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    assert all(name in makefile for name in ("\npictures: ready", "docs/pictures/page.png"))
