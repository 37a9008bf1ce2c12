"""The files that every page refers to: small, and with every letter that is shown."""

import re
from pathlib import Path

from fontTools.ttLib import TTFont

from libs.pages.assets import Assets
from tools.browser.font import FONT, LICENCE, letters, make_font
from tools.browser.packages import HTMX, fetch

HTMX_FILE = Path("libs/pages/assets/htmx.min.js")
FONT_LIMIT_BYTES = 40 * 1024
BANGLA = re.compile("[\u0964\u0965\u0981-\u09fe\u200c\u200d]")
SHOWN = ("libs/pages", "libs/bangladesh/reference", "libs/contracts/problem_texts",
         "services/portal", "services/catalogue/reference", "services/applications")  # fmt: skip


def test_the_font_is_what_its_package_makes() -> None:
    """Whoever makes it again gets the committed bytes; it is small, and its licence lies beside."""
    assert FONT.read_bytes() == make_font()
    assert FONT.stat().st_size <= FONT_LIMIT_BYTES
    assert "SIL Open Font License" in LICENCE.read_text()


def test_the_font_has_every_letter_that_is_shown_and_its_conjuncts() -> None:
    """Of pages, services, places and messages; the conjuncts are glyphs without a letter."""
    shown = {
        ord(letter)
        for folder in SHOWN
        for path in Path(folder).rglob("*")
        if path.suffix in {".html", ".json", ".csv", ".py"}
        for letter in BANGLA.findall(path.read_text(encoding="utf-8"))
    }
    with TTFont(FONT) as font:
        assert shown <= font.getBestCmap().keys() <= letters()
        features = {each.FeatureTag for each in font["GSUB"].table.FeatureList.FeatureRecord}
        assert {"akhn", "blwf", "cjct", "half", "pres", "rphf", "vatu"} <= features
        assert len(font.getGlyphOrder()) > 3 * len(font.getBestCmap())


def test_htmx_is_the_file_of_its_package() -> None:
    """The committed script is byte for byte that of the pinned package."""
    assert HTMX_FILE.read_bytes() == (fetch(HTMX) / "dist" / "htmx.min.js").read_bytes()


def test_a_file_has_an_address_of_its_content() -> None:
    """The style names the font by that address; nothing else is found."""
    assets = Assets()
    style = assets.find(assets.url("pages.css").rpartition("/")[2])
    assert style is not None
    assert f"url({assets.url('bengali.woff2')})" in style.content.decode()
    assert assets.find("pages.css") is None
    assert assets.find("../settings.py") is None
